from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from policies.aggregates.grids import GRIDS, Grid, plain_number, plain_text
from policies.aggregates.requests import parse_aggregate_request
from policies.requests import RequestError

ASKED = {"dataset": "hotline-cases", "purpose": "typologies"}
ONE = {**ASKED, "measures": ["count_people"], "epsilon": 1}


def problems_of(say, body):
    with pytest.raises(RequestError) as caught:
        parse_aggregate_request(body)
    say(caught.value.reasons)
    return [(reason.rule, reason.params["path"]) for reason in caught.value.reasons]


def test_every_measure_has_its_spellings():
    measures = [
        *("count_people", {"count_records": {}}, {"sum": "wage_debt"}, {"mean": "wage_debt"}),
        *({"quantile": "age"}, {"median": "age"}, {"quantile": {"column": "age", "q": 0.25}}),
        *({"histogram": "age"}, {"histogram": {"column": "age", "level": "10-years"}}),
        {"distinct": "exploitation"},
    ]
    asked = parse_aggregate_request({**ONE, "measures": measures}).measures
    assert [(one.kind, one.column, one.q, one.level) for one in asked] == [
        ("count_people", None, None, None),
        ("count_records", None, None, None),
        ("sum", "wage_debt", None, None),
        ("mean", "wage_debt", None, None),
        ("quantile", "age", Fraction(1, 2), None),
        ("quantile", "age", Fraction(1, 2), None),
        ("quantile", "age", Fraction(1, 4), None),
        ("histogram", "age", None, None),
        ("histogram", "age", None, "10-years"),
        ("distinct", "exploitation", None, None),
    ]


def test_one_query_is_a_table_without_a_name():
    request = parse_aggregate_request({**ONE, "group_by": ["state"], "totals": True})
    (table,) = request.tables
    assert request.names == ("",)
    assert (table.totals, [at.column for at in table.group_by]) == (True, ["state"])


def test_queries_of_a_batch_are_named_by_their_place():
    queries = [{"measures": ["count_people"]}, {"measures": ["count_people"], "name": "by-state"}]
    request = parse_aggregate_request({**ASKED, "queries": queries, "rho": 0.5})
    assert request.names == ("query-1", "by-state")
    assert len(request.tables) == 2


@pytest.mark.parametrize(
    ("accuracy", "written", "exact"),
    [
        ("epsilon", 0.1, Fraction(1, 10)),
        ("epsilon", Decimal("0.100"), Fraction(1, 10)),
        ("epsilon", 1, Fraction(1)),
        ("epsilon", 1e6, Fraction(10**6)),
        ("rho", 0.00011, Fraction(11, 100_000)),
        ("half_width", 10.0, Fraction(10)),
        ("half_width", 10**15, Fraction(10**15)),
    ],
)
def test_numbers_are_the_text_of_the_request(accuracy, written, exact):
    body = {**ASKED, "measures": ["count_people"], accuracy: written}
    assert parse_aggregate_request(body).accuracy == (accuracy, exact)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"measurs": []}, ("unknown-key", "measurs")),
        ({"measures": []}, ("must-not-be-empty", "measures")),
        ({"measures": "count_people"}, ("expected-list", "measures")),
        ({"measures": None}, ("exactly-one-of", "")),
        ({"measures": ["count_peple"]}, ("unknown-key", "measures[0].count_peple")),
        ({"measures": [{"sum": "a", "mean": "a"}]}, ("exactly-one-of", "measures[0]")),
        ({"measures": [{"sum": 1}]}, ("expected-text", "measures[0].sum")),
        (
            {"measures": [{"quantile": {"column": "age", "q": 1}}]},
            ("quantile-off-grid", "measures[0].quantile.q"),
        ),
        (
            {"measures": [{"quantile": {"column": "age", "q": 0.0001}}]},
            ("quantile-off-grid", "measures[0].quantile.q"),
        ),
        (
            {"measures": [{"histogram": {"column": "age", "levle": "1"}}]},
            ("unknown-key", "measures[0].histogram.levle"),
        ),
        ({"measures": ["count_people"] * 101}, ("too-long", "measures")),
        ({"group_by": ["age", {"column": "age"}]}, ("named-twice", "group_by[1]")),
        ({"group_by": [f"c{n}" for n in range(21)]}, ("too-long", "group_by")),
        ({"where": [{"column": "age"}]}, ("exactly-one-of", "where[0]")),
        ({"totals": 1}, ("expected-true-or-false", "totals")),
        ({"queries": []}, ("must-not-be-empty", "queries")),
        ({"queries": [{"measures": ["count_people"]}]}, ("exactly-one-of", "")),
        ({"epsilon": None}, ("exactly-one-of", "")),
        ({"rho": 1}, ("exactly-one-of", "")),
        ({"epsilon": "1"}, ("expected-number", "epsilon")),
        ({"epsilon": True}, ("expected-number", "epsilon")),
        ({"epsilon": float("nan")}, ("expected-number", "epsilon")),
        ({"epsilon": Decimal("1e999999999")}, ("too-many-digits", "epsilon")),
        ({"epsilon": Decimal("1e-999999999")}, ("too-many-digits", "epsilon")),
        ({"epsilon": 0}, ("off-grid", "epsilon")),
        ({"epsilon": 0.009}, ("off-grid", "epsilon")),
        ({"epsilon": 0.0105}, ("off-grid", "epsilon")),
        ({"epsilon": 1_000_001}, ("off-grid", "epsilon")),
        ({"epsilon": None, "rho": 0.00009}, ("off-grid", "rho")),
        ({"epsilon": None, "rho": 0.000101}, ("off-grid", "rho")),
        ({"epsilon": None, "half_width": 0}, ("off-grid", "half_width")),
        (
            {"epsilon": None, "half_width": Decimal("1000000000000000.00000000000000000001")},
            ("off-grid", "half_width"),
        ),
        ({"epsilon": None, "half_width": 1.5}, ("off-grid", "half_width")),
    ],
)
def test_a_request_for_numbers_has_a_shape(say, change, expected):
    assert expected in problems_of(say, {**ONE, **change})


