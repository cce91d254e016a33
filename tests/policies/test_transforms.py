"""Columns that a policy changes: what the file may say, what the lint says, what is planned."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from anonymizers.transforms.date_shift import DateShift
from anonymizers.transforms.grids import LARGEST, Grid
from anonymizers.transforms.limits import Limits
from anonymizers.transforms.microaggregation import Microaggregation
from anonymizers.transforms.noise import Noise
from anonymizers.transforms.randomization import Randomization
from anonymizers.transforms.rounding import Rounding
from anonymizers.transforms.swapping import Swapping
from policies.describe import describe
from policies.documents import parse_dataset, parse_partner, parse_policy
from policies.evaluation import evaluate
from policies.lint import lint
from policies.planning import PolicyVersion
from policies.requests import parse_request
from policies.transforms import bounds_of
from policies.versions import canonical_document
from tests.policies.conftest import example_text, hotline_file

COLUMNS = "extract.columns"
CENTS = Grid("number", 2)
CHANGES = {
    "debt": {
        "round": {"base": 100},
        "limit": {"top": 50_000, "bottom": 0.5},
        "noise": {"scale": 50},
        "microaggregate": {"k": 11},
        "swap": {"share": 0.05},
    },
    "left_on": {
        "limit": {"top": date(2020, 12, 31)},
        "shift_dates": {"days": 30},
        "microaggregate": {"k": 12},
    },
    "harm": {"randomize": {"keep": 0.9}},
}
EACH = [(name, {action: rule}) for name, rules in CHANGES.items() for action, rule in rules.items()]
PLANNED = [
    Rounding(10_000, CENTS),
    Limits(50, 5_000_000, CENTS),
    Noise(5_000, 0, 10_000_000, CENTS),
    Microaggregation(11, CENTS),
    Swapping(Fraction(1, 20), CENTS),
    Limits(None, 18_627, Grid("date")),
    DateShift(30),
    Microaggregation(12, Grid("date")),
    Randomization(("Labour", "Sexual"), Fraction(9, 10)),
]


@pytest.fixture
def cases(hotline):
    """The hotline's dataset with columns that can be changed."""
    hotline["columns"] |= {
        "debt": {"type": "decimal", "role": "sensitive", "bounds": [0, 100_000], "scale": 2},
        "left_on": {"type": "date", "role": "sensitive"},
        "back_on": {"type": "date", "role": "insensitive"},
        "harm": {"type": "string", "role": "sensitive", "codes": ["Labour", "Sexual"]},
        "days": {"type": "integer", "role": "insensitive"},
    }
    return hotline


@pytest.fixture
def found(cases, research, say):
    """Lint with some columns changed; (rule, path) of errors and of warnings."""

    def lint_with(**rules):
        research["extract"]["columns"] |= rules
        findings = lint(parse_policy(research), parse_dataset(cases, hotline_file))
        pairs = [
            [(reason.rule, reason.params["path"]) for reason in reasons]
            for reasons in (findings.errors, findings.warnings)
        ]
        say((*findings.errors, *findings.warnings))
        return pairs

    return lint_with


@pytest.mark.parametrize(("name", "rule"), EACH)
def test_every_change_that_fits_its_column_passes(found, name, rule):
    assert found(**{name: rule})[0] == []


@pytest.mark.parametrize(
    ("name", "rule", "planned"), [(*e, p) for e, p in zip(EACH, PLANNED, strict=True)]
)
def test_the_plan_holds_the_transform_in_the_columns_units(cases, research, name, rule, planned):
    research["extract"]["columns"][name] = rule
    policy = parse_policy(research)
    answer = evaluate(
        parse_request({"dataset": "hotline-cases", "purpose": "research"}),
        partner=parse_partner(
            example_text("hotline/harbor-network.yaml"),
            lambda _: '{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "eA", "kid": "one"}]}',
        ),
        dataset=parse_dataset(cases, hotline_file),
        dataset_sha="d",
        policies={policy.policy: PolicyVersion("p", policy)},
        today=date(2026, 6, 1),
        suspended=False,
    )
    (column,) = [column for column in answer.plan.columns if column.name == name]
    assert (column.action, column.transform) == (next(iter(rule)), planned)
    assert not column.quasi_identifier


@pytest.mark.parametrize(("name", "rule"), EACH)
def test_a_partner_is_told_of_every_change(cases, research, say, name, rule):
    research["extract"]["columns"][name] = rule
    answers = describe(parse_policy(research), parse_dataset(cases, hotline_file))
    (answer,) = [answer for answer in answers if answer.name == name]
    assert answer.action == next(iter(rule))
    assert answer.reason.rule not in ("gets-kept", "gets-kept-diverse")
    say([answer.reason])


