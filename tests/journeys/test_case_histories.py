"""Several records of one person, of the demo's cases: a history of each, from policy to file.

What the file promises is counted again here, from its text alone.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from importlib import resources
from types import SimpleNamespace

import pytest
import yaml

from gateway.demo.cases import generate_cases
from tests.journeys.operators import codebook_of, generated_dataset, rows_of

CASES = 6000
K, K_MINORS, MOST = 5, 10, 3
RETURNED, DIFFERENT = 40, 30
SHOWN = ("reported_on", "age", "state")
EXAMPLE = resources.files("policies") / "examples" / "hotline" / "case-histories.yaml"


def histories():
    """Return the example for fewer cases: smaller groups, years, shorter histories."""
    policy = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    extract = policy["extract"]
    extract |= {"max_records_per_person": MOST}
    extract["protect"] |= {"k": K, "max_suppressed": 0.2}
    extract["minors"]["k"] = K_MINORS
    extract["columns"]["reported_on"] = {"coarsen": {"from": "quarter", "to": "year"}}
    return policy


@pytest.fixture(scope="module")
def stored():
    """The generated cases, and more generated people whose histories the tests know."""
    rows = generate_cases(CASES).to_pylist()
    stored = [{name: value or "" for name, value in row.items()} for row in rows]
    for number in range(RETURNED):
        stored += contacts(stored[0], f"GEN-R{number}", ("2023-05-01", "25"), ("2024-05-01", "26"))
    stored += contacts(stored[0], "GEN-ALONE", ("2017-05-01", "25"), ("2026-05-01", "25"))
    for number in range(DIFFERENT):
        stored += contacts(stored[0], f"GEN-D{number}", ("2022-05-01", "25"), ("2022-06-01", "62"))
    return stored


def contacts(like, person, *whens):
    """Return the contacts of a generated person: days and ages."""
    whom = {"person_id": person, "state": "TX", "consent": "pseudonymized", "funding": ""}
    whom |= {"consent_ends": "", "share_with": "", "share_for": ""}
    whom["exploitation"] = "ForcedLabour" if person[-1] in "02468" else "SexualExploitation"
    return [
        {**like, **whom, "case_id": f"{person}-{day}", "reported_on": day, "age": age}
        for day, age in whens
    ]


@pytest.fixture(scope="module")
def walk(operator, stored):
    """The officer sees a preview, the partner asks and waits, the officer approves."""
    operator.declare(generated_dataset("hotline-cases"))
    operator.load("hotline-cases", stored)
    operator.permit(histories())
    preview = ("policy", "preview", operator.folder / "case-histories.yaml")
    preview += ("--partner", "lab-case-histories", "--rows", "0")
    seen = SimpleNamespace(preview=operator.weir(*preview), previewed=operator.says(*preview)[0])
    asked = {"purpose": "service-planning"}
    with operator.asking("case-histories", "hotline-cases", **asked) as (pulling, waiting):
        seen.before = operator.weir("release", "list")
        seen.state = operator.decide("approve", waiting)
        seen.pulled = pulling.result(timeout=60)
    return seen


@pytest.fixture(scope="module")
def people(walk):
    """The file's rows by person."""
    found = defaultdict(list)
    for row in rows_of(walk.pulled):
        found[row["person_id"]].append(row)
    return list(found.values())


def history(rows):
    return tuple(sorted(tuple(row[name] for name in SHOWN) for row in rows))


def alone(of_people):
    """Return the share of people with several rows whose history nobody else has."""
    alike = Counter(map(history, of_people))
    several = [rows for rows in of_people if len(rows) > 1]
    return sum(alike[history(rows)] == 1 for rows in several) / len(several)


def test_it_waits_for_the_officer_that_the_policy_asks_for(operator, walk):
    assert (walk.before, walk.state) == ([], "ready")
    assert [one["officer"] for one in walk.pulled.manifest["approvals"]] == ["olivia"]
    assert operator.verify(walk.pulled.files.file) == 0


