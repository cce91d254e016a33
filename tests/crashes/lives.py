"""What a process does between two kills: mend, check, finish what was interrupted, ask anew."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlmodel import select

from gateway import jobs, recovery, reviews
from gateway.audit_check import check_everything
from gateway.context import open_context
from gateway.downloads import open_content
from gateway.erasing import erase_now
from gateway.errors import ConflictError, ExpiredError
from gateway.extracts import request_extract
from gateway.lake.erasing import roots_held
from gateway.lake.mending import _superseded
from gateway.store.engine import reading, writing
from gateway.store.tables import Erasure, Extract, Submission, Withdrawal
from gateway.withdrawals import withdraw
from tests.crashes import homes
from tests.crashes.kills import Kill, arm

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.context import Context

PATIENCE_SECONDS = 60.0
STEP_SECONDS = 0.02
UNFINISHED = ("queued", "running", "settled", "in_review")


def live_for_an_extract(task: Mapping[str, Any], say: Callable[..., None]) -> None:
    """Open the home, finish what was interrupted, then ask for another extract."""
    kill = Kill(**task["kill"])
    if kill.armed == "start":
        arm(kill)
    with open_context(Path(task["home"])) as opened:
        say(broken=[*check_everything(opened)["broken"], *_readable_too_soon(opened)])
        with jobs.running_jobs(opened) as context:
            say(went_on=finish_all(context))
            if kill.armed == "request":
                arm(kill)
            asked = request_extract(context, task["partner"], task["request"])
            say(asked=asked.id)
            finish_all(context)


def finish_all(context: Context) -> dict[str, str]:
    """Wait until everything that was asked for is ready; approve what waits for an officer."""
    begun = _unfinished(context)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while waiting := _unfinished(context):
        for extract_id, state in waiting.items():
            if state == "in_review":
                reviews.approve(context, extract_id, homes.OFFICER, "no overlap that matters")
        assert time.monotonic() < deadline, f"these don't go on: {waiting}"
        time.sleep(STEP_SECONDS)
    with reading(context.store) as session:
        return {extract_id: session.get_one(Extract, extract_id).state for extract_id in begun}


def _unfinished(context: Context) -> dict[str, str]:
    with reading(context.store) as session:
        rows = session.exec(select(Extract.id, Extract.state)).all()
    return {extract_id: state for extract_id, state in rows if state in UNFINISHED}


def _readable_too_soon(context: Context) -> list[str]:
    """Try to download what isn't ready."""
    with reading(context.store) as session:
        rows = session.exec(select(Extract).where(Extract.state != "ready")).all()
    broken = []
    for row in rows:
        try:
            open_content(context, row.partner, row.id)
        except (ConflictError, ExpiredError):
            continue
        broken.append(f"{row.id} is {row.state} and can be downloaded")
    return broken


def live_for_a_load(task: Mapping[str, Any], say: Callable[..., None]) -> None:
    """Open the home, load again what was interrupted, then load another file."""
    kill = Kill(**task["kill"])
    with open_context(Path(task["home"])) as context:
        say(broken=[*check_everything(context)["broken"], *_half_loaded(context)])
        for file in task["before"]:
            say(again=homes.load(context, Path(file))["state"])
        say(broken=_half_loaded(context))
        arm(kill)
        homes.load(context, Path(task["file"]))


