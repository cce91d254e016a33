import io
import itertools
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.sealed import CHUNK_BYTES, SealedReader, SealedWriter

KEY = bytes(32)
CONTENT = os.urandom(3 * CHUNK_BYTES + 12_345)
PLACES = st.one_of(
    st.integers(0, len(CONTENT) + 100),
    st.sampled_from([0, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, len(CONTENT)]),
)
SIZES = st.one_of(st.integers(0, 200_000), st.sampled_from([-1, 0, 1, CHUNK_BYTES]))
STEPS = st.one_of(
    st.tuples(st.just("seek"), PLACES, st.just(io.SEEK_SET)),
    st.tuples(st.just("seek"), PLACES.map(lambda place: -min(place, len(CONTENT))), st.just(2)),
    st.tuples(st.just("read"), SIZES),
)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    path = tmp_path_factory.mktemp("sealed") / "content"
    with SealedWriter(path, KEY) as out:
        out.write(CONTENT)
    return path


@settings(max_examples=150, deadline=None)
@given(steps=st.lists(STEPS, max_size=20))
def test_a_sealed_file_reads_like_bytes_in_memory_from_any_place(sealed, steps):
    plain = io.BytesIO(CONTENT)
    with SealedReader(sealed, KEY) as source:
        for name, *arguments in steps:
            assert getattr(source, name)(*arguments) == getattr(plain, name)(*arguments)
            assert source.tell() == plain.tell()


@settings(max_examples=50, deadline=None)
@given(cuts=st.lists(st.integers(0, len(CONTENT)), max_size=10))
def test_any_way_of_writing_gives_the_same_content(tmp_path_factory, cuts):
    path = tmp_path_factory.mktemp("sealed") / "content"
    places = [0, *sorted(cuts), len(CONTENT)]
    with SealedWriter(path, KEY) as out:
        for first, last in itertools.pairwise(places):
            out.write(CONTENT[first:last])
    with SealedReader(path, KEY) as source:
        assert source.read() == CONTENT
