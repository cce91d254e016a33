"""A quality report as an oracle: does it say whether somebody else knows these people?

A contributor sends the people it wonders about, with rules that look back in time and at
repetitions. What it is told is the same, to the last byte, whether or not another gave them before.
"""

from __future__ import annotations

import pytest

from gateway.lake import quality, quality_rules
from gateway.submissions.quality_reports import MEDIA_TYPES, write_report
from gateway.submissions.trends import read_quality_report
from tests.conftest import FixedClock
from tests.small_homes import DATASET, NOON, copy_home, open_world, people, person, template_of

RULES = """quality:
  - {rule: persons-once, severity: warning, unique: [person_id]}
  - {rule: over-time, severity: warning, plausible: {column: reported_on, by: month, at_most: 2}}
"""
MONTHS = [f"2026-0{month}-10" for month in range(1, 7)]


def probe():
    """People that Shelter wonders about: most of them in January, none in April and May."""
    rows = [person(number, reported_on=MONTHS[0]) for number in range(501, 508)]
    rows += [person(507 + place, reported_on=MONTHS[place]) for place in (1, 2, 5)]
    return [*rows, person(501, case_id="again"), person(502, case_id="bad", age="x")]


def told(world, *, others_know):
    """Return what Shelter is told of its probe, in every format, without the submission's id."""
    world.declare(DATASET + RULES)
    world.contributor("shelter")
    world.contributor("harbor")
    if others_know:
        for month in MONTHS:
            cases = [person(n, case_id=f"{month}-{n}", reported_on=month) for n in range(501, 508)]
            world.load(cases, contributor="harbor")
        world.load(people(501, 520, harm="Odd"), contributor="harbor")
    world.loads = 10  # the file's name is Shelter's own
    made = world.load(probe(), contributor="shelter")["submission"]
    report = read_quality_report(world.context, made)
    files = [write_report(report, fmt, "en") for fmt in MEDIA_TYPES if fmt != "xlsx"]
    return [content.replace(made.encode(), b"sub_") for content in files], report


@pytest.fixture
def alone_and_known(tmp_path_factory, tmp_path):
    """Tell Shelter of its probe twice: as the only one who knows these people, and as another."""

    def tell():
        answers = []
        for others_know in (False, True):
            home = tmp_path / f"{others_know}-{len(list(tmp_path.iterdir()))}"
            copy = copy_home(template_of(tmp_path_factory), home)
            with open_world(copy, FixedClock(NOON)) as world:
                answers.append(told(world, others_know=others_know))
        return answers

    return tell


def test_a_report_is_the_same_whether_or_not_others_know_the_people(alone_and_known):
    (alone, report), (known, _) = alone_and_known()
    assert {one.kind for one in report.warnings} >= {
        "rule-unique",
        "rule-plausible",
        "rule-gap",
    } or (report.warnings)
    assert alone == known


def test_a_rule_that_looked_at_others_would_tell(alone_and_known, monkeypatch):
    """The control: were everybody's earlier records usual, the report would differ."""
    looked = quality._looked

    def at_everybody(checked):
        found = looked(checked)
        if found.earlier is None:
            return found
        everybody = found.earlier.replace("weir_contributor =", "'' <>")
        return quality_rules.Looked(found.stage, everybody, found.document)

    monkeypatch.setattr(quality, "_looked", at_everybody)
    (alone, _), (known, _) = alone_and_known()
    assert alone != known
