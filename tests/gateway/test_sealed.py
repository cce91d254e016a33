import gc
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gateway.errors import SealedFileError
from gateway.sealed import (
    CHUNK_BYTES,
    HEADER_BYTES,
    MAGIC,
    SEALED_CHUNK_BYTES,
    SealedReader,
    SealedWriter,
)

KEY = bytes(range(32))
THREE_CHUNKS = os.urandom(2 * CHUNK_BYTES + 1000)


def seal(path, content, key=KEY):
    with SealedWriter(path, key) as out:
        out.write(content)
    return path


def unseal(path, key=KEY):
    with SealedReader(path, key) as source:
        return source.read()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "content"


EDGES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES + 5]


@pytest.mark.parametrize("size", EDGES)
def test_what_was_sealed_is_read(path, size):
    content = os.urandom(size)
    assert unseal(seal(path, content)) == content
    with SealedReader(path, KEY) as source:
        assert source.size == size


def test_nothing_of_the_content_is_in_the_file(path):
    seal(path, b"Ana Maria " * 20_000)
    assert b"Ana Maria" not in path.read_bytes()


def test_equal_contents_are_sealed_differently(tmp_path):
    first, second = seal(tmp_path / "a", b"same"), seal(tmp_path / "b", b"same")
    assert first.read_bytes() != second.read_bytes()


def test_a_sealed_file_is_for_its_owner_alone(path):
    assert seal(path, b"x").stat().st_mode & 0o777 == 0o600


def test_the_way_it_was_written_does_not_matter(path):
    with SealedWriter(path, KEY) as out:
        for start in range(0, len(THREE_CHUNKS), 777):
            out.write(THREE_CHUNKS[start : start + 777])
            assert out.tell() == min(start + 777, len(THREE_CHUNKS))
    assert unseal(path) == THREE_CHUNKS


REGIONS = {
    "magic": 0,
    "version": len(MAGIC) - 1,
    "prefix": HEADER_BYTES - 1,
    "first byte of the first chunk": HEADER_BYTES,
    "tag of the first chunk": HEADER_BYTES + SEALED_CHUNK_BYTES - 1,
    "middle chunk": HEADER_BYTES + SEALED_CHUNK_BYTES + 5,
    "last chunk": HEADER_BYTES + 2 * SEALED_CHUNK_BYTES,
    "tag of the last chunk": -1,
}


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("bit", [0, 7])
def test_a_flipped_bit_is_noticed_in_every_region(path, region, bit):
    sealed = bytearray(seal(path, THREE_CHUNKS).read_bytes())
    sealed[REGIONS[region]] ^= 1 << bit
    path.write_bytes(sealed)
    with pytest.raises(SealedFileError, match="isn't what was sealed"):
        unseal(path)


def chunks_of(sealed):
    body = sealed[HEADER_BYTES:]
    pieces = [
        body[start : start + SEALED_CHUNK_BYTES]
        for start in range(0, len(body), SEALED_CHUNK_BYTES)
    ]
    return sealed[:HEADER_BYTES], *pieces


def cut_last_chunk(sealed):
    head, first, second, _ = chunks_of(sealed)
    return head + first + second


def cut_to_header(sealed):
    return sealed[:HEADER_BYTES]


def cut_within_header(sealed):
    return sealed[: HEADER_BYTES - 1]


def cut_all(sealed):
    return b""


def cut_last_byte(sealed):
    return sealed[:-1]


def cut_into_last_tag(sealed):
    head, first, second, _ = chunks_of(sealed)
    return head + first + second + bytes(15)


def swap_chunks(sealed):
    head, first, second, last = chunks_of(sealed)
    return head + second + first + last


def repeat_chunk(sealed):
    head, first, second, last = chunks_of(sealed)
    return head + first + first + second + last


def leave_out_chunk(sealed):
    head, _, second, last = chunks_of(sealed)
    return head + second + last


def append_byte(sealed):
    return sealed + b"\0"


def append_last_chunk(sealed):
    *_, last = chunks_of(sealed)
    return sealed + last


@pytest.mark.parametrize(
    "change",
    [
        cut_last_chunk,
        cut_to_header,
        cut_within_header,
        cut_all,
        cut_last_byte,
        cut_into_last_tag,
        swap_chunks,
        repeat_chunk,
        leave_out_chunk,
        append_byte,
        append_last_chunk,
    ],
)
def test_a_changed_shape_is_noticed(path, change):
    path.write_bytes(change(seal(path, THREE_CHUNKS).read_bytes()))
    with pytest.raises(SealedFileError):
        unseal(path)


def test_a_cut_is_noticed_on_opening_before_anything_is_read(path):
    path.write_bytes(cut_last_chunk(seal(path, THREE_CHUNKS).read_bytes()))
    with pytest.raises(SealedFileError):
        SealedReader(path, KEY)


def test_a_chunk_of_another_file_under_the_same_key_is_noticed(tmp_path):
    ours = chunks_of(seal(tmp_path / "a", THREE_CHUNKS).read_bytes())
    theirs = chunks_of(seal(tmp_path / "b", THREE_CHUNKS).read_bytes())
    (tmp_path / "a").write_bytes(b"".join([*ours[:2], theirs[2], ours[3]]))
    with pytest.raises(SealedFileError):
        unseal(tmp_path / "a")


def test_another_key_opens_nothing(path):
    seal(path, b"x")
    with pytest.raises(SealedFileError):
        unseal(path, bytes(32))


def test_a_block_left_by_an_error_leaves_no_sealed_file(path):
    def fail():
        with SealedWriter(path, KEY) as out:
            out.write(THREE_CHUNKS)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with pytest.raises(SealedFileError):
        unseal(path)


def test_a_forgotten_writer_leaves_no_sealed_file(path):
    out = SealedWriter(path, KEY)
    out.write(THREE_CHUNKS)
    del out
    gc.collect()
    with pytest.raises(SealedFileError):
        unseal(path)


def test_a_writer_that_could_not_begin_is_forgotten_in_peace(tmp_path):
    with pytest.raises(FileNotFoundError):
        SealedWriter(tmp_path / "no" / "file", KEY)
    with pytest.raises(FileNotFoundError):
        SealedReader(tmp_path / "no" / "file", KEY)
    gc.collect()


def test_a_closed_writer_takes_no_more(path):
    out = SealedWriter(path, KEY)
    out.close()
    out.close()
    with pytest.raises(ValueError, match="closed"):
        out.write(b"x")
    assert unseal(path) == b""


def test_a_second_try_writes_over_the_first(path):
    seal(path, THREE_CHUNKS)
    assert unseal(seal(path, b"short")) == b"short"


def test_a_chunk_number_is_never_used_twice(path):
    with SealedWriter(path, KEY) as out:
        out._chunks = 2**32
        with pytest.raises(SealedFileError, match="256 TiB"):
            out.write(bytes(CHUNK_BYTES + 1))
        out._chunks = 0


def test_there_is_nothing_before_the_start(path):
    with SealedReader(seal(path, b"abc"), KEY) as source:
        with pytest.raises(ValueError, match="before the start"):
            source.seek(-1)
        assert source.read(2) == b"ab"


def test_parquet_is_read_from_a_sealed_file(path):
    table = pa.table({"value": list(range(100_000))})
    with SealedWriter(path, KEY) as out:
        pq.write_table(table, out)
    with SealedReader(path, KEY) as source:
        assert pq.read_table(source, columns=["value"]).equals(table)
