from __future__ import annotations

import pytest
import yaml

from policies.documents import parse_dataset, parse_partner, parse_policy
from policies.lint import lint, lint_dataset, lint_partner


def put(document, path, value):
    *parents, last = path.split(".")
    for parent in parents:
        document = document[parent]
    document[last] = value


@pytest.fixture
def found(hotline, research, say):
    """Lint the fixtures as they are at the call; (rule, path) of errors and of warnings."""

    def pairs(reasons):
        say(reasons)
        return [(reason.rule, reason.params["path"]) for reason in reasons]

    def lint_both():
        dataset = parse_dataset(hotline, lambda _: "eng;English\nspa;Spanish\n")
        findings = lint(parse_policy(research), dataset)
        return pairs(findings.errors), pairs(findings.warnings)

    return lint_both


def test_the_example_is_clean_but_for_the_columns_it_leaves_out(found):
    assert found() == ([], [("columns-unnamed", "extract.columns")])


def test_a_policy_for_another_dataset_is_refused(found, research):
    research["dataset"] = "other-cases"
    assert found() == ([("policy-for-other-dataset", "dataset")], [])


def test_a_dataset_without_a_privacy_unit_releases_nothing(found, hotline):
    del hotline["privacy_unit"]
    assert found()[0] == [("no-privacy-unit", "dataset")]


def test_an_extract_for_financial_institutions_is_refused(found, research):
    research["classes"] = ["ngo", "financial"]
    assert found()[0] == [("financial-no-extract", "classes")]


COLUMNS = "extract.columns"
PROTECT = "extract.protect"


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (f"{COLUMNS}.phone", "keep", ("identifier-released", f"{COLUMNS}.phone")),
        (f"{COLUMNS}.phone", "coarsen", ("identifier-released", f"{COLUMNS}.phone")),
        (f"{COLUMNS}.age", "keep", ("quasi-identifier-unprotected", f"{COLUMNS}.age")),
        (f"{COLUMNS}.age", "pseudonymize", ("quasi-identifier-unprotected", f"{COLUMNS}.age")),
        (f"{COLUMNS}.narrative", "keep", ("free-text-released", f"{COLUMNS}.narrative")),
        (f"{COLUMNS}.phone", "redact", ("identifier-released", f"{COLUMNS}.phone")),
        (f"{COLUMNS}.exploitation", "redact", ("action-not-for-role", f"{COLUMNS}.exploitation")),
        (f"{COLUMNS}.narrative", "redact", ("redact-without-review", "review.extract")),
        (f"{COLUMNS}.consent", "keep", ("control-column-released", f"{COLUMNS}.consent")),
        (f"{COLUMNS}.funding", "keep", ("control-column-released", f"{COLUMNS}.funding")),
        (f"{COLUMNS}.share_for", "keep", ("control-column-released", f"{COLUMNS}.share_for")),
        (f"{COLUMNS}.controls", "coarsen", ("action-not-for-role", f"{COLUMNS}.controls")),
        (f"{COLUMNS}.controls", "pseudonymize", ("action-not-for-role", f"{COLUMNS}.controls")),
        (f"{COLUMNS}.agee", "keep", ("unknown-column", f"{COLUMNS}.agee")),
        (
            f"{COLUMNS}.age",
            {"coarsen": {"from": "3-years"}},
            ("unknown-level", f"{COLUMNS}.age.coarsen.from"),
        ),
        (
            f"{COLUMNS}.age",
            {"coarsen": {"to": "adult"}},
            ("unknown-level", f"{COLUMNS}.age.coarsen.to"),
        ),
        (
            f"{COLUMNS}.age",
            {"coarsen": {"from": "majority", "to": "5-years"}},
            ("floor-above-ceiling", f"{COLUMNS}.age.coarsen"),
        ),
        (
            f"{COLUMNS}.age",
            {"coarsen": {"min_population": 20000}},
            ("min-population-not-places", f"{COLUMNS}.age.coarsen.min_population"),
        ),
        (COLUMNS, {"narrative": "drop", "age": "drop"}, ("nothing-released", COLUMNS)),
        (f"{PROTECT}.k", 1, ("k-too-small", f"{PROTECT}.k")),
        (f"{PROTECT}.l", {"age": 2}, ("model-not-sensitive", f"{PROTECT}.l.age")),
        (f"{PROTECT}.l", {"controls": 2}, ("model-not-released", f"{PROTECT}.l.controls")),
        (f"{PROTECT}.l", {"exploitation": 7}, ("l-above-codes", f"{PROTECT}.l.exploitation")),
        (f"{PROTECT}.l", {"wage": 2}, ("unknown-column", f"{PROTECT}.l.wage")),
        (f"{PROTECT}.t", {"age": 0.3}, ("model-not-sensitive", f"{PROTECT}.t.age")),
        (f"{PROTECT}.t", {"wages": 0.3}, ("unknown-column", f"{PROTECT}.t.wages")),
        (
            f"{PROTECT}.t",
            {"controls": {"at_most": 0.3, "distance": "ordered"}},
            ("t-not-ordered", f"{PROTECT}.t.controls"),
        ),
        (
            f"{PROTECT}.k_map",
            {"k": 20, "population": "us-adults"},
            ("unknown-population", f"{PROTECT}.k_map.population"),
        ),
        ("extract.sequence", ["age"], ("sequence-of-one", "extract.sequence")),
        ("extract.minors", None, ("minors-rule-missing", "extract.minors")),
        ("extract.minors.column", "ages", ("unknown-column", "extract.minors.column")),
        ("extract.minors.column", "state", ("minors-not-an-age", "extract.minors.column")),
        ("extract.minors.k", 10, ("minors-k-below-k", "extract.minors.k")),
    ],
)
def test_what_would_not_protect_is_an_error(found, research, path, value, expected):
    put(research, path, value)
    assert expected in found()[0]


