from __future__ import annotations

from datetime import date

import pytest

from policies.documents import parse_dataset, parse_partner, parse_policy
from policies.evaluation import PolicyVersion, evaluate
from policies.plans import ColumnPlan, InFilter, MinorsRule, Permit, RangeFilter, Refuse
from policies.requests import data_request, parse_request

TODAY = date(2026, 6, 1)
ASKED = {"dataset": "hotline-cases", "purpose": "research"}
AGREEMENT = {
    "agreement": "harbor-asks",
    "dataset": "hotline-cases",
    "policy": "ngo-research",
    "purposes": ["research", "teaching"],
    "starts": "2026-01-01",
    "ends": "2026-12-31",
}


@pytest.fixture
def partner():
    key = {"kty": "EC", "crv": "P-256", "x": "eA", "y": "eQ", "kid": "one"}
    return {
        "partner": "harbor",
        "name": "Harbor",
        "class": "ngo",
        "jwks": {"keys": [key]},
        "agreements": [AGREEMENT],
    }


@pytest.fixture
def ask(partner, research, parsed_hotline):
    """Evaluate a request against the fixtures as they are at the call."""

    def evaluate_request(changes=None, *, today=TODAY, suspended=False, dataset=parsed_hotline):
        policy = PolicyVersion("p" * 64, parse_policy(research))
        return evaluate(
            parse_request({**ASKED, **(changes or {})}),
            partner=parse_partner(partner),
            dataset=dataset,
            dataset_sha="d" * 64,
            policies={policy.document.policy: policy},
            today=today,
            suspended=suspended,
        )

    return evaluate_request


@pytest.fixture
def refused(ask, say):
    """Return the rules of a refusal, after wording its reasons."""

    def rules(changes=None, **how):
        answer = ask(changes, **how)
        assert isinstance(answer, Refuse)
        return say(answer.reasons)

    return rules


def plan_of(answer):
    assert isinstance(answer, Permit), answer
    return answer.plan


def test_a_request_within_its_policy_gets_a_plan(ask):
    plan = plan_of(ask())
    assert [column.name for column in plan.columns] == [
        "person_id",
        "reported_on",
        "age",
        "state",
        "exploitation",
    ]
    token, reported_on, *_, exploitation = plan.columns
    assert token == ColumnPlan("person_id", "pseudonymize", domain="person", epoch="year")
    assert reported_on == ColumnPlan(
        "reported_on", "coarsen", quasi_identifier=True, floor="month", ceiling="year"
    )
    assert exploitation == ColumnPlan("exploitation", "keep")
    assert plan.protection.k == 11
    assert plan.protection.l == {"exploitation": 2}
    assert plan.protection.max_suppressed_share == 0.05
    assert plan.protection.minors == MinorsRule("age", 18, 20)
    assert (plan.agreement, plan.agreement_ends) == ("harbor-asks", "2026-12-31")
    assert (plan.policy_sha256, plan.dataset_sha256) == ("p" * 64, "d" * 64)
    assert (plan.consent_needed, plan.review, plan.retention_days) == ("pseudonymized", 0, 365)


def test_a_bare_coarsen_starts_at_the_ladder_s_finest_level(ask, research):
    research["extract"]["columns"]["reported_on"] = "coarsen"
    column = next(c for c in plan_of(ask()).columns if c.name == "reported_on")
    assert (column.floor, column.ceiling) == ("day", "*")


def test_minors_may_be_dropped_by_the_plan(ask, research):
    research["extract"]["minors"] = {"column": "age", "drop": True}
    assert plan_of(ask()).protection.minors == MinorsRule("age", 18, None)


def test_a_policy_over_data_without_ages_needs_no_rule_for_minors(ask, research, hotline):
    del hotline["columns"]["age"], research["extract"]["columns"]["age"]
    del research["extract"]["minors"], research["aggregate"]
    dataset = parse_dataset(hotline, lambda _: "eng;English\n")
    assert plan_of(ask(dataset=dataset)).protection.minors is None


def test_a_part_of_the_columns_is_protected_over_that_part(ask):
    plan = plan_of(ask({"columns": ["state", "age"]}))
    assert [column.name for column in plan.columns] == ["age", "state"]
    assert plan.protection.l == {}
    assert plan.protection.minors == MinorsRule("age", 18, 20)
    assert plan.consent_needed == "anonymized"


