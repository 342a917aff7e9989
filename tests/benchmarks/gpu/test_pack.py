from hop_tf.benchmarks.gpu.pack import current_wheels


def test_wheels_of_earlier_versions_are_removed(tmp_path):
    names = ["keras-3.15.1-py3-none-any.whl", "keras-3.14.0-py3-none-any.whl", "absl_py-2.3-py3-none-any.whl"]
    for name in [*names, "gone-1.0-py3-none-any.whl"]:
        (tmp_path / name).touch()
    found = current_wheels(tmp_path, {"absl-py": "2.3", "keras": "3.15.1"})
    assert [path.name for path in found] == [names[2], names[0]]
    assert sorted(tmp_path.iterdir()) == sorted(found)