@pytest.mark.parametrize(
    ("models", "expected"),
    [
        ({"l": {"controls": 2}}, []),
        ({"l": {"controls": 5}}, [("l-above-sets", f"{PROTECT}.l.controls")]),
        ({"l": {"controls": {"entropy": 2}}}, [("model-not-for-sets", f"{PROTECT}.l.controls")]),
        (
            {"l": {"controls": {"recursive": {"c": 2, "l": 2}}}},
            [("model-not-for-sets", f"{PROTECT}.l.controls")],
        ),
        ({"t": {"controls": 0.3}}, [("model-not-for-sets", f"{PROTECT}.t.controls")]),
        ({"l": {"exploitation": 5}}, []),
    ],
)
def test_cells_with_several_codes_have_only_a_few_different_ones(found, research, models, expected):
    research["extract"]["columns"]["controls"] = "keep"
    research["extract"]["protect"] |= models
    assert found()[0] == expected


@pytest.fixture
def several(research):
    """The research policy with five records for one person."""
    research["extract"] |= {"max_records_per_person": 5, "sequence": ["reported_on", "state"]}
    return research


def test_several_records_with_a_sequence_are_fine(found, several):
    assert found()[0] == []


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("sequence", [], ("sequence-missing", "extract.max_records_per_person")),
        ("sequence", ["states"], ("unknown-column", "extract.sequence[0]")),
        ("sequence", ["age", "exploitation"], ("sequence-not-protected", "extract.sequence[1]")),
        ("sequence", ["gender"], ("sequence-not-protected", "extract.sequence[0]")),
        (
            "max_records_per_person",
            101,
            ("records-too-many", "extract.max_records_per_person"),
        ),
        ("protect.levels_by", "all", ("sequence-levels-by-k", "extract.protect.levels_by")),
        ("protect.recoding", "local", ("sequence-full-domain", "extract.protect.recoding")),
        ("protect.t", {"exploitation": 0.5}, ("sequence-k-and-l-only", "extract.protect.t")),
        (
            "protect.l.exploitation",
            {"entropy": 2},
            ("sequence-k-and-l-only", "extract.protect.l.exploitation"),
        ),
        (
            "protect.l.exploitation",
            5,
            ("l-above-sets", "extract.protect.l.exploitation"),
        ),
        (
            "columns.phone",
            "pseudonymize",
            ("sequence-of-tokens", "extract.columns.phone"),
        ),
    ],
)
def test_what_would_not_protect_sequences_is_an_error(found, several, path, value, expected):
    put(several, f"extract.{path}", value)
    assert found()[0] == [expected]


