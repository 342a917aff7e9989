"""How fast networks run, in every format: `python -m hop_tf.benchmarks.latency`."""
