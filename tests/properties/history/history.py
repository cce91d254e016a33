"""One history of a home: what people do to it, and what the oracle expects of it."""

from __future__ import annotations

import contextlib
import csv
import io
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from gateway.audit_check import check_everything
from gateway.backups import back_up
from gateway.corridor import make
from gateway.declarations import (
    add_partner,
    apply_policy,
    declare_dataset,
    resume_partner,
    suspend_partner,
)
from gateway.downloads import open_content
from gateway.errors import (
    ConflictError,
    ExpiredError,
    IngestError,
    IntegrityError,
    NotFoundError,
    RefusedError,
)
from gateway.extracts import request_extract
from gateway.housekeeping import keep_house
from gateway.loading import Load, load_dataset
from gateway.releases import publish, settle
from gateway.reviews import approve, refuse
from policies.documents import parse_dataset, parse_partner, parse_policy
from tests.conftest import FixedClock
from tests.properties.history import evidence
from tests.properties.history.asking import STRANGER, Permitted, decide
from tests.properties.history.declarations import (
    COLUMNS,
    DATASET,
    Dataset,
    Partner,
    Policy,
    Request,
)
from tests.properties.history.homes import KillableHome, Killed
from tests.properties.history.protection import Made
from tests.properties.history.releases import Tokens, check_content
from tests.properties.history.watches import Asked, ExtractWatch, LogWatch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.properties.history.world import Key, World

ZONE = "America/New_York"
MORNING = datetime(2026, 6, 25, 14, 0, tzinfo=UTC)
WORK = (make, settle, publish)
YES, NO, EITHER = "must", "must not", "may"


@dataclass(frozen=True)
class Beginning:
    """Where histories begin: a home, and what the oracle knows of it."""

    template: Path
    world: World


@dataclass(frozen=True)
class Backup:
    """A backup, and what the oracle knew when it was made."""

    file: Path
    world: World
    ranks: Mapping[Key, int]
    known: Mapping[str, Asked]
    signed: int


