"""`weir init`, `weir backup`, `weir restore`: a home as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.examples import example
from gateway.cli.running import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    fail,
    failing_clearly,
    run,
    show,
    suggest,
)
from gateway.counted import counted

INIT_EXAMPLE = example(
    'weir init --name "Hope Hotline" --origin weir.hope.example/log --timezone America/Chicago',
)
BACKUP_EXAMPLE = example("weir backup /media/usb/weir-2026-07-01.backup")
RESTORE_EXAMPLE = example(
    "weir restore weir-2026-07-01.backup --home /srv/weir --checkpoint newest-seen.txt",
)


def init(
    home: HomeOption = DEFAULT_HOME,
    name: Annotated[str, typer.Option(help="Who runs this gateway.")] = "Weir",
    origin: Annotated[
        str,
        typer.Option(
            help="The audit log's name, like `weir.example.org/log`; fixed for ever "
            "(default: made from the name).",
        ),
    ] = "",
    timezone: Annotated[
        str,
        typer.Option(help="The zone in which plain dates begin and end, like `America/Chicago`."),
    ] = "UTC",
    as_json: JsonOption = False,
) -> None:
    """Make a home: an encrypted place for data, policies, partners and the audit log.

    The master key goes beside the home (`HOME.key`), not into it. **Keep a copy of the key
    elsewhere**: whoever loses it loses the home, and whoever finds it together with the home can
    read everything.
    """
    from gateway.founding import found_home

    with failing_clearly():
        founded = found_home(home.absolute(), name=name, origin=origin, timezone=timezone)

    def render(founded: dict[str, Any]) -> None:
        _render_founded(founded)
        suggest(home, "weir dataset add DATASET.yaml")

    show(founded, as_json, render)


def _render_founded(founded: dict[str, Any]) -> None:
    typer.echo(
        f"Made the home {founded['home']}\n"
        f"  audit log   {founded['origin']}\n"
        f"  its key     {founded['vkey']}\n"
        f"  master key  {founded['key_file']}\n\n"
        "Copy the master key to a safe place away from this machine now. Without it nobody can\n"
        "open this home again, not even from a backup; with it and the home, anybody can.\n",
    )


def backup(
    file: Annotated[Path, typer.Argument(help="Where the backup goes; must not exist.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Write everything but the master key into one file, while the gateway runs or not.

    Loads wait while it is written; extracts, downloads and reviews go on.
    """
    result = run(home, "backup", file=str(file.absolute()))
    show(result, as_json, _render_backup)


def _render_backup(result: dict[str, Any]) -> None:
    entries = counted(result["entries"], "entry", "entries")
    typer.echo(
        f"Wrote {result['file']}: {counted(result['files'], 'file')}, "
        f"{result['bytes'] / 1e6:.1f} MB, the log with {entries}.\n"
        "The master key isn't in it: you need both to restore, so keep them apart.",
    )


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `weir backup` wrote.")],
    home: HomeOption = DEFAULT_HOME,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            help="The newest checkpoint anybody has seen (as `/checkpoint` gives it); the "
            "restored log must extend it.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a home again from a backup; its master key must lie at `HOME.key`.

    A backup that is older than what the log has signed since would let the log sign a second
    history. It is refused, by the checkpoint beside the home (`HOME.checkpoint`) and by the one
    given; what is refused leaves nothing behind.
    """
    from gateway.restoring import restore_home

    if checkpoint is not None and not checkpoint.is_file():
        fail(f"there is no file {checkpoint}")
    with failing_clearly():
        result = restore_home(
            file.absolute(),
            home.absolute(),
            None if checkpoint is None else checkpoint.read_bytes(),
        )

    def render(result: dict[str, Any]) -> None:
        typer.echo(
            f"Restored {result['home']}: {counted(result['entries'], 'entry', 'entries')}, "
            f"{counted(result['releases'], 'release')}, all whole.",
        )
        suggest(home, "weir serve")

    show(result, as_json, render)