def test_the_record_s_own_token_tells_nothing_of_a_sequence(found, several, hotline):
    several["extract"]["columns"]["case_id"] = "pseudonymize"
    assert found()[0] == []
    hotline["record_key"] = ["case_id", "phone"]
    assert found()[0] == [("sequence-of-tokens", "extract.columns.case_id")]


@pytest.mark.parametrize("kind", ["date", "timestamp"])
def test_exact_moments_leave_of_one_record_only(found, several, hotline, kind):
    hotline["columns"]["opened"] = {"type": kind, "role": "sensitive"}
    several["extract"]["columns"]["opened"] = "keep"
    assert found()[0] == [("sequence-exact-moments", "extract.columns.opened")]
    several["extract"]["columns"]["opened"] = {"shift_dates": {"days": 30}}
    assert ("sequence-exact-moments", "extract.columns.opened") in found()[0]
    several["extract"]["columns"]["opened"] = "keep"
    several["extract"] |= {"max_records_per_person": 1, "sequence": []}
    assert found()[0] == []


def test_sets_are_of_cells_with_several_codes_and_as_large_as_classes(found, research, several):
    columns = research["extract"]["columns"]
    columns["controls"] = {"sets": {"m": 2, "k": 10}}
    columns["exploitation"] = {"sets": {"k": 11}}
    research["extract"]["protect"]["l"] = {}
    assert {rule for rule, _ in found()[0]} == {"one-record-only"}
    research["extract"] |= {"max_records_per_person": 1, "sequence": []}
    assert sorted(found()[0]) == [
        ("groups-too-small", f"{COLUMNS}.controls.sets.k"),
        ("sets-without-multiple", f"{COLUMNS}.exploitation.sets"),
    ]
    columns["controls"], columns["exploitation"] = {"sets": {"k": 11}}, "keep"
    assert found()[0] == []


def test_rows_that_are_people_have_one_record(found, several, hotline):
    hotline["privacy_unit"] = "row"
    assert ("records-without-person", "extract.max_records_per_person") in found()[0]


def test_a_column_that_is_not_there_is_told_once(found, several):
    several["extract"]["columns"]["opened"] = "keep"
    assert found()[0] == [("unknown-column", "extract.columns.opened")]


def test_minors_are_protected_even_where_their_age_does_not_leave(found, research):
    research["extract"]["columns"]["age"] = "drop"
    del research["extract"]["minors"]
    assert found()[0] == [("minors-rule-missing", "extract.minors")]


def test_minors_may_be_dropped(found, research):
    research["extract"]["minors"] = {"column": "age", "drop": True}
    assert found()[0] == []


def test_l_over_values_without_a_list_is_left_to_the_data(found, research):
    research["extract"]["columns"]["wage_debt"] = "keep"
    research["extract"]["protect"]["l"]["wage_debt"] = 50
    assert found()[0] == []


def test_free_text_can_not_be_kept_whatever_its_role_says(found, hotline, research):
    hotline["columns"]["remark"] = {"type": "string", "role": "insensitive"}
    research["extract"]["columns"]["remark"] = "keep"
    assert found()[0] == [("keep-without-codes", f"{COLUMNS}.remark")]


