"""What is declared must be what was logged: datasets, policies, partners."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from sqlmodel import select

from gateway.store.engine import reading
from gateway.store.tables import DatasetRow, PartnerRow, PolicyRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.context import Context

Entry = dict[str, Any]
Declaration = DatasetRow | PolicyRow | PartnerRow


def check_declarations(context: Context, entries: list[Entry], broken: list[str]) -> int:
    """Compare every declaration with its hash, and those in force with their last entry.

    Args:
        context: the open home.
        entries: of the log, oldest first.
        broken: takes what doesn't hold, as sentences.

    Returns:
        How many declarations there are.
    """
    with reading(context.store) as session:
        datasets = session.exec(select(DatasetRow)).all()
        policies = session.exec(select(PolicyRow)).all()
        partners = session.exec(select(PartnerRow)).all()
    declarations: list[Declaration] = [*datasets, *policies, *partners]
    for row in declarations:
        broken.extend(f"{_name(row)}: {what}" for what in _check_row(row))
    broken.extend(
        _compare(
            "dataset",
            {row.dataset: row.sha256 for row in datasets if row.active},
            _last(entries, "dataset", "dataset_sha256"),
        ),
    )
    broken.extend(
        _compare(
            "policy",
            {row.policy: row.sha256 for row in policies if row.state == "active"},
            _last((e for e in entries if e.get("state") == "active"), "policy", "policy_sha256"),
        ),
    )
    broken.extend(_check_partners(partners, entries))
    return len(declarations)


def _check_row(row: Declaration) -> Iterator[str]:
    if hashlib.sha256(row.document.encode()).hexdigest() != row.sha256:
        yield "the stored declaration was changed"
        return
    said = json.loads(row.document)
    filed = row.model_dump(include={"dataset", "policy", "partner"})
    if any(said[fact] != stored for fact, stored in filed.items()):
        yield "it is filed under another name than its own"


def _check_partners(partners: Iterable[PartnerRow], entries: list[Entry]) -> Iterator[str]:
    partners = list(partners)
    documents = {row.partner: row.sha256 for row in partners}
    yield from _compare("partner", documents, _last(entries, "partner", "document_sha256"))
    switched = (entry for entry in entries if entry.get("state") in ("active", "suspended"))
    states = _last(switched, "partner", "state")
    for row in partners:
        if row.suspended != (states.get(row.partner) == "suspended"):
            stored = "suspended" if row.suspended else "active"
            yield f"partner {row.partner} is {stored}, against its last entry in the log"


def _last(entries: Iterable[Entry], kind: str, fact: str) -> dict[str, str]:
    """Return a fact of the last entry of each subject of a kind."""
    return {entry["id"]: entry[fact] for entry in entries if entry["type"] == kind}


def _compare(kind: str, stored: dict[str, str], logged: dict[str, str]) -> Iterator[str]:
    for name in sorted(stored.keys() | logged.keys()):
        if stored.get(name) != logged.get(name):
            yield f"{kind} {name}: what is in force isn't what the log's last entry names"


def _name(row: Declaration) -> str:
    if isinstance(row, DatasetRow):
        return f"dataset {row.dataset}"
    return f"policy {row.policy}" if isinstance(row, PolicyRow) else f"partner {row.partner}"