class History:
    """A home that is worked on, and watched; every method is one step that checks itself."""

    def __init__(self, beginning: Beginning, folder: Path) -> None:
        self.clock = FixedClock(MORNING)
        self.folder = folder
        self.home = KillableHome(beginning.template, folder, self.clock)
        self.world = beginning.world
        self.ranks: Mapping[Key, int] = evidence.ranks(self.context, self.world)
        self.log, self.extracts, self.tokens = LogWatch(), ExtractWatch(), Tokens()
        self.contents: dict[str, bytes] = {}
        self.backups: list[Backup] = []
        self._coming: Asked | None = None
        self.files: list[tuple[list[dict[str, str]], str]] = []
        self.deaths = self._names = 0

    @property
    def context(self) -> Any:
        return self.home.context

    @property
    def today(self) -> date:
        return self.clock.now().astimezone(ZoneInfo(ZONE)).date()

    def end(self) -> None:
        try:
            assert check_everything(self.context)["broken"] == []
        finally:
            self.home.destroy()

    def check(self) -> None:
        """What must hold after every step."""
        found = evidence.observed(self.context)
        for name, wanted in self._looks(self.world).items():
            assert found[name] == wanted, f"{name} aren't what was said"
        self.log.check(self.context)
        self.extracts.follow(self.context, self.world, self.today, self._coming)
        self._coming = None

    def _attempt(self, act: Callable[[], Any], after: World | None = None) -> Any:
        """Act, and adopt what it leads to; if it was killed on the way, all of it or nothing.

        Returns:
            What it returned, the error it raised if that is one of Weir's answers, or Killed.
        """
        before, after = self.world, after or self.world
        try:
            with self.home.mortal():
                result = act()
        except (ConflictError, ExpiredError, IngestError, NotFoundError, RefusedError) as error:
            result = error
        except Killed:
            self.home.start_again()
            self.deaths += 1
            found = evidence.observed(self.context)
            worlds = [w for w in (before, after) if self._looks(w) == found]
            assert worlds, "a step was done by half"
            result, after = Killed, worlds[0]
        self.world = after
        return result

    def _looks(self, world: World) -> dict[str, Any]:
        return evidence.expected(world, self.context.keys)

    def _command(self, act: Callable[..., Any], *given: Any, after: World | None = None) -> Any:
        """Do what a command does: act, and sign what it logged."""

        def run() -> Any:
            result = act(self.context, *given)
            self.context.log.sign()
            return result

        return self._attempt(run, after)

    # Declarations

    def declare(self, what: Dataset | Policy | Partner) -> None:
        if isinstance(what, Dataset):
            document: Any = parse_dataset(what.text())
            self._command(declare_dataset, document, after=self.world.declaring(what))
        elif isinstance(what, Policy):
            document = parse_policy(what.text())
            self._command(apply_policy, document, after=self.world.applying(what))
        else:
            document = parse_partner(what.text())
            self._command(add_partner, document, after=self.world.adding(what))

    def suspend(self, partner: str) -> None:
        self._command(suspend_partner, partner, after=self.world.suspending(partner))

    def resume(self, partner: str) -> None:
        self._command(resume_partner, partner, after=self.world.resuming(partner))

    # Data

    def load(self, rows: list[dict[str, str]], giver: str = "", mode: str = "append") -> None:
        source = _csv(rows)
        after, answer = self._expected_load(source, giver, mode, rows)
        self.files.append((rows, giver))
        file = self.folder / f"load-{len(self.files)}.csv"
        file.write_text(source, encoding="utf-8")
        before = self.world
        load = Load(DATASET, (file,), giver, mode)
        result = self._command(load_dataset, load, _silent, after=after)
        told = result["state"] if isinstance(result, dict) else result
        assert told is Killed or told == answer or isinstance(told, answer), told
        self._learn_ranks(before, giver if mode == "replace" else None)

    def _expected_load(
        self, source: str, giver: str, mode: str, rows: list[dict[str, str]]
    ) -> tuple[World | None, Any]:
        if not self.world.may_submit(giver, self.today):
            return None, RefusedError
        if self.world.was_loaded(source, giver, mode):
            return None, "loaded before"
        after = self.world.loading(source, giver, mode, rows, self.today)
        return (None, IngestError) if after is None else (after, "accepted")

    def _learn_ranks(self, before: World, replaced: str | None) -> None:
        """Read contribution ranks; those that were there stay, and a person's are distinct."""
        found, theirs = evidence.ranks(self.context, self.world), defaultdict(list)
        for key, record in self.world.records.items():
            earlier = before.records.get(key)
            if earlier and earlier.person == record.person and record.giver != replaced:
                assert found[key] == self.ranks[key]
            theirs[record.person].append(found[key])
        for person in theirs.values():
            assert len(set(person)) == len(person)
            assert min(person) >= 1
        self.ranks = found

    # Extracts

    def ask(self, partner: str, request: Request) -> str | None:
        """Ask; return the extract's id where there is one."""
        decision = decide(self.world, partner, request, self.today)
        permitted, again = isinstance(decision, Permitted), None
        if isinstance(decision, Permitted):
            again = self.extracts.refused_again(
                self.context, decision, request, self.world, self.today
            )
        in_vain = again is not None or not permitted
        after = self.world.counting(asked_in_vain=1) if in_vain else self.world
        if permitted:
            made = Made(self.today, self.world, self.ranks)
            self._coming = Asked("", request, decision, made)
        result = self._attempt(
            lambda: request_extract(self.context, partner, request.body()), after
        )
        if result is Killed:
            return None
        if not permitted:
            wanted = NotFoundError if decision == STRANGER else RefusedError
            assert isinstance(result, wanted), result
            return None
        same = [
            a.id for a in self.extracts.known.values() if a.is_same(decision, request, self.world)
        ]
        assert len(same) <= 1
        if again is not None:
            assert (result.id, result.state, same) == (again, "refused", [])
            return None
        assert result.id in same if same else result.id not in self.extracts.known
        return str(result.id)

    def work(self, extract_id: str, *steps: Callable[..., Any]) -> None:
        """Do what a worker does with an extract: all of it, or some steps."""

        def act() -> None:
            for step in steps or WORK:
                step(self.context, extract_id)

        self._attempt(act)

    def vote(self, extract_id: str, officer: str, verdict: str) -> None:
        waits = self.extracts.known[extract_id].state == "in_review"
        voted = {name for name, _ in evidence.votes(self.context, extract_id)}
        act = {"approve": approve, "refuse": refuse}[verdict]
        result = self._command(act, extract_id, officer, "as we agreed")
        if result is not Killed:
            assert isinstance(result, ConflictError) == (not waits or officer in voted)

    def download(self, extract_id: str, partner: str) -> None:
        asked = self.extracts.known[extract_id]
        wanted = self._may_download(asked)
        result = self._attempt(lambda: self._read(partner, extract_id))
        if partner != asked.permitted.partner:
            assert result is Killed or isinstance(result, NotFoundError)
        elif isinstance(result, bytes):
            assert wanted != NO, "bytes left that must not"
            self._check_bytes(asked, result)
        else:
            assert result is Killed or wanted != YES, f"{result}: bytes were held back"

    def _read(self, partner: str, extract_id: str) -> bytes:
        with contextlib.closing(open_content(self.context, partner, extract_id).reader) as reader:
            content: bytes = reader.read()
            return content

    def _may_download(self, asked: Asked) -> str:
        if asked.state != "ready" or not asked.is_covered(self.world, self.today):
            return NO
        if asked.has_ended(self.world, self.today):
            return NO
        return EITHER if asked.may_end(self.world, self.today) else YES

    def _check_bytes(self, asked: Asked, content: bytes) -> None:
        assert asked.released is not None
        if asked.id in self.contents:
            assert self.contents[asked.id] == content, "the same request got other bytes"
            return
        self.contents[asked.id] = content
        check_content(content, asked.permitted, asked.released, asked.request.format)
        cells = evidence.read_file(content, asked.request.format)
        self.tokens.check(cells, asked.permitted, asked.released)

    # Time, crashes, backups

    def wait(self, days: int) -> None:
        self.clock.move(days=days)

    def keep_house(self) -> None:
        self._attempt(lambda: keep_house(self.context))

    def kill(self) -> None:
        self._attempt(self.home.die)

    def back_up(self) -> bool:
        self._names += 1
        file = self.folder / f"backup-{self._names}"
        if self._command(back_up, file, _silent) is Killed:
            return False
        known, signed = dict(self.extracts.known), len(evidence.leaves(self.context))
        self.backups.append(Backup(file, self.world, self.ranks, known, signed))
        return True

    def restore(self, number: int) -> None:
        """Restore a backup elsewhere and go on there, unless that would turn the log back."""
        backup = self.backups[number]
        self._names += 1
        into = self.folder / f"home-{self._names}"
        try:
            self.home.restore(backup.file, into)
        except IntegrityError:
            assert self.log.beside > backup.signed, "a good backup was refused"
            assert not into.exists()
            return
        assert self.log.beside <= backup.signed, "the log was turned back"
        self.home.move_to(into)
        self.world, self.ranks = backup.world, backup.ranks
        self.extracts.known = dict(backup.known)


def _csv(rows: list[dict[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _silent(_text: str, _share: float) -> None:
    return
