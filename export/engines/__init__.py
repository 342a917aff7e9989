"""TensorRT engines from ONNX files. The package is not called tensorrt, so that `import tensorrt` finds NVIDIA's."""
