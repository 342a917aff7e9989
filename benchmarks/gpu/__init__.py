"""What only a GPU can prove, in one command: tests, latency, roofline, training."""
