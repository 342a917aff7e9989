"""Dtype policies that the network supports."""

from typing import Any

import keras

from hop_tf.errors import UserError

POLICIES = ("float32", "mixed_float16", "mixed_bfloat16")


class KerasSettingError(UserError, ValueError):
    """The network does not support a setting of Keras. The message is one line: what it supports and how to set it."""


def supported_policy(dtype: Any = None) -> keras.DTypePolicy:
    """Return the dtype policy of a network.

    Args:
        dtype: dtype policy or its name; `None` for the global policy.

    Raises:
        KerasSettingError: if there is no such policy, or the network does not support it.
    """
    asked = keras.config.dtype_policy() if dtype is None else dtype
    where = "" if dtype is not None else ', from "floatx" in keras.json or keras.config.set_dtype_policy'
    try:
        policy = keras.dtype_policies.get(asked)
    except ValueError as error:  # Keras would recommend policies that the network does not support
        raise _unsupported(asked, where) from error
    if policy.name not in POLICIES:
        raise _unsupported(policy.name, where)
    return policy


def _unsupported(policy, where):
    return KerasSettingError(
        f"The dtype policy of the network must be one of {', '.join(POLICIES)}. Received: {policy}{where}"
    )
