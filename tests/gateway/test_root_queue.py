"""Roots come out in the order in which they were put in, from memory and from the disk."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import root_queue
from gateway.errors import SealedFileError
from gateway.root_queue import RootQueue
from gateway.spill import Spill


def roots(numbers):
    return pa.array([number.to_bytes(16, "big") for number in numbers], pa.binary(16))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=20),
    st.sampled_from([1, 3, 8, 1000]),
)
def test_the_order_is_kept_however_they_come_and_go(tmp_path_factory, steps, waiting):
    folder = tmp_path_factory.mktemp("spill") / "spill"
    with pytest.MonkeyPatch.context() as small, Spill(folder) as spill:
        small.setattr(root_queue, "WAITING_ROOTS", waiting)
        queue, put, taken = RootQueue(spill, "people"), 0, 0
        for adds, count in steps:
            if adds:
                queue.add(roots(range(put, put + count)))
                put += count
            else:
                end = min(taken + count, put)
                assert queue.take(count) == roots(range(taken, end))
                taken = end
        assert queue.take(1000) == roots(range(taken, put))


def test_what_waits_on_the_disk_is_sealed(tmp_path, monkeypatch):
    monkeypatch.setattr(root_queue, "WAITING_ROOTS", 4)
    with Spill(tmp_path / "spill") as spill:
        queue = RootQueue(spill, "people")
        queue.add(roots(range(100, 110))[2:])
        (file,) = (tmp_path / "spill").iterdir()
        stored = bytearray(file.read_bytes())
        assert roots([105])[0].as_py() not in stored
        stored[-1] ^= 1
        file.write_bytes(stored)
        with pytest.raises(SealedFileError):
            queue.take(1)
