"""Quality rules of a dataset file: what they may say, and of which columns."""

from __future__ import annotations

import pytest

from policies.documents import parse_dataset
from policies.documents.quality import CHECKS
from policies.versions import canonical_document, document_sha256

COLUMNS = """
dataset: cases
privacy_unit: person
consent: assumed
consent_basis: "none of it is real"
columns:
  person: {type: string,    role: direct_identifier, domain: person}
  seen:   {type: date,      role: insensitive}
  closed: {type: timestamp, role: insensitive}
  age:    {type: integer,   role: insensitive}
  debt:   {type: decimal,   role: insensitive, scale: 2}
  minor:  {type: boolean,   role: insensitive}
  harm:   {type: string,    role: sensitive, codes: [Labour, Other]}
  town:   {type: string,    role: insensitive}
  story:  {type: string,    role: free_text}
quality:
"""

GOOD = [
    "order: [seen, closed]",
    "order: [age, debt]",
    "requires: {when: {column: harm, in: [Labour]}, then: {column: debt, filled: true}}",
    "requires: {when: {column: age, in: [17, 18]}, then: {column: minor, in: ['true']}}",
    "requires: {when: {column: town, in: [Lima]}, then: {column: person, filled: true}}",
    "complete: {column: person, at_least: 0.9}",
    "unique: [person, seen]",
    "between: {column: debt, from: 0.5, to: 100}",
    "between: {column: closed, from: 2020-01-01}",
    "between: {column: age, to: 120}",
    "plausible: {column: seen, by: month, at_most: 5}",
    "consistent: {age: age, birth: seen, on: closed}",
    "consistent: {age: age, birth: seen, 'on': closed, within: 0}",
]


def rule_text(check, severity="warning", name="a-rule"):
    return f"  - {{rule: {name}, severity: {severity}, title: {{en: Words}}, {check}}}\n"


@pytest.mark.parametrize("check", GOOD)
def test_a_rule_is_read_and_read_back(check):
    document = parse_dataset(COLUMNS + rule_text(check))
    (rule,) = document.quality
    assert rule.check == check.partition(":")[0]
    assert set(rule.columns) <= set(document.columns)
    again = parse_dataset(canonical_document(document).decode())
    assert again == document
    assert document_sha256(again) == document_sha256(document)


def test_every_check_has_an_example():
    assert {check.partition(":")[0] for check in GOOD} == set(CHECKS)


def test_a_dataset_without_rules_keeps_its_hash(parsed_hotline):
    before = "c7373f22a5667e30c52638535399858483e821c80afc51b413a58158f692151f"
    assert document_sha256(parsed_hotline) == before  # as it was before there were rules
    assert document_sha256(parsed_hotline.model_copy(update={"quality": ()})) == before


BAD = {
    "order: [seen]": ("quality-not-a-pair", "order"),
    "order: [seen, seen]": ("named-twice", "order"),
    "order: [seen, age]": ("quality-not-alike", "order"),
    "order: [seen, harm]": ("quality-type", "order[1]"),
    "order: [seen, closd]": ("unknown-column", "order[1]"),
    "requires: {when: {column: harm}, then: {column: age, filled: true}}": (
        "exactly-one-of",
        "requires.when",
    ),
    "requires: {when: {column: harm, in: [labor]}, then: {column: age, filled: true}}": (
        "not-one-of",
        "requires.when.in",
    ),
    "requires: {when: {column: minor, in: ['yes']}, then: {column: age, filled: true}}": (
        "not-one-of",
        "requires.when.in",
    ),
    "requires: {when: {column: age, in: ['01']}, then: {column: age, filled: true}}": (
        "expected-whole-number",
        "requires.when.in",
    ),
    "requires: {when: {column: age, filled: true}, then: {column: debt, in: [1]}}": (
        "quality-type",
        "requires.then.in",
    ),
    "requires: {when: {column: person, in: [Ana]}, then: {column: age, filled: true}}": (
        "quality-kept-apart",
        "requires.when.in",
    ),
    "requires: {when: {column: story, filled: true}, then: {column: age, filled: true}}": (
        "quality-kept-apart",
        "requires.when.column",
    ),
    "complete: {column: story, at_least: 0.5}": ("quality-kept-apart", "complete.column"),
    "complete: {column: age, at_least: 1.5}": ("must-be-at-most", "complete.at_least"),
    "unique: []": ("must-not-be-empty", "unique"),
    "between: {column: age}": ("quality-without-limit", "between"),
    "between: {column: age, from: 2, to: 1}": ("bounds-backwards", "between"),
    "between: {column: age, from: 2020-01-01, to: 1}": ("quality-limits-differ", "between"),
    "between: {column: age, from: 2020-01-01}": ("quality-limit-type", "between"),
    "between: {column: seen, to: 5}": ("quality-limit-type", "between"),
    "between: {column: harm, to: 5}": ("quality-type", "between.column"),
    "plausible: {column: age, by: month, at_most: 5}": ("quality-type", "plausible.column"),
    "plausible: {column: seen, by: day, at_most: 5}": ("not-one-of", "plausible.by"),
    "plausible: {column: seen, by: month, at_most: 1}": ("must-be-above", "plausible.at_most"),
    "consistent: {age: seen, birth: seen, on: closed}": ("quality-type", "consistent.age"),
    "consistent: {age: age, birth: debt, on: closed}": ("quality-type", "consistent.birth"),
    "consistent: wrong": ("expected-mapping", "consistent"),
    "order: [seen, closed], unique: [age]": ("exactly-one-of", ""),
}


@pytest.mark.parametrize("check", BAD)
def test_a_rule_that_can_not_be_looked_at_is_refused_with_its_place(check, problems):
    rule, place = BAD[check]
    path = ".".join(filter(None, ("quality[0]", place)))
    assert (rule, path) in problems(parse_dataset, COLUMNS + rule_text(check))


@pytest.mark.parametrize(
    "check",
    ["complete: {column: age, at_least: 0.5}", "plausible: {column: seen, by: year, at_most: 2}"],
)
def test_what_no_single_row_breaks_can_not_refuse_rows(check, problems):
    text = COLUMNS + rule_text(check, severity="error")
    assert problems(parse_dataset, text) == [("quality-only-warns", "quality[0].severity")]


def test_two_rules_of_one_name_are_refused(problems):
    text = COLUMNS + rule_text("unique: [age]") + rule_text("unique: [seen]")
    assert problems(parse_dataset, text) == [("named-twice", "quality")]
