"""Lives through a full disk with a home on it, and prints what it saw as JSON.

Run in a mount namespace of its own, where the disk is a small tmpfs; where a machine allows no
such thing, a limit on the size of files stands in for it.
"""

from __future__ import annotations

import json
import resource
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway import corridor
from gateway.client import ExtractEndedError, pull_to_file
from gateway.demo.cases import write_csv
from gateway.listening import Listening
from gateway.server import serving
from tests.crashes.gateways import run_weir
from tests.crashes.homes import DATASET, PURPOSE, make_home
from tests.crashes.promises import broken_promises, see

if TYPE_CHECKING:
    from gateway.server import Running

CASES, MORE_CASES = 6_000, 20_000
ROOM_FOR_A_LOAD, ROOM_FOR_AN_EXTRACT = 400_000, 100_000


class SmallDisk:
    """A mounted disk that a file of ballast fills."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._ballast = folder, folder / "ballast"

    def fill(self, room: int) -> None:
        """Leave so many bytes free."""
        free = shutil.disk_usage(self.folder).free
        with self._ballast.open("ab") as ballast:
            ballast.write(bytes(max(0, free - room)))

    def relent(self) -> None:
        """Stay full: the room that a failed write gives back is all there is."""

    def make_room(self) -> None:
        """Throw the ballast away."""
        self._ballast.unlink(missing_ok=True)


class SmallFiles:
    """A limit on how far this process and its children may extend a file."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._most = folder, resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(self, room: int) -> None:
        """Let files be so large and no larger."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, self._most[1]))

    def make_room(self) -> None:
        """Take the limit back."""
        resource.setrlimit(resource.RLIMIT_FSIZE, self._most)

    relent = make_room  # the store's files are beyond the limit already


Disk = SmallDisk | SmallFiles


def main(kind: str, folder: Path, elsewhere: Path) -> None:
    """Fill the disk under a load, then under an extract, and look what is left."""
    disk: Disk = {"disk": SmallDisk, "files": SmallFiles}[kind](folder)
    home, more = make_home(folder, partners=2, cases=CASES), elsewhere / "more.csv"
    write_csv(more, MORE_CASES)
    facts = {**_under_a_load(disk, home, more), **_under_an_extract(disk, home, elsewhere)}
    print(json.dumps({**facts, "broken": broken_promises(see(home))}))


def _under_a_load(disk: Disk, home: Path, more: Path) -> dict[str, Any]:
    before = _records(home)
    disk.fill(ROOM_FOR_A_LOAD)
    failed = run_weir("dataset", "load", DATASET, more, "--home", home)
    full = _records(home)
    disk.make_room()
    kept = _records(home)
    again = run_weir("dataset", "load", DATASET, more, "--home", home, "--json")
    return {
        "load": [failed.returncode, failed.stderr],
        "records": [before, full, kept, _records(home)],
        "loaded": json.loads(again.stdout or "{}").get("accepted", again.stderr),
    }


def _records(home: Path) -> Any:
    shown = run_weir("dataset", "show", DATASET, "--home", home, "--json")
    return json.loads(shown.stdout)["records"] if shown.returncode == 0 else shown.stderr


def _under_an_extract(disk: Disk, home: Path, elsewhere: Path) -> dict[str, Any]:
    write = corridor.write_and_recount

    def fill_and_write(*args: Any) -> Any:
        disk.fill(ROOM_FOR_AN_EXTRACT)
        try:
            return write(*args)
        finally:
            disk.relent()

    with serving(home, Listening(port=0)) as running:
        first = _pull(running, elsewhere / "first.csv", columns=["age", "gender"])
        corridor.write_and_recount = fill_and_write
        failed = _pull(running, elsewhere / "failed.csv", partner="shelter-1")
        corridor.write_and_recount = write
        read = _pull(running, elsewhere / "read.csv", columns=["age", "gender"])
        disk.make_room()
        files = [path.name for path in (home / "releases").iterdir()]
        again = _pull(running, elsewhere / "again.csv", partner="shelter-1")
    with serving(home, Listening(port=0)) as running:
        later = _pull(running, elsewhere / "later.csv", partner="shelter-1")
    return {"pulls": [first, failed, read, again, later], "files": len(files)}


def _pull(running: Running, output: Path, partner: str = "shelter-0", **choice: Any) -> Any:
    """Pull an extract; return how many rows it has, or how it ended."""
    try:
        pulled = pull_to_file(
            running.url,
            client_id=partner,
            key=running.context.home.path.parent / "shelter.pem",
            dataset=DATASET,
            purpose=PURPOSE,
            output=output,
            wait_seconds=60,
            **choice,
        )
    except ExtractEndedError as error:
        return [error.state, error.lines()]
    return pulled.manifest["rows"]


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:]))
