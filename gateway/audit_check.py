"""`weir audit check`: derive log, declarations and releases again, and say what is off.

Nothing stored is believed that can be derived. Whatever a damaged row does to its reader is a
finding, never an end of the check.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlmodel import col, select

from gateway.budget_check import check_budgets
from gateway.declaration_check import check_declarations
from gateway.errors import WeirError
from gateway.failures import describe_failure
from gateway.linkage.acts import check_acts
from gateway.release_check import check_releases
from gateway.store.engine import reading
from gateway.store.tables import LogCheckpoint, LogHead, LogLeaf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.context import Context

_SHOWN = 20


def check_everything(context: Context) -> dict[str, Any]:
    """Check the whole log, what was declared, every release with its bytes, and every budget.

    Guarantee: where nothing is broken, every entry is the one that its leaf commits to and that
    the checkpoints sign (the one beside the home included), every declaration is the one last
    logged, every release has its entry, its manifest, its bytes and its ledger, every budget
    holds what was charged to it, and every act on a link is an entry.

    Does not protect: against whoever holds the keys and rewrites log, checkpoints and the file
    beside the home together; compare with checkpoints that others keep.

    Returns:
        Counts, the size under the newest checkpoint, and `broken`: what doesn't hold, as
        sentences; empty where all is whole.
    """
    found = _check_once(context)
    if found["broken"]:
        # A change under way may look like damage for a moment; damage is there again.
        again = _check_once(context)
        still = {*again["broken"]}
        found = {**again, "broken": [said for said in found["broken"] if said in still]}
    return {**found, "broken": _first(found["broken"])}


def _check_once(context: Context) -> dict[str, Any]:
    broken: list[str] = []

    def gather(what: str, check: Callable[[], Any]) -> Any:
        try:
            return check()
        except (WeirError, OSError) as error:
            broken.append(f"{what}: {error}")
        except Exception as error:  # noqa: BLE001 - a damaged row may do anything to its reader
            broken.append(f"{what} can't be read ({describe_failure(error)})")
        return None

    gather("the store", lambda: broken.extend(_check_store(context)))
    report = gather("the log", context.log.check)
    if report is not None and report.first_break is not None:
        where = "" if report.first_break.index is None else f"entry {report.first_break.index}: "
        broken.append(f"{where}{report.first_break.message}")
    gather("the log's index", lambda: broken.extend(_check_index(context)))
    declared = released = 0
    entries = gather("the log's entries", context.log.entries)
    if entries is not None:  # without them there is nothing to compare with
        declared = gather("what is declared", lambda: check_declarations(context, entries, broken))
        released = gather("the releases", lambda: check_releases(context, entries, broken))
        gather("the budgets", lambda: check_budgets(context, entries, broken))
        gather("acts on links", lambda: check_acts(context, entries, broken))
    return {
        "entries": 0 if report is None else report.size,
        "declarations": declared or 0,
        "releases": released or 0,
        "checkpoint_size": gather("the checkpoints", lambda: _last_signed(context)) or 0,
        "broken": broken,
    }


def _first(broken: list[str]) -> list[str]:
    """Leave out what is said twice, and the tail of a long list."""
    once = list(dict.fromkeys(broken))
    more = len(once) - _SHOWN
    return [*once[:_SHOWN], f"and {more:,} more"] if more > 0 else once


def _check_store(context: Context) -> Iterator[str]:
    """Let SQLite look through its own pages."""
    if context.store.dialect.name != "sqlite":
        return
    with context.store.connect() as connection:
        for (said,) in connection.execute(text("PRAGMA integrity_check(3)")):
            if said != "ok":
                yield f"the store's file is damaged: {said}"


def _check_index(context: Context) -> Iterator[str]:
    """What entries are found by must be what they say, and none may be missing at the end."""
    entries = {entry["index"]: entry for entry in context.log.entries()}
    with reading(context.store) as session:
        size = session.exec(select(LogHead.size)).first() or 0
        rows = session.exec(
            select(LogLeaf.index, LogLeaf.type, LogLeaf.subject).order_by(col(LogLeaf.index)),
        ).all()
        notes = session.exec(select(LogCheckpoint.size, LogCheckpoint.note)).all()
    if len(rows) != size:
        yield f"the log's head counts {size:,} entries, there are {len(rows):,}"
    for signed, note in notes:
        if note.splitlines()[1] != str(signed):
            yield f"the checkpoint filed under {signed:,} entries is of another size"
    for index, kind, subject in rows:
        entry = entries.get(index)
        if entry is not None and (entry["type"], entry["id"]) != (kind, subject):
            yield f"entry {index} is filed as {kind} {subject}, which isn't what it says"


def _last_signed(context: Context) -> int:
    """Return how many entries the newest checkpoint of the store signs."""
    with reading(context.store) as session:
        newest = select(LogCheckpoint.size).order_by(col(LogCheckpoint.size).desc())
        return session.exec(newest).first() or 0
