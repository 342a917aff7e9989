"""The parts of `train.py`: configurations, loss, optimizer, checkpoints, validation, logs and several devices."""
