"""The dirt of real spreadsheets: spaces, cases, formats, unknown codes, missing ids.

At most one record in a hundred is spoiled so far that loading has to refuse it (a missing
person, an impossible day); the rest loads, and the report says what was put right or released
as `other`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gateway.demo.contacts import with_column
from gateway.demo.proportions import chance

Spoil = Callable[[np.random.Generator, pa.ChunkedArray], pa.ChunkedArray]


def spoil(rng: np.random.Generator, table: pa.Table) -> pa.Table:
    """Write every column as text and spoil a small share of its values."""
    for name in table.column_names:
        column = _written(name, table[name])
        for step in STEPS.get(name, ()):
            column = step(rng, column)
        table = with_column(table, name, column)
    return table


def _written(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    if name == "wage_debt":
        return _amount(column)
    return column.cast(pa.string())


def _amount(cents: pa.ChunkedArray) -> pa.ChunkedArray:
    """Write whole cents as units with two decimals."""
    text = pc.utf8_lpad(cents.cast(pa.string()), 3, "0")
    units = pc.utf8_slice_codeunits(text, 0, -2)
    return pc.binary_join_element_wise(units, pc.utf8_slice_codeunits(text, -2), ".")


def _some(
    rng: np.random.Generator, share: float, column: pa.ChunkedArray, spoiled: object
) -> pa.ChunkedArray:
    """Take the spoiled value for that share of the values that are there."""
    chosen = pc.and_(pc.is_valid(column), chance(rng, len(column), share))
    return pc.if_else(chosen, spoiled, column)


def _spaced(share: float) -> Spoil:
    return lambda rng, column: _some(
        rng, share, column, pc.binary_join_element_wise(" ", column, "  ", "")
    )


def _shouted(share: float) -> Spoil:
    return lambda rng, column: _some(rng, share, column, pc.utf8_upper(column))


def _whispered(share: float) -> Spoil:
    return lambda rng, column: _some(rng, share, column, pc.utf8_lower(column))


def _missing(share: float) -> Spoil:
    return lambda rng, column: _some(rng, share, column, pa.scalar(None, pa.string()))


def _replaced(share: float, values: Sequence[str]) -> Spoil:
    def step(rng: np.random.Generator, column: pa.ChunkedArray) -> pa.ChunkedArray:
        drawn = pa.array(values).take(pa.array(rng.integers(0, len(values), len(column))))
        return _some(rng, share, column, drawn)

    return step


def _phone_formats(rng: np.random.Generator, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Write half of the phones the way people write them; the numbers stay the same."""
    area, exchange, line = (
        pc.utf8_slice_codeunits(column, first, last) for first, last in ((2, 5), (5, 8), (8, 12))
    )
    local = pc.binary_join_element_wise(area, exchange, line, "-")
    dotted = pc.binary_join_element_wise("1", area, exchange, line, ".")
    bracketed = pc.binary_join_element_wise("(", area, ") ", exchange, "-", line, "")
    for share, form in ((0.2, local), (0.1, dotted), (0.2, bracketed)):
        column = _some(rng, share, column, form)
    return column


STEPS: dict[str, tuple[Spoil, ...]] = {
    "person_id": (_whispered(0.02), _spaced(0.02), _missing(0.002)),
    "given_name": (_shouted(0.03), _spaced(0.02)),
    "family_name": (_shouted(0.03), _spaced(0.02)),
    "phone": (_phone_formats, _replaced(0.01, ["unknown", "555", "no phone"])),
    "email": (_shouted(0.02), _replaced(0.01, ["n/a"])),
    "reported_on": (
        _replaced(0.001, ["2021-02-30", "last week", "31/31/2023"]),
        _replaced(0.0005, ["1900-01-01", "2206-03-04"]),
    ),
    "age": (_replaced(0.002, ["-1", "199", "999"]), _replaced(0.0005, ["about 20", "n/a"])),
    "gender": (_spaced(0.01), _replaced(0.005, ["F", "female"])),
    "citizenship": (_spaced(0.01), _replaced(0.004, ["XX", "-99", "USA"])),
    "state": (_spaced(0.01), _replaced(0.004, ["ZZ", "Calif.", "unknown"])),
    "exploitation": (_spaced(0.01), _replaced(0.005, ["Unspecified", "-99"])),
    "wage_debt": (_replaced(0.004, ["-50.00", "9999999.00"]), _replaced(0.001, ["a lot"])),
    "consent": (_spaced(0.01), _missing(0.01), _replaced(0.004, ["yes", "verbal"])),
    "consent_ends": (_replaced(0.0005, ["never"]),),
}
"""What happens to each column, in this order, and to what share of its values."""
