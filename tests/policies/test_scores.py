"""The score of a submission: its formula, its bounds, and that errors never raise it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.documents import parse_dataset
from policies.quality.scores import WEIGHTS, Tally, required_columns, score

COLUMNS = 4
REQUIRED = 2  # the first of them
CELL = ("good", "odd", "bad", "empty")  # valid, with a remark, unreadable, not there
WORSE = {"good": ("odd", "bad"), "odd": ("bad",), "bad": (), "empty": ()}


def tally_of(rows):
    """Count a file: each row is None (no record can be made of it) or its cells."""
    records = [row for row in rows if row is not None]
    cells = [cell for row in records for cell in row]
    taken = [row for row in records if "bad" not in row]
    return Tally(
        rows=len(rows),
        taken=len(taken),
        clean=sum("odd" not in row for row in taken),
        filled=sum(cell != "empty" for cell in cells) + COLUMNS * (len(rows) - len(records)),
        valid=cells.count("good"),
        required=REQUIRED * len(rows),
        given=sum(cell != "empty" for row in records for cell in row[:REQUIRED]),
    )


rows = st.lists(
    st.none() | st.lists(st.sampled_from(CELL), min_size=COLUMNS, max_size=COLUMNS).map(tuple)
)


@given(rows)
def test_a_score_is_within_0_and_100(file):
    assert 0 <= score(tally_of(file)).points <= 100


@given(st.lists(st.lists(st.sampled_from(["good", "empty"]), min_size=2, max_size=2), min_size=1))
def test_a_file_without_an_error_has_100_and_no_other_has(free):
    file = [("good", "good", *cells) for cells in free]
    assert score(tally_of(file)).points == 100
    assert score(tally_of([*file[1:], ("good", "odd", *file[0][2:])])).points < 100


@given(rows.filter(any), st.data())
def test_an_error_more_never_raises_a_score(file, data):
    number = data.draw(st.sampled_from([n for n, row in enumerate(file) if row is not None]))
    before = score(tally_of(file)).points
    assert score(tally_of([*file[:number], None, *file[number + 1 :]])).points <= before
    for place, cell in enumerate(file[number]):
        worse = [*WORSE[cell], *(["empty"] if cell == "good" and place < REQUIRED else [])]
        for change in worse:
            row = (*file[number][:place], change, *file[number][place + 1 :])
            changed = [*file[:number], row, *file[number + 1 :]]
            assert score(tally_of(changed)).points <= before


@given(rows)
def test_a_person_can_compute_it_again(file):
    made = score(tally_of(file))
    shares = [part.good / part.of if part.of else 1 for part in made.parts]
    points = sum(part.weight * share for part, share in zip(made.parts, shares, strict=True))
    assert made.points == pytest.approx(points if file else 0, abs=0.100001)


def test_the_weights_give_100():
    assert sum(WEIGHTS.values()) == 100


def test_nothing_has_no_score():
    assert score(Tally()).points == 0


def test_required_are_the_key_the_person_and_what_a_rule_wants_complete():
    document = parse_dataset("""
dataset: cases
privacy_unit: person
record_key: [case]
consent: assumed
consent_basis: "none of it is real"
columns:
  age:    {type: integer, role: insensitive}
  person: {type: string,  role: direct_identifier, domain: person}
  case:   {type: string,  role: direct_identifier, domain: case}
  town:   {type: string,  role: insensitive}
quality:
  - {rule: ages, severity: warning, complete: {column: age, at_least: 0.5}}
  - {rule: towns, severity: warning, unique: [town]}
""")
    assert required_columns(document) == ("age", "person", "case")
