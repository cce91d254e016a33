"""Kills: where a life ends, wrapped around real functions from outside."""

from __future__ import annotations

import importlib
import itertools
import os
import signal
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Kill:
    """One kill -9.

    Attributes:
        place: `module:name` or `module:Class.name`; empty for a time alone.
        moment: before or after the call.
        call: which call, from 1 on.
        seconds: how long after arming, where `place` is empty.
        armed: from the `start` of a life, or from its new `request` on.
    """

    place: str = ""
    moment: str = "before"
    call: int = 1
    seconds: float = 0.0
    armed: str = "request"

    def __str__(self) -> str:
        """Say where."""
        if not self.place:
            return f"{self.seconds:.3f} s after the {self.armed}"
        return f"{self.moment} call {self.call} of {self.place}, armed at the {self.armed}"


def die() -> NoReturn:
    """End this process as a power cut would: nothing is flushed, closed or said."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def arm(kill: Kill) -> None:
    """Wrap the place of the kill, or start its clock."""
    if not kill.place:
        threading.Thread(target=_die_later, args=(kill.seconds,), daemon=True).start()
        return
    module, _, path = kill.place.partition(":")
    owner: Any = importlib.import_module(module)
    *outer, name = path.split(".")
    for part in outer:
        owner = getattr(owner, part)
    setattr(owner, name, _deadly(getattr(owner, name), kill))


def _die_later(seconds: float) -> None:
    time.sleep(seconds)
    die()


def _deadly(function: Any, kill: Kill) -> Any:
    calls = itertools.count(1)

    def called(*args: Any, **kwargs: Any) -> Any:
        last = next(calls) == kill.call
        if last and kill.moment == "before":
            die()
        result = function(*args, **kwargs)
        if last:
            die()
        return result

    return called


# Every stop of the corridor, in the order in which an extract comes by.
CORRIDOR = (
    Kill("gateway.extracts:_queue", "after"),
    Kill("gateway.jobs:DurableQueue.enqueue", "after"),
    Kill("gateway.corridor:_start", "after"),
    Kill("gateway.corridor:protect", "before"),
    Kill("gateway.corridor:write_and_recount", "after"),
    Kill("gateway.corridor:write_codebook_file", "after"),
    Kill("gateway.release_ledger:LedgerWriter.close", "after"),
    Kill("gateway.corridor:_hold", "after"),
    Kill("gateway.releases:_release", "after"),
    Kill("gateway.log:AuditLog.append", "after"),
    Kill("gateway.jobs:settle", "after"),
    Kill("gateway.log:write_checkpoint_file", "before"),
    Kill("gateway.log:write_checkpoint_file", "after"),
    Kill("gateway.log:AuditLog.sign", "after"),
    Kill("gateway.jobs:publish", "after"),
)
# The same for an extract that waits for an officer: settled and published by the approval.
REVIEW = (
    Kill("gateway.releases:_hold", "after"),
    Kill("gateway.reviews:_vote", "after"),
    Kill("gateway.reviews:settle_within", "after"),
    Kill("gateway.reviews:publish", "before"),
    Kill("gateway.log:write_checkpoint_file", "after"),
    Kill("gateway.reviews:publish", "after"),
)
# What mends a crash may be killed as well.
MENDING = (
    Kill("gateway.recovery:recover", "before", armed="start"),
    Kill("gateway.recovery:_publish_settled", "after", armed="start"),
    Kill("gateway.recovery:recover", "after", armed="start"),
    Kill("gateway.jobs:enqueue_left_over", "after", armed="start"),
)


def both_moments(kills: tuple[Kill, ...]) -> list[Kill]:
    """Return each place once before and once after its call, a place named twice once."""
    return [
        replace(kill, place=place, moment=moment)
        for place, kill in {kill.place: kill for kill in kills}.items()
        for moment in ("before", "after")
    ]


def random_kills(rng: Any, longest: float) -> Iterator[Kill]:
    """Yield kills at random times, some of them while a crash is being mended."""
    for number in itertools.count():
        armed = "start" if number % 3 == 0 else "request"
        yield Kill(seconds=rng.uniform(0, longest), armed=armed)
