from __future__ import annotations

import pytest

from anonymizers.ladders.catalogue import BUILT_IN
from policies.documents import parse_dataset, parse_home, parse_policy
from policies.documents.dataset import BUILT_IN_LADDERS


def test_a_key_written_twice_is_refused(problems):
    assert problems(parse_home, "name: A\norigin: a\nname: B\n") == [("key-twice", "")]


@pytest.mark.parametrize("text", ["a: [", "a: !!python/object:os.system x", "[" * 20_000, "\x00"])
def test_what_is_no_yaml_is_refused(problems, text):
    assert problems(parse_home, text) == [("not-yaml", "")]


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just text"])
def test_a_file_that_is_no_mapping_is_refused(problems, text):
    assert problems(parse_home, text) == [("expected-mapping", "")]


def test_keys_that_yaml_reads_as_something_else_ask_for_quotes(problems):
    assert problems(parse_home, "name: A\norigin: a\nyes: 1\n") == [("expected-text", "True")]


def test_nested_keys_that_yaml_reads_as_something_else_ask_for_quotes(problems):
    text = "dataset: x\nconsent: assumed\nconsent_basis: y\ncolumns: {1: {}, age: {2: 3}}\n"
    found = problems(parse_dataset, text)
    assert ("expected-text", "columns[1]") in found
    assert ("expected-text", "columns.age[2]") in found


def test_a_mapping_that_holds_itself_is_refused_like_any_other(problems):
    found = problems(parse_policy, "policy: p\nextract: &x\n  columns: *x\n")
    assert ("missing-key", "dataset") in found


def test_a_date_that_does_not_exist_is_left_to_its_field(problems):
    text = (
        "dataset: x\nconsent: assumed\nconsent_basis: y\n"
        "columns: {d: {type: date, role: insensitive, bounds: [2026-02-30, 2026-03-01]}}\n"
    )
    assert problems(parse_dataset, text) == [("not-a-date", "columns.d.bounds")]


def test_json_is_yaml():
    assert parse_home('{"name": "A", "origin": "a.org/log"}').name == "A"


def test_the_ladders_that_documents_know_are_those_that_exist():
    assert set(BUILT_IN_LADDERS) == set(BUILT_IN)


def test_a_key_that_looks_like_a_mark_is_a_key_like_any_other(problems):
    text = {"name": "A", "origin": "a", "[key]": 1}
    assert problems(parse_home, text) == [("unknown-key", "[key]")]
