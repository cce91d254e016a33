from __future__ import annotations

import pytest

from policies.documents import parse_dataset, parse_policy
from policies.lint import lint
from tests.policies.conftest import hotline_file, put


@pytest.fixture
def linted(asking, say):
    """Return (rule, path) of the errors and of the warnings of the policy as it is now."""

    def findings():
        found = lint(parse_policy(asking.policy), asking.dataset)
        return tuple(
            [(rule, one.params["path"]) for rule, one in zip(say(kind), kind, strict=True)]
            for kind in (found.errors, found.warnings)
        )

    return findings


def test_the_policy_of_these_tests_is_clean(linted):
    assert linted() == ([], [])


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("review", {"aggregate": 1}, ("aggregate-review-later", "review.aggregate")),
        ("aggregate.budget.epsilon", 9, ("budget-above-dataset", "aggregate.budget.epsilon")),
        ("aggregate.measures", [{"sum": "debt"}], ("unknown-column", "aggregate.measures[0]")),
        (
            "aggregate.measures",
            [{"quantile": "state"}],
            ("measure-without-bounds", "aggregate.measures[0]"),
        ),
        (
            "aggregate.measures",
            [{"mean": "reported_on"}],
            ("measure-without-bounds", "aggregate.measures[0]"),
        ),
        (
            "aggregate.measures",
            [{"histogram": {"column": "age", "level": "3-years"}}],
            ("unknown-level", "aggregate.measures[0].level"),
        ),
        ("aggregate.measures", [{"distinct": "ages"}], ("unknown-column", "aggregate.measures[0]")),
        (
            "aggregate.measures",
            [{"distinct": "wage_debt"}],
            ("key-without-ladder", "aggregate.measures[0]"),
        ),
        ("aggregate.group_by", ["phone"], ("key-column-not-data", "aggregate.group_by[0]")),
        ("aggregate.group_by", ["wage_debt"], ("key-without-ladder", "aggregate.group_by[0]")),
        (
            "aggregate.group_by",
            [{"column": "age", "level": "*"}],
            ("key-level-top", "aggregate.group_by[0].level"),
        ),
        (
            "aggregate.group_by",
            [{"column": "state", "keys": "private"}],
            ("private-keys-without-delta", "aggregate.group_by[0]"),
        ),
        (
            "aggregate.group_by",
            [{"column": "state", "delta": 1e-9}],
            ("key-needs-key", "aggregate.group_by[0].delta"),
        ),
        (
            "aggregate.group_by",
            [{"column": "state", "keys": "private", "delta": 1e-6}],
            ("delta-above-budget", "aggregate.group_by[0].delta"),
        ),
    ],
)
def test_what_would_be_refused_later_is_an_error(asking, linted, path, value, expected):
    put(asking.policy, path, value)
    assert linted()[0] == [expected]


def test_an_unknown_private_column_is_one_error(asking, linted):
    entry = {"column": "states", "keys": "private", "delta": 1e-9}
    asking.policy["aggregate"]["group_by"] = [entry]
    assert linted() == ([("unknown-column", "aggregate.group_by[0]")], [])


@pytest.mark.parametrize("code", ["null", "other"])
def test_codes_that_are_keys_of_their_own_are_refused(asking, linted, code):
    asking.hotline["columns"]["gender"]["codes"].append(code)
    assert linted() == ([("key-form-reserved", "aggregate.group_by[2]")], [])


def test_coarser_levels_are_looked_at_too(asking, linted):
    asking.policy["aggregate"]["group_by"] = ["language"]
    asking.hotline["ladders"]["language"] = {"text": "eng;English\nspa;other\n"}
    assert linted()[0] == [("key-form-reserved", "aggregate.group_by[0]")]


def test_codes_in_one_cell_need_a_most(asking, linted):
    del asking.hotline["columns"]["controls"]["max_codes"]
    assert linted()[0] == [
        ("key-without-max-codes", "aggregate.measures[9]"),
        ("key-without-max-codes", "aggregate.group_by[1]"),
    ]


def test_points_can_be_private_keys_only(asking, linted):
    place = {"type": "point", "role": "quasi_identifier", "ladder": "point"}
    asking.hotline["columns"]["place"] = place
    asking.policy["aggregate"]["group_by"] = [{"column": "place", "level": "h3-4"}]
    assert linted()[0] == [("keys-not-listed", "aggregate.group_by[0]")]
    asking.policy["aggregate"]["group_by"][0] |= {"keys": "private", "delta": 1e-9}
    assert linted() == ([], [])