def test_equal_requests_have_one_canonical_form(ask):
    where = [
        {"column": "state", "in": ["TX", "CA", "TX"]},
        {"column": "age", "from": "020", "to": 29},
    ]
    one = plan_of(ask({"columns": ["state", "age"], "where": where}))
    two = plan_of(ask({"columns": ["age", "state"], "where": [*where[::-1], where[0]]}))
    assert one.request == two.request
    assert one.request == {
        "dataset": "hotline-cases",
        "purpose": "research",
        "columns": ["age", "state"],
        "where": [
            {"column": "age", "from": "20", "to": "29"},
            {"column": "state", "in": ["CA", "TX"]},
        ],
        "format": "csv",
    }
    assert one.where == (
        RangeFilter("age", "20", "29"),
        InFilter("state", ("CA", "TX"), "us-state"),
    )


def test_a_canonical_request_asks_for_itself(ask):
    where = [{"column": "reported_on", "from": "2024-01-01"}]
    plan = plan_of(ask({"where": where}))
    request = parse_request(plan.request)
    assert request.columns == tuple(column.name for column in plan.columns)
    assert plan_of(ask(dict(plan.request))).request == plan.request


def test_two_formats_of_one_request_are_the_same_data(ask):
    csv, parquet = plan_of(ask()), plan_of(ask({"format": "parquet"}))
    assert csv.request != parquet.request
    assert data_request(csv.request) == data_request(parquet.request)


def test_a_suspended_partner_learns_nothing_else(refused):
    assert refused(suspended=True) == ["partner-suspended"]
    assert refused({"dataset": "elsewhere"}, suspended=True) == ["partner-suspended"]


def test_a_dataset_without_an_agreement_does_not_exist_for_the_partner(ask, partner):
    unknown = ask({"dataset": "elsewhere"})
    partner["agreements"] = []
    hidden = ask()
    assert [reason.rule for reason in unknown.reasons] == ["unknown-dataset"]
    assert [reason.rule for reason in hidden.reasons] == ["unknown-dataset"]


def test_an_agreement_on_a_dataset_that_is_gone_does_not_open_another(refused, partner):
    partner["agreements"] = [{**AGREEMENT, "dataset": "elsewhere"}]
    assert refused({"dataset": "elsewhere"}) == ["unknown-dataset"]


def test_a_contributor_may_not_ask_because_it_gives(refused, partner):
    gives = {**AGREEMENT, "submits": True}
    del gives["policy"], gives["purposes"]
    partner["agreements"] = [gives]
    assert refused() == ["agreement-only-submits"]


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2026, 12, 31)])
def test_an_agreement_counts_on_its_first_and_last_day(ask, day):
    assert isinstance(ask(today=day), Permit)


def test_extract_is_refused_before_the_agreement_starts(refused):
    assert refused(today=date(2025, 12, 31)) == ["agreement-not-started"]


def test_extract_is_refused_after_the_agreement_ends(refused):
    assert refused(today=date(2027, 1, 1)) == ["agreement-ended"]


def test_the_agreement_in_force_for_the_purpose_is_chosen(ask, partner):
    ended = {**AGREEMENT, "agreement": "old", "starts": "2025-01-01", "ends": "2025-12-31"}
    other = {**AGREEMENT, "agreement": "other", "purposes": ["teaching"], "ends": "2029-12-31"}
    longer = {**AGREEMENT, "agreement": "longer", "ends": "2027-12-31"}
    partner["agreements"] = [ended, other, AGREEMENT, longer]
    assert plan_of(ask()).agreement == "longer"


def test_a_purpose_needs_agreement_and_policy(refused):
    assert refused({"purpose": "teaching"}) == ["purpose-not-in-policy"]
    assert refused({"purpose": "service-planning"}) == ["purpose-not-agreed"]
    assert refused({"purpose": "sale"}) == ["purpose-not-agreed", "purpose-not-in-policy"]


def test_a_policy_that_is_not_active_gives_nothing(refused, partner):
    partner["agreements"] = [{**AGREEMENT, "policy": "ngo-draft", "ends": "2026-02-01"}]
    assert refused() == ["agreement-ended", "policy-not-active"]


def test_a_policy_for_another_class_gives_nothing(refused, partner):
    partner["class"] = "public"
    assert refused() == ["class-not-in-policy"]


def test_a_financial_partner_never_gets_an_extract(refused, partner, research):
    partner["class"] = "financial"
    research["classes"] = ["financial"]
    assert refused() == ["financial-no-extract", "policy-unsafe"]


def test_an_aggregate_only_policy_gives_no_extract(refused, research, read_example):
    import yaml

    text = read_example("hotline/financial-indicators.yaml")
    research.clear()
    research.update({**yaml.safe_load(text), "policy": "ngo-research"})
    assert refused({"purpose": "research"}) == [
        "class-not-in-policy",
        "purpose-not-in-policy",
        "no-extract-in-policy",
    ]


def test_a_policy_that_no_longer_fits_its_dataset_gives_nothing(refused, hotline):
    hotline["columns"]["exploitation"] = {"type": "string", "role": "free_text"}
    dataset = parse_dataset(hotline, lambda _: "eng;English\n")
    assert refused(dataset=dataset) == ["policy-unsafe"]


