from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlmodel import select

from gateway.declarations import suspend_partner
from gateway.errors import (
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    RefusedError,
    StorageFullError,
)
from gateway.lake.report import Unmapped
from gateway.store.engine import reading
from gateway.store.tables import Submission
from gateway.submissions import checking, proposing
from gateway.submissions.checking import row_of
from gateway.submissions.deciding import take_back
from gateway.submissions.proposing import Draft
from gateway.submissions.recipes import find_recipe, own_recipes
from gateway.submissions.viewing import list_submissions
from policies.documents.recipe import parse_recipe
from tests.sent_files import Sent
from tests.small_homes import as_csv, people, person

OWN = {name: name for name in ("case_id", "person_id", "age", "harm", "consent")}
RECIPE = {"recipe": "monthly", "dataset": "cases", "columns": OWN}


def people_in(world):
    return world.context.lake.count("cases")[1]


def vaulted(world):
    with world.context.vault.opened() as vault:
        query = "SELECT count(*) FROM vault.identifiers"
        return vault._connection.execute(query).fetchone()[0]


def test_what_fits_comes_into_the_lake_as_a_whole_with_its_entry(world, sent):
    view = sent.rows(people(41, 50))
    assert (view.state, view.progress) == ("accepted", 1.0)
    assert (view.report["rows_read"], view.report["accepted"]) == (10, 10)
    assert people_in(world) == 50
    entry = world.entries("submission")[-1]
    assert (entry["id"], entry["contributor"], entry["mode"]) == (view.id, "shelter", "append")


def test_parquet_is_decoded_elsewhere_and_never_lies_in_plain(world, sent):
    rows = people(41, 50)
    written = io.BytesIO()
    pq.write_table(pa.table({name: [row[name] for row in rows] for name in rows[0]}), written)
    assert sent.send(written.getvalue()).state == "accepted"
    assert people_in(world) == 50


def test_once_settled_no_key_and_no_file_is_left(world, sent):
    waiting = sent.receive(as_csv(people(41, 42)).encode())
    assert sent.folders == [waiting]
    assert row_of(world.context, waiting).sealed_upload is not None
    sent.check(waiting)
    row = row_of(world.context, waiting)
    assert (row.sealed_upload, row.sealed_pending, sent.folders) == (None, None, [])


def test_the_view_shows_nothing_that_others_move(world, sent):
    assert "snapshot" not in sent.rows(people(41, 50)).report


def test_a_dry_run_changes_nothing(world, sent):
    before = (world.context.lake.dataset_snapshot("cases"), people_in(world), vaulted(world))
    entries = len(world.entries())
    view = sent.rows([*people(41, 49), person(50, person_id="")], dry_run="true")
    assert (view.state, view.dry_run, view.progress) == ("checked", True, 1.0)
    assert (view.report["accepted"], view.report["rows_refused"]) == (9, 1)
    after = (world.context.lake.dataset_snapshot("cases"), people_in(world), vaulted(world))
    assert after == before
    assert (sent.folders, len(world.entries())) == ([], entries)
    assert sent.rows([*people(41, 49), person(50, person_id="")]).state == "accepted"


def test_a_file_that_can_not_be_read_is_refused_with_its_report_and_an_entry(world, sent):
    view = sent.send(b"")
    assert (view.state, view.report["reasons"][0]["rule"]) == ("refused", "empty-file")
    entry = world.entries("refusal")[-1]
    assert (entry["submission"], entry["rules"]) == (view.id, ["empty-file"])
    assert (people_in(world), sent.folders) == (40, [])


def test_the_same_file_twice_is_one_submission(world, sent):
    content = as_csv(people(41, 50)).encode()
    first = sent.send(content)
    again = sent.begin(content)
    assert checking_again(sent, again) == first.id
    assert sent.view(again) == sent.view(first.id)
    assert (people_in(world), sent.folders) == (50, [])
    listed, _ = list_submissions(world.context, "shelter", None, 10)
    assert [view.id for view in listed] == [first.id]


