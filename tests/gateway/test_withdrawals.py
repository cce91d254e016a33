"""Taking back what one gave: at once, whole, one's own alone."""

from __future__ import annotations

import pyarrow as pa
import pytest
from sqlmodel import select

from anonymizers.pseudonyms import roots
from gateway.audit_check import check_everything
from gateway.errors import (
    ConflictError,
    ExpiredError,
    InvalidRequestError,
    LakeError,
    NotFoundError,
)
from gateway.housekeeping import keep_house
from gateway.reviews import approve
from gateway.store.engine import reading, writing
from gateway.store.tables import Submission, Withdrawal
from gateway.withdrawal_decisions import list_withdrawals, show_withdrawal
from gateway.withdrawals import finish_withdrawals, list_own, view_withdrawal, withdraw
from tests.sent_files import Sent
from tests.small_homes import as_csv, person

OWN = range(51, 59)
VALUE = "person-55"


@pytest.fixture
def giving(world):
    """A home in which a contributor gave eight people's records, in two submissions."""
    world.contributor("giver")
    world.contributor("oak")
    world.load([person(number) for number in OWN if number < 55], contributor="giver")
    world.load([person(number) for number in OWN if number >= 55], contributor="giver")
    return world


def take(world, giver="giver", **named):
    return withdraw(world.context, giver, {"dataset": "cases", **named})


def take_person(world, value=VALUE, giver="giver", domain="person"):
    return take(world, giver, person={"domain": domain, "value": value})


def count(world):
    return world.context.lake.count("cases")[0]


def row_of(world, withdrawal):
    with reading(world.context.store) as session:
        return session.get_one(Withdrawal, withdrawal.id)


def states(world):
    with reading(world.context.store) as session:
        own = select(Submission.state).where(Submission.contributor == "giver")
        return sorted(session.exec(own))


def ranks_of(world, value):
    with world.context.lake.cursor() as cursor:
        root = person_root(world, value)
        found = cursor.execute(
            "SELECT weir_rank FROM lake.main.cases WHERE weir_person = ? ORDER BY 1", [root]
        ).fetchall()
    return [rank for (rank,) in found]


def person_root(world, value):
    import pyarrow as pa

    from anonymizers.pseudonyms import roots

    return roots(pa.array([value]), world.context.keys.domain("person"))[0].as_py()


def test_a_person_is_gone_at_once_from_downloads_and_the_next_release(giving):
    made = giving.extract("harbor")
    assert giving.table("harbor", made.id).num_rows == 48
    view = take_person(giving)
    assert (view.state, view.records, view.kind) == ("withdrawn", 1, "person")
    assert giving.state(made.id) == "expired"
    with pytest.raises(ExpiredError):
        giving.content("harbor", made.id)
    assert len(giving.rows("lantern")) == 47
    assert check_everything(giving.context)["broken"] == []


def test_it_is_an_entry_that_names_nobody(giving):
    view = take_person(giving)
    (entry,) = giving.entries("withdrawal")
    facts = {name: entry[name] for name in ("id", "dataset", "contributor", "names", "state")}
    assert facts == {
        "id": view.id,
        "dataset": "cases",
        "contributor": "giver",
        "names": "person",
        "state": "withdrawn",
    }
    assert VALUE not in str(entry)


@pytest.mark.parametrize("spelled", ["PERSON-55", "  person-55 ", "\uff50erson-55"])
def test_a_person_is_found_by_any_spelling(giving, spelled):
    assert take_person(giving, spelled).records == 1


def test_a_person_is_found_by_another_identifier(giving):
    assert take_person(giving, "(202) 555-0055", domain="phone").records == 1
    giving.load([person(55, consent="")], contributor="giver", again=True)
    assert count(giving) == 48
    assert len(giving.rows("harbor")) == 47  # what the person said stays said


def test_a_record_is_found_by_its_key(giving):
    assert take(giving, record_key={"case_id": "CASE-55"}).records == 1
    assert take(giving, record_key={"case_id": "case-1"}).records == 0  # the operator's
    assert count(giving) == 47


def test_a_submission_is_withdrawn_whole(giving):
    with reading(giving.context.store) as session:
        own = select(Submission).where(Submission.contributor == "giver")
        first = session.exec(own.order_by(Submission.sequence)).first()
    assert take(giving, submission=first.id).records == 4
    assert states(giving) == ["accepted", "withdrawn"]
    for other in ("sub_" + "0" * 20, "nonsense"):
        with pytest.raises(NotFoundError):
            take(giving, submission=other)
    with pytest.raises(NotFoundError):
        take(giving, "oak", submission=first.id)


def test_everything_of_a_contributor_goes_and_nothing_of_others(giving):
    giving.load([person(70)], contributor="oak")
    assert take(giving, contributor=True).records == 8
    assert states(giving) == ["withdrawn", "withdrawn"]
    assert count(giving) == 41
    giving.load([person(number) for number in OWN], contributor="giver")
    assert count(giving) == 49


