"""`weir verify`: a released file, its manifest and its receipt, checked offline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.examples import example
from gateway.cli.running import JsonOption

if TYPE_CHECKING:
    from gateway.audit.verifier import Verdict

EXAMPLE = example("weir verify cases.csv", "weir verify cases.csv --vkey harbor.vkey")


def verify(
    file: Annotated[
        Path,
        typer.Argument(
            help="The released file, the table of an answer, or the folder of a report; what "
            "proves it lies beside."
        ),
    ],
    vkey: Annotated[
        str,
        typer.Option(
            help="The gateway's log key, or a file that holds it "
            "(default: a pinned *.vkey of that log, beside the file or in this folder)."
        ),
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Check a released file against its manifest, its receipt and the gateway's log key.

    The table that `weir query --output counts.csv` wrote is checked by `counts.csv.json` beside it:
    that is what was released, and every value of the table must be its. So it is with the tables
    of a report: `weir verify FOLDER` checks its `answers.json`, and all tables by that.

    Needs no network, and no Weir either: `gateway/audit/verifier.py` is one file that does the
    same with Python and the package `cryptography` alone.

    Without a key it ends with status 1: the contents match, but anybody may have made them. A key
    that came together with the file proves nothing: use the one that your first pull pinned, or
    compare the fingerprint with the gateway's operator.
    """
    from gateway.audit.verifier import verify_release

    verdict = verify_release(file, vkey or None)
    if not vkey and verdict.evidence:
        pinned = _find_pinned(file, verdict.evidence.log)
        verdict = verify_release(file, pinned) if pinned else verdict
    _show(verdict, as_json)
    raise typer.Exit(verdict.exit_status)


def _show(verdict: Verdict, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(verdict.to_dict(), ensure_ascii=False, indent=2, sort_keys=True))
    else:
        typer.echo(str(verdict), err=verdict.exit_status != 0)


def _find_pinned(file: Path, log: str) -> str | None:
    """Return the one key of this log that is pinned nearby; None where there is none, or two."""
    from gateway.audit.verifier import FormatError, load_vkey, parse_vkey

    found = set()
    for folder in _places_of_keys(file):
        for candidate in folder.glob("*.vkey"):
            try:
                found.add(parse_vkey(load_vkey(str(candidate))))
            except FormatError:
                continue
    named = [str(key) for key in found if key.name == log]
    return named[0] if len(named) == 1 else None


def _places_of_keys(file: Path) -> set[Path]:
    """Return the folders whose keys are taken for pinned ones.

    A report is got whole from somebody else, so a key inside it proves nothing: whoever forges the
    folder puts one there. Around it, and where this user works, lie this user's own.
    """
    from gateway.audit.verifier import REPORTED

    near = file.resolve() if file.is_dir() else file.resolve().parent
    is_table = near.name == "tables" and (near.parent / REPORTED).exists()
    report = near.parent if is_table else near if file.is_dir() else None
    if report is None:
        return {near, near.parent, Path.cwd()}
    return {one for one in (report.parent, Path.cwd().resolve()) if not one.is_relative_to(report)}