def test_a_dataset_whose_ladder_broke_gives_nothing(refused, hotline):
    dataset = parse_dataset(hotline, lambda _: "eng;English\nspa\n")
    assert refused(dataset=dataset) == ["policy-unsafe"]


def test_columns_that_do_not_leave_cannot_be_asked_for(refused, ask):
    columns = ["age", "narrative", "phone", "no_such"]
    assert refused({"columns": columns}) == [
        "column-dropped",
        "column-not-released",
        "column-not-released",
    ]
    unnamed, unknown = ask({"columns": ["phone", "phones"]}).reasons
    assert unnamed.params.keys() == unknown.params.keys()


def test_all_reasons_come_at_once(refused, partner):
    partner["class"] = "public"
    rules = refused(
        {
            "purpose": "sale",
            "columns": ["phone"],
            "format": "pdf",
            "where": [{"column": "state", "in": ["XX"]}],
        },
        today=date(2027, 1, 1),
    )
    assert rules == [
        "purpose-not-agreed",
        "agreement-ended",
        "class-not-in-policy",
        "purpose-not-in-policy",
        "unknown-format",
        "column-not-released",
        "where-unknown-value",
    ]


@pytest.mark.parametrize(
    ("condition", "rules"),
    [
        ({"column": "state", "in": ["CA", "West"]}, None),
        ({"column": "age", "in": ["20-24", "90+", "other"]}, None),
        ({"column": "age", "in": ["18+"]}, None),
        ({"column": "reported_on", "in": ["2024-03", "2024"]}, None),
        ({"column": "exploitation", "in": ["ForcedLabour"]}, ["where-column-not-allowed"]),
        ({"column": "language", "in": ["English"]}, None),
        ({"column": "language", "in": ["spa"]}, ["where-finer-than-floor"]),
        ({"column": "age", "in": ["21"]}, ["where-finer-than-floor"]),
        ({"column": "reported_on", "in": ["2024-03-05"]}, ["where-finer-than-floor"]),
        ({"column": "state", "in": ["*"]}, ["where-unknown-value"]),
        ({"column": "state", "in": ["Texas"]}, ["where-unknown-value"]),
        ({"column": "age", "in": ["20-25"]}, ["where-unknown-value"]),
        ({"column": "person_id", "in": ["x"]}, ["where-column-not-allowed"]),
        ({"column": "phone", "in": ["x"]}, ["where-column-not-allowed"]),
        ({"column": "narrative", "in": ["x"]}, ["where-column-not-allowed"]),
        ({"column": "state", "from": "CA"}, ["where-no-order"]),
        ({"column": "reported_on", "from": "2024-01-01", "to": "2024-12-31"}, None),
        ({"column": "reported_on", "to": "2024-02-29"}, None),
        ({"column": "reported_on", "from": "2024-01-02"}, ["where-off-edge"]),
        ({"column": "reported_on", "to": "2024-01-30"}, ["where-off-edge"]),
        ({"column": "reported_on", "from": "2014-12-31"}, ["where-out-of-bounds"]),
        ({"column": "reported_on", "to": "March"}, ["where-out-of-bounds"]),
        ({"column": "age", "from": "20", "to": "17"}, ["where-backwards"]),
        ({"column": "age", "from": "19", "to": "17"}, ["where-off-edge", "where-backwards"]),
        ({"column": "age", "from": "90", "to": "120"}, None),
    ],
)
def test_conditions_keep_to_the_policy_s_floor(ask, refused, research, condition, rules):
    research["extract"]["columns"]["language"] = {"coarsen": {"from": "level-1"}}
    if rules is None:
        assert isinstance(ask({"where": [condition]}), Permit)
    else:
        assert refused({"where": [condition]}) == rules


@pytest.mark.parametrize(
    ("condition", "below", "above"),
    [
        ({"column": "reported_on", "from": "2024-02-10"}, "2024-02-01", "2024-03-01"),
        ({"column": "reported_on", "to": "2024-02-10"}, "2024-01-31", "2024-02-29"),
        ({"column": "age", "from": "100"}, "90", "90"),
        ({"column": "age", "to": "2"}, "4", "4"),
    ],
)
def test_a_range_off_the_edges_hears_the_nearest_ones(ask, condition, below, above):
    (reason,) = ask({"where": [condition]}).reasons
    assert (reason.params["below"], reason.params["above"]) == (below, above)


def test_a_kept_amount_without_a_ladder_cannot_be_filtered(refused, research):
    research["extract"]["columns"]["wage_debt"] = "keep"
    where = [{"column": "wage_debt", "from": "0"}]
    assert refused({"where": where}) == ["where-column-not-allowed"]