def test_a_partner_is_told_of_random_tokens(cases, research, say):
    research["extract"]["columns"]["person_id"] = {"pseudonymize": {"tokens": "vaulted"}}
    answers = describe(parse_policy(research), parse_dataset(cases, hotline_file))
    (answer,) = [answer for answer in answers if answer.name == "person_id"]
    assert say([answer.reason]) == ["gets-random-token"]


@pytest.mark.parametrize(("name", "rule"), EACH)
def test_a_policy_comes_back_from_its_canonical_bytes(research, name, rule):
    research["extract"]["columns"][name] = rule
    policy = parse_policy(research)
    assert parse_policy(canonical_document(policy).decode()) == policy


@pytest.mark.parametrize(
    ("name", "rule", "rule_found", "where"),
    [
        ("age", {"round": {"base": 5}}, "quasi-identifier-unprotected", ""),
        ("phone", {"limit": {"top": 5}}, "identifier-released", ""),
        ("narrative", {"randomize": {"keep": 0.9}}, "free-text-released", ""),
        ("left_on", {"round": {"base": 5}}, "action-not-for-type", ".round"),
        ("debt", {"shift_dates": {"days": 5}}, "action-not-for-type", ".shift_dates"),
        ("debt", {"randomize": {"keep": 0.5}}, "action-not-for-type", ".randomize"),
        ("debt", {"round": {"base": 0.01}}, "changes-nothing", ".round"),
        ("debt", {"round": {"base": 0.005}}, "not-a-value-of-column", ".round.base"),
        ("days", {"round": {"base": 0.5}}, "not-a-value-of-column", ".round.base"),
        ("debt", {"limit": {"top": 5, "bottom": 5}}, "limits-backwards", ".limit"),
        ("debt", {"limit": {"top": date(2020, 1, 1)}}, "not-a-value-of-column", ".limit.top"),
        ("left_on", {"limit": {"bottom": 5}}, "not-a-value-of-column", ".limit.bottom"),
        ("debt", {"limit": {"top": 100_000}}, "changes-nothing", ".limit"),
        ("debt", {"limit": {"top": 100_001, "bottom": -1}}, "changes-nothing", ".limit"),
        ("debt", {"limit": {"top": 10**18}}, "not-a-value-of-column", ".limit.top"),
        ("days", {"noise": {"scale": 5}}, "noise-without-bounds", ".noise"),
        ("debt", {"noise": {"scale": 100_001}}, "must-be-at-most", ".noise.scale"),
        ("debt", {"noise": {"scale": 0.001}}, "not-a-value-of-column", ".noise.scale"),
        ("debt", {"microaggregate": {"k": 10}}, "groups-too-small", ".microaggregate.k"),
        ("controls", {"randomize": {"keep": 0.5}}, "randomize-without-codes", ".randomize"),
        ("harm", {"randomize": {"keep": 0.33}}, "keep-below-chance", ".randomize.keep"),
    ],
)
def test_a_change_that_does_not_fit_is_an_error(found, name, rule, rule_found, where):
    assert found(**{name: rule})[0] == [(rule_found, f"{COLUMNS}.{name}{where}")]


def test_text_without_codes_cant_be_randomized(found, cases):
    cases["columns"]["note"] = {"type": "string", "role": "insensitive"}
    errors, _ = found(note={"randomize": {"keep": 0.9}})
    assert errors == [("randomize-without-codes", f"{COLUMNS}.note.randomize")]


def test_groups_hold_two_people_whatever_k_is(found, research):
    research["extract"]["protect"]["k"] = 1
    errors, _ = found(debt={"microaggregate": {"k": 1}})
    assert ("groups-too-small", f"{COLUMNS}.debt.microaggregate.k") in errors


@pytest.mark.parametrize(
    ("name", "rule", "refused"),
    [
        ("left_on", {"shift_dates": {"days": 30}}, True),
        ("debt", {"microaggregate": {"k": 11}}, True),
        ("debt", {"swap": {"share": 0.1}}, True),
        ("debt", {"noise": {"scale": 50}}, False),
    ],
)
def test_what_counts_on_one_record_for_a_person_says_so(found, research, name, rule, refused):
    research["extract"]["max_records_per_person"] = 2
    where = ("one-record-only", f"{COLUMNS}.{name}.{next(iter(rule))}")
    assert (where in found(**{name: rule})[0]) is refused


def test_dates_of_one_person_must_move_together(found):
    both = {"left_on": {"shift_dates": {"days": 30}}, "back_on": {"shift_dates": {"days": 31}}}
    errors, _ = found(**both)
    assert errors == [("shifts-differ", f"{COLUMNS}.back_on.shift_dates.days")]
    both["back_on"]["shift_dates"]["days"] = 30
    errors, warnings = found(**both)
    assert errors == []
    assert ("intervals-stay", f"{COLUMNS}.left_on") in warnings