def test_minors_are_told_by_the_age_and_by_no_other_number(found, hotline, research):
    hotline["columns"]["visits"] = {"type": "integer", "role": "insensitive"}
    research["extract"]["minors"]["column"] = "visits"
    assert found()[0] == [("minors-not-an-age", "extract.minors.column")]


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (f"{COLUMNS}.wage_debt", "keep", ("kept-exactly", f"{COLUMNS}.wage_debt")),
        ("extract.minors.below", 16, ("minors-below-adult", "extract.minors.below")),
        (f"{PROTECT}.k", 5, ("k-below-usual", f"{PROTECT}.k")),
        (f"{PROTECT}.max_suppressed", 0.3, ("suppression-high", f"{PROTECT}.max_suppressed")),
        (f"{PROTECT}.l", {}, ("sensitive-without-l", f"{PROTECT}.l")),
    ],
)
def test_what_protects_little_is_a_warning(found, research, path, value, expected):
    put(research, path, value)
    errors, warnings = found()
    assert errors == []
    assert expected in warnings


def test_a_policy_that_names_every_column_hears_nothing_of_unnamed_ones(found, hotline, research):
    for name in hotline["columns"]:
        research["extract"]["columns"].setdefault(name, "drop")
    assert found() == ([], [])


def test_a_column_over_a_ladder_that_comes_later_is_the_dataset_s_problem(found, hotline):
    hotline["columns"]["state"]["ladder"] = "us-county"
    assert found()[0] == []


def test_a_broken_ladder_is_the_dataset_s_problem(found, hotline):
    hotline["ladders"] = {"language": {"text": "eng;English\nspa"}}
    assert found()[0] == []


@pytest.fixture
def indicators(read_example):
    return yaml.safe_load(read_example("hotline/financial-indicators.yaml"))


@pytest.fixture
def aggregate_errors(indicators, parsed_hotline, say):
    """Change one key of the aggregate-only policy; (rule, path) of the errors."""

    def errors(path, value):
        put(indicators, path, value)
        found = lint(parse_policy(indicators), parsed_hotline).errors
        say(found)
        return [(reason.rule, reason.params["path"]) for reason in found]

    return errors


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("aggregate.budget.epsilon", 9, ("budget-above-dataset", "aggregate.budget.epsilon")),
        ("aggregate.budget.delta", 1e-5, ("budget-above-dataset", "aggregate.budget.delta")),
        ("aggregate.measures", [{"sum": "debt"}], ("unknown-column", "aggregate.measures[0]")),
        (
            "aggregate.measures",
            [{"mean": "state"}],
            ("measure-without-bounds", "aggregate.measures[0]"),
        ),
        ("aggregate.group_by", ["states"], ("unknown-column", "aggregate.group_by[0]")),
        ("aggregate.group_by", ["narrative"], ("key-column-not-data", "aggregate.group_by[0]")),
        (
            "aggregate.group_by",
            [{"column": "age", "level": "3"}],
            ("unknown-level", "aggregate.group_by[0].level"),
        ),
    ],
)
def test_aggregates_stay_within_declarations(aggregate_errors, path, value, expected):
    assert aggregate_errors("retention_days", 365) == []
    assert aggregate_errors(path, value) == [expected]


def test_aggregates_need_a_budget_of_the_dataset(indicators, hotline, say):
    del hotline["budget"]
    dataset = parse_dataset(hotline, lambda _: "eng;English\n")
    assert say(lint(parse_policy(indicators), dataset).errors) == ["dataset-without-budget"]


@pytest.fixture
def dataset_errors(hotline, say):
    def errors():
        found = lint_dataset(parse_dataset(hotline)).errors
        say(found)
        return [(reason.rule, reason.params["path"]) for reason in found]

    return errors


def test_every_ladder_of_places_can_be_declared(hotline, dataset_errors):
    for name in ("us-postcode", "us-county", "city", "country", "us-state"):
        hotline["columns"][name] = {"type": "string", "role": "quasi_identifier", "ladder": name}
    point = {"type": "point", "role": "quasi_identifier", "ladder": "point"}
    hotline["columns"]["place"] = point
    hotline["ladders"]["language"] = {"text": "eng;English\n"}
    assert dataset_errors() == []


def test_a_point_is_never_kept_exactly(found, hotline, research):
    hotline["columns"]["place"] = {"type": "point", "role": "insensitive"}
    put(research, f"{COLUMNS}.place", "keep")
    assert ("point-kept", f"{COLUMNS}.place") in found()[0]


