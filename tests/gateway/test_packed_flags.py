import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gateway.packed_flags import PackedFlags


@given(st.lists(st.lists(st.booleans(), max_size=20), max_size=8), st.lists(st.integers(0, 30)))
def test_flags_come_out_as_they_went_in(parts, counts):
    packed, whole = PackedFlags(), [flag for part in parts for flag in part]
    for part in parts:
        packed.add(np.array(part, dtype=bool))
    start = 0
    for count in [*counts, len(whole)]:
        assert packed.take(count).tolist() == whole[start : start + count]
        start = min(start + count, len(whole))


def test_a_million_flags_are_an_eighth_of_a_million_bytes():
    packed = PackedFlags()
    for _ in range(10):
        packed.add(np.ones(100_001, dtype=bool))
    assert len(packed._bytes) == 125_002
    assert packed.take(1_000_010).all()