def checking_again(sent, submission_id):
    from gateway.submissions.receiving import finish_receiving

    return finish_receiving(sent.world.context, submission_id)


def test_under_other_labels_by_another_recipe_or_from_another_it_is_another(world, sent):
    content = as_csv(people(41, 50)).encode()
    first = sent.send(content)
    labelled = sent.send(content, labels='{"share_with": ["ngo"]}')
    world.contributor("haven")
    other = Sent(world, "haven").send(content)
    assert len({first.id, labelled.id, other.id}) == 3
    assert {labelled.state, other.state} == {"accepted"}
    assert row_of(world.context, labelled.id).labels == '{"share_with":["ngo"]}'


def test_replacing_takes_back_ones_own_alone(world, sent):
    world.contributor("haven")
    Sent(world, "haven").rows(people(101, 110))
    sent.rows(people(41, 50))
    assert sent.rows(people(51, 55), mode="replace").state == "accepted"
    assert people_in(world) == 40 + 10 + 5


def test_who_has_no_agreement_is_refused_and_learns_nothing_of_datasets(world, sent):
    world.partner("harbor")
    said = []
    for contributor, dataset in (("harbor", "cases"), ("shelter", "nothing")):
        with pytest.raises(RefusedError) as caught:
            Sent(world, contributor).begin(b"x", dataset=dataset)
        said.append([reason.rule for reason in caught.value.reasons])
        assert world.entries("refusal")[-1]["partner"] == contributor
    assert said == [["may-not-submit"]] * 2


def test_an_agreement_that_ends_before_the_check_ends_the_submission(world, sent):
    waiting = sent.receive(as_csv(people(41, 50)).encode())
    suspend_partner(world.context, "shelter")
    view = sent.check(waiting)
    assert (view.state, view.report["reasons"][0]["rule"]) == ("refused", "may-not-submit")
    assert people_in(world) == 40


def test_another_contributors_submission_is_not_there(world, sent):
    view = sent.rows(people(41, 42))
    world.contributor("haven")
    for contributor in ("haven", ""):
        with pytest.raises(NotFoundError):
            Sent(world, contributor).view(view.id)
    assert list_submissions(world.context, "haven", None, 10) == ([], None)
    with pytest.raises(InvalidRequestError):
        list_submissions(world.context, "haven", view.id, 10)


def test_submissions_are_listed_newest_first_page_by_page(world, sent):
    ids = [sent.rows(people(first, first)).id for first in range(41, 46)]
    seen, cursor = [], None
    while True:
        page, cursor = list_submissions(world.context, "shelter", cursor, 2)
        seen += [view.id for view in page]
        if cursor is None:
            break
    assert seen == ids[::-1]


def test_too_many_open_submissions_leave_no_room(world, sent, monkeypatch):
    from gateway.submissions import receiving

    monkeypatch.setattr(receiving, "MOST_OPEN", 2)
    monkeypatch.setattr(receiving, "MOST_OPEN_BYTES", 100)
    sent.begin(b"x" * 60)
    with pytest.raises(RefusedError, match="too-much-open"):
        sent.begin(b"x" * 41)
    sent.begin(b"x" * 40)
    with pytest.raises(RefusedError, match="too-many-submissions-open"):
        sent.begin(b"")
    world.contributor("haven")
    assert Sent(world, "haven").begin(b"x" * 100)  # another's room is its own


def test_a_cancelled_submission_leaves_nothing(world, sent):
    waiting = sent.receive(as_csv(people(41, 50)).encode())
    take_back(world.context, "shelter", waiting)
    assert sent.check(waiting).state == "cancelled"
    assert (people_in(world), sent.folders) == (40, [])
    accepted = sent.rows(people(41, 50))
    with pytest.raises(ConflictError):
        take_back(world.context, "shelter", accepted.id)