@pytest.mark.parametrize(
    ("declared", "warned"),
    [
        (("us-postcode", {"from": "zip3"}), True),
        (("us-postcode", {"from": "zip3", "min_population": 20_000}), False),
        (("us-postcode", {"from": "us-state"}), False),
        (("us-county", {}), True),
        (("city", {"from": "subdivision"}), False),
        (("country", {}), False),
    ],
)
def test_naming_small_places_is_warned_about(found, hotline, research, declared, warned):
    ladder, rule = declared
    column = {"type": "string", "role": "quasi_identifier", "ladder": ladder}
    hotline["columns"]["place"] = column
    put(research, f"{COLUMNS}.place", {"coarsen": rule})
    errors, warnings = found()
    assert errors == []
    expected = ("place-without-min-population", f"{COLUMNS}.place.coarsen")
    assert (expected in warnings) is warned


@pytest.mark.parametrize(("floors", "warned"), [((20_000, 20_000), True), ((20_000, None), False)])
def test_two_places_with_floors_may_mean_fewer_people_together(
    found, hotline, research, floors, warned
):
    for ladder, floor in zip(("us-county", "city"), floors, strict=True):
        column = {"type": "string", "role": "quasi_identifier", "ladder": ladder}
        hotline["columns"][ladder] = column
        rule = {} if floor is None else {"min_population": floor}
        put(research, f"{COLUMNS}.{ladder}", {"coarsen": rule})
    errors, warnings = found()
    assert errors == []
    assert (("places-together", "extract.columns") in warnings) is warned


def test_a_taxonomy_whose_file_was_not_read_is_refused(dataset_errors):
    assert dataset_errors() == [("ladder-broken", "ladders.language")]


def test_a_taxonomy_that_does_not_refine_is_refused_with_what_shows_it(hotline, say):
    hotline["ladders"]["language"] = {"text": "eng;A;X\nspa;A;Y\n"}
    (reason,) = lint_dataset(parse_dataset(hotline)).errors
    say([reason])
    assert "'eng'" in reason.params["detail"]
    assert "'spa'" in reason.params["detail"]


def test_bounds_that_a_ladder_cannot_hold_are_refused(hotline, dataset_errors):
    hotline["ladders"]["language"] = {"text": "eng;English\n"}
    hotline["columns"]["age"]["bounds"] = [0, 900]
    assert dataset_errors() == [("ladder-broken", "columns.age")]


def test_a_dataset_without_a_privacy_unit_is_warned_about(hotline, say):
    del hotline["privacy_unit"]
    findings = lint_dataset(parse_dataset(hotline, lambda _: "eng;English\n"))
    assert (findings.errors, say(findings.warnings)) == ((), ["no-privacy-unit"])


@pytest.fixture
def partner():
    return {
        "partner": "harbor",
        "name": "Harbor",
        "class": "ngo",
        "jwks_file": "harbor.jwks.json",
        "agreements": [
            {
                "agreement": "asks",
                "dataset": "hotline-cases",
                "policy": "ngo-research",
                "purposes": ["research"],
                "starts": "2026-01-01",
                "ends": "2026-12-31",
            },
            {
                "agreement": "gives",
                "dataset": "hotline-cases",
                "submits": True,
                "starts": "2026-01-01",
                "ends": "2026-12-31",
            },
        ],
    }


def test_agreements_that_fit_their_policy_are_clean(partner, parsed_research):
    findings = lint_partner(parse_partner(partner), {"ngo-research": parsed_research})
    assert (findings.errors, findings.warnings) == ((), ())


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"policy": "ngo-reserch"}, "unknown-policy"),
        ({"dataset": "other-cases"}, "policy-for-other-dataset"),
        ({"purposes": ["sale"]}, "purpose-not-in-policy"),
    ],
)
def test_agreements_fit_the_policies_they_name(partner, parsed_research, say, change, expected):
    partner["agreements"][0].update(change)
    findings = lint_partner(parse_partner(partner), {"ngo-research": parsed_research})
    assert say(findings.errors) == [expected]


