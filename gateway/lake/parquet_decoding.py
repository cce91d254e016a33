"""A process of its own that decodes a Parquet file, and may die of it.

    python parquet_decoding.py MEMORY_BYTES CPU_SECONDS describe FILE
    python parquet_decoding.py MEMORY_BYTES CPU_SECONDS decode FILE COLUMN...

A Parquet file is a program for its reader: pages unpack a thousandfold, prefixes repeat without
end, schemas nest until the stack is gone. Here that ends in a status, not in the gateway's
memory. It imports nothing of Weir and is given no key.
"""

from __future__ import annotations

import json
import resource
import sys
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterator

BATCH_ROWS = 16_384
MESSAGE_BYTES = 64 << 20  # of what is handed over at once
DONE, UNREADABLE, OUT_OF_MEMORY = 0, 3, 4


def describe(path: str) -> None:
    """Write the names of the columns, which of them hold no single values, and the row count."""
    with pq.ParquetFile(path) as file:
        schema = file.schema_arrow
        nested = [field.name for field in schema if not _is_plain(field.type)]
        facts = {"rows": file.metadata.num_rows, "columns": schema.names, "nested": nested}
    sys.stdout.buffer.write(json.dumps(facts).encode())


def decode(path: str, columns: list[str]) -> None:
    """Write the rows as text, as a stream in Arrow's format."""
    schema = pa.schema([(name, pa.string()) for name in columns])
    with (
        pq.ParquetFile(path) as file,
        pa.ipc.new_stream(sys.stdout.buffer, schema) as stream,
    ):
        for block in file.iter_batches(BATCH_ROWS, columns=columns, use_threads=False):
            arrays = [_as_text(block.column(name)) for name in columns]
            for part in _parts(pa.RecordBatch.from_arrays(arrays, schema=schema)):
                stream.write_batch(part)


def _parts(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Split a batch of long values, so that whoever reads it holds only a part."""
    rows = batch.num_rows
    if rows <= 1 or batch.nbytes <= MESSAGE_BYTES:
        yield batch
        return
    yield from _parts(batch.slice(0, rows // 2))
    yield from _parts(batch.slice(rows // 2))


def _is_plain(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return not (
        pa.types.is_nested(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
        or pa.types.is_duration(kind)
        or pa.types.is_interval(kind)
    )


def _as_text(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column.cast(pa.string())


def main(arguments: list[str]) -> int:
    """Limit this process, then do what was asked; return the status that says how it went."""
    memory, seconds, role, path, *columns = arguments
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump would hold the data
    pa.set_cpu_count(1)  # each thread would reserve a stack
    try:
        describe(path) if role == "describe" else decode(path, columns)
        sys.stdout.buffer.flush()
    except (MemoryError, pa.ArrowMemoryError):
        return OUT_OF_MEMORY
    except (pa.ArrowException, OSError, UnicodeError):
        return UNREADABLE
    return DONE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
