"""A report's folder, checked as anybody can: the answer by its chain, the tables by the answer.

    folder -> answers.json -> manifest -> receipt -> log's key     (`gateway.audit.verifier`)
    tables/*.csv -> answers.json                                   (here)

Guarantee: of a verified folder every CSV table is, byte by byte but for the order of its columns,
what the released answer gives; none is missing and none was added.

Does not protect: the page, the pictures and the codebook. They are drawn from the same answer, and
nothing that was signed names them; whoever doubts one reads the table below it.
"""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.audit.verifier import Verdict, verify_release
from gateway.client.answer_files import as_csv
from gateway.client.answers import AnsweredTable, as_table
from gateway.counted import counted
from gateway.publishing.pages import ANSWERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from gateway.client.answers import Row

TABLES = "tables"
_AGAIN = "Make the report again, or get the folder again from whoever published it."


def report_of(path: Path) -> Path | None:
    """Return the report that a path is, or that a file without proof of its own lies in."""
    path = path.absolute()
    if path.is_dir():
        return path if _is_report(path) else None
    proven = path.with_name(f"{path.name}.manifest.json").exists()
    near = (path.parent, path.parent.parent)
    return None if proven else next((folder for folder in near if _is_report(folder)), None)


def verify_report(path: Path, folder: Path, vkey: str | None = None) -> Verdict:
    """Verify a report, or one of its tables, offline.

    Args:
        path: the folder, or a file in it.
        folder: the report, from `report_of`.
        vkey: as for `verify_release`.
    """
    verdict = replace(verify_release(folder / ANSWERS, vkey), file=str(path))
    if verdict.outcome == "broken":
        return verdict
    path = path.absolute()
    if path != folder and path.parent != folder / TABLES:
        return _broken(
            verdict,
            f"{path.name} is drawn from {ANSWERS} and has no proof of its own",
            f"Verify the whole report: weir verify {folder}",
        )
    made = dict(_tables(json.loads((folder / ANSWERS).read_bytes())))
    wanted = made.keys() | _there(folder) if path == folder else {path.name}
    wrong = sorted(name for name in wanted if not _is_made(folder, name, made))
    if wrong:
        said = f"not the values of {ANSWERS}: {', '.join(f'{TABLES}/{name}' for name in wrong)}"
        return _broken(verdict, said, _AGAIN)
    said = f"{counted(len(wanted), 'table')} with exactly the values of {ANSWERS}"
    rest = "; page and pictures are drawn from these, and aren't checked" if path == folder else ""
    return replace(verdict, message=f"{verdict.message}: {said}{rest}")


def _is_report(folder: Path) -> bool:
    return all((folder / f"{ANSWERS}{more}").is_file() for more in ("", ".manifest.json"))


def _there(folder: Path) -> set[str]:
    tables = folder / TABLES
    return {path.name for path in tables.iterdir()} if tables.is_dir() else set()


def _broken(verdict: Verdict, message: str, remedy: str) -> Verdict:
    return Verdict("broken", verdict.file, f"NOT VERIFIED: {message}", remedy, "table")


def _tables(answer: Mapping[str, Any]) -> Iterator[tuple[str, list[Row]]]:
    """Yield the rows of each table that a report makes of an answer, by the name of its file."""
    for query in answer["queries"]:
        rows, name = tuple(query["rows"]), query["name"]
        first = rows[0] if rows else {"keys": {}}
        histograms = tuple(one for one, entry in first.items() if isinstance(entry, list))
        measures = tuple(one for one in first if one not in {"keys", *histograms})
        table = AnsweredTable(name, tuple(first["keys"]), measures, histograms, rows, (), {})
        if measures or not rows:
            yield f"{name}.csv", table.flat()
        for histogram in histograms:
            yield f"{name}-{histogram.split(':')[1]}.csv", table.bins(histogram)


def _is_made(folder: Path, name: str, made: Mapping[str, list[Row]]) -> bool:
    """Say whether a table is there and holds what the answer gives, in its own columns' order."""
    file = folder / TABLES / name
    if name not in made or not file.is_file():
        return False
    data, rows = file.read_bytes(), made[name]
    header = next(csv.reader([data.decode("utf-8", "replace").partition("\n")[0]]), [])
    if not rows:
        return data.count(b"\n") == 1  # the columns' names alone
    if sorted(header) != sorted(rows[0]):
        return False
    return as_csv(as_table(rows).select(header)) == data