def test_an_agreement_needs_a_policy_for_its_partner_s_class(partner, parsed_research, say):
    partner["class"] = "government"
    findings = lint_partner(parse_partner(partner), {"ngo-research": parsed_research})
    assert say(findings.errors) == ["class-not-in-policy"]


def test_retention_beyond_an_agreement_is_warned_about(partner, parsed_research, say):
    partner["agreements"][0]["ends"] = "2026-12-30"
    findings = lint_partner(parse_partner(partner), {"ngo-research": parsed_research})
    assert (findings.errors, say(findings.warnings)) == ((), ["retention-outlives-agreement"])


@pytest.fixture
def lint_agreements(partner, parsed_research, say):
    """Lint agreements of one partner; return rules with the agreement each is about."""

    def linted(*agreements):
        asks = partner["agreements"][0] | {"ends": "2027-12-31"}
        partner["agreements"] = [asks | agreement for agreement in agreements]
        found = lint_partner(parse_partner(partner), {"ngo-research": parsed_research})
        say(found.errors + found.warnings)
        return [
            [(reason.rule, reason.params.get("agreement")) for reason in reasons]
            for reasons in (found.errors, found.warnings)
        ], found

    return linted


def test_an_agreement_that_another_hides_every_day_is_refused(lint_agreements):
    rules, found = lint_agreements({"agreement": "a"}, {"agreement": "b"})
    assert rules == [[("agreement-never-used", "b")], []]
    assert found.errors[0].params["others"] == "a"
    rules, _ = lint_agreements({"agreement": "a"}, {"agreement": "b", "ends": "2028-01-01"})
    assert rules == [[("agreement-never-used", "a")], []]


def test_a_renewal_that_begins_early_is_warned_of_with_its_days(lint_agreements):
    renewal = {"agreement": "b", "starts": "2027-07-01", "ends": "2029-06-30"}
    rules, found = lint_agreements({"agreement": "a"}, renewal)
    assert rules == [[], [("agreement-hidden", "a")]]
    said = found.warnings[0].params
    assert (said["other"], said["first"], said["last"]) == ("b", "2027-07-01", "2027-12-31")


def test_an_agreement_hidden_for_one_purpose_alone_is_warned_of(lint_agreements):
    both = ["research", "service-planning"]
    rules, found = lint_agreements({"agreement": "a"}, {"agreement": "b", "purposes": both})
    assert rules == [[], [("agreement-hidden", "b")]]
    assert found.warnings[0].params["purpose"] == "research"


@pytest.mark.parametrize(
    "other",
    [
        {"purposes": ["service-planning"]},
        {"starts": "2028-01-01", "ends": "2029-12-31"},
        {"dataset": "other-cases"},
    ],
)
def test_agreements_that_never_meet_are_not_warned_of(lint_agreements, other):
    (errors, warnings), _ = lint_agreements({"agreement": "a"}, {"agreement": "b", **other})
    rules = {rule for rule, _ in errors + warnings}
    assert not rules & {"agreement-never-used", "agreement-hidden"}


def test_a_taxonomy_that_can_not_be_is_the_datasets_error_not_the_policys(hotline, research):
    hotline["columns"]["language"]["ladder"] = "tongue"
    hotline["ladders"] = {"tongue": {"file": "tongue.csv"}}
    research["extract"]["columns"]["language"] = "coarsen"
    dataset = parse_dataset(hotline, lambda _: "eng;English\nspa\n")
    assert lint(parse_policy(research), dataset).errors == ()
    assert lint_dataset(dataset).errors


def test_local_recoding_is_warned_of_with_what_it_costs(found, research):
    research["extract"]["protect"] |= {"recoding": "local", "levels_by": "k"}
    errors, warnings = found()
    assert errors == []
    assert ("local-recoding", f"{PROTECT}.recoding") in warnings
    assert ("local-recoding-before-l", f"{PROTECT}.levels_by") in warnings
    research["extract"]["protect"]["levels_by"] = "all"
    assert [rule for rule, _ in found()[1] if rule.startswith("local")] == ["local-recoding"]
