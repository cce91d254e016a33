from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gateway.errors import InvalidRequestError, NotFoundError, RefusedError
from gateway.extracts import request_extract, stored_request, view_extract
from gateway.problems import problem_of
from tests.racing import at_once
from tests.small_homes import REQUEST

FORMATS = ("csv", "parquet", "jsonl", "xlsx")
IN_STATE = {"column": "state", "in": ["CA"]}


def refusal(world, partner, **changes):
    """Ask for what must be refused, and return the reasons by rule."""
    with pytest.raises(RefusedError) as caught:
        world.ask(partner, **changes)
    return {reason.rule: dict(reason.params) for reason in caught.value.reasons}


def test_a_request_becomes_a_file_of_one_row_for_each_person(shared, partner):
    made = shared.extract(partner)
    rows = shared.table(partner, made.id).to_pylist()
    assert made.state == "ready"
    assert len(rows) == 40
    assert len({row["person_id"] for row in rows}) == 40
    assert {row["age"] for row in rows} == {"30-34", "40-44"}
    assert {row["reported_on"] for row in rows} == {"2026-01", "2026-02"}


def test_the_same_request_is_the_same_extract_with_the_same_bytes(shared, partner):
    first = shared.extract(partner)
    content = shared.content(partner, first.id)
    columns = ["note", "controls", "harm", "state", "age", "reported_on", "person_id"]
    again = shared.ask(partner, columns=columns, where=[], format="csv")
    assert (again.id, again.state) == (first.id, "ready")
    assert shared.content(partner, again.id) == content


def test_conditions_in_another_order_and_spelling_are_the_same_request(shared, partner):
    ages = {"column": "age", "in": ["30-34", "40-44"]}
    first = shared.ask(partner, where=[IN_STATE, ages])
    other = {"column": "age", "in": ["40-44", "30-34", "40-44"]}
    assert shared.ask(partner, where=[other, IN_STATE, IN_STATE]).id == first.id


def test_the_same_request_sent_at_once_is_one_extract(shared, partner):
    (found,) = {*at_once(*[lambda: shared.ask(partner).id] * 6)}
    assert found.startswith("ext_")


def test_every_format_holds_the_same_rows_in_the_same_order_without_review(shared, partner):
    tables = {}
    for name in FORMATS:
        made = shared.extract(partner, format=name)
        assert made.state == "ready"
        table = shared.table(partner, made.id, name)
        tables[name] = [
            {key: str(value) for key, value in row.items()} for row in table.to_pylist()
        ]
    assert len(tables["csv"]) == 40
    assert all(rows == tables["csv"] for rows in tables.values())


def test_a_choice_of_columns_comes_in_the_datasets_order(shared, partner):
    rows = shared.rows(partner, columns=["harm", "age"])
    assert list(rows[0]) == ["age", "harm"]


def test_two_partners_get_the_same_people_in_another_order(shared, partner):
    other = shared.partner(f"{partner}-other")
    mine, theirs = shared.rows(partner), shared.rows(other)

    def without_tokens(rows):
        return [tuple(value for name, value in row.items() if name != "person_id") for row in rows]

    assert sorted(without_tokens(mine)) == sorted(without_tokens(theirs))
    assert without_tokens(mine) != without_tokens(theirs)


def test_a_condition_on_forms_keeps_those_people_alone(shared, partner):
    rows = shared.rows(partner, where=[{"column": "age", "in": ["30-34"]}])
    assert {row["age"] for row in rows} == {"30-34"}
    assert len(rows) == 20


def test_a_condition_on_a_coarser_level_matches_too(shared, partner):
    rows = shared.rows(partner, where=[{"column": "age", "in": ["40-59"]}])
    assert len(rows) == 20


def test_a_range_includes_both_of_its_edges(shared, partner):
    spring = {"column": "reported_on", "from": "2026-02-01", "to": "2026-02-28"}
    rows = shared.rows(partner, where=[spring])
    assert {row["reported_on"] for row in rows} == {"2026-02"}
    assert len(rows) == 20


def test_a_range_may_be_open(shared, partner):
    rows = shared.rows(partner, where=[{"column": "age", "from": "40"}])
    assert len(rows) == 20


