"""Attack: take the whole home *with every key* and look for a planted person.

A name, a telephone number, an id and a sentence are planted in the data; a second, bad load with
the same plants fails; a release is made and downloaded. Then everything that is left is
decrypted and searched: lake, vault, each sealed column of the store, released files, job lists,
logs. The plants are in the vault alone. The control is a declared code that is released as it
is: it must turn up in the lake and in the release, or the search is blind. What somebody typed
into a coded column is in the lake too, and leaves as `other`.
"""

from __future__ import annotations

import itertools
import json
import sqlite3

import pytest
from sqlmodel import SQLModel, select

from gateway.aggregates.asking import ask
from gateway.errors import IngestError
from gateway.founding import found_home
from gateway.jobs import running_jobs
from gateway.keys import Keys
from gateway.outcomes import CLASSES, CODEBOOK, CONTENT, folder_of, part_key
from gateway.periods import open_period
from gateway.release_ledger import read_classes
from gateway.releases import open_manifest, receipt_text
from gateway.sealed import SealedReader
from gateway.store.engine import reading
from gateway.store.tables import (
    Aggregate,
    AggregateAnswer,
    BudgetPeriod,
    Extract,
    IdempotentAnswer,
    LogLeaf,
    PolicyVote,
    RecipeRow,
    Release,
    ReviewVote,
    Submission,
    Withdrawal,
)
from tests.attacks.decrypted import decrypted_lake, decrypted_vault
from tests.conftest import FixedClock
from tests.small_homes import NOON, POLICY, ZONE, as_csv, open_world, people, person

PLANTS = {
    "case_id": "planted-case-7421",
    "person_id": "Quetzalcoatl Planted",
    "phone": "+12025550143",
    "narrative": "she told us planted-words-8810 happened",
}
CONTROL = "planted-control-5530"
MISPLACED = "planted-in-a-code-6617"


NOTES = f'codes: [note 0, note 1, note 2] -> codes: [note 0, note 1, note 2, "{CONTROL}"]'
BUDGET = "record_key: -> budget: {epsilon: 8, delta: 1.0e-6}\nrecord_key:"
AGGREGATE = """
aggregate:
  measures: [count_people, {histogram: {column: age, level: 5-years}}]
  group_by: [note, state]
  budget: {epsilon: 2, delta: 1.0e-7}
"""
QUESTION = {
    "dataset": "cases",
    "purpose": "research",
    "measures": ["count_people", {"histogram": "age"}],
    "group_by": ["note"],
    "epsilon": 1,
}


@pytest.fixture(scope="module")
def taken(tmp_path_factory):
    """A home in which everything happened to the planted person, and its log output."""
    folder = tmp_path_factory.mktemp("taken")
    path = folder / "home"
    found_home(path, name="Test", origin="weir.example/log", timezone=ZONE)
    with open_world(path, FixedClock(NOON)) as world:
        world.declare(notes=NOTES, budget=BUDGET)
        world.apply(POLICY + AGGREGATE)
        world.partner("harbor")
        planted = person(1, note=CONTROL, **PLANTS)
        world.load([planted, *people(2, 40)])
        bad = world.folder / "bad.csv"
        bad.write_text(as_csv([{**planted, "age": PLANTS["person_id"], "person_id": ""}]))
        with pytest.raises(IngestError):
            world.load_file(bad)
        world.load([{**planted, "harm": MISPLACED}])  # an update: one file is superseded
        with running_jobs(world.context) as context:
            asked = world.__class__(context, world.folder, world.clock).ask("harbor")
            _wait(world, asked.id)
            assert CONTROL.encode() in world.content("harbor", asked.id)
            ages = [{"column": "age", "in": ["30-34"]}]
            assert world.extract("harbor", where=ages).state == "in_review"
        numbers = ask(world.context, "harbor", QUESTION)
        assert CONTROL in repr(numbers.content)
        open_period(world.context, "cases", ["olivia", "oscar"], "more is needed")
        files = {file.name: file.read_bytes() for file in folder.glob("*.csv")}
        for name in files:
            (folder / name).unlink()  # the operator's own files aren't the home's
    return path


def _wait(world, extract_id):
    import time

    for _ in range(600):
        if world.state(extract_id) == "ready":
            return
        time.sleep(0.05)
    raise AssertionError(world.state(extract_id))


def found_in(text):
    """Return the plants that a text holds, however they are written."""
    plain = text.casefold()
    return {
        value
        for value in (*PLANTS.values(), CONTROL, MISPLACED)
        for form in (value, value.encode().hex(), value.removeprefix("+"))
        if form.casefold() in plain
    }


