"""TensorRT engines from ONNX files. The package is called engines because NVIDIA's package is called tensorrt."""
