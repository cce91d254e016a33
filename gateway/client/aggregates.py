"""Asking for aggregates: ask, fetch what was released, verify it, and only then read it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.audit.verifier import Verdict, verify_release
from gateway.client.answers import (
    Aggregated,
    AggregatedBatch,
    AnsweredTable,
    Estimate,
    Evidence,
    read_estimate,
    read_tables,
)
from gateway.client.errors import StillWaitingError, UnreachableError, VerificationFailedError
from gateway.client.outputs import OutputFiles
from gateway.client.pins import compare_pin, keep_pin
from gateway.client.pull import check_answers
from gateway.client.session import read_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.client.pins import Pin
    from gateway.client.questions import Question
    from gateway.client.session import Session

ACCEPTED = 202
NEEDED_LINKS = ("content", "manifest", "receipt")


@dataclass(frozen=True)
class Answer:
    """A verified answer to a question.

    Attributes:
        tables: one for each query, in their order.
        guarantee, budget: as the contract names their parts.
    """

    tables: tuple[AnsweredTable, ...]
    release: str
    guarantee: Mapping[str, Any]
    budget: Mapping[str, Any]
    evidence: Evidence

    def single(self) -> Aggregated:
        """Return the answer to a question of one query."""
        (table,) = self.tables
        return Aggregated(table, self.release, self.guarantee, self.budget, self.evidence)

    def batch(self) -> AggregatedBatch:
        """Return the answers by the names of their queries."""
        named = {table.name: table for table in self.tables}
        return AggregatedBatch(named, self.release, self.guarantee, self.budget, self.evidence)


def ask_aggregates(session: Session, key_file: Path, question: Question) -> Answer:
    """Ask, fetch the released bytes, verify them, and return what they say.

    Guarantee: every figure comes from bytes whose chain to the log verifies under the gateway's
    pinned key, and whose manifest answers this partner's request.

    Privacy cost: as `ask_estimate` says; nothing where the same was answered before.

    Raises:
        ClientError: see the tree in `gateway.client.errors`.
    """
    pin = compare_pin(key_file, session.get("/vkey").text)
    response = session.post("/v1/aggregates", question.body())
    if response.status_code == ACCEPTED:
        raise StillWaitingError(
            "an officer reviews this request first; ask for the same again later, at no new price"
        )
    document = read_object(response)
    links = document.get("links")
    if not isinstance(links, dict) or not all(name in links for name in NEEDED_LINKS):
        raise UnreachableError(f"{session.url} answered what this version can't read")
    content, manifest, receipt = (session.get(links[name]).content for name in NEEDED_LINKS)
    verdict = _verified(content, manifest, receipt, pin)
    check_answers(session.client_id, question.dataset, question.purpose, manifest)
    keep_pin(pin)
    return Answer(
        tables=tuple(_with_notes(read_tables(content, question.queries), document)),
        release=str(document.get("release", "")),
        guarantee=dict(document.get("guarantee", {})),
        budget=dict(document.get("budget", {})),
        evidence=Evidence(content, manifest, receipt, verdict, pin),
    )


def ask_estimate(session: Session, question: Question) -> Estimate:
    """Ask what a question would cost, and how wide its intervals would be; nothing is spent.

    Raises:
        WeirRequestError: it would be refused; carries the reasons.
        UnreachableError: no answer.
    """
    return read_estimate(read_object(session.post("/v1/aggregates/estimate", question.body())))


def ask_budgets(session: Session) -> list[Mapping[str, Any]]:
    """Return this partner's budgets: for each dataset its total, what is spent, what is left."""
    budgets = read_object(session.get("/v1/budget")).get("budgets")
    if not isinstance(budgets, list):
        raise UnreachableError(f"{session.url} answered what this version can't read")
    return budgets


def ask_dataset(session: Session, dataset: str) -> Mapping[str, Any]:
    """Return a dataset as this partner sees it: its offers and their columns.

    Raises:
        WeirRequestError: there is none, or no agreement in force covers it.
    """
    return read_object(session.get(f"/v1/datasets/{dataset}"))


def _with_notes(tables: list[AnsweredTable], document: Mapping[str, Any]) -> list[AnsweredTable]:
    """Add the notes in the reader's language; the released bytes hold none."""
    from dataclasses import replace

    written = document.get("queries") or [document]
    return [
        replace(table, notes=tuple(one.get("notes", ())) or table.notes)
        for table, one in zip(tables, written, strict=True)
    ]


def _verified(content: bytes, manifest: bytes, receipt: bytes, pin: Pin) -> Verdict:
    """Verify as a stranger would: from files; they pass through a folder of this user's own."""
    with tempfile.TemporaryDirectory(prefix="weir-") as folder:
        files = OutputFiles(Path(folder) / "answer.json")
        files.file.write_bytes(content)
        files.manifest.write_bytes(manifest)
        files.receipt.write_bytes(receipt)
        verdict = verify_release(files.file, str(pin.vkey))
    if verdict.outcome != "verified":
        raise VerificationFailedError(verdict)
    return verdict
