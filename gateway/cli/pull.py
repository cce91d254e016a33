"""`weir pull`: what a partner runs to get an extract, verified, with its receipt."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.examples import example
from gateway.cli.running import JsonOption, failing_clearly, show, showing_progress
from gateway.counted import counted

if TYPE_CHECKING:
    from gateway.client import Progress, Pulled

_ASKING = (
    "weir pull --server https://weir.hope.example --client harbor-network --key harbor.pem "
    "--dataset hotline-cases --purpose service-planning"
)
EXAMPLE = example(
    f"{_ASKING} --output cases.csv",
    f'{_ASKING} --columns age,state --where "state in CA,TX" --output west.parquet',
)


class Format(StrEnum):
    """How the released file is written."""

    CSV = "csv"
    PARQUET = "parquet"
    JSONL = "jsonl"
    XLSX = "xlsx"


class Language(StrEnum):
    """In which reasons are worded."""

    EN = "en"
    ES = "es"


def pull(
    server: Annotated[str, typer.Option(help="The gateway's address, https://...")],
    client: Annotated[str, typer.Option(help="Your name at the gateway, as in its agreement.")],
    key: Annotated[Path, typer.Option(help="Your private key (PEM): Ed25519, P-256 or RSA.")],
    dataset: Annotated[str, typer.Option(help="Which dataset.")],
    purpose: Annotated[str, typer.Option(help="What for: a purpose of your agreement.")],
    output: Annotated[Path, typer.Option(help="Where the file goes; three more go beside it.")],
    file_format: Annotated[
        Format | None,
        typer.Option("--format", help="How it is written (default: as the output's name ends)."),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(help="A choice of columns, A,B,C (default: all that you may get)."),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            help="A filter, may be given several times: 'state in CA,TX' or "
            "'reported_on from 2024-01-01 to 2024-12-31'."
        ),
    ] = None,
    no_fill: Annotated[
        bool,
        typer.Option(
            "--no-fill",
            help="Leave gaps as they are, where the policy fills them from a person's other "
            "records.",
        ),
    ] = False,
    wait: Annotated[
        float | None,
        typer.Option(min=0, help="Wait at most so many seconds (default: as long as it takes)."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace files of these names.")
    ] = False,
    language: Annotated[Language, typer.Option(help="In which reasons are worded.")] = Language.EN,
    as_json: JsonOption = False,
) -> None:
    """Ask a gateway for an extract, wait, download and verify it.

    Writes the file, FILE.codebook.csv (what the columns mean), FILE.manifest.json (what left, why
    and how it was protected) and FILE.tlog-proof (the receipt). No file gets its name before all
    of it verifies.

    The first pull pins the gateway's log key as KEY.vkey and prints its fingerprint: compare it
    with the gateway's operator by another way. If the key ever changes, the pull stops.

    Where a policy asks for a review, the command waits for it; stop it with Ctrl-C, and the same
    command later takes up the same extract. A gateway that takes no connection yet, because it is
    starting, is tried again for a quarter of a minute.
    """
    from gateway.client import pull_to_file
    from gateway.client.extracts import CONNECTING

    _check_usage(output, file_format, where)
    said: set[str] = set()
    with failing_clearly(), showing_progress() as report:

        def on_progress(progress: Progress) -> None:
            if progress.state == CONNECTING:
                typer.echo(f"{server} takes no connection yet; trying for a while", err=True)
                return
            if progress.state == IN_REVIEW and IN_REVIEW not in said:
                said.add(IN_REVIEW)
                typer.echo(_REVIEWED, err=True)
            report(_STATES.get(progress.state, progress.state), progress.share)

        pulled = pull_to_file(
            server,
            client_id=client,
            key=key,
            dataset=dataset,
            purpose=purpose,
            output=output,
            file_format=file_format,
            columns=_split(columns),
            where=where,
            fill=() if no_fill else None,
            replace=replace,
            language=language,
            wait_seconds=wait,
            on_progress=on_progress,
        )
    show(_describe(pulled), as_json, _render)


IN_REVIEW = "in_review"
_REVIEWED = (
    "an officer reviews this extract first; this command waits (Ctrl-C is safe: the same command "
    "takes it up later)"
)
_STATES = {
    "queued": "waiting for its turn",
    "running": "being made",
    IN_REVIEW: "waiting for an officer's review",
    "ready": "ready",
    "downloading": "downloading",
}


def _check_usage(output: Path, file_format: Format | None, where: list[str] | None) -> None:
    """End with status 2 where the command itself is wrong."""
    from gateway.client import OutputFileError, WhereError, format_of, parse_where

    try:
        file_format or format_of(output)
        [parse_where(one) for one in where or []]
    except OutputFileError as error:
        raise typer.BadParameter(str(error), param_hint="--format") from error
    except WhereError as error:
        raise typer.BadParameter(str(error), param_hint="--where") from error


def _split(columns: list[str] | None) -> list[str] | None:
    if not columns:
        return None
    return [name.strip() for part in columns for name in part.split(",") if name.strip()]


def _describe(pulled: Pulled) -> dict[str, Any]:
    evidence = pulled.verdict.evidence
    manifest = pulled.manifest
    return {
        "release": manifest.get("release"),
        "rows": manifest.get("rows"),
        "guarantee": manifest.get("guarantee"),
        "delete_by": manifest.get("delete_by"),
        "file": str(pulled.files.file),
        "codebook": str(pulled.files.codebook),
        "manifest": str(pulled.files.manifest),
        "receipt": str(pulled.files.receipt),
        "verified": pulled.verdict.outcome == "verified",
        "log": evidence.log if evidence else None,
        "entry": evidence.index if evidence else None,
        "vkey": str(pulled.pin.file),
        "fingerprint": pulled.pin.vkey.fingerprint,
        "first_pull": pulled.pin.is_new,
    }


def _render(result: Mapping[str, Any]) -> None:
    name = Path(result["file"]).name
    rows = counted(result["rows"], "row")
    typer.echo(f"{result['file']}: {rows}, {result['guarantee']}")
    typer.echo(f"  beside it: {name}.codebook.csv, {name}.manifest.json, {name}.tlog-proof")
    typer.echo(f"  verified: release {result['release']} is entry {result['entry']} of the log")
    typer.echo(f"            {result['log']}, signed by {result['fingerprint']}")
    if result["first_pull"]:
        typer.echo(f"  pinned that key in {result['vkey']}: compare its fingerprint with the")
        typer.echo("            gateway's operator, by another way than this connection")
    typer.echo(f"  delete it by {result['delete_by']}")
