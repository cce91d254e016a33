"""The sealed columns of a submission: its upload, what it waits for, its report.

Each holds what only its contributor may see; each is destroyed when the submission is settled,
the report excepted, which never holds a value.
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.submissions.uploads import SealedUpload, folder_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.homes import Home
    from gateway.keys import Keys
    from gateway.store.tables import Submission

KEY_BYTES = 32


@dataclass(frozen=True)
class UploadFile:
    """A file of a submission: its name, and its size in bytes; None while nobody knows it."""

    name: str
    size: int | None = None


@dataclass(frozen=True, repr=False)
class Upload:
    """What came in with a submission.

    Attributes:
        key: 32 bytes; destroyed with the sealed form of this.
        files: in the order in which they came.
        reserved: bytes that it may take, as told before it came.
    """

    key: bytes
    files: tuple[UploadFile, ...]
    reserved: int

    @classmethod
    def new(cls, files: tuple[UploadFile, ...], reserved: int) -> Upload:
        """Return an upload under a fresh key."""
        return cls(secrets.token_bytes(KEY_BYTES), files, reserved)

    def sealed(self, keys: Keys, submission_id: str) -> bytes:
        """Seal it for its row."""
        told = {
            "key": base64.b64encode(self.key).decode(),
            "files": [[file.name, file.size] for file in self.files],
            "reserved": self.reserved,
        }
        return _seal(keys, submission_id, "upload", told)

    def opened(self, home: Home, submission_id: str) -> tuple[SealedUpload, ...]:
        """Return its files as readers take them."""
        folder = folder_of(home, submission_id)
        return tuple(
            SealedUpload(folder, self.key, number, file.name)
            for number, file in enumerate(self.files)
        )


def open_upload(keys: Keys, row: Submission) -> Upload | None:
    """Return what came in with a submission; None once that is destroyed."""
    if row.sealed_upload is None:
        return None
    told = _open(keys, row.id, "upload", row.sealed_upload)
    files = tuple(UploadFile(name, size) for name, size in told["files"])
    return Upload(base64.b64decode(told["key"]), files, told["reserved"])


@dataclass(frozen=True)
class Pending:
    """What a submission waits for, and what its contributor has said.

    Attributes:
        draft: a recipe that was proposed, as a document; empty where none was.
        draft_text: the same as YAML, with comments for a person.
        confidence: by declared column, how sure the draft is, 0 to 1.
        undecided: by declared column, the words that nobody has mapped, and in how many rows.
        undecided_left_out: how many more of them there are.
        corrections: what is proposed of cells, as it is shown.
        choice: what to do with corrections: `accept`, `leave`, or empty while nobody has said.
        go: whether to go on with what is open.
        again: whether it gives what it took back before.
        relabel: whether its labels count also for records that had narrower ones.
    """

    draft: Mapping[str, Any] = field(default_factory=dict)
    draft_text: str = ""
    confidence: Mapping[str, float] = field(default_factory=dict)
    undecided: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    undecided_left_out: int = 0
    corrections: tuple[Mapping[str, Any], ...] = ()
    choice: str = ""
    go: bool = False
    again: bool = False
    relabel: bool = False

    @property
    def asks(self) -> bool:
        """Whether there is anything to decide."""
        corrections = self.corrections and not self.choice
        return bool(self.draft or self.undecided or corrections) and not self.go

    def sealed(self, keys: Keys, submission_id: str) -> bytes:
        """Seal it for its row."""
        told = {**vars(self), "corrections": list(self.corrections)}
        return _seal(keys, submission_id, "pending", told)


def open_pending(keys: Keys, row: Submission) -> Pending:
    """Return what a submission waits for; nothing where that is settled."""
    if row.sealed_pending is None:
        return Pending()
    told = _open(keys, row.id, "pending", row.sealed_pending)
    return Pending(**{**told, "corrections": tuple(told["corrections"])})


def seal_report(keys: Keys, submission_id: str, report: Mapping[str, Any]) -> bytes:
    """Seal a report for its row."""
    return _seal(keys, submission_id, "report", report)


def open_report(keys: Keys, row: Submission) -> dict[str, Any]:
    """Return a submission's report; empty where there is none yet."""
    return _open(keys, row.id, "report", row.sealed_report) if row.sealed_report else {}


def _seal(keys: Keys, submission_id: str, part: str, told: Mapping[str, Any]) -> bytes:
    plain = json.dumps(told, ensure_ascii=False).encode()
    return keys.store_cipher().seal(plain, f"submission:{submission_id}:{part}")


def _open(keys: Keys, submission_id: str, part: str, sealed: bytes) -> dict[str, Any]:
    plain = keys.store_cipher().open(sealed, f"submission:{submission_id}:{part}")
    told: dict[str, Any] = json.loads(plain)
    return told
