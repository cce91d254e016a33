"""How much one data file may hold. A file beyond a limit is a mistake, or made to do harm.

Parquet is the format to fear: a few hundred bytes can unpack to gigabytes, and what its footer
says about that is whatever its maker wrote. So it is decoded in a process of its own
(`parquet_decoding.py`), and what comes out is counted.
"""

from __future__ import annotations

MAX_COLUMNS = 2_000
"""Case files have some dozens; more in a header means that it isn't one."""

MAX_CELL_BYTES = 1_000_000
"""Some 150,000 words: the longest case note is far below, a document in a cell is above."""

MAX_ROW_BYTES = 8 << 20
"""Of a line of CSV or JSONL. It bounds what one reading step holds in memory."""

MAX_RAGGED_ROWS = 100_000
"""So many rows that don't fit the header mean that the separator is another."""

MAX_NESTING = 32
"""Levels of JSON in a line. Declared values are flat; what is ignored may nest, within reason."""

MAX_CELLS = 100_000_000
"""Rows times declared columns of one Parquet file: five million records of twenty columns."""

MAX_TEXT_BYTES = 4 << 30
"""What one Parquet file may unpack to: a million records with four pages of notes each."""

DECODING_MEMORY_BYTES = 2 << 30
"""For the process that decodes Parquet: a row group of usual size needs a tenth of it."""

DECODING_CPU_SECONDS = 600
"""For the same process: a hundred million values take about a minute."""

DESCRIBING_CPU_SECONDS = 120
"""For a process that looks a workbook through: a full sheet takes some ten seconds."""