def test_what_is_cancelled_while_it_is_checked_does_not_come_in(world, sent, monkeypatch):
    waiting = sent.receive(as_csv(people(41, 50)).encode())
    questions = checking._questions

    def cancelling(*given):
        take_back(world.context, "shelter", waiting)
        return questions(*given)

    monkeypatch.setattr(checking, "_questions", cancelling)
    assert sent.check(waiting).state == "cancelled"
    assert people_in(world) == 40


def test_a_recipe_that_came_along_is_saved_and_named(world, sent):
    view = sent.rows(people(41, 42), recipe=str(RECIPE).replace("'", '"'))
    assert (view.recipe.name, view.recipe.version) == ("monthly", 1)
    assert find_recipe(world.context, "shelter", "monthly") == view.recipe
    assert own_recipes(world.context, "haven") == []
    with pytest.raises(InvalidRequestError, match="recipe-unknown"):
        sent.begin(b"x", recipe="montly")


def test_a_saved_recipe_that_the_header_fits_is_used(world, sent):
    sent.rows(people(41, 42), recipe=str(RECIPE).replace("'", '"'))
    view = sent.rows(people(43, 44))
    assert view.recipe.name == "monthly"


def unmapped(monkeypatch, *words):
    """Let the next checks find words that nobody has mapped, while a recipe lacks them."""
    from dataclasses import replace

    real = checking.ingest

    def ingest(*args, gate, **named):
        recipe = args[4].recipe
        known = recipe.columns["harm"].codes if recipe else {}
        found = tuple(Unmapped("harm", word, 3) for word in words if word not in known)
        reports = []

        def asked(report):
            reports.append(replace(report, unmapped=found))
            return gate(reports[-1])

        return real(*args, gate=asked, **named)

    monkeypatch.setattr(checking, "ingest", ingest)


def test_words_nobody_mapped_are_asked_for_once(world, sent, monkeypatch):
    unmapped(monkeypatch, "trabajo", "otro")
    view = sent.rows(people(41, 50), recipe=str(RECIPE).replace("'", '"'))
    assert (view.state, people_in(world)) == ("needs_decision", 40)
    assert view.pending.undecided == {"harm": {"trabajo": 3, "otro": 3}}
    decided = sent.decide(view.id, codes={"harm": {"trabajo": "Labour", "otro": None}})
    assert (decided.state, decided.recipe.version) == ("accepted", 2)
    assert decided.recipe.document.columns["harm"].codes == {"trabajo": "Labour", "otro": None}
    assert people_in(world) == 50
    assert row_of(world.context, view.id).sealed_pending is None
    assert sent.rows(people(51, 52), recipe="monthly").state == "accepted"


def test_going_on_without_codes_counts_them_as_unknown(world, sent, monkeypatch):
    unmapped(monkeypatch, "trabajo")
    view = sent.rows(people(41, 50), recipe=str(RECIPE).replace("'", '"'))
    assert sent.decide(view.id, go=True).state == "accepted"
    with pytest.raises(ConflictError):
        sent.decide(view.id, go=True)


def test_a_dry_run_says_what_it_would_ask_and_keeps_it_for_a_while(world, sent, monkeypatch):
    from gateway.submissions.keeping import end_overdue_submissions

    unmapped(monkeypatch, "trabajo")
    view = sent.rows(people(41, 50), recipe=str(RECIPE).replace("'", '"'), dry_run="true")
    assert (view.state, view.pending.undecided) == ("checked", {"harm": {"trabajo": 3}})
    world.clock.move(days=8)
    end_overdue_submissions(world.context)
    assert sent.view(view.id).pending.undecided == {}