@pytest.mark.parametrize(
    ("condition", "rule"),
    [
        ({"column": "age", "in": ["32"]}, "where-finer-than-floor"),
        ({"column": "reported_on", "in": ["2026-01-15"]}, "where-finer-than-floor"),
        ({"column": "reported_on", "from": "2026-01-15"}, "where-off-edge"),
        ({"column": "age", "from": "40", "to": "33"}, "where-off-edge"),
        ({"column": "state", "in": ["XX"]}, "where-unknown-value"),
        ({"column": "age", "in": ["*"]}, "where-unknown-value"),
        ({"column": "age", "from": "200"}, "where-out-of-bounds"),
        ({"column": "state", "from": "CA"}, "where-no-order"),
        ({"column": "person_id", "in": ["person-1"]}, "where-column-not-allowed"),
        ({"column": "consent", "in": ["none"]}, "where-column-not-allowed"),
        ({"column": "weir_contributor", "in": ["x"]}, "where-column-not-allowed"),
    ],
)
def test_a_condition_is_refused_without_a_look_at_the_data(shared, condition, rule):
    blind = replace(shared, context=replace(shared.context, lake=None, vault=None))
    assert rule in refusal(blind, "harbor", where=[condition])


def test_a_refusal_is_an_entry_without_what_was_asked(shared, partner):
    refusal(shared, partner, where=[{"column": "age", "in": ["37"]}], purpose="gossip")
    entry = shared.entries("refusal")[-1]
    assert entry["partner"] == partner
    assert entry["rules"] == [
        "purpose-not-agreed",
        "purpose-not-in-policy",
        "where-finer-than-floor",
    ]
    assert sorted(entry) == ["id", "index", "partner", "rules", "time", "type"]
    assert not [asked for asked in ("37", "gossip") if asked in json.dumps(entry["rules"])]


def test_a_refusal_repeats_the_callers_own_values_and_not_too_many(shared, partner):
    """The caller has to see what to correct; what it sent is all that it sees."""
    ages = {"column": "age", "in": [str(number) for number in range(3000)]}
    with pytest.raises(RefusedError) as caught:
        shared.ask(partner, where=[ages])
    values = {reason.params["value"] for reason in caught.value.reasons}
    assert values == set(ages["in"])
    assert str(caught.value).count("37") == 0  # what goes to the log names rules alone
    assert len(problem_of(caught.value).reasons) == 100


def test_an_unknown_dataset_is_as_absent_as_one_without_an_agreement(shared):
    stranger = shared.partner("stranger", agreements=[])
    for dataset in ("cases", "elsewhere"):
        with pytest.raises(NotFoundError) as caught:
            shared.ask(stranger, dataset=dataset)
        assert str(caught.value) == str(NotFoundError())
    rules = [entry["rules"] for entry in shared.entries("refusal") if entry["partner"] == stranger]
    assert rules == [["unknown-dataset"]] * 2


def test_a_body_that_is_no_request_is_no_entry(shared):
    before = len(shared.entries())
    with pytest.raises(InvalidRequestError):
        request_extract(shared.context, "harbor", {**REQUEST, "limit": 5})
    assert len(shared.entries()) == before


def test_an_extract_of_another_is_as_absent_as_one_that_never_was(shared, partner):
    made = shared.ask(partner)
    for name, extract_id in (("lantern", made.id), (partner, "ext_" + "0" * 20)):
        with pytest.raises(NotFoundError) as caught:
            view_extract(shared.context, name, extract_id)
        assert str(caught.value) == str(NotFoundError())


def test_what_was_asked_lies_sealed_in_the_store(shared, partner):
    made = shared.ask(partner, where=[{"column": "age", "in": ["40-44"]}])
    row = shared.row(made.id)
    assert b"40-44" not in row.sealed_request
    assert stored_request(shared.context, row).where[0].forms == ("40-44",)


def test_a_home_behind_its_partners_day_begins_agreements_on_its_own(world):
    world.partner("harbor", agreement={"starts": "2026-03-01", "ends": "2026-06-30"})
    moments = {"2026-07-01T03:59:59": "queued", "2026-07-01T04:00:00": "agreement-ended"}
    for moment, expected in moments.items():
        world.clock.moment = world.clock.moment.fromisoformat(f"{moment}+00:00")
        if expected == "queued":
            assert world.ask("harbor").state == expected
        else:
            assert expected in refusal(world, "harbor")
    world.partner("harbor", agreement={"starts": "2026-07-02", "ends": "2026-12-31"})
    world.clock.moment = world.clock.moment.fromisoformat("2026-07-02T03:59:59+00:00")
    assert "agreement-not-started" in refusal(world, "harbor")
    world.clock.move(seconds=1)
    assert world.ask("harbor").state == "queued"


def test_a_suspended_partner_is_refused_even_behind_the_door(world):
    from gateway.declarations import resume_partner, suspend_partner

    suspend_partner(world.context, "harbor")
    assert list(refusal(world, "harbor")) == ["partner-suspended"]
    resume_partner(world.context, "harbor")
    assert world.ask("harbor").state == "queued"