def test_a_submission_that_waits_for_decisions_is_withdrawn_with_everything(giving):
    with writing(giving.context.store) as session:
        own = select(Submission).where(Submission.contributor == "giver")
        waiting = session.exec(own.order_by(Submission.sequence)).first()
        waiting.state, waiting.sealed_pending = "needs_decision", b"sealed"
        session.add(waiting)
    take_person(giving)
    assert states(giving) == ["accepted", "needs_decision"]
    take(giving, contributor=True)
    assert states(giving) == ["withdrawn", "withdrawn"]
    with reading(giving.context.store) as session:
        assert session.get_one(Submission, waiting.id).sealed_pending is None


def test_a_part_leaves_its_submission_accepted(giving):
    take_person(giving)
    assert states(giving) == ["accepted", "accepted"]


def test_the_operator_takes_back_its_own_alone(giving):
    assert take(giving, "", person={"domain": "person", "value": "person-1"}).records == 1
    assert take(giving, "", person={"domain": "person", "value": VALUE}).records == 0
    assert count(giving) == 47


def test_only_own_records_go_and_ranks_close_their_gaps(giving):
    giving.load([person(80, person_id=VALUE)], contributor="oak")
    giving.load([person(81, person_id=VALUE)])
    assert ranks_of(giving, VALUE) == [1, 2, 3]
    take_person(giving)
    assert ranks_of(giving, VALUE) == [1, 2]


def test_without_new_consent_nobody_comes_back(giving):
    take_person(giving)
    giving.load([person(55, consent="", case_id="again")], contributor="giver", again=True)
    assert len(giving.rows("harbor")) == 47
    giving.load([person(55, case_id="anew")], contributor="giver", again=True)
    assert len(giving.rows("lantern")) == 48


def test_a_load_that_came_later_is_not_taken_back(giving):
    """An ordinal decides, not the moment in which the lake is reached."""
    taking = take(giving, contributor=True)
    giving.load([person(55)], contributor="giver")
    with writing(giving.context.store) as session:
        row = session.get_one(Withdrawal, taking.id)
        row.state, row.followed_at = "received", None
        session.add(row)
    finish_withdrawals(giving.context)
    assert count(giving) == 41


def test_the_vault_is_emptied_of_what_nobody_needs(giving):
    giving.load([person(82, person_id="person-54")], contributor="oak")
    for value in (VALUE, "person-54"):
        take_person(giving, value)
    with giving.context.vault.opened() as vault:
        assert vault.value_of("person", person_root(giving, VALUE)) is None
        assert vault.value_of("person", person_root(giving, "person-54")) == "person-54"
        texts = vault._connection.execute("SELECT value FROM vault.texts").fetchall()
    assert not {("what person 54 said",), ("what person 55 said",)} & {*texts}


def test_a_load_keeps_the_vault_until_housekeeping(giving):
    with giving.context.vault.opened() as vault:
        view = take_person(giving)
        assert row_of(giving, view).followed_at is None
        assert vault.value_of("person", person_root(giving, VALUE)) == VALUE
    keep_house(giving.context)
    assert row_of(giving, view).followed_at is not None
    with giving.context.vault.opened() as vault:
        assert vault.value_of("person", person_root(giving, VALUE)) is None


def test_one_that_is_being_loaded_is_waited_for(giving):
    with writing(giving.context.store) as session:
        row = session.exec(select(Submission).where(Submission.contributor == "giver")).first()
        row.state, row.settled_at = "received", None
        session.add(row)
    with pytest.raises(ConflictError, match="withdraw again") as waited:
        take_person(giving)
    assert [reason.rule for reason in waited.value.reasons] == ["withdrawal-while-submitting"]


@pytest.mark.parametrize(
    "named",
    [{"person": {"domain": "person", "value": VALUE}}, {"record_key": {"case_id": "case-55"}}],
)
def test_what_was_taken_back_doesn_t_come_back_with_the_next_file(giving, named):
    take(giving, **named)
    whole = [person(number) for number in OWN]
    again = giving.load(whole, contributor="giver")
    (left_out,) = again["refused"]
    assert (left_out["kind"], left_out["count"], count(giving)) == ("withdrawn-before", 1, 47)
    assert VALUE not in str(again)
    giving.load(whole, contributor="giver", again=True)
    assert count(giving) == 48


def test_bytes_are_no_repetition_where_something_of_them_was_taken_back(giving):
    file = giving.folder / "whole.csv"
    file.write_text(as_csv([person(number) for number in OWN]))
    terms = {"contributor": "giver", "again": True}
    giving.load_file(file, **terms)
    assert giving.load_file(file, **terms)["state"] == "loaded before"
    take_person(giving)
    assert giving.load_file(file, **terms)["state"] == "accepted"
    assert count(giving) == 48


