from __future__ import annotations

import pytest
from sqlmodel import select

from gateway.declarations import (
    add_partner,
    apply_policy,
    declare_dataset,
    resume_partner,
    suspend_partner,
)
from gateway.errors import ConflictError, LakeError, NotFoundError
from gateway.lake import loading
from gateway.store.engine import reading
from gateway.store.tables import DatasetRow, PolicyRow
from policies.documents import parse_dataset, parse_partner, parse_policy
from tests.small_homes import DATASET, POLICY, as_csv, changed, people

TITLE = "title: {en: Cases, es: Casos} -> title: {en: Records, es: Casos}"
NO_NOTE = (
    "  note:         {type: string,  role: insensitive, codes: [note 0, note 1, note 2]}\n -> "
)


def declare(world, *changes):
    text = changed(DATASET, dict(enumerate(changes)))
    return declare_dataset(world.context, parse_dataset(text))


def states(world, table, name):
    with reading(world.context.store) as session:
        rows = session.exec(select(table)).all()
    return sorted(str(getattr(row, name)) for row in rows)


def test_the_same_declaration_again_changes_nothing(world):
    before = len(world.entries())
    assert declare(world).outcome == "unchanged"
    assert apply_policy(world.context, parse_policy(POLICY)).outcome == "unchanged"
    assert len(world.entries()) == before


def test_a_declaration_may_change_what_is_not_stored_and_change_back(world):
    first = world.context.registry.dataset("cases")
    changed_one = declare(world, TITLE)
    assert (changed_one.outcome, len(world.entries("dataset"))) == ("changed", 2)
    assert world.context.registry.dataset("cases").sha256 == changed_one.sha256
    assert declare(world).outcome == "changed"
    assert world.context.registry.dataset("cases") == first
    assert states(world, DatasetRow, "active") == ["False", "True"]
    assert [entry["dataset_sha256"] for entry in world.entries("dataset")] == [
        first.sha256,
        changed_one.sha256,
        first.sha256,
    ]


@pytest.mark.parametrize(
    "change",
    [
        NO_NOTE,
        "age:          {type: integer -> age:          {type: decimal",
        "role: insensitive, codes: [note 0, note 1, note 2] -> role: free_text",
        "domain: phone -> domain: telephone",
        "privacy_unit: person_id -> privacy_unit: case_id",
        "record_key: [case_id] -> record_key: [case_id, phone]",
        ", normalize: e164, region: US ->  ",
    ],
)
def test_what_stored_records_depend_on_can_not_change_under_them(shared, change):
    text = changed(DATASET, {"change": change})
    if "decimal" in change:
        text = text.replace("ladder: age, bounds", "ladder: number, widths: [10], bounds")
    with pytest.raises(ConflictError):
        declare_dataset(shared.context, parse_dataset(text))
    assert shared.context.registry.dataset("cases").document.dataset == "cases"


def test_a_dataset_without_data_may_be_declared_anew(world):
    declare(world, "dataset: cases -> dataset: fresh")
    assert declare(world, "dataset: cases -> dataset: fresh", NO_NOTE).outcome == "changed"


def test_a_load_that_failed_on_the_way_leaves_no_table_of_the_old_form(world, monkeypatch):
    declare(world, "dataset: cases -> dataset: fresh", NO_NOTE)
    file = world.folder / "fresh.csv"
    file.write_text(as_csv(people(1, 3)))

    def fails(_work):
        raise LakeError("the disk broke")

    with monkeypatch.context() as broken:
        broken.setattr(loading, "_note", fails)
        with pytest.raises(LakeError):
            world.load_file(file, "fresh")
    declare(world, "dataset: cases -> dataset: fresh")
    assert world.load_file(file, "fresh")["accepted"] == 3


def test_one_version_of_a_policy_is_active_and_an_old_one_may_return(world):
    stricter = parse_policy(changed(POLICY, {"k": "k: 3, l: -> k: 4, l:"}))
    first = world.context.registry.policies_for("cases")["for-ngos"]
    assert apply_policy(world.context, stricter).outcome == "changed"
    assert world.context.registry.policies_for("cases")["for-ngos"].document == stricter
    assert states(world, PolicyRow, "state") == ["active", "retired"]
    world.apply()
    assert world.context.registry.policies_for("cases")["for-ngos"] == first
    assert states(world, PolicyRow, "state") == ["active", "retired"]
    assert [entry["state"] for entry in world.entries("policy")] == ["active"] * 3


def test_adding_a_partner_logs_it_with_its_agreements(world):
    world.partner("newcomer")
    partner, agreement = world.entries()[-2:]
    assert (partner["type"], partner["id"], partner["state"]) == ("partner", "newcomer", "added")
    assert (agreement["type"], agreement["id"]) == ("agreement", "newcomer-2026")
    assert (agreement["partner"], agreement["dataset"]) == ("newcomer", "cases")
    assert (agreement["starts"], agreement["ends"]) == ("2026-01-01", "2026-12-31")


def test_a_suspended_partner_stays_suspended_when_its_file_is_replaced(world):
    suspend_partner(world.context, "harbor")
    world.partner("harbor", retitled="Harbor, renamed")
    declared = world.context.registry.partner("harbor")
    assert (declared.document.name, declared.suspended) == ("Harbor, renamed", True)


def test_suspending_and_resuming_are_entries_once_each(world):
    for act in (suspend_partner, suspend_partner, resume_partner, resume_partner):
        act(world.context, "harbor")
    logged = [entry["state"] for entry in world.entries("partner") if entry["id"] == "harbor"]
    assert logged == ["added", "suspended", "active"]
    with pytest.raises(NotFoundError):
        suspend_partner(world.context, "nobody")


def test_a_declaration_and_its_entry_are_one_transaction(world, monkeypatch):
    def fails(*_args, **_facts):
        raise OSError("no room for the entry")

    monkeypatch.setattr(world.context.log, "append", fails)
    other = parse_policy(changed(POLICY, {"k": "k: 3, l: -> k: 4, l:"}))
    newcomer = parse_partner(
        {
            "partner": "newcomer",
            "name": "Newcomer",
            "class": "ngo",
            "jwks": {"keys": []},
            "agreements": [],
        }
        | {"jwks": world.context.registry.partner("harbor").document.model_dump()["jwks"]}
    )
    for act, document in ((apply_policy, other), (add_partner, newcomer)):
        with pytest.raises(OSError, match="no room"):
            act(world.context, document)
    with pytest.raises(OSError, match="no room"):
        declare(world, TITLE)
    assert world.context.registry.partner("newcomer") is None
    assert states(world, PolicyRow, "state") == ["active"]
    assert states(world, DatasetRow, "active") == ["True"]
