"""Mapping distinct values is mapping row by row, whatever stands in the file, in any order."""

from __future__ import annotations

from datetime import date, timedelta
from typing import get_args

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.lake.mapping import MappedSource
from gateway.lake.report import Words
from gateway.lake.sources import Batch, Facts
from policies.documents.recipe import DateOrder
from policies.recipes import makers_of
from policies.recipes.dates import DateReader
from policies.recipes.numbers import NumberReader
from policies.recipes.values import REFUSING
from tests.policies.recipes.conftest import dataset, recipe

RULES = {
    "case_id": "a",
    "person_id": {"join": ["a", "b"], "separator": "-"},
    "met_on": "b",
    "called_at": {"from": "b", "missing": ["sin dato"]},
    "age": {"age": {"birth": "b", "on": "c"}},
    "band": {
        "from": "c",
        "levels": [{"from": 0, "code": "minor"}, {"from": 18, "code": "adult"}],
        "codes": {"x": "adult"},
    },
    "debt": "c",
    "harm": {"from": "a", "codes": {"Sí": "Other", "no": None}},
    "controls": {"flags": {"a": "Debt", "c": "Threats"}},
    "minor": "a",
    "notes": {"from": "a", "separator": "/", "part": -1},
    "consent": {"from": "c", "codes": {"Sí": "anonymized"}},
    "consent_ends": "b",
    "funding": "a",
    "zip": {"constant": "02139"},
}
DATASET, RECIPE = dataset(), recipe(RULES)
MAKERS = makers_of(RECIPE, DATASET)
WORDS = st.sampled_from(
    [
        *("Sí", "SI", "no", "N/D", "n/d", " -99", "otro", "Other", "ñandú", "VAWA", "x", "1.0"),
        *("05/03/2024", "25/3/24", "03/25/2024", "2000-02-29", "29/02/2001", "5 de mayo de 1990"),
        *(
            "12",
            "1.234,5",
            "12.5",
            "0",
            "0,50",
            "$ 3",
            "-7",
            "17",
            "99.999.999",
            "a/b",
            "anonymized",
        ),
    ]
)
CELLS = st.none() | WORDS | st.dates().map(str) | st.text(max_size=6)
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=25)
NAMES = ("a", "b", "c")


class Given:
    """A file that is in memory."""

    def __init__(self, rows, names=NAMES):
        order = [names.index(name) for name in NAMES]
        columns = list(zip(*rows, strict=True)) or [()] * len(names)
        arrays = [pa.array([*columns[place]], pa.string()) for place in order]
        cells = pa.RecordBatch.from_arrays([arrays[names.index(n)] for n in names], names=names)
        self.batch = Batch(np.arange(len(rows)), cells)
        self.facts = Facts("a.csv", "csv")

    def batches(self):
        yield self.batch


def mapped(rows):
    source, words = Given(rows), Words()
    names = {name: name for name in NAMES}
    columns = tuple(DATASET.columns)
    whole = MappedSource(source, source.facts, RECIPE, names, MAKERS, columns, words)
    return whole._mapped(source.batch, _Nothing()), words


class _Nothing:
    """Judges no days."""

    def count(self, column, made):
        del column, made


def one_by_one(rows):
    """Map each row by itself; return cells, problems and words as the engine does."""
    cells = {name: [None] * len(rows) for name in DATASET.columns}
    problems, words = {}, {}
    for number, row in enumerate(rows):
        texts = dict(zip(NAMES, row, strict=True))
        for maker in MAKERS:
            made = maker.make(*(texts[name] for name in maker.reads))
            cells[maker.name][number] = made.text
            if made.problem:
                problems.setdefault((made.problem, maker.name), []).append(number)
            for word in made.unmapped:
                words[maker.name, word] = words.get((maker.name, word), 0) + 1
    return cells, problems, words


@given(ROWS)
def test_a_column_is_mapped_like_its_rows(rows):
    batch, words = mapped(rows)
    cells, problems, unmapped = one_by_one(rows)
    assert batch.cells.to_pydict() == cells
    found = {(one.kind, one.column): np.flatnonzero(one.marks).tolist() for one in batch.mapped}
    assert found == problems
    assert all(one.refuses is (one.kind in REFUSING) for one in batch.mapped)
    assert words.counts == unmapped


BIRTHS = st.dates(date(1940, 1, 1), date(2000, 12, 31))
NEAR_BIRTHDAYS = st.lists(
    st.tuples(BIRTHS, st.integers(-1, 20), st.integers(-1, 1)), min_size=2, max_size=25
)


@given(NEAR_BIRTHDAYS)
def test_ages_around_birthdays_are_mapped_like_their_rows(cases):
    later = [
        birth + timedelta((birth.replace(birth.year + years, day=1) - birth.replace(day=1)).days)
        for birth, years, _ in cases
    ]
    rows = [
        (None, str(birth), str(day + timedelta(shift)))
        for (birth, _, shift), day in zip(cases, later, strict=True)
    ]
    batch, _ = mapped(rows)
    cells, *_ = one_by_one(rows)
    assert batch.cells.to_pydict()["age"] == cells["age"]


@given(ROWS, st.randoms())
def test_the_order_of_rows_makes_no_difference(rows, random):
    shuffled = [*enumerate(rows)]
    random.shuffle(shuffled)
    places = [place for place, _ in shuffled]
    batch, words = mapped(rows)
    other, others = mapped([row for _, row in shuffled])
    assert other.cells.to_pylist() == batch.cells.take(pa.array(places, pa.int64())).to_pylist()
    assert others.counts == words.counts


@pytest.mark.parametrize("order", get_args(DateOrder))
@given(day=st.dates(date(1000, 1, 1)), mark=st.sampled_from("/.- "))
def test_a_day_comes_back_from_each_order(order, day, mark):
    parts = {"year": f"{day.year:04}", "month": f"{day.month:02}", "day": f"{day.day:02}"}
    text = mark.join(parts[part] for part in order.split("-"))
    assert DateReader(order, None, 1930, keeps_time=False).read(text).text == day.isoformat()


@given(day=st.dates(date(1930, 1, 1), date(2029, 12, 31)))
def test_a_day_with_two_digits_of_its_year_comes_back(day):
    text = day.strftime("%d/%m/%y")
    read = DateReader("day-month-year", None, 1930, keeps_time=False).read(text)
    assert read.text == day.isoformat()


@given(st.text(alphabet="0123456789/-. :TZapm", max_size=12))
def test_whatever_is_read_as_a_day_is_one(text):
    made = DateReader("day-month-year", "es", 1930, keeps_time=False).read(text)
    assert bool(made.text) is not bool(made.problem)
    assert made.text is None or date.fromisoformat(made.text)


@given(st.decimals(-(10**12), 10**12, places=3))
def test_a_number_comes_back_from_each_way_of_writing(number):
    grouped = f"{number:,}"
    spanish = grouped.replace(",", "_").replace(".", ",").replace("_", ".")
    for text, mark in ((grouped, "point"), (spanish, "comma"), (str(number), "point")):
        made = NumberReader(mark).read(text).text
        assert float(made) == float(number)
        assert NumberReader("point").read(made).text == made


@given(CELLS)
def test_codes_of_the_dataset_stay_what_they_are(text):
    makers = {maker.name: maker for maker in MAKERS}
    for name in ("harm", "minor"):
        once = makers[name].make(text)
        if once.text is not None and not once.unmapped:
            assert makers[name].make(once.text).text == once.text
