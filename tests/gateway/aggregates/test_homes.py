"""What a home and a dataset decide about answers: the sampler, and whose presence is protected."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.errors import RefusedError
from tests.counted_homes import DATASET, POLICY, Counted, generated, values


def with_noise(counted, noise):
    """Return a context like that of a home that says so."""
    home = counted.context.home
    document = home.document.model_copy(update={"noise": noise})
    return replace(counted.context, home=replace(home, document=document))


@pytest.mark.parametrize("noise", ["batch", "opendp", "diffprivlib"])
def test_each_sampler_answers_in_epsilon(counted, noise) -> None:
    world = Counted(with_noise(counted, noise), counted.folder, counted.clock)
    told = world.ask_for("harbor", "count_people", group_by=["town"], epsilon=4)
    people = values(told, "count_people")
    assert 20 < people["A",] + people["B",] < 120
    assert told.content["guarantee"]["delta"] < 1e-9
    assert told.content["guarantee"]["mechanism"] == "discrete laplace"


@pytest.mark.parametrize(("noise", "answers"), [("opendp", True), ("diffprivlib", False)])
def test_not_every_sampler_answers_in_rho(counted, noise, answers) -> None:
    world = Counted(with_noise(counted, noise), counted.folder, counted.clock)
    if answers:
        told = world.ask_for("harbor", "count_people", rho=0.01)
        assert told.content["guarantee"]["mechanism"] == "discrete gaussian"
        assert told.content["guarantee"]["rho"] == 0.01
        return
    with pytest.raises(RefusedError) as refused:
        world.ask_for("harbor", "count_people", rho=0.01)
    assert [reason.rule for reason in refused.value.reasons] == ["noise-not-drawn"]
    assert world.estimate_of("harbor", "count_people", epsilon=1)["budget"]["spent"]["rho"] == 0


@pytest.mark.parametrize(
    ("change", "unit", "neighbours"),
    [
        ("domain: person -> domain: case", "person_id", "add or remove one case"),
        ("privacy_unit: person_id -> privacy_unit: row", "row", "add or remove one row"),
    ],
)
def test_the_guarantee_names_whose_presence_it_protects(
    counted, no_noise, change, unit, neighbours
) -> None:
    text = DATASET.replace("dataset: debts", "dataset: other-debts")
    counted.declare(text, changed=change)
    policy = POLICY.replace("policy: counts", "policy: other")
    if unit == "row":
        policy = policy.replace("max_records_per_person: 3", "max_records_per_person: 1")
    counted.apply(policy.replace("dataset: debts", "dataset: other-debts"))
    counted.partner("beacon", agreement={"dataset": "other-debts", "policy": "other"})
    rows = generated(1, 9)
    counted.load_rows(rows, dataset="other-debts")
    told = counted.ask_for("beacon", "count_people", dataset="other-debts")
    guarantee = told.content["guarantee"]
    assert (guarantee["privacy_unit"], guarantee["neighbours"]) == (unit, neighbours)
    counts = len(rows) if unit == "row" else 9
    assert values(told, "count_people")[()] == counts
