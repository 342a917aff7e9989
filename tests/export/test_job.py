import pytest

from hop_tf import HOPMatting
from hop_tf.export.job import CACHE_MB, Job
from hop_tf.layers import GlobalHOP, LocalHOP


@pytest.mark.parametrize(
    ("size", "given", "limit"),
    [
        ((64, 64), 512, CACHE_MB),
        ((64, 64), 8, 8),
        ((64, 64), None, CACHE_MB),
        ((4096, 4096), 512, 512),
        (None, 512, 512),
    ],
)
def test_small_parts_lower_the_memory_limit_of_attention_where_they_fit_into_the_cache(size, given, limit):
    model = HOPMatting(width=0.25, attention_memory_mb=given)
    fused = Job(model, size).fused(small_parts=True)
    assert {x.attention_memory_mb for x in fused.layers if isinstance(x, (GlobalHOP, LocalHOP))} == {limit}
    assert model.get_layer("local_hop1").attention_memory_mb == given


def test_other_files_keep_the_limit_of_the_network():
    fused = Job(HOPMatting(width=0.25, attention_memory_mb=512), (64, 64)).fused()
    assert fused.get_layer("local_hop1").attention_memory_mb == 512