@pytest.mark.parametrize(
    ("name", "rule", "warned"),
    [
        ("debt", {"noise": {"scale": 50}}, "noise-no-guarantee"),
        ("harm", {"randomize": {"keep": 0.9}}, "noise-no-guarantee"),
        ("debt", {"microaggregate": {"k": 11}}, "means-compared"),
        ("debt", {"swap": {"share": 0.05}}, "swapped-anew"),
        ("debt", {"round": {"base": 100}}, "sensitive-without-l"),
        ("left_on", {"shift_dates": {"days": 5}}, "intervals-stay"),
    ],
)
def test_what_a_change_does_not_protect_is_a_warning(found, name, rule, warned):
    assert warned in [rule for rule, _ in found(**{name: rule})[1]]


@pytest.mark.parametrize(("name", "rule"), EACH)
def test_rare_values_beside_tokens_are_a_warning(found, research, name, rule):
    joins = next(iter(rule)) in ("noise", "swap", "shift_dates", "limit")
    warning = ("values-join-files", f"{COLUMNS}.{name}")
    assert (warning in found(**{name: rule})[1]) is joins
    research["extract"]["columns"]["person_id"] = "drop"
    assert warning not in found(**{name: rule})[1]


@pytest.mark.parametrize("rule", [{"round": {"base": 100}}, {"limit": {"top": 50}}])
def test_l_is_counted_on_values_that_depend_on_nothing_else(found, research, rule):
    research["extract"]["protect"]["l"] = {"debt": 2}
    errors, warnings = found(debt=rule)
    assert errors == []
    assert "sensitive-without-l" not in [rule for rule, path in warnings if path.endswith("debt")]


@pytest.mark.parametrize("rule", [{"noise": {"scale": 50}}, {"microaggregate": {"k": 11}}])
def test_l_cant_be_counted_on_values_that_chance_or_others_decide(found, research, rule):
    research["extract"]["protect"]["l"] = {"debt": 2}
    assert found(debt=rule)[0] == [("model-on-changed-values", "extract.protect.l.debt")]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"round": {"base": 0}}, ("must-be-above", ".round.base")),
        ({"round": {"base": "x"}}, ("expected-number", ".round.base")),
        ({"round": {}}, ("missing-key", ".round.base")),
        ({"limit": {}}, ("limit-missing", ".limit")),
        ({"limit": {"top": "soon"}}, ("expected-number", ".limit.top")),
        ({"limit": {"top": "2020-02-31"}}, ("not-a-date", ".limit.top")),
        ({"limit": {"topp": 5}}, ("unknown-key", ".limit.topp")),
        ({"noise": {"scale": -1}}, ("must-be-above", ".noise.scale")),
        ({"shift_dates": {"days": 0}}, ("must-be-at-least", ".shift_dates.days")),
        ({"shift_dates": {"days": 3651}}, ("must-be-at-most", ".shift_dates.days")),
        ({"microaggregate": {"k": 0}}, ("must-be-at-least", ".microaggregate.k")),
        ({"swap": {"share": 0}}, ("must-be-above", ".swap.share")),
        ({"swap": {"share": 1.1}}, ("must-be-at-most", ".swap.share")),
        ({"randomize": {"keep": 1}}, ("must-be-below", ".randomize.keep")),
        ({"randomize": {"keep": True}}, ("expected-number", ".randomize.keep")),
        ({"round": {"base": 5}, "limit": {"top": 5}}, ("exactly-one-of", "")),
        ({"pseudonymize": {"tokens": "random"}}, ("not-one-of", ".pseudonymize.tokens")),
    ],
)
def test_a_change_that_says_too_little_is_refused(problems, research, rule, expected):
    research["extract"]["columns"]["debt"] = rule
    name, where = expected
    assert (name, f"{COLUMNS}.debt{where}") in problems(parse_policy, research)


def test_bounds_finer_than_the_scale_hold_what_lies_within(cases):
    cases["columns"]["debt"]["bounds"] = [0.001, 9.999]
    cases["columns"]["days"]["bounds"] = [-(10**30), 10**30]
    columns = parse_dataset(cases, hotline_file).columns
    assert bounds_of(columns["debt"]) == (1, 999)
    assert bounds_of(columns["days"]) == (-LARGEST, LARGEST)
    assert bounds_of(columns["left_on"]) == (None, None)
    assert bounds_of(columns["reported_on"]) == (16_436, 20_818)
    assert columns["debt"].bounds[0] == Decimal("0.001")
