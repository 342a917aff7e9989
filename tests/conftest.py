import keras
import pytest


@pytest.fixture(autouse=True)
def _same_random_numbers_in_every_run():
    keras.utils.set_random_seed(0)
