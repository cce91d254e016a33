"""Aggregates as a partner asks for them: read from verified bytes alone."""

from __future__ import annotations

import json

import pytest

from gateway import client
from gateway.client import Weir, measures, questions
from tests.answering import DATASET, PARTNER, PURPOSE, URL, AnsweringGateway, problem


@pytest.fixture
def gateway():
    return AnsweringGateway()


@pytest.fixture
def key_file(tmp_path, gateway):
    file = tmp_path / "harbor.pem"
    file.write_bytes(gateway.pem)
    return file


@pytest.fixture
def weir(gateway, key_file):
    return Weir(URL, PARTNER, key_file, transport=gateway.transport)


def count(weir, **changes):
    asked = {
        "purpose": PURPOSE,
        "measures": ["count_people"],
        "group_by": ["exploitation", "reported_on:year"],
        "epsilon": 0.5,
    }
    return weir.aggregate(DATASET, **(asked | changes))


def asked(gateway):
    return json.loads(next(r for r in gateway.seen if r.url.path == "/v1/aggregates").content)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("count_people", "count_people"),
        ("sum:wage_debt", {"sum": "wage_debt"}),
        ("mean:wage_debt", {"mean": "wage_debt"}),
        ("median:age", {"median": "age"}),
        ("quantile:age", {"quantile": "age"}),
        ("quantile:age:0.25", {"quantile": {"column": "age", "q": 0.25}}),
        ("histogram:age:10-years", {"histogram": {"column": "age", "level": "10-years"}}),
        ("histogram:exploitation", {"histogram": {"column": "exploitation"}}),
        ("distinct:exploitation", {"distinct": "exploitation"}),
        ({"sum": "wage_debt"}, {"sum": "wage_debt"}),
    ],
)
def test_measures_read_as_they_are_spelled(written, read):
    assert measures.read_measure(written) == read


@pytest.mark.parametrize(
    "written",
    [
        *("people", "sum", "sum:", "sum:a:b", "quantile:age:2", "quantile:age:x"),
        *("quantile:a:1:2", "histogram:a:b:c", "", ":", "count_people:x"),
    ],
)
def test_what_is_no_measure_is_refused(written):
    with pytest.raises(client.MeasureError):
        measures.read_measure(written)


@pytest.mark.parametrize("written", ["", ":year", "reported_on:"])
def test_what_is_no_key_is_refused(written):
    with pytest.raises(client.MeasureError, match="is no key"):
        measures.read_key(written)


@pytest.mark.parametrize(
    "given",
    [
        *({}, {"epsilon": 1, "rho": 1}, {"epsilon": 0}, {"rho": -1}),
        *({"epsilon": float(odd)} for odd in ("nan", "inf", "-inf")),
        *({"half_width": odd} for odd in ("1", [1], True)),
    ],
)
def test_a_price_is_given_in_one_way(given):
    with pytest.raises(client.MeasureError):
        questions.accuracy(**given)


def test_the_request_says_what_was_chosen_and_nothing_else(weir, gateway):
    count(weir, where=["exploitation in Other"], totals=True, non_negative=True)
    assert asked(gateway) == {
        "dataset": DATASET,
        "purpose": PURPOSE,
        "measures": ["count_people"],
        "group_by": ["exploitation", {"column": "reported_on", "level": "year"}],
        "where": [{"column": "exploitation", "in": ["Other"]}],
        "totals": True,
        "epsilon": 0.5,
        "non_negative": True,
    }


def test_an_answer_is_a_table_with_intervals(weir):
    answered = count(weir)
    table = answered.rows
    assert table.column_names == [
        *("exploitation", "reported_on"),
        *("count_people", "count_people_low", "count_people_high"),
    ]
    assert table.num_rows == 7 * 4
    row = table.to_pylist()[0]
    assert row["count_people_low"] < row["count_people"] < row["count_people_high"]
    assert answered.guarantee["epsilon"] == 0.5
    assert answered.budget["remaining"]["epsilon"] == 1.5
    assert answered.notes[0]["message"].startswith("At most 5")
    assert answered.evidence.verdict.outcome == "verified"


def test_an_answer_is_a_data_frame_where_pandas_is(weir):
    pytest.importorskip("pandas")
    assert len(count(weir).to_pandas()) == 28


def test_a_histogram_has_a_row_for_each_bin(weir):
    answered = count(weir, measures=["histogram:age:10-years"], group_by="exploitation")
    assert answered.rows.column_names[:3] == ["exploitation", "age", "count"]
    assert answered.rows.num_rows == 7 * 6
    both = count(weir, measures=["count_people", "histogram:age:10-years"], group_by=())
    assert both.rows.num_rows == 1
    assert both.histograms["histogram:age:10-years"].num_rows == 6


