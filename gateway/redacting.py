"""Redacting the free text of one extract: the only place where a release meets the vault.

Raw text is read for the records that stay, after everything else about them is decided; it is
held in this process's memory alone, and nothing but its redacted form is returned. What is
written is checked once more on the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from anonymizers.redaction.figures import RECALL
from anonymizers.redaction.redactor import Redactor
from anonymizers.redaction.vocabulary import version
from gateway.errors import IntegrityError, RefusedError
from gateway.lake.snapshots import read_loads
from policies.lint.redaction import INSTALL
from policies.reasons import Reason

if TYPE_CHECKING:
    from gateway.lake.connection import Lake
    from gateway.lake.vault_door import VaultDoor
    from policies.documents import DatasetDocument
    from policies.plans import ColumnPlan, ExtractPlan, Redaction

EXTRA = "presidio_analyzer"
LIMIT = (
    "{column} is redacted: on generated texts {recall} of what was planted in them was removed. "
    "This is no guarantee: it is still personal data."
)


@dataclass(frozen=True)
class Texts:
    """The free text of one extract.

    Attributes:
        lake: knows which load a record of the snapshot is of.
        door: of the home's vault; opened while texts are read, where any are asked for.
        plan, dataset, snapshot: of the extract.
    """

    lake: Lake
    door: VaultDoor
    plan: ExtractPlan
    dataset: DatasetDocument
    snapshot: int

    def redacted(self, records: pa.Array) -> dict[str, pa.Array]:
        """Return each redacted column of some records, in their order.

        Args:
            records: binary(16), roots of records that stay.

        Raises:
            LakeError: the vault isn't there, or can't be opened.
        """
        if not self.plan.redacted:
            return {}
        loads = read_loads(self.lake, self.dataset, self.snapshot, records)
        return {
            column.name: _redacted(column, self._read(column, loads))
            for column in self.plan.redacted
        }

    def _read(self, column: ColumnPlan, loads: pa.Table) -> pa.Array:
        with self.door.opened() as vault:
            return vault.texts_of(self.plan.dataset, column.name, loads)


def _redacted(column: ColumnPlan, texts: pa.Array) -> pa.Array:
    redactor = redactor_of(column.redaction)
    encoded = texts.dictionary_encode()
    forms = [redactor.redact(text) or None for text in encoded.dictionary.to_pylist()]
    return pa.array(forms, pa.string()).take(encoded.indices)


def redactor_of(redaction: Redaction | None) -> Redactor:
    """Return what redacts as a plan says."""
    assert redaction is not None  # noqa: S101 - only redacted columns are asked for
    if redaction.keep == "listed":
        return Redactor(redaction.languages)
    from gateway.presidio import presidio_recognizers

    return Redactor(redaction.languages, "unfound", presidio_recognizers(redaction.languages))


def check_redacted(written: pa.Table, plan: ExtractPlan) -> None:
    """Look at every redacted cell of a file that was read back.

    Raises:
        IntegrityError: one holds a word that isn't listed; the file must not leave.
    """
    for column in plan.redacted:
        if column.redaction is None or column.redaction.keep != "listed":
            continue
        redactor = redactor_of(column.redaction)
        if not all(redactor.is_clean(text or "") for text in written[column.name].to_pylist()):
            raise IntegrityError(f"the written file holds unlisted words in {column.name}")


def unavailable(plan: ExtractPlan) -> Reason | None:
    """Return why a plan's texts can't be redacted on this machine; None where they can."""
    unfound = any(
        column.redaction.keep == "unfound" for column in plan.redacted if column.redaction
    )
    if unfound and find_spec(EXTRA) is None:
        return Reason("redaction-unavailable", {"policy": plan.policy, "install": INSTALL})
    return None


def check_available(plan: ExtractPlan) -> None:
    """Refuse a plan whose texts can't be redacted on this machine.

    Raises:
        RefusedError: names what has to be installed.
    """
    missing = unavailable(plan)
    if missing is not None:
        raise RefusedError((missing,))


def limits_of_redaction(plan: ExtractPlan) -> list[str]:
    """Return what the manifest says of each redacted column."""
    return [
        LIMIT.format(column=column.name, recall=f"{RECALL[column.redaction.keep]:.1%}")
        for column in plan.redacted
        if column.redaction
    ]


def about_redaction(redaction: Redaction) -> dict[str, Any]:
    """Return what the manifest says about how a column was redacted."""
    return {
        "languages": list(redaction.languages),
        "keep": redaction.keep,
        "recall_on_generated_text": RECALL[redaction.keep],
        "words": version(redaction.languages),
    }


def redacted_as(redaction: Redaction) -> str:
    """Return what the codebook says a redacted column was released as."""
    what = "listed everyday words" if redaction.keep == "listed" else "what wasn't recognized"
    return f"{what}, the rest as placeholders; {RECALL[redaction.keep]:.1%} found on generated text"