def test_a_float_is_what_was_meant_by_it():
    assert parse_aggregate_request({**ONE, "epsilon": 0.1 + 0.2}).accuracy[1] == Fraction(3, 10)


def test_a_batch_has_its_keys_in_its_queries(say):
    query = {"measures": ["count_people"]}
    body = {**ASKED, "epsilon": 1, "queries": [{**query, "name": "a"}, {**query, "name": "a"}]}
    body |= {"group_by": ["state"], "where": [{"column": "a", "in": ["b"]}], "totals": True}
    assert problems_of(say, body) == [
        ("not-beside-queries", "group_by"),
        ("not-beside-queries", "where"),
        ("not-beside-queries", "totals"),
        ("named-twice", "queries[1]"),
    ]
    grouped = {**query, "group_by": ["age", "age"]}
    assert problems_of(say, {**ASKED, "epsilon": 1, "queries": [grouped]}) == [
        ("named-twice", "queries[0].group_by[1]")
    ]
    assert ("too-long", "queries") in problems_of(
        say, {**ASKED, "epsilon": 1, "queries": [query] * 101}
    )


def test_every_problem_is_said_at_once(say):
    body = {**ASKED, "measures": [{"quantile": {"column": "age", "q": 2}}], "epsilon": "x"}
    assert problems_of(say, body) == [
        ("quantile-off-grid", "measures[0].quantile.q"),
        ("expected-number", "epsilon"),
    ]


def test_numbers_go_up_to_the_grid():
    grid = GRIDS["epsilon"]
    assert grid.up(Fraction(1, 3)) == Fraction(334, 1000)
    assert grid.up(Fraction(1, 2)) == Fraction(1, 2)
    assert grid.up(Fraction(1, 10**6)) == Fraction(1, 100)
    assert Grid(Fraction(2), Fraction(4), 8).holds(Fraction(6))
    assert [Grid(Fraction(2), Fraction(4), 8).holds(Fraction(n)) for n in (2, 5, 10)] == [False] * 3


def test_numbers_are_written_as_people_write_them():
    texts = [plain_text(Fraction(text)) for text in ("1/2", "10", "1/100000", "1000000")]
    assert texts == ["0.5", "10", "0.00001", "1000000"]
    assert [plain_number(Fraction(text)) for text in ("1/2", "10")] == [0.5, 10]
