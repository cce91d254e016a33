from __future__ import annotations

from gateway.declarations import apply_policy, declare_dataset
from policies.documents import parse_dataset, parse_policy
from tests.http_fixtures import DATASET, POLICY

NUMBERS = """
aggregate:
  measures: [count_people, {quantile: age}, {histogram: {column: age, level: 20-years}}]
  group_by: [harm, {column: age, level: majority}]
  max_records_per_person: 3
  budget: {epsilon: 1, delta: 1.0e-7}
"""


def _agreement(**changes):
    return {
        "agreement": "one",
        "dataset": "cases",
        "policy": "for-ngos",
        "purposes": ["research"],
        "starts": "2026-01-01",
        "ends": "2026-12-31",
        **changes,
    }


def test_the_list_names_what_an_agreement_in_force_covers(harbor):
    datasets = harbor.get("/v1/datasets").json()["datasets"]
    assert [dataset["dataset"] for dataset in datasets] == ["cases"]
    assert datasets[0]["title"] == {"en": "Cases", "es": "Casos"}
    assert datasets[0]["links"]["self"] == "/v1/datasets/cases"


def test_each_column_says_what_leaves_and_why(harbor):
    offer = harbor.get("/v1/datasets/cases").json()["offers"][0]
    assert (offer["agreement"], offer["policy"]) == ("harbor-2026", "for-ngos")
    assert (offer["purposes"], offer["k"]) == (["research"], 11)
    columns = {column["name"]: column for column in offer["columns"]}
    actions = {name: column["action"] for name, column in columns.items()}
    assert actions == {
        "person_id": "pseudonymize",
        "age": "coarsen",
        "harm": "keep",
        "note": "drop",
        "consent": "drop",
    }
    assert columns["age"]["levels"][0] == "5-years"
    assert columns["note"]["reason"]["rule"] == "gets-no-free-text"
    assert all(column["reason"]["message"] for column in columns.values())


def test_an_offer_says_what_may_be_asked_in_numbers(gateway, harbor):
    assert "aggregate" not in harbor.get("/v1/datasets/cases").json()["offers"][0]
    budget = "budget: {epsilon: 8, delta: 1.0e-6}\n"
    declare_dataset(gateway.context, parse_dataset(DATASET + budget))
    apply_policy(gateway.context, parse_policy(POLICY + NUMBERS))
    offer = harbor.get("/v1/datasets/cases").json()["offers"][0]["aggregate"]
    assert offer["measures"] == [
        {"measure": "count_people"},
        {"measure": "quantile:age", "column": "age", "bounds": ["0", "120"]},
        {
            "measure": "histogram:age",
            "column": "age",
            "levels": [{"level": "20-years", "keys": 9}, {"level": "majority", "keys": 4}],
        },
    ]
    assert offer["group_by"][0] == {
        "column": "harm",
        "label": {},
        "levels": [{"level": "exact", "keys": 4}],
        "keys": "declared",
        "where": True,
    }
    assert (offer["max_records_per_person"], offer["bounding"]) == (3, "stored")
    assert offer["budget"] == {"epsilon": 1.0, "delta": 1e-7, "per": "partner", "rho": True}


def test_reasons_speak_the_language_asked_for(harbor):
    spanish = harbor.get("/v1/datasets/cases", headers={"Accept-Language": "es"})
    english = harbor.get("/v1/datasets/cases")
    assert spanish.headers["content-language"] == "es"
    assert spanish.json() != english.json()


def test_a_dataset_without_an_agreement_in_force_is_not_there(gateway):
    absent = gateway.http.get("/nothing").content
    terms = {
        "ended": _agreement(ends="2026-06-30"),
        "later": _agreement(starts="2026-07-02"),
        "gave": _agreement(policy=None, purposes=None, submits=True, ends="2026-06-30"),
        "other": _agreement(dataset="elsewhere"),
    }
    for name, agreement in terms.items():
        given = {key: value for key, value in agreement.items() if value is not None}
        asking = gateway.add_partner(name, agreements=[given])
        listed = [line["dataset"] for line in asking.get("/v1/datasets").json()["datasets"]]
        answer = asking.get("/v1/datasets/cases")
        assert (listed, answer.status_code, answer.content) == ([], 404, absent), name


def test_who_hands_in_records_sees_what_they_may_hold_and_nothing_of_the_data(gateway):
    given = {"agreement": "one", "dataset": "cases", "submits": True, "consent_max": "aggregate"}
    days = {"starts": "2026-01-01", "ends": "2026-12-31"}
    asking = gateway.add_partner("gives", agreements=[{**given, **days}])
    assert [one["dataset"] for one in asking.get("/v1/datasets").json()["datasets"]] == ["cases"]
    seen = asking.get("/v1/datasets/cases").json()
    assert seen["offers"] == []
    (submits,) = seen["submits"]
    assert (submits["agreement"], submits["ends"]) == ("one", "2026-12-31")
    assert submits["labels"] == {"consent_max": "aggregate"}
    columns = {column["name"]: column for column in submits["columns"]}
    assert columns["person_id"]["required"]
    assert columns["age"]["bounds"] == ["0", "120"]
    assert columns["harm"]["codes"] == ["Labour", "Sexual"]
    refused = asking.post("/v1/extracts", {"dataset": "cases", "purpose": "research"})
    assert refused.status_code in {403, 404}


def test_an_agreement_counts_from_its_first_to_its_last_day(gateway):
    asking = gateway.add_partner(
        "today", agreements=[_agreement(starts="2026-07-01", ends="2026-07-01")]
    )
    assert asking.get("/v1/datasets/cases").status_code == 200


def test_a_policy_for_another_class_offers_nothing(gateway):
    asking = gateway.add_partner("bank", **{"class": "financial"})
    assert asking.get("/v1/datasets/cases").json()["offers"] == []


def test_a_policy_for_another_purpose_offers_nothing(gateway):
    asking = gateway.add_partner("planner", agreements=[_agreement(purposes=["planning"])])
    assert asking.get("/v1/datasets/cases").json()["offers"] == []


def test_a_policy_that_is_not_active_offers_nothing(gateway):
    asking = gateway.add_partner("early", agreements=[_agreement(policy="not-yet")])
    assert asking.get("/v1/datasets/cases").json()["offers"] == []
    apply_policy(gateway.context, parse_policy(POLICY.replace("for-ngos", "not-yet")))
    assert len(asking.get("/v1/datasets/cases").json()["offers"]) == 1
