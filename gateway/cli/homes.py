"""`weir init`, `weir backup`, `weir restore`: a home as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.running import DEFAULT_HOME, HomeOption, JsonOption, failing_clearly, run, show


def init(
    home: HomeOption = DEFAULT_HOME,
    name: Annotated[str, typer.Option(help="Who runs this gateway.")] = "Weir",
    origin: Annotated[
        str,
        typer.Option(help="The audit log's name, like `weir.example.org/log`. Fixed for ever."),
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
    show(founded, as_json, _render_founded)


def _render_founded(founded: dict[str, Any]) -> None:
    typer.echo(
        f"Made the home {founded['home']}\n"
        f"  audit log   {founded['origin']}\n"
        f"  verifier    {founded['vkey']}\n"
        f"  master key  {founded['key_file']}\n\n"
        "Copy the master key to a safe place away from this machine now. Without it nobody can\n"
        "open this home again, not even from a backup; with it and the home, anybody can.\n\n"
        "Next: weir dataset add FILE",
    )


def backup(
    file: Annotated[Path, typer.Argument(help="Where the backup goes; must not exist.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Write everything but the master key into one file, while the gateway runs or not."""
    result = run(home, "backup", file=str(file.absolute()))
    show(result, as_json, _render_backup)


def _render_backup(result: dict[str, Any]) -> None:
    typer.echo(
        f"Wrote {result['file']} ({result['files']} files, {result['bytes'] / 1e6:.1f} MB).\n"
        "The master key is not in it: keep that elsewhere, you need both to restore.",
    )


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `weir backup` wrote.")],
    home: HomeOption = DEFAULT_HOME,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            help="The newest checkpoint anybody has seen; the restored log must extend it.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a home again from a backup; the master key must lie at `HOME.key`.

    A backup that is older than what the log has already published is a fork in the making: the
    restored gateway refuses to sign until a newer backup is restored.
    """
    from gateway.backups import restore_home

    with failing_clearly():
        result = restore_home(file.absolute(), home.absolute(), checkpoint)
    show(result, as_json, _render_restored)


def _render_restored(result: dict[str, Any]) -> None:
    typer.echo(
        f"Restored {result['home']}: {result['entries']} entries, log and releases check out.",
    )
