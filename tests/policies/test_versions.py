from __future__ import annotations

import json

import pytest

from policies.documents import parse_dataset, parse_home, parse_policy
from policies.versions import canonical_bytes, canonical_document, document_sha256


def test_a_default_written_out_is_the_same_version(research):
    before = document_sha256(parse_policy(research))
    research["extract"]["max_records_per_person"] = 1
    research["extract"]["protect"]["levels_by"] = "k"
    research["extract"]["columns"]["narrative"] = {"drop": {}}
    assert document_sha256(parse_policy(research)) == before


def test_the_order_of_weir_s_keys_is_no_version(research):
    backwards = dict(reversed(research.items()))
    assert document_sha256(parse_policy(backwards)) == document_sha256(parse_policy(research))


@pytest.mark.parametrize("key", ["purposes", "classes"])
def test_a_change_is_another_version(research, key):
    before = document_sha256(parse_policy(research))
    research[key] = ["public"]
    assert document_sha256(parse_policy(research)) != before


def test_the_order_of_columns_is_part_of_a_dataset(hotline, parsed_hotline):
    again = parse_dataset(canonical_document(parsed_hotline).decode())
    assert list(again.columns) == list(hotline["columns"])
    assert again == parsed_hotline


def test_the_version_of_a_dataset_covers_its_taxonomies(hotline, parsed_hotline):
    other = parse_dataset(hotline, lambda _: "eng;English\n")
    assert document_sha256(other) != document_sha256(parsed_hotline)


def test_canonical_documents_are_plain_sorted_utf8():
    home = parse_home({"origin": "línea", "name": "A"})
    assert canonical_document(home) == '{"name":"A","origin":"línea"}'.encode()


def test_canonical_bytes_refuse_what_json_does_not_know():
    assert canonical_bytes({"b": 1, "a": [2]}) == b'{"a":[2],"b":1}'
    with pytest.raises(ValueError, match="JSON"):
        canonical_bytes({"a": float("nan")})


def test_exact_amounts_and_dates_come_back_as_they_were():
    column = {"type": "decimal", "role": "quasi_identifier", "ladder": "number"}
    dataset = parse_dataset(
        {
            "dataset": "x",
            "consent": "assumed",
            "consent_basis": "generated",
            "columns": {
                "a": {**column, "bounds": [0.1, 9], "widths": [0.1, 1], "scale": 1},
                "b": {
                    "type": "date",
                    "role": "insensitive",
                    "bounds": ["2020-01-01", "2021-01-01"],
                },
            },
        }
    )
    content = json.loads(canonical_document(dataset))["columns"]
    assert content["a"]["bounds"] == ["0.1", 9]
    assert content["b"]["bounds"] == ["2020-01-01", "2021-01-01"]
    assert parse_dataset(canonical_document(dataset).decode()) == dataset
