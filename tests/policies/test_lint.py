from __future__ import annotations

import pytest

from tests.policies.conftest import put


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


def test_tokens_that_several_people_may_share_need_an_officer(found, research):
    research["extract"]["columns"]["phone"] = "pseudonymize"
    assert found()[0] == [("tokens-without-review", "extract.columns.phone")]
    research["review"] = {"extract": 1}
    assert found()[0] == []


def test_a_record_s_own_token_needs_none_unless_its_key_has_several_parts(found, research, hotline):
    research["extract"]["columns"]["case_id"] = "pseudonymize"
    assert found()[0] == []
    hotline["record_key"] = ["case_id", "person_id"]
    assert found()[0] == [("tokens-without-review", "extract.columns.case_id")]
    hotline["record_key"] = []
    assert found()[0] == [("tokens-without-review", "extract.columns.case_id")]


def test_sets_of_sensitive_codes_are_told_to_have_no_l(found, hotline, research):
    research["extract"]["columns"]["controls"] = {"sets": {"k": 11}}
    warning = ("sets-without-l", "extract.columns.controls")
    assert warning in found()[1]
    hotline["columns"]["controls"]["role"] = "insensitive"
    assert warning not in found()[1]


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


@pytest.mark.parametrize(
    ("floors", "warned"),
    [
        ((20_000, 20_000), True),
        ((20_000, None), True),
        ((None, 20_000), True),
        ((None, None), False),
    ],
)
def test_two_places_with_a_floor_may_mean_fewer_people_together(
    found, hotline, research, floors, warned
):
    put(research, f"{COLUMNS}.state", "drop")
    for ladder, floor in zip(("us-county", "city"), floors, strict=True):
        column = {"type": "string", "role": "quasi_identifier", "ladder": ladder}
        hotline["columns"][ladder] = column
        rule = {} if floor is None else {"min_population": floor}
        put(research, f"{COLUMNS}.{ladder}", {"coarsen": rule})
    errors, warnings = found()
    assert errors == []
    assert (("places-together", "extract.columns") in warnings) is warned


def test_a_place_alone_or_beside_a_dropped_one_is_no_two_places(found, hotline, research):
    hotline["columns"]["zip"] = {
        "type": "string",
        "role": "quasi_identifier",
        "ladder": "us-postcode",
    }
    put(research, f"{COLUMNS}.zip", {"coarsen": {"from": "zip3", "min_population": 20_001}})
    warning = ("places-together", "extract.columns")
    assert warning in found()[1]  # ZIP3 063 with NY is one ZIP code of 53 people
    put(research, f"{COLUMNS}.state", "drop")
    assert warning not in found()[1]


def test_local_recoding_is_warned_of_with_what_it_costs(found, research):
    research["extract"]["protect"] |= {"recoding": "local", "levels_by": "k"}
    errors, warnings = found()
    assert errors == []
    assert ("local-recoding", f"{PROTECT}.recoding") in warnings
    assert ("local-recoding-before-l", f"{PROTECT}.levels_by") in warnings
    research["extract"]["protect"]["levels_by"] = "all"
    assert [rule for rule, _ in found()[1] if rule.startswith("local")] == ["local-recoding"]
