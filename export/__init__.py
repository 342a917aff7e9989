"""Networks for deployment, each proven equal to Keras."""