def test_people_have_several_rows_and_never_more_than_the_policy_says(people):
    counted = Counter(map(len, people))
    assert max(counted) == MOST
    assert sum(number for rows, number in counted.items() if rows > 1) > 100


def test_nobody_s_history_is_had_by_fewer_than_k(people):
    alike = Counter(map(history, people))
    assert min(alike.values()) >= K
    assert len([one for one in alike if len(one) > 1]) > 3
    young = re.compile(r"(\d|1[0-7])-\d+|")
    for rows in people:
        if any(young.fullmatch(row["age"]) for row in rows):
            assert alike[history(rows)] >= K_MINORS


def test_nobody_with_two_rows_stands_alone_and_the_control_does(people, stored):
    """The same count on the stored rows, at the levels where the policy begins."""
    assert alone(people) == 0
    unprotected = defaultdict(list)
    for row in stored:
        month = int(row["reported_on"][5:7] or 0) if row["reported_on"][4:5] == "-" else 0
        quarter = row["reported_on"][:4], (month + 2) // 3
        floors = {"reported_on": quarter, "age": row["age"][:-1], "state": row["state"]}
        unprotected[row["person_id"]].append(floors)
    assert alone(list(unprotected.values())) > 0.5


def test_a_history_that_many_have_leaves_whole_and_one_that_nobody_else_has_does_not(people):
    years = Counter(tuple(sorted(row["reported_on"] for row in rows)) for rows in people)
    assert years["2023", "2024"] >= RETURNED
    assert years["2017", "2026"] == 0


def test_no_class_shares_one_kind_of_exploitation(people):
    classes = defaultdict(list)
    for rows in people:
        classes[history(rows)].append({row["exploitation"] for row in rows} - {"", "other"})
    for kinds in classes.values():
        assert not set.intersection(*kinds)
        assert len(set.union(*kinds)) >= 2


def test_records_that_differ_are_left_out_and_an_officer_sees_how_many(walk, people):
    assert walk.preview["records_left_out"]["differing-records"] >= DIFFERENT
    assert walk.preview["records_left_out"]["further-records"] > 100
    assert "that differ from a person's others in what mustn't change" in walk.previewed
    assert {len({row["age"] for row in rows}) for rows in people} == {1}


def test_the_preview_is_what_leaves(walk, people):
    rows = sum(map(len, people))
    assert (walk.preview["people"], walk.preview["records"]) == (len(people), rows)
    assert re.search(rf"rows +{rows:,}, several of some people", walk.previewed)
    share = len(people) / (walk.preview["people"] + walk.preview["left_out"])
    assert 0 <= walk.pulled.manifest["protection"]["suppressed_share"] - (1 - share) < 0.01


def test_manifest_and_codebook_say_whose_rows_they_are(operator, walk):
    manifest = walk.pulled.manifest
    assert manifest["protection"]["unit"] == "a person's whole set of rows"
    assert manifest["protection"]["max_records_per_person"] == MOST
    assert manifest["protection"]["sequence"] == ["reported_on", "state"]
    assert any(limit.startswith("A person may have several rows") for limit in manifest["limits"])
    told = codebook_of(walk.pulled)
    assert told["person_id"]["released_as"] == "token for person, the same within this release"
    for name in SHOWN:
        change = "may change from one row" if name != "age" else "the same in all rows"
        assert change in told[name]["protection"]
    shown, _ = operator.says("release", "show", manifest["release"])
    assert re.search(rf"rows +{manifest['rows']:,} rows, at most {MOST} of one person", shown)


def test_a_partner_reads_of_it_before_it_asks(operator):
    with operator.session("case-histories") as session:
        (offer,) = session.get("/v1/datasets/hotline-cases").json()["offers"]
    told = {column["name"]: column["reason"]["message"] for column in offer["columns"]}
    for name in SHOWN:
        assert f"with all of their {MOST} or fewer records" in told[name]
    assert offer["reviews"] == 1