def test_a_draft_waits_for_its_contributor(world, sent, monkeypatch):
    draft = Draft(parse_recipe(RECIPE), {"age": 0.7})
    monkeypatch.setattr(proposing, "draft_recipe", lambda _files, _document: draft)
    content = as_csv(people(41, 42)).replace("narrative", "relato").encode()
    view = sent.send(content)
    assert (view.state, view.pending.confidence) == ("needs_decision", {"age": 0.7})
    assert view.pending.draft["recipe"] == "monthly"
    sent.decide(view.id, go=True)
    assert find_recipe(world.context, "shelter", "monthly") is not None


def test_codes_without_a_recipe_or_for_no_column_are_refused(world, sent, monkeypatch):
    unmapped(monkeypatch, "trabajo")
    bare = sent.rows(people(41, 42))
    with pytest.raises(InvalidRequestError, match="codes-need-a-recipe"):
        sent.decide(bare.id, codes={"harm": {"trabajo": "Labour"}})
    with pytest.raises(InvalidRequestError, match="decides-nothing"):
        sent.decide(bare.id)
    view = sent.rows(people(43, 44), recipe=str(RECIPE).replace("'", '"'))
    with pytest.raises(InvalidRequestError, match="unknown-key"):
        sent.decide(view.id, codes={"harn": {"trabajo": "Labour"}})


def test_corrections_are_asked_for_unless_it_was_said_before(world, sent):
    rows = [person(41, harm="labour"), *people(42, 50)]
    view = sent.rows(rows)
    assert (view.state, people_in(world)) == ("needs_decision", 40)
    (one,) = view.pending.corrections
    assert (one["row"], one["column"], one["from"], one["to"]) == (2, "harm", "labour", "Labour")
    assert "labour" not in str(view.report)
    assert sent.decide(view.id, corrections="accept").state == "accepted"
    assert row_of(world.context, view.id).sealed_pending is None
    assert sent.rows([person(51, harm="labour")], corrections="leave").state == "accepted"
    assert sent.rows([person(52, harm="labour")], corrections="accept").state == "accepted"


def test_a_full_disk_lets_it_wait_and_a_fault_ends_it(world, sent, monkeypatch):
    def fails(error):
        def raising(*_args, **_named):
            raise error

        return raising

    waiting = sent.receive(as_csv(people(41, 50)).encode())
    monkeypatch.setattr(checking, "ingest", fails(StorageFullError("full")))
    with pytest.raises(StorageFullError):
        sent.check(waiting)
    assert (sent.view(waiting).state, sent.folders) == ("received", [waiting])
    monkeypatch.setattr(checking, "ingest", fails(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        sent.check(waiting)
    assert (sent.view(waiting).state, sent.folders) == ("failed", [])


def test_states_of_the_store_are_those_that_are_said(world, sent):
    sent.rows(people(41, 42))
    sent.rows(people(41, 42), dry_run="true")
    with reading(world.context.store) as session:
        rows = session.exec(select(Submission).where(Submission.contributor == "shelter")).all()
    assert {(row.state, row.dry_run) for row in rows} == {("accepted", False), ("checked", True)}


def test_labels_come_off_records_only_where_their_giver_says_so(world, sent):
    rows, label = people(41, 50), '{"share_with": ["government"]}'
    sent.rows(rows, labels=label)
    for fields in ({}, {"dry_run": "true"}):
        refused = sent.rows([*rows, person(51)], **fields)
        assert refused.state == "refused"
        assert [one["rule"] for one in refused.report["problems"]] == ["labels-loosened"]
    assert people_in(world) == 50
    assert sent.rows([*rows, person(51)], relabel="true").state == "accepted"


def test_bytes_sent_again_under_their_labels_are_a_submission_where_others_came_between(
    world, sent
):
    rows, label = people(41, 50), '{"share_with": ["government"]}'
    first = sent.rows(rows, labels=label)
    assert sent.rows(rows, labels=label).id == first.id
    between = sent.rows(rows, relabel="true")
    again = sent.rows(rows, labels=label)
    assert (len({first.id, between.id, again.id}), again.state) == (3, "accepted")
    assert len(world.rows("harbor")) == 40
