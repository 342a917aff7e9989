"""The ONNX graph of a network, written layer by layer for inference."""
