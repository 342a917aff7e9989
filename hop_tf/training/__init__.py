"""What `train.py` strings together: reading of configurations, checkpoints, validation, logs, several devices."""