def _half_loaded(context: Context) -> list[str]:
    """Compare what store, lake and vault hold of each submission."""
    with reading(context.store) as session:
        states = dict(session.exec(select(Submission.id, Submission.state)).all())
    accepted = {name for name, state in states.items() if state == "accepted"}
    table = f"lake.{homes.DATASET.replace('-', '_')}"
    with context.lake.cursor() as cursor:
        query = f"SELECT weir_submission, count(*) FROM {table} GROUP BY 1"
        records = dict(cursor.execute(query).fetchall())
    with context.vault.opened() as vault:
        stale = _superseded(context.lake, vault, homes.DATASET)
        held = {
            table: {row[0] for row in vault._connection.execute(query).fetchall()}
            for table in ("settled", "identifiers", "texts")
            for query in (f"SELECT submission FROM vault.{table}",)
        }
    found = {
        "the vault holds replaced texts of": set(stale.to_pylist()),
        "the store still receives": {name for name, state in states.items() if state == "received"},
        "the lake and the store differ on": accepted ^ set(records),
        "the lake's book and its records differ on": context.lake.committed_submissions()
        ^ set(records),
        "the vault's book and the lake differ on": held["settled"] ^ set(records),
        "the vault holds identifiers of": held["identifiers"] - accepted,
        "the vault holds texts of": held["texts"] - accepted,
        "the vault lacks identifiers of": accepted - held["identifiers"],
    }
    return [f"{what} {sorted(which)}" for what, which in found.items() if which]


def live_for_a_withdrawal(task: Mapping[str, Any], say: Callable[..., None]) -> None:
    """Open the home, look at what was interrupted, then withdraw somebody, and erase."""
    kill = Kill(**task["kill"])
    with open_context(Path(task["home"])) as context:
        say(broken=[*check_everything(context)["broken"], *_half_withdrawn(context, task)])
        arm(kill)
        person = {"domain": "person", "value": task["value"]}
        withdraw(context, "", {"dataset": homes.DATASET, "person": person})
        erase_now(context, lambda _text, _share: None)


def _half_withdrawn(context: Context, task: Mapping[str, Any]) -> list[str]:
    """Compare what the store says of withdrawals with whom lake and vault still hold."""
    before = task["before"]
    keys = homes.person_roots(context, before)
    held = roots_held(context.lake, {homes.DATASET: ["weir_person", "person_id"]}, keys)
    with context.vault.opened() as vault:
        kept = {root for root in keys if vault.value_of("person", root) is not None}
    with reading(context.store) as session:
        rows = session.exec(select(Withdrawal)).all()
        erasing = [run for run in session.exec(select(Erasure)) if run.done_at is None]
    found = {
        "withdrawals aren't finished": [row.id for row in rows if row.followed_at is None],
        "the lake and the vault differ on": [root.hex() for root in held ^ kept],
        "runs are open": [run.id for run in erasing],
        "the store and the lake differ by": [*range(abs(len(before) - len(held) - len(rows)))],
    }
    return [f"{what} {which}" for what, which in found.items() if which]


def live_in_the_wrong_order(task: Mapping[str, Any], say: Callable[..., None]) -> None:
    """Do as `live_for_an_extract`, with the order of the corridor turned round."""
    {"ready first": _ready_first, "bytes before the checkpoint": _bytes_first}[task["order"]]()
    live_for_an_extract(task, say)


def _ready_first() -> None:
    """Let the extract be ready before the transaction that settles it."""
    settle = jobs.settle

    def wrong(context: Context, extract_id: str) -> str:
        _set_state(context, extract_id, "ready")
        interrupt()
        _set_state(context, extract_id, "running")
        return settle(context, extract_id)

    jobs.settle = wrong


def _bytes_first() -> None:
    """Let the bytes be read before a signed checkpoint covers their entry."""

    def wrong(context: Context, extract_id: str) -> None:
        with writing(context.store) as session:
            extract = session.get_one(Extract, extract_id)
            if extract.state == "settled":
                extract.state = "ready"
                session.add(extract)
        interrupt()
        context.log.sign()

    jobs.publish = recovery.publish = wrong


def _set_state(context: Context, extract_id: str, state: str) -> None:
    with writing(context.store) as session:
        extract = session.get_one(Extract, extract_id)
        extract.state = state
        session.add(extract)


def interrupt() -> None:
    """Stand between the two halves of a wrong order, so that a kill can be placed there."""


LIVES = {
    "extract": live_for_an_extract,
    "load": live_for_a_load,
    "withdrawal": live_for_a_withdrawal,
    "wrong order": live_in_the_wrong_order,
}
