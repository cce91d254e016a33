"""What is watched over a whole history: the log, and every extract's way."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from gateway.extracts import view_extract
from tests.properties.history import evidence
from tests.properties.history.asking import Permitted, decide
from tests.properties.history.protection import Made, may_be_impossible, select
from tests.properties.history.releases import Released, judge, still_holds
from tests.properties.history.trees import commitment, read_note, root_of

if TYPE_CHECKING:
    from gateway.context import Context
    from tests.properties.history.declarations import Request
    from tests.properties.history.world import World

DOWNLOAD_DAYS = 30
WAYS = {
    "queued": {"running", "refused"},
    "running": {"in_review", "settled", "refused"},
    "in_review": {"settled", "refused"},
    "settled": {"ready"},
    "ready": {"expired"},
    "refused": set(),
    "expired": set(),
}
LIVE = ("queued", "running", "in_review", "settled", "ready")


@dataclass
class LogWatch:
    """The log as it was seen so far: whatever was signed once must stay true."""

    signed: dict[int, bytes] = field(default_factory=dict)
    notes: set[bytes] = field(default_factory=set)
    beside: int = 0

    def check(self, context: Context) -> None:
        found = evidence.leaves(context)
        for leaf in found:
            assert leaf.leaf == commitment(leaf.salt, leaf.entry)
        *_, beside = notes = evidence.checkpoints(context)
        for note in set(notes) - self.notes:
            head = read_note(note, context.log.vkey)
            assert self.signed.setdefault(head.size, head.root) == head.root, "a fork"
            self.notes.add(note)
        for size, root in self.signed.items():
            assert root_of([leaf.leaf for leaf in found[:size]]) == root
            assert size <= len(found), "the log is shorter than it signed"
        size = read_note(beside, context.log.vkey).size
        assert size >= self.beside, "the checkpoint beside the home went back"
        self.beside = size
        _check_releases(context, found)


def _check_releases(context: Context, found: list[evidence.Leaf]) -> None:
    """Every release has one entry and no entry is without its release."""
    entries = Counter(leaf.told["id"] for leaf in found if leaf.told["type"] == "release")
    rows = evidence.ask_store(context, "SELECT id, entry_index FROM release")
    assert entries == Counter(name for name, _ in rows), "releases and entries differ"
    assert all(found[index].told["id"] == name for name, index in rows)


@dataclass(frozen=True)
class Asked:
    """An extract on its way, and what the oracle knows of it."""

    id: str
    request: Request
    permitted: Permitted
    asked: Made
    state: str = "queued"
    made: Made | None = None
    until: date = date.min
    released: Released | None = None

    def is_same(self, permitted: Permitted, request: Request, world: World) -> bool:
        return self.state in LIVE and self.is_like(permitted, request, world)

    def is_like(self, permitted: Permitted, request: Request, world: World) -> bool:
        mine = (self.permitted.identity, self.request.format, self.asked.world.sequence)
        return mine == (permitted.identity, request.format, world.sequence)

    def is_covered(self, world: World, today: date) -> bool:
        """Whether its agreement is in force for it, and it would be permitted today."""
        agreements = world.partners[self.permitted.partner].agreements
        mine = [a for a in agreements if a.name == self.permitted.agreement.name]
        in_force = any(self.request.purpose in a.purposes and a.in_force(today) for a in mine)
        as_made = replace(self.request, columns=frozenset(self.permitted.columns))
        decision = decide(world, self.permitted.partner, as_made, today)
        return in_force and isinstance(decision, Permitted)

    def has_ended(self, world: World, today: date) -> bool:
        """Whether its download must have ended: by time, by other rules, or by somebody in it."""
        assert self.released is not None
        if today > self.until or self.permitted.is_ruled_otherwise(world):
            return True
        return not still_holds(self.permitted, self.released, world, today)

    def may_end(self, world: World, today: date) -> bool:
        """Whether ending is safe: a consent that was looked at has ended, or was prolonged."""
        assert self.released is not None
        if self.permitted.may_be_ruled_otherwise(world):
            return True
        return self.released.may_end is not None and today >= self.released.may_end

    @property
    def view(self) -> tuple[Any, ...]:
        """What its partner sees, format aside."""
        assert self.released is not None
        people = {(person, r.giver, r.key) for person, r in self.released.people}
        return (self.permitted.identity, self.asked.world.sequence, self.released.levels, people)


@dataclass
class ExtractWatch:
    """Every extract there ever was, and every view that its partner may hold."""

    known: dict[str, Asked] = field(default_factory=dict)
    held: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)

    def follow(self, context: Context, world: World, today: date, coming: Asked | None) -> None:
        """Look where every extract is now, and whether it may be there."""
        rows = evidence.extracts(context)
        assert self.known.keys() <= rows.keys()
        for row in rows.values():
            if row.id not in self.known:
                assert coming is not None, "an extract that nobody asked for"
                assert row.partner == coming.permitted.partner
                self.known[row.id] = replace(coming, id=row.id)
            self._step(context, row, world, today)

    def refused_again(
        self, context: Context, permitted: Permitted, request: Request, world: World, today: date
    ) -> str | None:
        """The extract whose refusal of today this is: nothing was safe, and no terms are newer."""
        (newest,) = evidence.ask_store(context, "SELECT max(declared_at) FROM partner")
        asked = dict(evidence.ask_store(context, "SELECT id, requested_at FROM extract"))
        for one in self.known.values():
            like = one.state == "refused" and one.is_like(permitted, request, world)
            if like and one.asked.day == today and newest[0] < asked[one.id]:
                (reason,) = view_extract(context, permitted.partner, one.id).reasons
                if reason.rule == "nothing-safe":
                    return one.id
        return None

    def _step(self, context: Context, row: evidence.Row, world: World, today: date) -> None:
        before = self.known[row.id]
        now = replace(before, state=row.state)
        if now.made is None and (row.is_made or row.state == "refused"):
            as_then = replace(world, records=now.asked.world.records, said=now.asked.world.said)
            now = replace(now, made=Made(today, as_then, now.asked.ranks))
        if row.state != before.state:
            assert row.state in _reachable(before.state), (before.state, row.state)
            now = self._arrive(context, now, before.state, world, today)
        self.known[row.id] = now

    def _arrive(
        self, context: Context, now: Asked, before: str, world: World, today: date
    ) -> Asked:
        if now.state in ("settled", "ready") and before not in ("settled", "ready"):
            now = replace(now, until=_settled_until(now, world, today))
        if now.state == "ready":
            now = self._become_ready(context, now)
        if now.state == "expired":
            assert now.has_ended(world, today) or now.may_end(world, today), "ended too early"
        if now.state == "refused":
            _check_refused(context, now, world, today)
        return now

    def _become_ready(self, context: Context, now: Asked) -> Asked:
        assert now.made is not None
        released = judge(context, now.id, now.permitted, now.made)
        now = replace(now, released=released)
        votes = evidence.votes(context, now.id)
        approving = {officer for officer, verdict in votes if verdict == "approve"}
        assert {vote["officer"] for vote in released.manifest["approvals"]} == approving
        views = self.held.setdefault(now.permitted.partner, [])
        is_second = any(view != now.view for view in views)
        knows = any(key[0] == now.permitted.partner for key in now.asked.world.records)
        needed = max(now.permitted.policy.review, is_second or knows)
        assert len(approving) >= needed, "it was not approved"
        views.append(now.view)
        return now


def _reachable(state: str) -> set[str]:
    """The states that one step of a worker, or a start after a kill, can lead to."""
    found = set(WAYS[state])
    for _ in WAYS:
        found |= {further for reached in found for further in WAYS[reached]}
    return found - {"expired"} if state != "ready" else found


def _settled_until(now: Asked, world: World, today: date) -> date:
    """The last day of the download; settling needs the permission of that very day."""
    permitted = decide(world, now.permitted.partner, now.request, today)
    same = isinstance(permitted, Permitted) and permitted.identity == now.permitted.identity
    assert same, "it is not permitted as it was any more"
    return min(today + timedelta(days=DOWNLOAD_DAYS), permitted.agreement.ends)


def _check_refused(context: Context, now: Asked, world: World, today: date) -> None:
    """A refusal has its reason, and its entry."""
    entries = Counter(
        (leaf.told["type"], leaf.told.get("state"))
        for leaf in evidence.leaves(context)
        if leaf.told["id"] == now.id
    )
    (reason,) = view_extract(context, now.permitted.partner, now.id).reasons
    if reason.rule == "review-refused":
        assert "refuse" in {verdict for _, verdict in evidence.votes(context, now.id)}
        assert entries["review", "refuse"] == 1
        return
    assert entries["refusal", None] == 1
    if reason.rule == "nothing-safe":
        assert now.made is not None
        assert may_be_impossible(now.permitted, select(now.permitted, now.made))
        return
    assert reason.rule == "permission-ended"
    permitted = decide(world, now.permitted.partner, now.request, today)
    same = isinstance(permitted, Permitted) and permitted.identity == now.permitted.identity
    assert not same, "it was permitted"
