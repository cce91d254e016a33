"""Local recoding from the policy file to a verified file: who gets one, and what it tells.

Nothing but a first local extract leaves by itself: after it an officer decides on every other,
and approves in vain where somebody in it was released before.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from types import SimpleNamespace

import pytest

from gateway.client import ExtractEndedError
from tests.journeys.operators import (
    codebook_of,
    generated_dataset,
    generated_people,
    rows_of,
    without_consent,
)

CASES = 3000
K, K_MINORS, L = 5, 10, 2
SHOWN = ("reported_on", "age", "state")
BEFORE_2021 = ["reported_on from 2016-01-01 to 2020-12-31"]
FROM_2020 = ["reported_on from 2020-01-01 to 2021-12-31"]
IN_2022 = ["reported_on from 2022-01-01 to 2022-12-31"]
FROM_2023 = ["reported_on from 2023-01-01 to 2026-12-31"]
LEVELS = {  # what a form looks like; bands that are cut at 18 or 90 stand on several
    "reported_on": {
        r"\d{4}-Q\d": {"quarter"},
        r"\d{4}": {"year"},
        r"\d{4}-\d{4}": {"5-years"},
    },
    "age": {
        r"\d0-\d4|(?!1)\d5-\d9|15-17|0-4|5-9": {"5-years"},
        r"([2-7])0-\1[79]|0-9|10-17": {"10-years"},
        r"20-39|40-59|60-79": {"20-years"},
        r"18\+": {"majority"},
        r"18-19": {"5-years", "10-years", "20-years"},
        r"80-89": {"10-years", "20-years"},
        r"0-17": {"20-years", "majority"},
        r"90\+": {"5-years", "10-years", "20-years"},
    },
    "state": {
        r"[A-Z]{2}": {"us-state"},
        r"Midwest|Northeast|South|West": {"us-region"},
    },
}


def policy(name, **protect):
    return {
        "policy": name,
        "dataset": "cases",
        "classes": ["ngo"],
        "purposes": ["research"],
        "extract": {
            "columns": {
                "person_id": {"pseudonymize": {"epoch": "agreement"}},
                "reported_on": {"coarsen": {"from": "quarter"}},
                "age": {"coarsen": {"from": "5-years"}},
                "state": "coarsen",
                "exploitation": "keep",
            },
            "minors": {"column": "age", "below": 18, "k": K_MINORS},
            "protect": {"k": K, "l": {"exploitation": L}, "levels_by": "all", **protect},
        },
    }


@pytest.fixture(scope="module")
def walk(operator):
    """Four partners ask one after the other; what came of each, and what the officer saw."""
    declared = generated_dataset("cases", budget=None, consent_default=None, consent_after_end=None)
    basis = {"consent": "assumed", "consent_basis": "generated people"}
    operator.declare({**declared, **basis, "columns": without_consent(declared["columns"])})
    operator.load("cases", generated_people(CASES))
    for name in ("first", "same", "others"):
        operator.permit(policy(name, recoding="local"))
    operator.permit(policy("on-levels"))
    seen = SimpleNamespace(first=operator.pull("first", "cases", where=BEFORE_2021))
    with operator.asking("same", "cases", where=FROM_2020) as (pulling, seen.overlapping):
        seen.listed = operator.says("review", "list")[0]
        seen.vain, _ = operator.says(
            *("review", "approve", seen.overlapping["id"]),
            *("--officer", "olivia", "--reason", "let it go"),
        )
        seen.refusal = pulling.exception(timeout=60)
    with operator.asking("on-levels", "cases", where=IN_2022) as (pulling, seen.apart):
        seen.state = operator.decide("approve", seen.apart)
        seen.on_levels = pulling.result(timeout=60)
    with operator.asking("others", "cases", where=FROM_2023) as (pulling, waiting):
        operator.decide("approve", waiting)
        seen.others = pulling.result(timeout=60)
    return seen


def forms_of(pulled, column):
    """Return for each form of a column the levels on which it can stand; unknown is no form."""
    found = {row[column] for row in rows_of(pulled)} - {""}
    return {form: {"*"} if form == "*" else look_up(column, form) for form in found}


def look_up(column, form):
    (levels,) = (levels for look, levels in LEVELS[column].items() if re.fullmatch(look, form))
    return levels


def classes(rows):
    found = defaultdict(list)
    for row in rows:
        found[tuple(row[name] for name in SHOWN)].append(row)
    return found


def test_the_first_leaves_by_itself_and_verifies(operator, walk):
    assert walk.first.manifest["approvals"] == []
    assert walk.first.verdict.outcome == "verified"
    assert operator.verify(walk.first.files.file) == 0


def test_a_changed_cell_does_not_verify(operator, walk, tmp_path):
    for file in operator.folder.glob("first.csv*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "key.vkey").write_bytes(walk.first.pin.file.read_bytes())
    changed = tmp_path / "first.csv"
    assert operator.verify(changed) == 0
    text = changed.read_bytes()
    changed.write_bytes(text.replace(b"ForcedLabour", b"ForcedLadour", 1))
    assert operator.verify(changed) == 1


@pytest.mark.parametrize("which", ["first", "others", "on_levels"])
def test_every_class_of_the_file_has_its_people_and_values(walk, which):
    rows = rows_of(getattr(walk, which))
    assert len(rows) > 100
    found = classes(rows)
    assert min(map(len, found.values())) >= K
    for (_, age, _), members in found.items():
        values = {row["exploitation"] for row in members} - {"", "other"}
        assert len(values) >= L
        young = re.fullmatch(r"(\d|1[0-7])-\d+", age) or age in ("", "*")
        assert not young or len(members) >= K_MINORS


@pytest.mark.parametrize("name", SHOWN)
def test_local_classes_stand_on_levels_of_their_own_and_the_codebook_names_them(walk, name):
    found = forms_of(walk.first, name).values()
    told = codebook_of(walk.first)[name]
    levels = told["level"].split("; ")
    assert all(possible & {*levels} for possible in found)
    assert {*levels} <= set.union(*found)
    assert not set.intersection(*found)
    assert told["released_as"].startswith("coarsened class by class, to one of: ")


@pytest.mark.parametrize("name", SHOWN)
def test_without_it_a_column_stands_on_one(walk, name):
    told = codebook_of(walk.on_levels)[name]
    assert told["level"] in set.intersection(*forms_of(walk.on_levels, name).values())
    assert not told["released_as"].startswith("coarsened class by class")


def test_the_codebook_says_what_a_star_is(walk):
    assert "*" in {row["state"] for row in rows_of(walk.first)}
    values = codebook_of(walk.first)["state"]["values"]
    assert values.startswith("* where a class had to be told no place, or ")
    assert "too few people" not in values  # the policy has no such floor


def test_the_manifest_says_local_and_what_that_means(operator, walk):
    assert walk.first.manifest["protection"]["recoding"] == "local"
    assert any("levels of its own" in limit for limit in walk.first.manifest["limits"])
    assert walk.on_levels.manifest["protection"]["recoding"] == "full-domain"
    shown = [operator.says("release", "show", one.manifest["release"])[0] for one in pulled(walk)]
    assert ["recoded locally" in text for text in shown] == [True, False, True]


def pulled(walk):
    return walk.first, walk.on_levels, walk.others


def test_the_officer_sees_whom_the_next_one_meets_and_approves_in_vain(operator, walk):
    met = walk.first.manifest["release"]
    assert walk.overlapping["overlaps"] == [met]
    assert f"extract for lab-same, on people of {met}" in walk.listed
    assert f"{walk.overlapping['id']} is refused" in walk.vain
    assert "people of it were released before" in walk.vain


def test_its_partner_is_told_that_nothing_safe_can_be_made(operator, walk):
    assert isinstance(walk.refusal, ExtractEndedError)
    assert [reason.rule for reason in walk.refusal.reasons] == ["nothing-safe"]
    assert "released before" not in str(walk.refusal)
    assert not list(operator.folder.glob("same.csv*"))


def test_after_a_local_one_all_others_wait_for_an_officer(walk):
    assert walk.apart["overlaps"] == []
    assert walk.state == "ready"
    for one in (walk.on_levels, walk.others):
        assert [approval["officer"] for approval in one.manifest["approvals"]] == ["olivia"]
        assert one.manifest["guard"] == {"reviewed_as_second_view": True}
        assert one.verdict.outcome == "verified"


def test_the_preview_tells_an_officer_beforehand(operator, walk):
    file = operator.folder / "first.yaml"
    told, _ = operator.says("policy", "preview", file, "--partner", "lab-first", "--rows", "0")
    assert "local: refused where somebody in it was in a release before" in told
    warned, _ = operator.says("policy", "check", file)
    assert "two such extracts on the same people, joined, protect badly" in warned


def test_a_partner_reads_of_it_before_it_asks(operator, walk):
    with operator.session("first") as session:
        (offer,) = session.get("/v1/datasets/cases").json()["offers"]
    told = {column["name"]: column["reason"]["message"] for column in offer["columns"]}
    for name in SHOWN:
        assert "made coarser for each group of people by itself" in told[name]


def test_what_left_is_what_the_log_has(operator, walk):
    listed = operator.weir("release", "list")
    assert Counter(one["partner"] for one in listed) == Counter(
        one.manifest["partner"] for one in pulled(walk)
    )
    assert operator.says("audit", "check")[1] == 0
