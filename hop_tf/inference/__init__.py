"""Prediction of alpha for photos of any size, with Keras or an exported network."""
