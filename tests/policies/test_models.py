"""How policies ask for the models beside k, in short and in long, and what the lint says."""

from __future__ import annotations

import pytest

from anonymizers.models import Closeness, Recursive
from policies.describe import describe
from policies.documents import DocumentError, parse_dataset, parse_policy
from policies.evaluation import evaluate
from policies.ladders import dataset_population
from policies.lint import lint, lint_dataset
from policies.planning import PolicyVersion
from policies.plans import PopulationRule
from policies.versions import canonical_document, document_sha256
from tests.policies.conftest import hotline_file

LANGUAGES = "eng;English\nspa;Spanish\n"
PEOPLE = "age,state,people\n30-34,CA,900\n93,TX,12\n"
FULL = {"distinct": 2, "entropy": 1.8, "recursive": {"c": 3, "l": 2}}
PATH = "extract.protect"


@pytest.fixture
def protect(research):
    return research["extract"]["protect"]


def dataset_of(hotline, text=PEOPLE):
    hotline["populations"] = {"us-adults": {"file": "pop.csv"}}
    files = {"pop.csv": text, "languages.csv": LANGUAGES}
    return parse_dataset(hotline, files.__getitem__)


def rules(findings, say):
    say(findings)
    return [(reason.rule, reason.params["path"]) for reason in findings]


def test_a_bare_number_is_the_short_form(research, protect):
    before = document_sha256(parse_policy(research))
    protect["l"] = {"exploitation": {"distinct": 2}}
    assert document_sha256(parse_policy(research)) == before
    protect["t"] = {"exploitation": 0.3}
    short = document_sha256(parse_policy(research))
    protect["t"] = {"exploitation": {"at_most": 0.3, "distance": "equal"}}
    assert document_sha256(parse_policy(research)) == short


def test_long_forms_come_back_from_their_canonical_bytes(research, protect):
    protect["l"] = {"exploitation": FULL}
    protect["t"] = {"exploitation": {"at_most": 0.3, "distance": "ordered"}}
    protect["k_map"] = {"k": 20, "population": "us-adults"}
    policy = parse_policy(research)
    assert parse_policy(canonical_document(policy).decode()) == policy
    assert policy.extract.protect.l["exploitation"].short_form() is None
    assert policy.extract.protect.t["exploitation"].short_form() is None
    assert policy.extract.protect.l["exploitation"].least == 2


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("l", {"exploitation": {}}, ("diversity-of-nothing", f"{PATH}.l.exploitation")),
        (
            "l",
            {"exploitation": "two"},
            ("expected-whole-number", f"{PATH}.l.exploitation.distinct"),
        ),
        (
            "l",
            {"exploitation": {"entropy": 0.5}},
            ("must-be-at-least", f"{PATH}.l.exploitation.entropy"),
        ),
        (
            "l",
            {"exploitation": {"recursive": {"c": 0, "l": 2}}},
            ("must-be-above", f"{PATH}.l.exploitation.recursive.c"),
        ),
        ("t", {"exploitation": 1.5}, ("must-be-at-most", f"{PATH}.t.exploitation.at_most")),
        (
            "t",
            {"exploitation": {"at_most": 0.2, "distance": "far"}},
            ("not-one-of", f"{PATH}.t.exploitation.distance"),
        ),
        ("k_map", {"k": 20}, ("missing-key", f"{PATH}.k_map.population")),
        ("l", {"exploitation": {"entrpy": 2}}, ("unknown-key", f"{PATH}.l.exploitation.entrpy")),
    ],
)
def test_what_can_not_be_asked_is_refused(problems, research, key, value, expected):
    research["extract"]["protect"][key] = value
    assert expected in problems(parse_policy, research)


def test_a_plan_carries_every_model(research, protect, hotline):
    from datetime import date

    from policies.documents import parse_partner
    from policies.requests import parse_request

    protect["l"] = {"exploitation": FULL}
    protect["t"] = {"exploitation": 0.3}
    protect["k_map"] = {"k": 20, "population": "us-adults"}
    policy = parse_policy(research)
    agreement = {
        "agreement": "asks",
        "dataset": "hotline-cases",
        "policy": policy.policy,
        "purposes": ["research"],
        "starts": "2026-01-01",
        "ends": "2026-12-31",
    }
    partner = parse_partner(
        {
            "partner": "harbor",
            "name": "Harbor",
            "class": "ngo",
            "jwks_file": "harbor.jwks.json",
            "agreements": [agreement],
        }
    )
    decision = evaluate(
        parse_request({"dataset": "hotline-cases", "purpose": "research"}),
        partner=partner,
        dataset=dataset_of(hotline),
        dataset_sha="d",
        policies={policy.policy: PolicyVersion("p", policy)},
        today=date(2026, 7, 1),
        suspended=False,
    )
    protection = decision.plan.protection
    assert protection.k_map == PopulationRule(20, "us-adults")
    model = protection.model
    assert (model.k, model.k_map, dict(model.l)) == (11, 20, {"exploitation": 2})
    assert model.entropy == {"exploitation": 1.8}
    assert model.recursive == {"exploitation": Recursive(3, 2)}
    assert model.t == {"exploitation": Closeness(0.3)}


def test_entropy_and_recursive_need_codes_as_distinct_values_do(
    research, protect, parsed_hotline, say
):
    for rule in ({"entropy": 6.1}, {"recursive": {"c": 3, "l": 7}}):
        protect["l"] = {"exploitation": rule}
        found = rules(lint(parse_policy(research), parsed_hotline).errors, say)
        assert found == [("l-above-codes", f"{PATH}.l.exploitation")]


