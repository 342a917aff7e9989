"""Keras' global settings and dtype policies that the network supports."""

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
        KerasSettingError: if the network does not support the policy, or images with the channels first.
    """
    if keras.config.image_data_format() != "channels_last":
        raise KerasSettingError(
            'The network needs images with the channels last: set "image_data_format" in keras.json to '
            '"channels_last", or call keras.config.set_image_data_format("channels_last"). '
            f"Received: {keras.config.image_data_format()}"
        )
    policy = keras.dtype_policies.get(dtype or keras.config.dtype_policy())
    if policy.name not in POLICIES:
        where = "" if dtype else ', from "floatx" in keras.json or keras.config.set_dtype_policy'
        raise KerasSettingError(
            f"The dtype policy of the network must be one of {', '.join(POLICIES)}. Received: {policy.name}{where}"
        )
    return policy
