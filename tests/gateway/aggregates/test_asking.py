"""Questions in numbers, from the body to the release."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.aggregates import answering, asking
from gateway.aggregates.asking import read_answer
from gateway.aggregates.numbers import at_least_zero
from gateway.audit.canonical import canonical_json
from gateway.errors import InvalidRequestError, LakeError, NotFoundError, RefusedError
from gateway.recovery import recover
from gateway.releases import manifest_bytes, receipt_text
from tests.counted_homes import generated, truth, values

KIND = {"group_by": ["kind"]}
ENDS_EPSILON = "aggregate-ends-epsilon"


def test_every_declared_key_answers(counted) -> None:
    answered = counted.ask_for("harbor", "count_people", **KIND)
    assert list(values(answered, "count_people")) == [
        ("Labour",), ("Sexual",), ("Marriage",), ("null",), ("other",)
    ]  # fmt: skip


def test_without_noise_people_are_counted_up_to_their_bound(counted, no_noise) -> None:
    rows = generated(1, 60)
    exact = truth(rows, "town")
    told = values(counted.ask_for("harbor", "count_people", group_by=["town"]), "count_people")
    assert told["null",] == told["other",] == 0
    assert 0 < told["A",] <= exact["A"]  # records beyond the third don't count
    assert 0 < told["B",] <= exact["B"]
    records = values(counted.ask_for("harbor", "count_records"), "count_records")
    allowed = [n for n in range(1, 61) if n % 10]
    assert records[()] == sum(min(n % 5 + 1, 3) for n in allowed)


def test_the_same_question_has_one_answer_in_every_spelling(counted) -> None:
    first = counted.ask_for("harbor", "count_people", "count_records", **KIND, epsilon=1)
    spelt = counted.ask_for("harbor", "count_records", "count_people", "count_people", **KIND)
    alone = counted.ask_for("harbor", "count_people", **KIND, epsilon=0.5)
    assert spelt.content["rows"] == first.content["rows"]
    assert values(alone, "count_people") == values(first, "count_people")
    assert (first.cached, spelt.cached, alone.cached) == (False, True, False)
    assert alone.budget["spent"]["epsilon"] == 1.0


def test_another_partner_gets_the_same_noise_and_pays_its_own_share(counted) -> None:
    ours = counted.ask_for("harbor", "count_people", **KIND)
    theirs = counted.ask_for("lantern", "count_people", **KIND)
    assert theirs.content["rows"] == ours.content["rows"]
    assert not theirs.cached
    assert theirs.budget["spent"]["epsilon"] == 1.0
    assert theirs.release_id != ours.release_id


def test_a_new_snapshot_is_a_new_question(counted) -> None:
    first = counted.ask_for("harbor", "count_people", epsilon=0.01)
    counted.load_rows(generated(101, 101))
    again = counted.ask_for("harbor", "count_people", epsilon=0.01)
    assert not again.cached
    assert again.content["guarantee"]["snapshot"] != first.content["guarantee"]["snapshot"]
    assert again.budget["spent"]["epsilon"] == 0.02


def test_totals_are_the_sums_of_their_parts(counted) -> None:
    answered = counted.ask_for(
        "harbor", "count_records", {"sum": "debt"}, group_by=["kind", "town"], totals=True
    )
    for name in ("count_records", "sum:debt"):
        told = {key: round(value * 100) for key, value in values(answered, name).items()}
        kinds = {kind for kind, _ in told} - {"*"}
        towns = {town for _, town in told} - {"*"}
        for kind in kinds:
            assert told[kind, "*"] == sum(told[kind, town] for town in towns)
        assert told["*", "*"] == sum(told[kind, "*"] for kind in kinds)
    assert set(answered.content["guarantee"]["consistent"]) == {"count_records", "sum:debt"}


def test_every_measure_answers_with_its_interval(counted) -> None:
    answered = counted.ask_for(
        "harbor",
        *("count_people", "count_records", {"sum": "debt"}, {"mean": "debt"}, {"median": "debt"}),
        *({"quantile": {"column": "age", "q": 0.25}}, {"quantile": "day"}, {"distinct": "kind"}),
        group_by=["town"],
        epsilon=4,
    )
    row = answered.content["rows"][0]
    assert set(row) - {"keys"} == {
        *("count_people", "count_records", "sum:debt", "mean:debt", "quantile:debt:0.5"),
        *("quantile:age:0.25", "quantile:day:0.5", "distinct:kind"),
    }
    for name in set(row) - {"keys"}:
        low, high = row[name]["interval"]
        assert low <= row[name]["value"] <= high
        assert row[name]["confidence"] == 0.95
    assert row["quantile:day:0.5"]["value"].startswith("202")


def test_a_histogram_lists_every_form_of_its_level(counted) -> None:
    row = counted.ask_for("harbor", {"histogram": {"column": "age", "level": "20-years"}}).content[
        "rows"
    ][0]
    forms = [entry["form"] for entry in row["histogram:age:20-years"]]
    assert forms[-2:] == ["null", "other"]
    assert len(forms) == len(set(forms)) > 4


def test_values_below_zero_are_kept_unless_asked_otherwise(counted) -> None:
    asked = {"group_by": ["kind", "controls", "town"], "epsilon": 0.05}
    kept = counted.ask_for("harbor", "count_people", **asked)
    shown = counted.ask_for("harbor", "count_people", **asked, non_negative=True)
    below = {key for key, value in values(kept, "count_people").items() if value < 0}
    assert below
    told = values(shown, "count_people")
    assert {key for key, value in told.items() if value == 0} >= below
    assert shown.budget["spent"]["epsilon"] == 0.05  # the same noise, shown otherwise
    assert kept.budget["charged"]["epsilon"] == 0.05
    assert shown.budget["charged"] == {"epsilon": 0, "rho": 0, "delta": 0}
    for was, row in zip(kept.content["rows"], shown.content["rows"], strict=True):
        (low, high), (least, most) = (one["count_people"]["interval"] for one in (was, row))
        assert least == max(low, 0)
        half = (high - low) // 2
        assert most == (half if was["count_people"]["value"] < 0 else high)
    rules = {note["rule"] for note in shown.content["notes"]}
    assert "note-negative" not in rules
    assert "note-negative" in {note["rule"] for note in kept.content["notes"]}


@given(
    low=st.integers(-1000, 1000),
    sides=st.tuples(st.integers(0, 500), st.integers(0, 500)),
    kind=st.sampled_from([int, float, lambda n: f"{n}.50"]),
)
def test_an_interval_shown_above_zero_holds_what_it_held(low, sides, kind) -> None:
    value = low + sides[0]
    was = [kind(low), kind(value + sides[1])]
    told = at_least_zero({"value": kind(value), "interval": was, "confidence": 0.95})
    least, most = (Decimal(str(end)) for end in told["interval"])
    assert least == max(Decimal(str(was[0])), 0)
    assert most >= Decimal(str(was[1]))
    assert most >= (Decimal(str(was[1])) - Decimal(str(was[0]))) / 2 or value >= 0
    assert least <= Decimal(str(told["value"])) <= most


def test_distinct_codes_are_as_many_as_there_may_be(counted) -> None:
    asked = {"group_by": ["town", "controls"], "epsilon": 0.1}
    told = counted.ask_for("harbor", {"distinct": "kind"}, **asked).content
    entries = [row["distinct:kind"] for row in told["rows"]]
    assert {0, 3} <= {entry["value"] for entry in entries} <= {0, 1, 2, 3}
    assert all(entry["interval"] == [0, 3] for entry in entries)
    (note,) = (note for note in told["notes"] if note["rule"] == "note-says-nothing")
    assert note["params"]["number"] == note["params"]["values"]


def test_whoever_has_not_submitted_changes_no_answer(counted) -> None:
    asked = {"group_by": ["kind"], "epsilon": 0.5}
    first = counted.ask_for("harbor", "count_people", **asked)
    counted.contributor("newcomer", dataset="debts")
    assert counted.ask_for("harbor", "count_people", **asked).id == first.id
    counted.load_rows(generated(900, 910), contributor="newcomer")
    again = counted.ask_for("harbor", "count_people", **asked)
    assert again.id != first.id
    assert again.budget["charged"]["epsilon"] == 0.5


def test_the_manifest_names_the_bytes_and_the_log_has_its_entry(counted) -> None:
    answered = counted.ask_for("harbor", "count_people", **KIND)
    content = read_answer(counted.context, "harbor", answered.id)
    manifest = json.loads(manifest_bytes(counted.context, "harbor", answered.release_id))
    assert manifest["content_sha256"] == hashlib.sha256(content).hexdigest()
    assert content == canonical_json(answered.content)
    assert manifest["kind"] == "aggregate"
    assert manifest["guarantee"] == "differentially private aggregate"
    assert manifest["rows"] == 5
    assert receipt_text(counted.context, "harbor", answered.release_id).startswith("c2sp.org/")
    (entry,) = counted.entries("release")
    assert entry["id"] == answered.release_id


def test_others_cannot_read_an_answer(counted) -> None:
    answered = counted.ask_for("harbor", "count_people")
    with pytest.raises(NotFoundError):
        read_answer(counted.context, "lantern", answered.id)
    with pytest.raises(NotFoundError):
        manifest_bytes(counted.context, "lantern", answered.release_id)


def test_a_budget_that_is_spent_refuses_and_still_repeats(counted) -> None:
    counted.ask_for("harbor", "count_people", epsilon=4)
    with pytest.raises(RefusedError) as refused:
        counted.ask_for("harbor", "count_records", epsilon=0.01)
    (reason,) = refused.value.reasons
    assert (reason.rule, reason.params["epsilon"]) == ("budget-exhausted", "0")
    assert counted.ask_for("harbor", "count_people", epsilon=4).cached
    (entry,) = counted.entries("refusal")
    assert entry["caps"] == ["partner:harbor:dataset:debts"]


def test_what_is_wrong_with_a_question_is_said_at_once(counted) -> None:
    with pytest.raises(InvalidRequestError):
        counted.ask_for("harbor", "count_people", epsilon=0.0001)
    with pytest.raises(RefusedError):
        counted.ask_for("harbor", {"sum": "age"})
    with pytest.raises(NotFoundError):
        counted.ask_for("harbor", "count_people", dataset="unheard-of")


def test_an_estimate_spends_nothing_and_says_what_is_left(counted) -> None:
    told = counted.estimate_of("harbor", "count_people", **KIND, epsilon=0.5)
    assert told["price"]["epsilon"] == 0.5
    assert told["remaining_questions"] == 8
    assert (told["keys"], told["cells"], told["cached"]) == (5, 5, False)
    assert told["measures"]["count_people"]["half_width"] > 0
    assert told["budget"]["spent"]["epsilon"] == 0
    assert told["after"]["remaining"]["epsilon"] == 3.5
    assert told["after"]["counted_in"] == "epsilon"
    counted.ask_for("harbor", "count_people", **KIND, epsilon=0.5)
    after = counted.estimate_of("harbor", "count_people", **KIND, epsilon=0.5)
    assert (after["remaining_questions"], after["cached"]) == (7, True)
    assert after["after"] == after["budget"]
    assert counted.estimate_of("harbor", "count_people", epsilon=4)["after"] is None


def test_measures_of_a_batch_are_told_of_table_by_table(counted) -> None:
    queries = [
        {"name": "all", "measures": ["count_people"]},
        {"name": "by-means", "measures": ["count_people"], "group_by": ["controls"]},
    ]
    told = counted.estimate_of("harbor", queries=queries)
    widths = {name: one["half_width"] for name, one in told["measures"].items()}
    assert list(widths) == ["all/count_people", "by-means/count_people"]
    assert widths["all/count_people"] < widths["by-means/count_people"]
    answered = counted.ask_for("harbor", queries=queries).content
    scales = [one["scale"] for one in answered["guarantee"]["measures"].values()]
    assert scales == [2, 10]  # five cells, each at half of the price
    for table, width in zip(answered["queries"], widths.values(), strict=True):
        for row in table["rows"]:
            low, high = row["count_people"]["interval"]
            assert high - low == 2 * width


def test_an_estimate_warns_of_the_first_answer_in_rho(counted) -> None:
    def estimated(**price):
        told = counted.estimate_of("harbor", "count_people", **price)
        return told, [note["params"] for note in told["notes"] if note["rule"] == ENDS_EPSILON]

    told, warned = estimated(rho=0.01)
    left = told["after"]["remaining"]["epsilon"]
    assert left < 1 < told["budget"]["remaining"]["epsilon"] == 4
    assert warned == [{"before": "4", "after": f"{left:.3g}"}]
    assert estimated(epsilon=0.5)[1] == []
    answered = counted.ask_for("harbor", "count_people", rho=0.01)
    assert answered.budget == {**told["after"], "charged": told["price"] | {"epsilon": 0.0}}
    assert answered.budget["counted_in"] == "rho"
    assert estimated(rho=0.02)[1] == []  # it is counted so already


def test_what_bounds_leave_out_is_told_for_a_tenth_of_the_price(counted, no_noise) -> None:
    counted.load_rows(generated(100, 400))
    plain = counted.ask_for("harbor", {"sum": "debt"}, "count_people", epsilon=4)
    told = counted.ask_for(
        "lantern", {"sum": "debt"}, "count_people", epsilon=4, clipped_share=True
    )
    assert told.budget["spent"]["epsilon"] == 4.0
    scales = [answer.content["guarantee"]["measures"]["sum:debt"] for answer in (plain, told)]
    assert scales[1]["epsilon"] == pytest.approx(0.9 * scales[0]["epsilon"])
    shares = told.content["left_out"]
    everybody = [*generated(1, 60), *generated(100, 400)]
    rows = [row for row in everybody if row["consent"] == "aggregate"]
    people = {row["person_id"] for row in rows}
    many = {p for p in people if sum(row["person_id"] == p for row in rows) > 3}
    assert shares["people"]["value"] == pytest.approx(len(many) / len(people), abs=1e-4)
    assert 0.2 < shares["debt"]["value"] < 0.7  # 5000 and -3.5 of 12.34, 999.99, 5000, -3.5
    assert "left_out" not in plain.content


def test_what_a_crash_left_unpublished_is_published_at_the_next_start(counted, monkeypatch) -> None:
    monkeypatch.setattr(asking, "publish_answer", lambda _context, _id: None)
    left = counted.ask_for("harbor", "count_people", **KIND)
    with pytest.raises(NotFoundError):
        read_answer(counted.context, "harbor", left.id)
    monkeypatch.undo()
    recover(counted.context)
    assert json.loads(read_answer(counted.context, "harbor", left.id)) == left.content
    assert counted.ask_for("harbor", "count_people", **KIND).id == left.id


def test_an_answer_that_was_reserved_and_never_drawn_is_drawn_once_for_its_charge(
    counted, monkeypatch
) -> None:
    def fails(*_arguments: object) -> None:
        raise LakeError("the lake is gone; ask again")

    monkeypatch.setattr(answering, "draw", fails)
    with pytest.raises(LakeError):
        counted.ask_for("harbor", "count_people", **KIND)
    monkeypatch.undo()
    told = counted.ask_for("harbor", "count_people", **KIND)
    assert told.budget["spent"]["epsilon"] == 1.0
    assert not told.cached
