"""Attack: a person who was taken back and erased waits in a file, and comes back with it.

A contributor's file waits for a decision; meanwhile it takes a person of the file back. Until the
withdrawal is erased, that person's rows are left out of what comes of the file; once it is erased
the file is gone. And what the contributor said of a name that stood where a code belongs doesn't
stay in its recipe. The controls are the same without the withdrawal.
"""

from __future__ import annotations

import pytest
from sqlmodel import select

from gateway import erasing
from gateway.erasing import erase_now
from gateway.errors import ConflictError
from gateway.idempotency import Answer, answer_once
from gateway.store.engine import reading, writing
from gateway.store.scrubbing import _HELD
from gateway.store.tables import IdempotentAnswer, RecipeRow, Submission
from gateway.submissions.deciding import decide, parse_decision
from gateway.submissions.recipes import find_recipe, save_recipe
from gateway.withdrawals import withdraw
from policies.documents.recipe import parse_recipe
from tests.sent_files import sent, shelter
from tests.small_homes import COLUMNS, as_csv, people, person

__all__ = ["sent", "shelter"]
NAME = "Plantina Quux"
PERSON = {"dataset": "cases", "person": {"domain": "person", "value": "person-55"}}
RECIPE = {"recipe": "monthly", "dataset": "cases", "columns": {name: name for name in COLUMNS}}


def silent(text, share):
    del text, share


@pytest.fixture
def waiting(world, sent):
    """A file that waits with a name where a code belongs; the person was given before."""
    save_recipe(world.context, "shelter", parse_recipe(RECIPE))
    sent.rows(people(51, 55), recipe="monthly")
    file = [*people(56, 58), person(55, case_id="anew", harm=NAME)]
    asked = sent.rows(file, recipe="monthly")
    assert (asked.state, asked.pending.undecided) == ("needs_decision", {"harm": {NAME: 1}})
    return asked.id


def count(world):
    return world.context.lake.count("cases")[1]


def test_who_was_taken_back_since_is_left_out_of_it(world, sent, waiting):
    withdraw(world.context, "shelter", PERSON)
    assert sent.decide(waiting, codes={"harm": {NAME: None}}).state == "accepted"
    assert count(world) == 40 + 4 + 3


def test_control_who_wasn_t_comes_in(world, sent, waiting):
    assert sent.decide(waiting, codes={"harm": {NAME: None}}).state == "accepted"
    assert count(world) == 40 + 5 + 3


def test_again_doesn_t_bring_back_who_was_taken_back_since(world, sent):
    sent.rows(people(51, 55))
    early = sent.receive(as_csv(people(54, 55, narrative="")).encode(), again="true")
    settled(world, early, "2026-07-01T12:00:00.000000Z")  # it would be waited for
    withdraw(world.context, "shelter", PERSON)
    settled(world, early, None)
    assert sent.check(early).state == "accepted"
    assert count(world) == 40 + 4


def settled(world, submission, moment):
    with writing(world.context.store) as session:
        row = session.get_one(Submission, submission)
        row.settled_at = moment
        session.add(row)


def test_once_erased_the_file_is_gone_with_its_key(world, sent, waiting):
    withdraw(world.context, "shelter", PERSON)
    assert erase_now(world.context, silent)["erased"] == 1
    with reading(world.context.store) as session:
        row = session.get_one(Submission, waiting)
    assert (row.state, row.sealed_upload, row.sealed_pending) == ("withdrawn", None, None)
    assert sent.folders == []
    with pytest.raises(ConflictError):
        sent.decide(waiting, go=True)
    assert count(world) == 40 + 4


def test_the_recipe_forgets_words_that_meant_nothing_and_keeps_the_others(world, sent, waiting):
    sent.decide(waiting, codes={"harm": {NAME: None}})
    sent.rows([*people(61, 64), person(65, harm="trabajo")], recipe="monthly")
    other = sent.rows([person(66, harm="N/D"), person(67, harm="lab.")], recipe="monthly")
    sent.decide(other.id, codes={"harm": {"N/D": None, "lab.": "Labour"}})
    assert NAME in find_recipe(world.context, "shelter", "monthly").document.columns["harm"].codes
    withdraw(world.context, "shelter", PERSON)
    erase_now(world.context, silent)
    kept = find_recipe(world.context, "shelter", "monthly").document.columns["harm"].codes
    assert kept == {"N/D": None, "lab.": "Labour"}
    cipher = world.context.keys.store_cipher()
    with reading(world.context.store) as session:
        rows = session.exec(select(RecipeRow)).all()
    plain = [cipher.open(row.sealed_document, f"recipe:{row.id}:document") for row in rows]
    assert len(plain) >= 3
    assert not any(NAME.encode() in one for one in plain)


def test_what_a_dry_run_showed_is_gone_too(world, sent):
    save_recipe(world.context, "shelter", parse_recipe(RECIPE))
    sent.rows(people(51, 55), recipe="monthly")
    tried = sent.rows([person(55, harm=NAME)], recipe="monthly", dry_run="true")
    assert tried.pending.undecided == {"harm": {NAME: 1}}
    withdraw(world.context, "shelter", PERSON)  # a dry run is in nobody's way
    erase_now(world.context, silent)
    assert sent.view(tried.id).pending.undecided == {}


def test_words_are_forgotten_before_it_is_said_to_be_erased(world, sent, waiting, monkeypatch):
    """A kill right after that would leave them for good: nobody takes up what is erased."""
    sent.decide(waiting, codes={"harm": {NAME: None}})
    withdraw(world.context, "shelter", PERSON)
    finish, kept = erasing._finish, []

    def looked_at(*run):
        rule = find_recipe(world.context, "shelter", "monthly").document.columns["harm"]
        kept.append(NAME in rule.codes)
        finish(*run)

    monkeypatch.setattr(erasing, "_finish", looked_at)
    erase_now(world.context, silent)
    assert kept == [False]


def test_nobody_decides_while_the_vaults_are_emptied(world, sent, waiting, monkeypatch):
    withdraw(world.context, "shelter", PERSON)
    emptied = erasing._empty_vaults

    def decided(*run):
        with pytest.raises(ConflictError):
            sent.decide(waiting, go=True)
        return emptied(*run)

    monkeypatch.setattr(erasing, "_empty_vaults", decided)
    assert erase_now(world.context, silent)["erased"] == 1


def test_answers_that_are_kept_for_a_repetition_go_too(world, sent, waiting):
    told = Answer(202, (), f'{{"undecided": {{"harm": {{"{NAME}": 1}}}}}}'.encode())
    request = {"request": "POST /v1/submissions", "body": b"", "make": lambda: told}
    for client in ("shelter", "harbor"):
        answer_once(world.context, client=client, key="k", **request)
    withdraw(world.context, "shelter", PERSON)
    erase_now(world.context, silent)
    with reading(world.context.store) as session:
        assert session.exec(select(IdempotentAnswer.client)).all() == ["harbor"]


def test_an_answer_to_a_decision_shows_no_cells_any_more(world, sent):
    rows = [person(51, phone="001 202 555 0151"), person(52)]
    asked = sent.rows(rows)
    assert asked.pending.corrections
    told = parse_decision({"corrections": "leave"})
    decide(world.context, "shelter", asked.id, told)
    assert sent.view(asked.id).pending.corrections == ()


def test_postgresql_writes_every_table_anew_that_held_any_of_it():
    assert {"recipe_version", "idempotent_answer", "submission", "withdrawal"} <= {*_HELD}