def contexts():
    """Return for each sealed column how its context is made of its row."""
    return {
        **{
            (Submission, f"sealed_{part}"): lambda row, part=part: f"submission:{row.id}:{part}"
            for part in ("upload", "report", "pending")
        },
        **{
            (Withdrawal, f"sealed_{part}"): lambda row, part=part: f"withdrawal:{row.id}:{part}"
            for part in ("target", "roots", "reason")
        },
        (RecipeRow, "sealed_document"): lambda row: f"recipe:{row.id}:document",
        (Extract, "sealed_request"): lambda row: f"extract:{row.id}:request",
        (Extract, "sealed_outcome"): lambda row: f"extract:{row.id}:outcome",
        (Release, "sealed_manifest"): lambda row: f"release:{row.id}:manifest",
        (Release, "sealed_content_key"): lambda row: f"release:{row.id}:content",
        (Release, "sealed_classes_key"): lambda row: f"release:{row.id}:classes",
        (ReviewVote, "sealed_reason"): lambda row: f"review:{row.extract_id}:{row.officer}:reason",
        (PolicyVote, "sealed_reason"): lambda row: (
            f"policy:{row.policy_sha256}:{row.officer}:reason"
        ),
        (Aggregate, "sealed_request"): lambda row: f"aggregate:{row.id}:request",
        (Aggregate, "sealed_content"): lambda row: f"aggregate:{row.id}:content",
        (AggregateAnswer, "sealed_values"): lambda row: f"answer:{row.fingerprint}:values",
        (BudgetPeriod, "sealed_reason"): lambda row: f"period:{row.subject}:{row.number}:reason",
        (LogLeaf, "sealed_entry"): lambda row: f"log:{row.index}",
        (IdempotentAnswer, "sealed_answer"): lambda row: (
            f"idempotent_answer:{row.client}:{row.key}:answer"
        ),
    }


def store_text(context):
    """Return every row of the store, each sealed column opened."""
    found, cipher = [], context.keys.store_cipher()
    opening = contexts()
    with reading(context.store) as session:
        for mapper in SQLModel._sa_registry.mappers:
            for row in session.exec(select(mapper.class_)).all():
                plain = row.model_dump()
                for name in [name for name in plain if name.startswith("sealed_")]:
                    if plain[name] is not None and not name.endswith("_key"):
                        plain[name] = cipher.open(plain[name], opening[mapper.class_, name](row))
                found.append(plain)
    return repr(found)


def test_every_sealed_column_of_the_store_is_searched():
    sealed = {
        (mapper.class_, column.key)
        for mapper in SQLModel._sa_registry.mappers
        for column in mapper.columns
        if column.key.startswith("sealed_")
    }
    assert sealed == set(contexts())


def release_texts(context):
    """Return each part of each release, opened."""
    with reading(context.store) as session:
        releases = session.exec(select(Release)).all()
    for release in releases:
        yield "receipt", receipt_text(context, release.partner, release.id)
        yield "manifest", open_manifest(context, release).decode()
        if release.extract_id is None:
            continue  # its content is a sealed column
        folder, unwrap = folder_of(context, release.extract_id), context.keys.content_key_unwrap
        key = unwrap(release.sealed_content_key, f"release:{release.id}:content")
        for part in (CONTENT, CODEBOOK):
            with SealedReader(folder / part, part_key(key, part)) as reader:
                yield part, reader.read().decode()
        classes_key = unwrap(release.sealed_classes_key, f"release:{release.id}:classes")
        yield CLASSES, repr(read_classes(folder / CLASSES, classes_key).to_pylist())


def test_plants_are_in_the_vault_alone_and_the_control_where_it_was_released(taken):
    with open_world(taken, FixedClock(NOON)) as world:
        context = world.context
        store = found_in(store_text(context))
        released = {}
        for part, text in release_texts(context):
            released[part] = released.get(part, set()) | found_in(text)
    home, keys = context.home, Keys.open(context.home)
    assert found_in(decrypted_vault(home, keys)) == set(PLANTS.values())
    assert found_in(decrypted_lake(home, keys)) == {CONTROL, MISPLACED}
    assert store == {CONTROL}  # a declared code, so the declaration has it
    assert {part for part, found in released.items() if found} == {CONTENT, CODEBOOK}
    assert released[CONTENT] == released[CODEBOOK] == {CONTROL}
    jobs = sqlite3.connect(home.jobs_file)
    dump = "\n".join(jobs.iterdump())
    jobs.close()
    assert "ext_" in dump
    assert found_in(dump) == set()


def test_no_file_of_the_home_or_beside_it_holds_a_plant_in_the_clear(taken):
    seen = 0
    for path in itertools.chain(taken.rglob("*"), taken.parent.glob("*")):
        if path.is_file():
            raw = path.read_bytes()
            seen += 1
            assert found_in(raw.decode("latin-1")) <= {CONTROL}, path
            assert not found_in(raw.decode("utf-16-le", "ignore")), path
    assert seen > 12


def test_control_a_search_of_files_sees_a_plant_that_is_there(taken, tmp_path):
    careless = tmp_path / "careless.json"
    careless.write_text(json.dumps(PLANTS))
    assert found_in(careless.read_bytes().decode("latin-1")) == set(PLANTS.values())
