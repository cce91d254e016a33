"""Likely pairs: found in spite of mistakes, few wrong ones; none counts before an officer."""

from __future__ import annotations

import builtins
import re

import pytest

from gateway.errors import LinkageError
from gateway.linkage.comparable import people_to_compare
from gateway.linkage.matching import Matching, find_likely
from gateway.linkage.running import run_linkage
from gateway.linkage.showing import list_links
from policies.documents import ProbabilisticLinkage, parse_dataset
from tests.attacks.linked_homes import decide, links
from tests.dirty_people import BORN, FIRST, LAST, PHONE, two_sources

LIKELY = {
    "compare": [
        {"column": FIRST, "as": "name"},
        {"column": LAST, "as": "name"},
        {"column": BORN, "as": "date"},
        {"column": PHONE, "as": "phone"},
    ],
    "block_on": [[BORN], [PHONE], [FIRST, LAST]],
    "review": 0.8,
}
HEADER = f"call,person_id,{FIRST},{LAST},{BORN},{PHONE}"
CALLS = f"""
dataset: calls
privacy_unit: person_id
record_key: [call]
consent: assumed
consent_basis: test
columns:
  call:      {{type: string, role: direct_identifier, domain: call}}
  person_id: {{type: string, role: direct_identifier, domain: person}}
  {FIRST}:   {{type: string, role: direct_identifier, domain: first-name}}
  {LAST}:    {{type: string, role: direct_identifier, domain: last-name}}
  {BORN}:    {{type: date, role: quasi_identifier, ladder: date, bounds: [1900-01-01, 2026-12-31]}}
  {PHONE}:   {{type: string, role: direct_identifier, domain: phone, normalize: e164}}
linkage:
  probabilistic:
    compare:
      - {{column: {FIRST}, as: name}}
      - {{column: {LAST}, as: name}}
      - {{column: {BORN}, as: date}}
      - {{column: {PHONE}, as: phone}}
    block_on: [[{BORN}], [{PHONE}], [{FIRST}, {LAST}]]
"""


def matching(table, **changes):
    return Matching(ProbabilisticLinkage.model_validate({**LIKELY, **changes}), table)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    table, truth = two_sources(2_000, 600, 400)
    return find_likely(matching(table), tmp_path_factory.mktemp("spill") / "spill"), truth


def test_people_are_found_in_spite_of_mistakes(found):
    pairs = {tuple(sorted((row["one"], row["other"]))) for row in found[0].to_pylist()}
    assert len(pairs & found[1]) >= 0.85 * len(found[1])
    assert len(pairs & found[1]) >= 0.98 * len(pairs)


def test_evidence_names_the_columns_that_agree(found):
    named = {name for row in found[0].to_pylist() for name in row["evidence"]}
    assert named == {FIRST, LAST, BORN, PHONE}
    assert all(row["probability"] >= 0.8 for row in found[0].to_pylist())


def test_nothing_is_left_where_it_ran(tmp_path):
    table, _ = two_sources(300, 60, 40)
    find_likely(matching(table), tmp_path / "spill")
    assert [*tmp_path.rglob("*")] == [tmp_path / "spill"]


def test_nobody_to_compare_with_is_no_pair(tmp_path):
    table, _ = two_sources(1, 0, 0)
    assert find_likely(matching(table), tmp_path / "spill").num_rows == 0


def test_without_the_library_it_says_what_to_install(tmp_path, monkeypatch):
    ordinary = builtins.__import__

    def missing(name, *rest):
        if name.startswith("splink"):
            raise ImportError(name)
        return ordinary(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    table, _ = two_sources(30, 6, 4)
    with pytest.raises(LinkageError, match=re.escape("weir[linkage]")):
        find_likely(matching(table), tmp_path / "spill")


@pytest.fixture
def home(world):
    """A home with calls of people, some of them twice, misspelled."""
    world.declare(CALLS)
    table, _ = two_sources(200, 60, 40)
    lines = [HEADER]
    for row in table.to_pylist():
        cells = [row[name] or "" for name in (FIRST, LAST, BORN, PHONE)]
        lines.append(",".join([f"c{row['number']}", f"p{row['number']}", *cells]))
    file = world.folder / "calls.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    world.load_file(file, "calls")
    return world


def test_a_likely_pair_waits_and_counts_once_an_officer_confirmed_it(home):
    found = run_linkage(home.context, "calls", lambda _t, _s: None, dry_run=False)
    waiting = list_links(home.context, "calls")
    assert found["likely"] + found["to_review"] == len(waiting) >= 30
    assert home.context.lake.count("calls") == (260, 260)
    assert waiting[0]["probability"] >= waiting[-1]["probability"]
    decide(home, waiting[0]["id"], "confirmed")
    decide(home, waiting[1]["id"], "refused")
    assert home.context.lake.count("calls") == (260, 259)
    again = run_linkage(home.context, "calls", lambda _t, _s: None, dry_run=True)
    assert again["likely"] + again["to_review"] <= len(waiting) - 2
    states = [one["state"] for one in links(home, "calls")[:2]]
    assert states == ["confirmed", "apart"]


def test_accents_case_and_words_for_unknown_make_no_difference(home):
    file = home.folder / "more.csv"
    file.write_text(f"{HEADER}\nx1,px,JOSÉ,Unknown,1800-01-01,\n", encoding="utf-8")
    home.load_file(file, "calls")
    document = parse_dataset(CALLS)
    compared = people_to_compare(home.context, document, document.linkage.probabilistic)
    (row,) = [one for one in compared.people.to_pylist() if one[FIRST] == "jose"]
    assert (row[LAST], row[BORN], row[PHONE]) == (None, None, None)
