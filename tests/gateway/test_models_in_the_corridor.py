"""Every model of a policy, from its file to the manifest, and what it leaves out."""

from __future__ import annotations

import json

import pytest

from anonymizers.models import Model
from gateway import people_table, single_records
from gateway.cli.releases import said_protection
from gateway.errors import ExtractFailedError
from gateway.manifests import LIMIT_OF_K_MAP, LIMIT_OF_LEVELS, LIMIT_OF_T
from gateway.previews import Audience, preview_policy
from gateway.releases import manifest_bytes
from policies.documents import parse_policy
from tests.small_homes import DATASET, POLICY, changed, people, person

PLAIN = "protect: {k: 3, l: {harm: 2}, max_suppressed: 0.1}"
MODELS = (
    "protect: {k: 3, l: {harm: {distinct: 2, entropy: 1.5, recursive: {c: 3, l: 2}}}, "
    "t: {harm: 0.3}, k_map: {k: 30, population: grown-ups}, max_suppressed: 0.1, levels_by: %s}"
)
POPULATION = "age,state,people\n30-34,CA,40\n41,CA,60\n41,TX,9\n"


@pytest.fixture
def everything(world):
    """A home whose policy asks for every model."""
    world.declare(f"{DATASET}populations: {{grown-ups: {{text: {json.dumps(POPULATION)}}}}}")
    world.apply(models=f"{PLAIN} -> {MODELS % 'all'}")
    return world


def manifest(world, made):
    release = made.id.replace("ext_", "rel_")
    return json.loads(manifest_bytes(world.context, "harbor", release))


def test_every_model_is_in_the_manifest(everything):
    made = everything.extract("harbor")
    assert made.state == "ready"
    said = manifest(everything, made)
    assert said["protection"]["l"] == {
        "harm": {"distinct": 2, "entropy": 1.5, "recursive": {"c": 3, "l": 2}}
    }
    assert said["protection"]["t"] == {"harm": {"at_most": 0.3, "distance": "equal"}}
    assert said["protection"]["k_map"] == {"k": 30, "population": "grown-ups"}
    assert {LIMIT_OF_T, LIMIT_OF_K_MAP, LIMIT_OF_LEVELS["all"]} <= {*said["limits"]}
    assert said_protection(said["protection"]) == (
        "k=3, 2 distinct harm, entropy of 1.5 harm, (3,2) of harm, "
        "harm at most 0.3 from everybody's (equal), k=30 in the population grown-ups, "
        "at most 0% of the people left out"
    )


def test_classes_that_fail_are_left_out_or_merged(everything):
    """Texans are few in the population, and at forty they are all of one harm."""
    everything.load(people(41, 44, state="TX", harm="Marriage"))
    rows = everything.rows("harbor")
    assert "TX" not in {row["state"] for row in rows}


@pytest.mark.parametrize(
    ("where", "state"),
    [
        ({"column": "state", "in": ["TX"]}, "refused"),
        ({"column": "state", "in": ["CA"]}, "ready"),
        ({"column": "age", "from": "40", "to": "49"}, "ready"),
        ({"column": "age", "from": "45"}, "refused"),
    ],
)
def test_whoever_a_condition_leaves_out_of_the_population_looks_like_nobody(
    everything, where, state
):
    """Nine Texans of the population are 41; that the file is of Texans its manifest says."""
    further = [{"harm": "Labour"}, {"harm": "Sexual"}, {"harm": "Labour", "age": "46"}]
    texans = [*further, {"harm": "Sexual", "age": "46"}] * 4
    everything.load(
        [
            person(number, **{"state": "TX", "age": "41", **changes})
            for number, changes in enumerate(texans, start=41)
        ]
    )
    asked = everything.extract("harbor", columns=["harm"], where=[where])
    assert asked.state == state


CODES = "codes: [Labour, Sexual, Marriage]"
MORE_CODES = "codes: [Labour, Sexual, Marriage, Pending, Not specified]"
SILENT = f"{MORE_CODES}, says_nothing: [Pending]"


def one_harm(number):
    """Marriage, but for those of whom nothing is said."""
    return "Marriage" if number % 2 else ["Pending", "Not specified"][number % 4 // 2]


@pytest.fixture
def silent(world):
    world.declare(DATASET.replace(CODES, SILENT))
    alike = {"age": "61", "state": "TX", "reported_on": "2026-01-15"}
    world.load([person(n, harm=one_harm(n), **alike) for n in range(41, 81)])
    world.apply()
    return world


def test_a_class_with_one_value_and_what_says_nothing_does_not_leave(silent):
    made = silent.extract("harbor")
    assert "TX" not in {row["state"] for row in silent.rows("harbor")}
    columns = {column["name"]: column for column in manifest(silent, made)["columns"]}
    assert columns["harm"]["parameters"]["says_nothing"] == ["Pending"]


def test_control_without_its_word_the_class_would_leave(silent):
    silent.declare(DATASET.replace(CODES, MORE_CODES))
    assert "TX" in {row["state"] for row in silent.rows("harbor")}


def test_a_file_made_by_counting_what_says_nothing_never_leaves(silent, monkeypatch):
    values = people_table.sensitive_values

    def by_any(column, stored, released):
        return values(column.model_copy(update={"says_nothing": ()}), stored, released)

    monkeypatch.setattr(people_table, "sensitive_values", by_any)
    with pytest.raises(ExtractFailedError):
        silent.extract("harbor")


def test_a_preview_counts_every_model(everything):
    text = changed(POLICY, {"models": f"{PLAIN} -> {MODELS % 'k'}"})
    seen = preview_policy(
        everything.context, parse_policy(text), Audience("harbor"), 1, lambda *_: None
    )
    assert seen["l"] == {"harm": 2}
    assert seen["entropy"]["harm"] > 1.5
    assert 0 <= seen["t"]["harm"] <= 0.3
    assert seen["k_map"] >= 30


def test_a_file_made_by_k_alone_never_leaves(everything, monkeypatch):
    """The search is made blind to values and populations; the recount isn't."""
    everything.load(people(41, 80, harm="Marriage", age="60"))
    arrange = single_records.ARRANGE["full-domain"]

    def by_k(table, hierarchies, model):
        return arrange(table, hierarchies, Model(model.k, k_minors=model.k_minors))

    monkeypatch.setitem(single_records.ARRANGE, "full-domain", by_k)
    with pytest.raises(ExtractFailedError):
        everything.extract("harbor")
