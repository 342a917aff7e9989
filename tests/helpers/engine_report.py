from hop_tf.inference.engine_report import EngineReport, EngineTensor, Layers, OnnxFile, TimingCache, Weights


def small_report(engine="hop.engine"):
    """Return the report of an engine of `small_onnx`, as built on a GPU, for photos of 64 x 96 pixels."""
    return EngineReport(
        engine=engine,
        bytes=4,
        sha256="00",
        onnx=OnnxFile("small.onnx", "11"),
        backend="TensorRT",
        version="11.4",
        compute_capabilities=None,
        inputs=(
            EngineTensor("image", "float32", (-1, 64, 96, 3), (1, 64, 96, 3), (1, 64, 96, 3), (8, 64, 96, 3)),
            EngineTensor("trimap", "float32", (-1, 64, 96, 1), (1, 64, 96, 1), (1, 64, 96, 1), (8, 64, 96, 1)),
        ),
        outputs=(EngineTensor("alpha", "float32", (-1, 64, 96, 1)),),
        layers=Layers(network=9, engine=7),
        formats={"Float": 7},
        options={},
        timing_cache=TimingCache("times", used=True),
        measured={"read_back": "yes"},
        precision="float32",
        heavy_layers={"CONVOLUTION": {"float32": 3}},
        weights=Weights(39744, 158976),
    )
