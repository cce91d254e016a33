from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from gateway.release_values import kept_values
from gateway.sensitive_values import sensitive_values
from policies.documents import ColumnDocument


def coded(stored, **column):
    declared = ColumnDocument(role="sensitive", **column)
    values = sensitive_values(declared, stored, kept_values(declared, stored))
    return values.texts, values.lookup.codes.tolist()


def test_codes_follow_their_list_and_nothing_known_has_none():
    stored = pa.array([None, "", "high", "low", "odd", "other", "unknown"])
    codes = ["low", "middle", "high"]
    assert coded(stored, type="string", codes=codes) == (
        ("low", "high"),
        [-1, -1, 1, 0, -1, -1, -1],
    )


def test_cells_with_several_codes_come_last():
    stored = pa.array(["A", "B", "B;A"])
    column = {"type": "string", "codes": ["B", "A"], "multiple": ";"}
    assert coded(stored, **column) == (("B", "A", "B;A"), [1, 0, 2])


@pytest.mark.parametrize(
    ("stored", "column", "texts"),
    [
        (pa.array([None, 2, 10, 300]), {"type": "integer", "bounds": [0, 100]}, ("2", "10")),
        (
            pa.array([Decimal("2.50"), Decimal("10.00")], pa.decimal128(18, 2)),
            {"type": "decimal", "scale": 2},
            ("2.5", "10"),
        ),
        (pa.array([date(2024, 3, 5)]), {"type": "date"}, ("2024-03-05",)),
    ],
)
def test_numbers_and_dates_rise_as_files_write_them(stored, column, texts):
    found, codes = coded(stored, **column)
    assert found == texts
    assert [code for code in codes if code >= 0] == list(range(len(texts)))