def test_a_ladder_that_is_broken_is_the_dataset_s_matter(asking, linted):
    asking.hotline["ladders"]["language"] = {"text": "eng;English\neng;English\n"}
    asking.policy["aggregate"]["group_by"] = ["language"]
    asking.policy["aggregate"]["measures"] = [{"histogram": "language"}]
    assert linted() == ([], [])


def test_keys_that_no_question_can_have_at_once_are_warned_of(asking, linted):
    asking.hotline["columns"]["wage_debt"] |= {"ladder": "number", "widths": [1, 1000]}
    asking.policy["aggregate"]["group_by"] = ["wage_debt", {"column": "age", "level": "majority"}]
    asking.policy["aggregate"]["measures"] = [
        {"histogram": {"column": "wage_debt", "level": "1"}},
        {"histogram": {"column": "age", "level": "nix"}},
    ]
    errors, warnings = linted()
    assert errors == [("unknown-level", "aggregate.measures[1].level")]
    assert warnings == [
        ("keys-too-many", "aggregate.group_by[0]"),
        ("keys-too-many", "aggregate.measures[0]"),
    ]


def test_a_policy_says_whether_it_takes_prices_in_rho(asking, linted):
    put(asking.policy, "aggregate.budget.rho", value=None)
    assert linted() == ([], [("rho-for-everybody", "aggregate.budget")])
    put(asking.policy, "aggregate.budget.rho", value=True)
    assert linted() == ([], [])


def test_bounding_per_question_is_noted(asking, linted):
    asking.policy["aggregate"]["bounding"] = "per-query"
    assert linted() == ([], [("bounding-per-query", "aggregate.bounding")])
    assert asking.plan("count_people").bounding == "per-query"


def test_bounds_lie_on_the_scale(asking, linted):
    asking.hotline["columns"]["wage_debt"] |= {"scale": 0, "bounds": [0, 99.5]}
    assert set(linted()[0]) == {
        ("bounds-off-scale", f"aggregate.measures[{number}]") for number in (2, 3, 4)
    }


def test_sums_that_no_budget_can_tell_are_refused(asking, linted):
    asking.hotline["columns"]["wage_debt"]["bounds"] = [0, 3 * 10**13]
    assert linted()[0] == [("sum-too-wide", "aggregate.measures[2]")]
    asking.hotline["columns"]["wage_debt"]["bounds"] = [0, 4 * 10**13]
    assert linted()[0] == [
        ("sum-too-wide", "aggregate.measures[2]"),
        ("sum-too-wide", "aggregate.measures[3]"),
    ]


def test_where_each_row_is_a_person_nobody_has_several(asking, linted):
    asking.hotline["privacy_unit"] = "row"
    assert linted()[0] == [("records-without-person", "aggregate.max_records_per_person")]


def test_aggregates_need_a_privacy_unit(asking, linted):
    del asking.hotline["privacy_unit"]
    assert linted()[0] == [("no-privacy-unit", "dataset")]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"measures": []}, ("must-not-be-empty", "aggregate.measures")),
        ({"measures": [{"median": "age"}]}, ("unknown-key", "aggregate.measures[0].median")),
        ({"measures": ["count_people"] * 2}, ("named-twice", "aggregate.measures[1]")),
        (
            {"measures": [{"histogram": "age"}, {"histogram": {"column": "age"}}]},
            ("named-twice", "aggregate.measures[1]"),
        ),
        ({"group_by": ["state", {"column": "state"}]}, ("named-twice", "aggregate.group_by[1]")),
        (
            {"group_by": [{"column": "state", "keys": "secret"}]},
            ("not-one-of", "aggregate.group_by[0].keys"),
        ),
        ({"bounding": "none"}, ("not-one-of", "aggregate.bounding")),
    ],
)
def test_an_aggregate_section_has_a_shape(asking, problems, change, expected):
    asking.policy["aggregate"] |= change
    assert expected in problems(parse_policy, asking.policy)


def test_a_level_is_the_ladder_s_finest_unless_it_is_said(asking):
    asking.policy["aggregate"]["measures"] = [{"histogram": "age"}]
    plan = asking.plan({"histogram": {"column": "age", "level": "exact"}}, group_by=["state"])
    assert plan.queries[0].group_by[0].level == "us-state"
    assert plan.queries[0].measures[0].name == "histogram:age:exact"


def test_bounds_of_timestamps_are_days(hotline):
    hotline["columns"]["reported_on"]["type"] = "timestamp"
    column = parse_dataset(hotline, hotline_file).columns["reported_on"]
    assert column.bounds[0].isoformat() == "2015-01-01"
