"""How often people get in touch, and what each contact adds to what is known of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gateway.demo import proportions as shares
from gateway.demo.narratives import draw_narratives

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_CONTACTS = 200
ZIPF_EXPONENT = 2.9
"""Four people in five get in touch once, a few very often."""

FIRST_DAY = np.datetime64("2016-07-01")
LAST_DAY = np.datetime64("2026-06-30")
DAYS_BETWEEN_CONTACTS = 45
DAYS_A_YEAR = 365.25


def draw_contact_counts(rng: np.random.Generator, records: int) -> NDArray[np.int64]:
    """Draw how many contacts each person has, `records` in all; the first person has most."""
    if records == 0:
        return np.zeros(0, np.int64)
    law = np.arange(1, MOST_CONTACTS + 1, dtype=np.float64) ** -ZIPF_EXPONENT
    counts: NDArray[np.int64] = 1 + np.searchsorted(np.cumsum(law), rng.random(records) * law.sum())
    counts[0] = min(MOST_CONTACTS, 1 + records // 150)
    ends = np.cumsum(counts)
    people = int(np.searchsorted(ends, records)) + 1
    counts[people - 1] -= ends[people - 1] - records
    return counts[:people]


def draw_contacts(
    rng: np.random.Generator, people: pa.Table, counts: NDArray[np.int64]
) -> pa.Table:
    """Give every person its contacts: one row each, in the order they were reported."""
    person = np.repeat(np.arange(len(counts)), counts)
    days, years_later = _days(rng, counts, person)
    table = people.take(pa.array(person))
    columns = {
        "reported_on": pa.array(days),
        "age": pc.add(table["age"], pa.array(years_later)),
        "industry": _industries(rng, table["exploitation"]),
        "controls": _controls(rng, len(person)),
        "wage_debt": _wage_debts(rng, table["exploitation"]),
        "narrative": draw_narratives(
            rng, table["given_name"], table["family_name"], table["language"]
        ),
    }
    for name, column in columns.items():
        table = with_column(table, name, column)
    return table.take(pa.array(np.argsort(days, kind="stable")))


def with_column(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    """Put a column into its place, or append it."""
    position = table.column_names.index(name) if name in table.column_names else -1
    if position < 0:
        return table.append_column(name, column)
    return table.set_column(position, name, column)


def _days(
    rng: np.random.Generator, counts: NDArray[np.int64], person: NDArray[np.int64]
) -> tuple[NDArray[np.datetime64], NDArray[np.int64]]:
    """Draw the day of each contact and the whole years since the person's first one."""
    first = _first_days(rng, len(counts))[person]
    starts = np.cumsum(counts) - counts
    gaps = rng.exponential(DAYS_BETWEEN_CONTACTS, len(person))
    gaps[starts] = 0
    passed = np.cumsum(gaps)
    later = (passed - passed[starts][person]).astype(np.int64)
    later %= (LAST_DAY - first).astype(np.int64) + 1
    return first + later, (later / DAYS_A_YEAR).astype(np.int64)


def _first_days(rng: np.random.Generator, count: int) -> NDArray[np.datetime64]:
    """Draw days by the published yearly weights; half years keep to their half."""
    years = shares.YEARS.draw(rng, count).to_numpy(zero_copy_only=False).astype("datetime64[Y]")
    first = np.maximum(years.astype("datetime64[D]"), FIRST_DAY)
    last = np.minimum((years + 1).astype("datetime64[D]") - 1, LAST_DAY)
    span = (last - first).astype(np.int64) + 1
    drawn: NDArray[np.datetime64] = first + (rng.random(count) * span).astype(np.int64)
    return drawn


def _industries(rng: np.random.Generator, exploitation: pa.ChunkedArray) -> pa.Array:
    labour = pc.is_in(exploitation, pa.array(["ForcedLabour", "Servitude"]))
    return pc.if_else(labour, shares.INDUSTRIES.draw(rng, len(exploitation)), None)


def _controls(rng: np.random.Generator, count: int) -> pa.Array:
    """Draw up to four methods of control, separated by `;`; one in five contacts names none."""
    sets = [None, *(_control_set(rng) for _ in range(500))]
    unnamed = shares.chance(rng, count, 0.2)
    positions = np.where(unnamed, 0, rng.integers(0, len(sets), count))
    return pa.array(sets, pa.string()).take(pa.array(positions))


def _control_set(rng: np.random.Generator) -> str:
    drawn = shares.CONTROLS.draw(rng, int(rng.integers(1, 5))).to_pylist()
    return ";".join(dict.fromkeys(drawn))


def _wage_debts(rng: np.random.Generator, exploitation: pa.ChunkedArray) -> pa.Array:
    """Draw unpaid wages in whole cents, mostly where labour was forced."""
    count = len(exploitation)
    labour = pc.fill_null(pc.equal(exploitation, "ForcedLabour"), fill_value=False)
    share = np.where(labour.to_numpy(), 0.6, 0.06)
    cents = np.minimum(rng.lognormal(12.5, 1.1, count), 9_999_999).astype(np.int64)
    return pa.array(cents, mask=~shares.chance(rng, count, share))