def test_nobody_decides_what_is_taken_back_right_now(giving, monkeypatch):
    sent = Sent(giving, "giver")
    asked = sent.rows([person(71, phone="001 202 555 0171")])
    assert asked.state == "needs_decision"

    def busy(*_told):
        raise LakeError("somebody writes")

    with monkeypatch.context() as patched:
        patched.setattr("gateway.withdrawals.take_back", busy)
        with pytest.raises(LakeError):
            take(giving, contributor=True)
    with pytest.raises(ConflictError):
        sent.decide(asked.id, corrections="accept")
    finish_withdrawals(giving.context)
    assert (sent.view(asked.id).state, count(giving)) == ("withdrawn", 40)


def test_others_may_give_whom_somebody_took_back(giving):
    take_person(giving)
    giving.load([person(83, person_id=VALUE)], contributor="oak")
    assert count(giving) == 48


def test_nothing_of_what_was_left_out_is_in_the_vault(giving):
    take_person(giving)
    changed = person(55, case_id="case-new", phone="2025550999", narrative="said anew")
    giving.load([changed, person(59)], contributor="giver")
    with giving.context.vault.opened() as vault:
        brought = vault.brought_by(ids(giving))
        texts = vault.text_records("cases")
    assert root(giving, "person", VALUE) not in brought["person"]
    assert texts.num_rows == count(giving)


def ids(world):
    with reading(world.context.store) as session:
        return session.exec(select(Submission.id).order_by(Submission.sequence.desc())).all()[:1]


def root(world, domain, value):
    made = roots(pa.array([value]), world.context.keys.domain(domain))
    return made[0].as_py()


def test_releases_that_held_it_are_known_to_officers_alone(giving):
    made = giving.extract("harbor")
    giving.extract("lantern", columns=["age", "harm"])
    view = take_person(giving)
    shown = show_withdrawal(giving.context, view.id)
    assert made.release_id in shown["releases"]
    assert not hasattr(view, "releases")
    other = take_person(giving, "person-56")
    assert show_withdrawal(giving.context, other.id)["releases"] == sorted(shown["releases"])
    assert list_withdrawals(giving.context)["backups_to_destroy"] == []
    with pytest.raises(NotFoundError):
        show_withdrawal(giving.context, "wdr_none")


def test_an_extract_under_way_is_not_released(giving):
    asked = giving.ask("harbor")
    from gateway.corridor import make
    from gateway.releases import settle

    make(giving.context, asked.id)
    take_person(giving)
    assert settle(giving.context, asked.id) == "failed"
    assert len(giving.rows("harbor", columns=["age", "harm"])) == 47


def test_an_extract_that_waits_for_an_officer_ends(giving):
    giving.extract("harbor")
    waiting = giving.extract("harbor", columns=["age", "harm", "note"])
    assert waiting.state == "in_review"
    take_person(giving)
    assert giving.state(waiting.id) == "expired"
    with pytest.raises(ConflictError):
        approve(giving.context, waiting.id, "olivia", "fits")


def test_one_sees_ones_own_alone_page_by_page(giving):
    mine = [take_person(giving, f"person-{number}").id for number in OWN]
    theirs = take_person(giving, giver="oak")
    first, cursor = list_own(giving.context, "giver", None, 5)
    rest, end = list_own(giving.context, "giver", cursor, 5)
    assert [view.id for view in (*first, *rest)] == mine[::-1]
    assert end is None
    for giver, withdrawal in (("oak", mine[0]), ("giver", theirs.id), ("giver", "wdr_none")):
        with pytest.raises(NotFoundError):
            view_withdrawal(giving.context, giver, withdrawal)


def test_who_never_was_to_submit_finds_no_dataset(giving):
    for giver, dataset in (("harbor", "cases"), ("nobody", "cases"), ("giver", "none")):
        with pytest.raises(NotFoundError):
            withdraw(giving.context, giver, {"dataset": dataset, "contributor": True})
    for named in ({}, {"person": {"domain": "no", "value": "x"}}, {"record_key": {"age": "1"}}):
        with pytest.raises(InvalidRequestError):
            take(giving, **named)


def test_an_agreement_that_ended_lets_take_back(giving):
    giving.contributor("giver", ends="2026-06-01")
    assert take_person(giving).records == 1


def test_before_anything_was_loaded_there_is_nothing_to_take_back(giving):
    giving.declare(name="dataset: cases -> dataset: others")
    giving.contributor("giver", dataset="others")
    view = withdraw(
        giving.context,
        "giver",
        {"dataset": "others", "person": {"domain": "person", "value": VALUE}},
    )
    assert (view.state, view.records) == ("withdrawn", 0)
