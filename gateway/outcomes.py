"""The outcome of making an extract: what the manifest will say, and the keys of its bytes."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from anonymizers.pseudonyms import derive_key
from gateway.errors import IntegrityError
from gateway.refusals import Refusal
from policies.reasons import Reason

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.context import Context
    from gateway.store.tables import Extract

_KEYS = ("content_key", "classes_key")
_REFUSED = "refused"
CONTENT, CODEBOOK, CLASSES = "content", "codebook", "classes"
SPILL = "spill"  # a folder, there only while the files are made
LEDGER_SPILL = f"{SPILL}/ledger"  # in it
PREVIEW = "preview-"  # begins the name of such a folder of a preview, among temporary files


@dataclass(frozen=True)
class Outcome:
    """What is known once the bytes are written and recounted, and before they may leave.

    Attributes:
        content_sha256, codebook_sha256: of the plain bytes that partners download.
        rows: released rows; one for each person.
        columns: how each column was released.
        protection, utility: the manifest's parts of these names.
        epoch: of the tokens, by column.
        first_consent_end: the first day on which some released person's consent has ended.
        consent_basis: keyed hash of what consent was judged on, taken before it was.
        view: keyed hash of who was released, and how; the same in every format.
        left_out: people or records that fell out, by cause; for officers only.
        content_key, classes_key: 32 bytes each.
        overlaps, compared_until: see `clearance.Compared`.
        erasures: see `erasures.count_erasures`, when making began.
    """

    content_sha256: str
    codebook_sha256: str
    rows: int
    columns: list[dict[str, Any]]
    protection: dict[str, Any]
    utility: dict[str, Any]
    epoch: dict[str, str]
    first_consent_end: str | None
    consent_basis: str
    view: str
    left_out: dict[str, int]
    content_key: bytes
    classes_key: bytes
    overlaps: list[str] = field(default_factory=list)
    compared_until: int = -1
    erasures: int = 0

    @property
    def has_random_tokens(self) -> bool:
        """Whether tokens in it are random: they are lost when the token vault loses them."""
        return any(one["parameters"].get("tokens") == "vaulted" for one in self.columns)


def part_key(key: bytes, part: str) -> bytes:
    """Return the key of one file of a release: files can't stand in for each other."""
    return derive_key(key, "weir released file v1", part)


def folder_of(context: Context, extract_id: str) -> Path:
    """Return the folder that holds an extract's sealed files."""
    return context.home.releases_dir / extract_id


def seal_outcome(context: Context, extract_id: str, outcome: Outcome | Refusal) -> bytes:
    """Seal an outcome for its extract's row, or the refusal that stands in its place."""
    plain = _plain_refusal(outcome) if isinstance(outcome, Refusal) else _plain(outcome)
    return context.keys.store_cipher().seal(
        json.dumps(plain).encode(),
        f"extract:{extract_id}:outcome",
    )


def _plain_refusal(refusal: Refusal) -> dict[str, Any]:
    reason = {"rule": refusal.reason.rule, "params": dict(refusal.reason.params)}
    return {_REFUSED: reason, "view": refusal.view}


def _plain(outcome: Outcome) -> dict[str, Any]:
    plain = asdict(outcome)
    for name in _KEYS:
        plain[name] = base64.b64encode(plain[name]).decode()
    return plain


def open_outcome(context: Context, extract: Extract) -> Outcome | Refusal:
    """Open the outcome of a made extract, or the refusal that stands in its place.

    Raises:
        IntegrityError: the extract has none: it was never made, or it ended.
    """
    if extract.sealed_outcome is None:
        raise IntegrityError(f"extract {extract.id} has no outcome to release")
    plain = json.loads(
        context.keys.store_cipher().open(extract.sealed_outcome, f"extract:{extract.id}:outcome"),
    )
    if _REFUSED in plain:
        return Refusal(Reason(**plain[_REFUSED]), plain["view"])
    for name in _KEYS:
        plain[name] = base64.b64decode(plain[name])
    return Outcome(**plain)