@pytest.mark.parametrize(
    ("wanted", "nothing", "refused"),
    [(3, (), False), (4, (), True), (2, ("Pending",), False), (3, ("Pending",), True)],
)
def test_codes_that_say_nothing_are_no_values_for_l(  # noqa: PLR0917 - three are cases
    research, protect, hotline, say, wanted, nothing, refused
):
    column = hotline["columns"]["exploitation"]
    column["codes"] = ["Labour", "Sexual", "Other", "Not specified", "Pending"]
    column["says_nothing"], protect["l"] = nothing, {"exploitation": wanted}
    found = lint(parse_policy(research), parse_dataset(hotline, hotline_file)).errors
    assert (("l-above-codes", f"{PATH}.l.exploitation") in rules(found, say)) is refused


def test_a_distance_of_ranks_needs_an_order(research, protect, parsed_hotline, say):
    research["extract"]["columns"]["wage_debt"] = "keep"
    ordered = {"at_most": 0.3, "distance": "ordered"}
    protect["t"] = {"wage_debt": ordered, "exploitation": ordered}
    found = lint(parse_policy(research), parsed_hotline)
    assert found.errors == ()
    assert ("sensitive-without-l", f"{PATH}.l") not in rules(found.warnings, say)


def test_each_model_is_told_to_the_partner(research, protect, parsed_hotline, say):
    protect["t"] = {"exploitation": 0.3}
    for asked, told in (({"exploitation": 2}, ("2", "0.3")), ({}, ("", "0.3"))):
        protect["l"] = asked
        answers = {a.name: a.reason for a in describe(parse_policy(research), parsed_hotline)}
        say(answers.values())
        params = answers["exploitation"].params
        assert (params["l"], params["t"]) == told


def test_a_population_is_read_into_the_dataset(hotline):
    dataset = dataset_of(hotline)
    assert dataset_population(dataset, "us-adults").people.tolist() == [900, 12]
    assert document_sha256(dataset) != document_sha256(dataset_of(hotline, PEOPLE + "1,TX,3\n"))
    assert lint_dataset(dataset).errors == ()


def test_a_population_that_can_not_be_read_is_a_problem_of_its_file(hotline, say):
    hotline["populations"] = {"us-adults": {"file": "pop.csv"}}

    def files(name):
        if name == "pop.csv":
            raise OSError
        return LANGUAGES

    with pytest.raises(DocumentError) as caught:
        parse_dataset(hotline, files)
    assert rules(caught.value.problems, say) == [
        ("file-not-readable", "populations.us-adults.file")
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("age,state\n1,CA\n", "population-broken"),
        ("town,people\nx,1\n", "unknown-column"),
        ("exploitation,people\nOther,1\n", "population-column-not-quasi"),
    ],
)
def test_the_dataset_s_lint_reads_populations(hotline, say, text, expected):
    found = rules(lint_dataset(dataset_of(hotline, text)).errors, say)
    assert found == [(expected, "populations.us-adults")]


def test_a_population_whose_file_was_not_read_is_broken(hotline, say):
    hotline["populations"] = {"us-adults": {"file": "pop.csv"}}
    hotline["ladders"]["language"] = {"text": LANGUAGES}
    found = rules(lint_dataset(parse_dataset(hotline)).errors, say)
    assert found == [("population-broken", "populations.us-adults")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PEOPLE, []),
        ("age,people\n33,5\n30-34,5\n", []),
        ("age,people\n30-39,5\n", ["population-value-unknown"]),
        ("gender,people\nFemale,5\n", ["population-apart"]),
        ("exploitation,people\nOther,1\n", ["population-apart"]),
        ("broken\n", []),
    ],
)
def test_the_policy_s_lint_compares_populations_with_floors(research, hotline, say, text, expected):
    research["extract"]["protect"]["k_map"] = {"k": 20, "population": "us-adults"}
    found = lint(parse_policy(research), dataset_of(hotline, text))
    assert say(found.errors) == expected


def test_ladders_and_floors_that_are_wrong_are_said_elsewhere(research, protect, hotline, say):
    protect["k_map"] = {"k": 20, "population": "us-adults"}
    research["extract"]["columns"]["age"] = {"coarsen": {"from": "no-level"}}
    found = lint(parse_policy(research), dataset_of(hotline, "age,people\n5,3\n"))
    assert say(found.errors) == ["unknown-level"]
    hotline["columns"]["age"]["bounds"] = [0, 900]
    research["extract"]["columns"]["age"] = {"coarsen": {"from": "5-years"}}
    found = lint(parse_policy(research), dataset_of(hotline, "age,people\n5,3\n"))
    assert "population-apart" not in say(found.errors)


def test_a_population_of_a_column_without_a_ladder_is_no_matter_of_k_map(research, hotline, say):
    research["extract"]["protect"]["k_map"] = {"k": 20, "population": "us-adults"}
    research["extract"]["columns"]["wage_debt"] = {"coarsen": {}}
    found = lint(parse_policy(research), dataset_of(hotline, "wage_debt,people\n5,3\n"))
    assert not {*say(found.errors)} & {"population-apart", "population-value-unknown"}


def test_a_population_smaller_than_k_is_warned_about(research, protect, hotline, say):
    protect["k_map"] = {"k": 11, "population": "us-adults"}
    found = lint(parse_policy(research), dataset_of(hotline))
    assert (found.errors, "k-map-not-above-k" in say(found.warnings)) == ((), True)


def test_k_map_is_refused_under_local_recoding(research, protect, hotline, say):
    protect["k_map"] = {"k": 20, "population": "us-adults"}
    protect["recoding"] = "local"
    found = lint(parse_policy(research), dataset_of(hotline))
    assert say(found.errors) == ["not-available-yet"]
