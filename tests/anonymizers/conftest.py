from __future__ import annotations

import pyarrow as pa
import pytest

from tests.small_tables import People, texts
from tests.written_files import AGES, MODEL, TOWNS


@pytest.fixture
def release():
    people = People(
        {
            "town": texts(["a1", "a2", "a1", "b1", "b2", "b1", "b2"]),
            "age": pa.array([20, 21, 5, 30, 31, 32, 34], pa.int64()),
        },
        {"town": TOWNS, "age": AGES},
        sensitive={"kind": ["x", "y", "x", "x", "y", "x", "unknown"]},
        minors=[False, False, True, False, False, False, False],
        limits={"town": ("exact", "level-1"), "age": ("5-years", "*")},
    )
    return people.release(MODEL)
