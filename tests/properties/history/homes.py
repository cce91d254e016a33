"""A home that can be killed at any seam: what lies on the disk at that moment is what is left."""

from __future__ import annotations

import contextlib
import functools
import importlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from sqlalchemy import event

from gateway.context import Context, open_context
from gateway.restoring import restore_home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import FixedClock

# Before and after each of these, and before every commit of the store, a history may be killed.
SEAMS = (
    "gateway.corridor:write_and_recount",
    "gateway.release_ledger:LedgerWriter.close",
    "gateway.corridor:seal_outcome",
    "gateway.releases:build_manifest",
    "gateway.log:AuditLog.append",
    "gateway.log:AuditLog.sign",
    "gateway.log:write_checkpoint_file",
    "gateway.lake.ingest:load_staged",
    "gateway.lake.vault:Vault.settle",
    "gateway.loading:settle_submission",
    "gateway.housekeeping:expire",
)
BESIDE = ("key", "checkpoint")


class Killed(BaseException):
    """The process is gone; nothing after this moment reached the disk."""


class KillableHome:
    """An open home whose process can be killed and started again."""

    def __init__(self, template: Path, folder: Path, clock: FixedClock) -> None:
        self.folder, self.clock = folder, clock
        self.path = folder / "home"
        self._seams_left, self._is_mortal = 0, False
        self._open = contextlib.ExitStack()
        self._patches = contextlib.ExitStack()
        copy_home(template, self.path)
        for seam in SEAMS:
            self._patches.enter_context(self._patched(seam))
        self.open()

    def open(self) -> None:
        self._open = contextlib.ExitStack()
        opened = self._open.enter_context(open_context(self.path, clock=self.clock))
        event.listen(opened.store, "commit", lambda _connection: self._cross())
        self.context: Context = opened

    def close(self) -> None:
        self._open.close()

    def leave(self) -> Path:
        """Close for good; say where it is."""
        self.close()
        self._patches.close()
        return self.path

    def destroy(self) -> None:
        self.leave()
        shutil.rmtree(self.folder, ignore_errors=True)

    def arm(self, seams: int) -> None:
        """Die at the seam of that number, counted from now."""
        self._seams_left = seams

    def die(self) -> None:
        """Keep what is on the disk now, as it is, and be gone."""
        self._seams_left = 0
        copy_home(self.path, self.folder / "left")
        raise Killed

    def start_again(self) -> None:
        """Open what the killed process left."""
        self.close()
        remove_home(self.path)
        copy_home(self.folder / "left", self.path)
        remove_home(self.folder / "left")
        self.open()

    def restore(self, backup: Path, into: Path) -> dict[str, Any]:
        """Restore a backup to another folder, with this home's key and checkpoint beside it."""
        for suffix in BESIDE:
            shutil.copy2(f"{self.path}.{suffix}", f"{into}.{suffix}")
        try:
            return restore_home(backup, into, None)
        except BaseException:
            remove_home(into)
            raise

    def move_to(self, path: Path) -> None:
        """Go on in another folder, and forget this one."""
        self.close()
        remove_home(self.path)
        self.path = path
        self.open()

    @contextlib.contextmanager
    def mortal(self) -> Iterator[None]:
        """Only what happens in this block can be killed; looking at a home can't."""
        self._is_mortal = True
        try:
            yield
        finally:
            self._is_mortal = False

    def _cross(self) -> None:
        if self._seams_left and self._is_mortal:
            self._seams_left -= 1
            if not self._seams_left:
                self.die()

    @contextlib.contextmanager
    def _patched(self, seam: str) -> Iterator[None]:
        place, _, path = seam.partition(":")
        owner: Any = importlib.import_module(place)
        *outer, name = path.split(".")
        for part in outer:
            owner = getattr(owner, part)
        with mock.patch.object(owner, name, self._seam(getattr(owner, name))):
            yield

    def _seam(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def crossed(*args: Any, **named: Any) -> Any:
            self._cross()
            result = function(*args, **named)
            self._cross()
            return result

        return crossed


def copy_home(source: Path, target: Path) -> None:
    """Copy a home with what lies beside it; SQLite's shared memory dies with its process."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("*-shm", "*.sock", "lock"))
    for suffix in BESIDE:
        shutil.copy2(f"{source}.{suffix}", f"{target}.{suffix}")


def remove_home(path: Path) -> None:
    """Delete a home and what lies beside it."""
    shutil.rmtree(path, ignore_errors=True)
    for suffix in BESIDE:
        Path(f"{path}.{suffix}").unlink(missing_ok=True)
