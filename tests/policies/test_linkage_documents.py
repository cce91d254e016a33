"""How a dataset's file says who is one person: what is read, refused, and warned of."""

from __future__ import annotations

import pytest

from policies.documents import DocumentError, parse_dataset
from policies.lint import lint_dataset
from policies.versions import canonical_document, document_sha256

CASES = """
dataset: cases
privacy_unit: person
consent: assumed
consent_basis: test
columns:
  person: {type: string, role: direct_identifier, domain: person}
  first:  {type: string, role: direct_identifier, domain: name}
  last:   {type: string, role: direct_identifier, domain: name}
  phone:  {type: string, role: direct_identifier, domain: phone, normalize: e164}
  born:   {type: date, role: quasi_identifier, ladder: date, bounds: [1900-01-01, 2026-12-31]}
  gender: {type: string, role: quasi_identifier, ladder: codes, codes: [f, m]}
  harms:  {type: string, role: sensitive, codes: [a, b], multiple: ";"}
  story:  {type: string, role: free_text}
"""
COMPARE = "compare: [{column: first, as: name}, {column: born, as: date}]"


def parse(linkage, text=CASES):
    return parse_dataset(f"{text}linkage: {linkage}\n")


def weighing(compare):
    return f"{{probabilistic: {{compare: [{compare}], block_on: [[born]]}}}}"


def problems(linkage, text=CASES):
    with pytest.raises(DocumentError) as refused:
        parse(linkage, text)
    return [(problem.rule, problem.params["path"]) for problem in refused.value.problems]


def warnings(linkage):
    return [warning.rule for warning in lint_dataset(parse(linkage)).warnings]


def test_keys_and_likeness_are_read():
    linkage = parse(
        "{deterministic: [[first, last, born], [phone]], "
        f"probabilistic: {{{COMPARE}, block_on: [[born], [phone]], match: 0.95}}}}"
    ).linkage
    assert linkage.deterministic == (("first", "last", "born"), ("phone",))
    likely = linkage.probabilistic
    assert (likely.match, likely.review) == (0.95, 0.8)
    assert [(one.column, one.likeness) for one in likely.compare] == [
        ("first", "name"),
        ("born", "date"),
    ]
    assert likely.columns() == ("first", "born", "phone")


def test_a_dataset_without_linkage_keeps_its_version():
    assert parse_dataset(CASES).linkage is None
    assert b"linkage" not in canonical_document(parse_dataset(CASES))


def test_linkage_is_part_of_the_version_and_reads_back():
    document = parse(f"{{probabilistic: {{{COMPARE}, block_on: [[born]]}}}}")
    again = parse_dataset(canonical_document(document).decode())
    assert again == document
    assert document_sha256(again) != document_sha256(parse_dataset(CASES))


def test_whose_roots_name_the_people():
    assert parse_dataset(CASES).person_domain == "person"
    assert (
        parse_dataset(CASES.replace("domain: person", "domain: people")).person_domain == "people"
    )
    assert (
        parse_dataset(CASES.replace("privacy_unit: person", "privacy_unit: row")).person_domain
        is None
    )
    assert parse_dataset(CASES.replace("privacy_unit: person\n", "")).person_domain is None


@pytest.mark.parametrize(
    ("linkage", "found"),
    [
        ("{}", ("linkage-empty", "linkage")),
        ("{deterministic: [[firts]]}", ("unknown-column", "linkage.deterministic[0]")),
        ("{deterministic: [[person]]}", ("linkage-column-unusable", "linkage.deterministic[0]")),
        ("{deterministic: [[story]]}", ("linkage-column-unusable", "linkage.deterministic[0]")),
        ("{deterministic: [[harms]]}", ("linkage-column-unusable", "linkage.deterministic[0]")),
        (
            f"{{probabilistic: {{{COMPARE}, block_on: [[nobody]]}}}}",
            ("unknown-column", "linkage.probabilistic.block_on[0]"),
        ),
        (
            weighing("{column: born, as: name}, {column: gender, as: exact}"),
            ("linkage-as-not-for-type", "linkage.probabilistic.compare[0]"),
        ),
        (
            weighing("{column: first, as: date}, {column: gone, as: exact}"),
            ("linkage-as-not-for-type", "linkage.probabilistic.compare[0]"),
        ),
        (
            f"{{probabilistic: {{{COMPARE}, block_on: [[born]], match: 0.5}}}}",
            ("linkage-match-below-review", "linkage.probabilistic.match"),
        ),
        (
            weighing("{column: born, as: date}, {column: born, as: exact}"),
            ("named-twice", "linkage.probabilistic.compare"),
        ),
    ],
)
def test_what_cant_say_who_somebody_is_is_refused(linkage, found):
    assert found in problems(linkage)


@pytest.mark.parametrize("unit", ["privacy_unit: row", ""])
def test_without_a_person_there_is_nothing_to_link(unit):
    text = CASES.replace("privacy_unit: person", unit)
    assert ("linkage-without-person", "linkage") in problems("{deterministic: [[phone]]}", text)


def test_keys_that_many_share_are_warned_of():
    assert warnings("{deterministic: [[phone]]}") == ["linkage-key-alone"]
    assert warnings("{deterministic: [[born, gender]]}") == ["linkage-key-weak"]
    assert warnings("{deterministic: [[first, last, born]]}") == []
