"""`weir submit`: what a contributor runs to hand in data, and to decide what a check asked."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.examples import example
from gateway.cli.labels import LabelOption, RelabelOption, read_label_options
from gateway.cli.pull import Language
from gateway.cli.running import JsonOption, fail, failing_clearly, read_text, show, showing_progress

if TYPE_CHECKING:
    from gateway.client import Offered, Progress, Submitted
    from gateway.client.session import Session
    from gateway.client.words import Words

_SENDING = (
    "weir submit --server https://weir.hope.example --client haven --key haven.pem "
    "--dataset hotline-cases"
)
EXAMPLE = example(
    f"{_SENDING} --dry-run casos-julio.csv",
    f"{_SENDING} --recipe monthly --label share_with=ngo,government casos-julio.csv",
)
PLACES_NAMED = 3
_OPTIONS = {
    "recipe": "--recipe",
    "labels": "--label",
    "mode": "--replace",
    "dry_run": "--dry-run",
    "again": "--again",
    "relabel": "--relabel",
}


def submit(
    server: Annotated[str, typer.Option(help="The gateway's address, https://...")],
    client: Annotated[str, typer.Option(help="Your name at the gateway, as in its agreement.")],
    key: Annotated[Path, typer.Option(help="Your private key (PEM): Ed25519, P-256 or RSA.")],
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="CSV, TSV, JSONL, XLSX or Parquet; several are one submission.", show_default=False
        ),
    ] = None,
    dataset: Annotated[str, typer.Option(help="Which dataset the records are for.")] = "",
    recipe: Annotated[
        str | None,
        typer.Option(help="How your columns become the dataset's: a saved name, or a FILE.yaml."),
    ] = None,
    label: LabelOption = [],  # noqa: B006 - typer copies it
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of all that you gave before.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only check the files; nothing is kept.")
    ] = False,
    accept_corrections: Annotated[
        bool, typer.Option("--accept-corrections", help="Take corrections that are proposed.")
    ] = False,
    again: Annotated[
        bool,
        typer.Option("--again", help="Give also people and records that you took back before."),
    ] = False,
    relabel: RelabelOption = False,
    decisions: Annotated[
        Path | None,
        typer.Option(help="A file of decisions that an earlier run wrote, filled in."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write the quality report here: FILE.html, .xlsx or .json.")
    ] = None,
    wait: Annotated[
        float | None,
        typer.Option(min=0, help="Wait at most so many seconds (default: as long as it takes)."),
    ] = None,
    language: Annotated[Language, typer.Option(help="In which you are answered.")] = Language.EN,
    as_json: JsonOption = False,
) -> None:
    """Hand in your records, wait until they are checked, and read what became of them.

    All of the files come in or nothing does. Try `--dry-run` first: it says what would be left
    out and why, and keeps nothing. The same file sent twice counts once.

    An upload that was interrupted goes on where it ended: run the same command again.

    Where something is for you to decide, like words that no code is known for, the command writes
    FILE.decisions.yaml and says what to run next. No other contributor's records ever show in
    what this prints.
    """
    from gateway.client.private_keys import load_partner_key
    from gateway.client.session import Session
    from gateway.client.submissions import decide
    from gateway.client.submissions import submit as send

    how = {
        "recipe": recipe,
        "labels": read_label_options(label),
        "mode": "replace" if replace else "append",
        "dry_run": dry_run,
        "again": again,
        "relabel": relabel,
    }
    offered = _offered(files, dataset, decisions, how)
    if offered is not None and accept_corrections:
        offered = dataclasses.replace(offered, corrections="accept")
    with failing_clearly():
        session = Session(server, client, load_partner_key(key), language=language)
        with session, showing_progress() as bar:

            def on_progress(progress: Progress) -> None:
                bar(_STATES.get(progress.state, progress.state), progress.share)

            if decisions is not None:
                submission, decision = _read_decisions(decisions)
                if accept_corrections:
                    decision["corrections"] = "accept"
                done = decide(session, submission, decision, on_progress, wait)
            else:
                assert offered is not None  # noqa: S101 - `_offered` ended the command otherwise
                done = send(session, key, offered, on_progress, wait)
            written = _write_decisions(session, done, decisions, files, language)
            if report is not None and "report" in done.answer["links"]:
                ending = report.suffix.removeprefix(".").lower()
                link = f"{done.answer['links']['report']}?format={ending}"
                report.write_bytes(session.get(link).content)
    show(dict(done.answer), as_json, lambda _result: render(done, language))
    if written is not None:
        _say_next(written, server, client, key, language)
    if done.state not in {"accepted", "checked", "needs_decision"}:
        raise typer.Exit(1)


_STATES = {
    "uploading": "uploading",
    "received": "waiting to be checked",
    "checked": "coming in",
}


def _offered(
    files: list[Path] | None,
    dataset: str,
    decisions: Path | None,
    how: Mapping[str, Any],
) -> Offered | None:
    """Return what is handed in; ends with status 2 where the command itself is wrong."""
    from gateway.client import Offered

    plain = Offered("", ())
    if decisions is not None:
        said = [name for name, value in how.items() if value and value != getattr(plain, name)]
        if files or said:
            named = ", ".join([*(["files"] if files else []), *(_OPTIONS[name] for name in said)])
            raise typer.BadParameter(
                f"it is about what was sent before; leave out {named}", param_hint="--decisions"
            )
        return None
    if not files or not dataset:
        raise typer.BadParameter("name a dataset with --dataset, and at least one file")
    for file in files:
        if not file.is_file():
            fail(f"there is no file {file}")
    return Offered(dataset, files, **how)


def _read_decisions(file: Path) -> tuple[str, dict[str, Any]]:
    from gateway.client.decisions import read_decisions

    return read_decisions(file.name, read_text(file))


def _write_decisions(
    session: Session,
    done: Submitted,
    decided: Path | None,
    files: list[Path] | None,
    language: str,
) -> Path | None:
    """Write what is to be decided beside the first file, or over earlier decisions."""
    if done.state != "needs_decision":
        return None
    from gateway.client.decisions import known_codes, write_decisions
    from gateway.files import atomic_write

    target = decided
    if target is None:
        assert files  # noqa: S101 - without decisions there are files
        target = files[0].with_name(files[0].name + ".decisions.yaml")
    codes = known_codes(session, str(done.answer["dataset"]))
    atomic_write(target, write_decisions(done.answer, codes, language).encode())
    return target


def _say_next(file: Path, server: str, client: str, key: Path, language: str) -> None:
    from gateway.client.words import Words

    typer.echo("\n" + Words(language)("submit-decide-next", file=str(file)), err=True)
    command = f"weir submit --server {server} --client {client} --key {key} --decisions {file}"
    spoken = "" if language == Language.EN else f" --language {language}"
    typer.echo(f"  {command}{spoken}", err=True)


def render(done: Submitted, language: str) -> None:
    """Print what became of a submission, for people."""
    from gateway.cli.tables import harmless
    from gateway.client.words import Words

    for line in _lines(done, Words(language)):
        typer.echo(harmless(line))


def _lines(done: Submitted, say: Words) -> Sequence[str]:
    answer = done.answer
    known = done.state in _ENDED
    lines = [say(_ENDED[done.state], dataset=answer["dataset"]) if known else done.state]
    if done.repeated:
        lines.append("  " + say("submit-repeated", time=str(answer["received_at"])[:16]))
    if done.counts:
        lines.append(f"  {_counted(done.counts, done.state, say)}")
    if "recipe" in answer:
        recipe = answer["recipe"]
        told = say("submit-recipe", name=recipe["name"], version=str(recipe["version"]))
        lines.append(f"  {told}")
    lines += [f"  - {reason['message']}" for reason in answer.get("reasons", ())]
    left_open = [*_open(answer, say)]
    lines += [f"  - {one}" for one in left_open]
    if left_open and answer["dry_run"]:
        lines.append("  " + say("submit-dry-run-next"))
    for title, left_out in (("submit-left-out", True), ("submit-look-at", False)):
        found = [one for one in done.problems if one["left_out"] is left_out]
        lines += [say(title), *(_problem(one, say) for one in found)] if found else []
    return [*lines, f"submission {done.id}"]


def _open(answer: Mapping[str, Any], say: Words) -> Iterator[str]:
    """Yield what is for the contributor to decide."""
    if "draft" in answer:
        yield say("submit-open-draft")
        unread = answer["draft"]["recipe"].get("ignore", ())
        if unread:
            yield say("submit-open-ignored", columns=", ".join(unread))
    for column, words in answer.get("undecided", {}).items():
        yield say("submit-open-words", count=len(words), column=column)
    if "corrections" in answer:
        yield say("submit-open-corrections", count=len(answer["corrections"]))


def _counted(counts: Mapping[str, int], state: str, say: Words) -> str:
    return say(
        "submit-counted" if state == "accepted" else "submit-would-count",
        read=counts["rows_read"],
        taken=counts["accepted"],
        updated=counts["updated"] or "",
        refused=counts["rows_refused"],
    )


def _problem(problem: Mapping[str, Any], say: Words) -> str:
    places = problem["places"][:PLACES_NAMED]
    where = ""
    if places:
        more = say("submit-more") if problem["count"] > len(places) else ""
        rows = ", ".join(str(place["row"]) for place in places)
        where = " " + say("submit-place", file=places[0]["file"], rows=rows, more=more)
    return f"  {problem['count']:,} x{where}: {problem['message']}"


_ENDED = {
    "accepted": "submit-accepted",
    "checked": "submit-checked",
    "needs_decision": "submit-needs-decision",
    "refused": "submit-refused",
    "failed": "submit-failed",
    "cancelled": "submit-cancelled",
}