def test_several_tables_are_one_release(weir, gateway):
    batch = weir.aggregates(
        DATASET,
        purpose=PURPOSE,
        queries=[
            {"name": "types", "measures": ["count_people"], "group_by": ["exploitation"]},
            client.query(["count_people"], ["reported_on:year"], name="years"),
        ],
        rho=0.01,
    )
    assert list(batch) == ["types", "years"]
    assert len(batch) == 2
    assert batch["types"].num_rows == 7
    assert asked(gateway)["rho"] == 0.01


def test_a_query_of_a_batch_has_no_other_parts(weir):
    with pytest.raises(client.MeasureError, match="no groups"):
        weir.aggregates(DATASET, purpose=PURPOSE, queries=[{"groups": []}], epsilon=1)


def test_an_estimate_and_the_budget_spend_nothing(weir, gateway):
    guess = weir.estimate(DATASET, purpose=PURPOSE, measures=["count_people"], half_width=10)
    assert guess.measures["count_people"]["confidence"] == 0.95
    assert guess.remaining_questions == 3
    assert weir.budget()[0]["remaining"]["epsilon"] == 1.5
    assert "/v1/aggregates" not in {request.url.path for request in gateway.seen}


def test_the_key_is_pinned_and_another_one_refused(weir, gateway, key_file):
    assert count(weir).evidence.pin.is_new
    assert key_file.with_name("harbor.pem.vkey").exists()
    gateway.signer = AnsweringGateway().signer
    with pytest.raises(client.PinnedKeyError):
        count(weir)


def test_bytes_that_do_not_verify_are_thrown_away(weir, gateway, key_file):
    gateway.tamper = True
    with pytest.raises(client.VerificationFailedError):
        count(weir)
    assert not key_file.with_name("harbor.pem.vkey").exists()


@pytest.mark.parametrize("name", ["dataset", "purpose", "partner"])
def test_an_answer_to_another_question_is_thrown_away(weir, gateway, name):
    gateway.manifest_changes = {name: "another"}
    with pytest.raises(client.UnreachableError, match=f"another {name}"):
        count(weir)


def test_figures_come_from_the_verified_bytes(weir, gateway, monkeypatch):
    """An answer whose rows say something else than what was released is not believed."""
    honest = gateway._aggregate

    def lying(body):
        document = json.loads(json.dumps(honest(body)))
        for row in document["rows"]:
            row["count_people"]["value"] = -1
        return document

    monkeypatch.setattr(gateway, "_aggregate", lying)
    assert -1 not in count(weir).rows["count_people"].to_pylist()


def test_a_refusal_carries_its_reasons(weir, gateway):
    reason = {"rule": "budget-exhausted", "message": "Nothing is left.", "params": {}}
    gateway.refusal = problem(403, "refused", "Refused", reasons=[reason])
    with pytest.raises(client.WeirRequestError) as caught:
        count(weir)
    assert caught.value.lines() == ["Nothing is left."]
    assert caught.value.reasons[0].rule == "budget-exhausted"


def test_keys_and_measures_stand_as_they_were_asked(weir):
    """The released bytes are canonical: there they are sorted by name."""
    answered = count(
        weir,
        measures=["sum:wage_debt", "median:age", "quantile:age:0.25", "count_people"],
        group_by=["state:us-region", "exploitation"],
    )
    assert answered.answer.keys == ("state", "exploitation")
    assert answered.answer.measures[0] == "sum:wage_debt"
    assert answered.answer.measures[-1] == "count_people"
    row = answered.rows.to_pylist()[0]
    assert (row["state"], row["exploitation"]) == ("Northeast", "ForcedLabour")


@pytest.mark.parametrize(
    ("measure", "start"),
    [
        ("count_people", "count_people:"),
        ({"sum": "debt"}, "sum:debt:"),
        ({"median": "age"}, "quantile:age:0.5:"),
        ({"quantile": "age"}, "quantile:age:0.5:"),
        ({"quantile": {"column": "age", "q": 0.25}}, "quantile:age:0.25:"),
        ({"histogram": {"column": "age", "level": "10-years"}}, "histogram:age:10-years:"),
        ({"histogram": {"column": "kind"}}, "histogram:kind:"),
    ],
)
def test_a_measure_s_name_in_answers_is_known(measure, start):
    assert measures.named_start(measure) == start
