import keras
import pytest

from hop_tf.inference.runtimes.devices import missing_gpu


@pytest.fixture(autouse=True)
def _same_random_numbers_in_every_run():
    keras.utils.set_random_seed(0)


def pytest_runtest_setup(item):
    if item.get_closest_marker("gpu") and (reason := missing_gpu()):
        pytest.skip(f"needs a GPU, and {reason}")
