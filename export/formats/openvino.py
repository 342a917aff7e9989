"""OpenVINO, the format for Intel's CPUs: a folder with `model.xml` and `model.bin`."""


def write(job, path, source):
    """Writes an OpenVINO model; in float16 its weights are stored in half, computing is up to the device.

    Args:
        job: `hop_tf.export.job.Job`, precision float32 or float16.
        path: `Path` of the folder to write.
        source: `Path` of the SavedModel.
    """
    import openvino

    path.mkdir()
    openvino.save_model(openvino.convert_model(source), path / "model.xml", compress_to_fp16=job.precision == "float16")


def count(path):
    """How many operations the graph has."""
    import openvino

    return len(openvino.Core().read_model(path / "model.xml").get_ordered_ops())
