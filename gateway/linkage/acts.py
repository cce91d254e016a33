"""Acts of officers on links: confirm, refuse, undo; each is a row of the lake and an entry.

The row comes first: whether an act counts is decided by the lake alone. A crash before the entry
is mended at the next start, and `weir audit check` misses it until then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlmodel import select

from gateway.errors import ConflictError, NotFoundError
from gateway.identifiers import new_id
from gateway.lake.links import Kind, Run, append_word, read_pair, read_pairs
from gateway.lake.people import Pair, would_meet
from gateway.lake.tables import LINKS
from gateway.linkage.domains import people_of
from gateway.officers import check_named
from gateway.store.engine import reading, writing
from gateway.store.tables import LogLeaf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import duckdb

    from gateway.context import Context

Verdict = Literal["confirmed", "refused", "undone"]
_COMMANDS = {"confirmed": "confirm", "refused": "refuse", "undone": "undo"}


@dataclass(frozen=True)
class Act:
    """What an officer says of one pair, and why."""

    link: str
    verdict: Verdict
    officer: str
    reason: str


def decide_link(context: Context, act: Act) -> dict[str, Any]:
    """Let an officer's word on a pair count, at once for all datasets that share its people.

    Raises:
        NotFoundError: no such link.
        ConflictError: there is nothing to decide, or two people told apart would become one.
    """
    check_named(act.officer)
    if not act.reason.strip():
        raise ConflictError("say why (--reason TEXT); it is kept with the decision")
    pair = find_link(context, act.link)
    dataset = min(pair["datasets"])
    people = people_of(context, dataset)
    run = Run(
        new_id("act"), context.clock.timestamp(), people.domain, dataset, act.officer, act.reason
    )
    people.relinking.change("links", lambda cursor: _say(cursor, run, act))
    enter_act(context, run.id, act.link, act.verdict, act.officer)
    return {"id": act.link, "state": find_link(context, act.link)["state"]}


def find_link(context: Context, link: str) -> dict[str, Any]:
    """Return a pair as `links.read_pair` does.

    Raises:
        NotFoundError: no such link.
    """
    with context.lake.cursor() as cursor:
        pair = read_pair(cursor, link)
    if pair is None:
        raise NotFoundError(f"no link {link!r}; see `weir link list DATASET`")
    return pair


def _say(cursor: duckdb.DuckDBPyConnection, run: Run, act: Act) -> None:
    """Append the word, as the pair is in this transaction: others may have spoken meanwhile."""
    pair = read_pair(cursor, act.link)
    assert pair is not None  # noqa: S101 - rows are never deleted
    kind = _word(act.verdict, pair)
    if kind is None:
        raise ConflictError(
            f"{act.link} is {pair['state']}: there is nothing to {_COMMANDS[act.verdict]}"
        )
    if kind == "confirmed" and act.verdict == "confirmed":
        _check_apart(cursor, run.domain, pair)
    append_word(cursor, run, act.link, kind, undone=act.verdict == "undone")


def _word(verdict: Verdict, pair: Mapping[str, Any]) -> Kind | None:
    """Return the kind of the row that says it; None where it can't be said now."""
    state, last = pair["state"], pair["word"]
    match verdict, state:
        case "confirmed", "open" | "apart":
            return "confirmed"
        case "refused", "open":
            return "refused"
        case "undone", "deterministic":
            return "deterministic"
        case "undone", "confirmed":
            return "confirmed"
        case "undone", "apart" if last == "refused":
            return "refused"
        case _:
            return None


def _check_apart(cursor: duckdb.DuckDBPyConnection, domain: str, pair: Mapping[str, Any]) -> None:
    """Refuse to make one person of two whom an officer told apart, by way of others too."""
    pairs = read_pairs(cursor, domain)
    others = tuple(one for one in pairs.apart if one.id != pair["id"])
    between = would_meet(
        type(pairs)(pairs.linked, others), Pair(pair["id"], pair["left_root"], pair["right_root"])
    )
    if between is not None:
        raise ConflictError(
            f"this would make one person of two that {between.id} tells apart; undo that first",
        )


def enter_act(context: Context, act: str, link: str, verdict: str, officer: str) -> None:
    """Append the entry of an act."""
    with writing(context.store) as session:
        context.log.append(session, "review", act, link=link, state=verdict, officer=officer)


def finish_acts(context: Context) -> int:
    """Append the entries that a crash kept from being appended; return how many."""
    missing = [*acts_without_entry(context)]
    for act, link, verdict, officer in missing:
        enter_act(context, act, link, verdict, officer)
    return len(missing)


def acts_without_entry(context: Context) -> Iterator[tuple[str, str, str, str]]:
    """Yield the acts of the lake that the log doesn't name: act, link, verdict, officer."""
    with context.lake.cursor() as cursor:
        acts = cursor.execute(
            "SELECT run, id, if(undone, 'undone', kind), officer "
            f"FROM {LINKS} WHERE officer <> '' ORDER BY sequence",
        ).fetchall()
    if not acts:
        return
    with reading(context.store) as session:
        named = frozenset(session.exec(select(LogLeaf.subject).where(LogLeaf.type == "review")))
    yield from (act for act in acts if act[0] not in named)


def check_acts(context: Context, entries: list[dict[str, Any]], broken: list[str]) -> None:
    """Check that every act is an entry, and every entry of an act is in the lake.

    Args:
        context: the open home.
        entries: of the log.
        broken: takes what doesn't hold.
    """
    with context.lake.cursor() as cursor:
        acts = {
            act: (link, verdict, officer)
            for act, link, verdict, officer in cursor.execute(
                "SELECT run, id, if(undone, 'undone', kind), officer "
                f"FROM {LINKS} WHERE officer <> ''",
            ).fetchall()
        }
    logged = {
        entry["id"]: (entry["link"], entry["state"], entry["officer"])
        for entry in entries
        if entry["type"] == "review" and "link" in entry
    }
    differing = (act for act in acts.keys() | logged.keys() if acts.get(act) != logged.get(act))
    said = "what the lake and the log say of this act on a link differs"
    broken.extend(f"{act}: {said}" for act in sorted(differing))
