"""Uploads that go on: remembered beside the partner's key until all of their bytes are there."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.client.errors import UnreachableError, WeirRequestError
from gateway.files import atomic_write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from gateway.client.session import Session

CHUNK_BYTES = 8 << 20
TUS = {"Tus-Resumable": "1.0.0"}
TAKEN, ABSENT = 410, 404
MOST_MISSES = 8


def memory_file(key_file: Path) -> Path:
    """Return where uploads are remembered: beside the partner's key."""
    return key_file.with_name(key_file.name + ".uploads.json")


@dataclass(frozen=True)
class Upload:
    """One file that is to be uploaded.

    Attributes:
        file: where it lies. fields: what is said beside it.
    """

    file: Path
    fields: Mapping[str, str]

    def fingerprint(self, session: Session) -> str:
        """Name it by what is sent, to whom and as whom; nothing of the file can be read off it."""
        told = json.dumps([session.url, session.client_id, self.file.name, dict(self.fields)])
        with self.file.open("rb") as source:
            content = hashlib.file_digest(source, "sha256").digest()
        return hashlib.sha256(told.encode() + content).hexdigest()


class Memory:
    """Which upload of which file is under way, across runs of the client."""

    def __init__(self, file: Path) -> None:
        """Remember in this file; it holds hashes and addresses alone."""
        self._file = file

    def recall(self, fingerprint: str) -> str | None:
        """Return the address of an upload that was begun; None where none was."""
        return self._read().get(fingerprint)

    def remember(self, fingerprint: str, address: str) -> None:
        """Keep the address of an upload."""
        self._write({**self._read(), fingerprint: address})

    def forget(self, fingerprint: str) -> None:
        """Forget an upload that is done, or gone."""
        kept = {one: address for one, address in self._read().items() if one != fingerprint}
        self._write(kept)

    def _read(self) -> dict[str, str]:
        try:
            told = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return told if isinstance(told, dict) else {}

    def _write(self, kept: dict[str, str]) -> None:
        if kept:
            atomic_write(self._file, json.dumps(kept).encode())
        else:
            self._file.unlink(missing_ok=True)


def upload_file(
    session: Session, upload: Upload, memory: Memory, report: Callable[[float], None]
) -> str:
    """Upload a file in chunks, from where an earlier run ended, and return the submission's link.

    Args:
        session: as whom.
        upload: what is sent.
        memory: of uploads that are under way.
        report: told the share that is there.

    Raises:
        WeirRequestError: refused; carries the reasons.
        UnreachableError: no answer; run again, and it goes on.
    """
    fingerprint = upload.fingerprint(session)
    address = memory.recall(fingerprint)
    offset = _offset(session, address) if address else None
    if address is None or offset is None:
        address, offset = _begin(session, upload), 0
        memory.remember(fingerprint, address)
    _send_rest(session, upload.file, address, offset, report)
    memory.forget(fingerprint)
    return address.removesuffix("/content")


def _begin(session: Session, upload: Upload) -> str:
    pairs = {**upload.fields, "filename": upload.file.name}
    encoded = (f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in pairs.items())
    headers = {
        **TUS,
        "Upload-Length": str(upload.file.stat().st_size),
        "Upload-Metadata": ",".join(encoded),
    }
    answer = session.send("POST", "/v1/submissions", headers=headers)
    address = answer.headers.get("location")
    if not address:
        raise UnreachableError(f"{session.url} took the upload but named no place for it")
    return str(address)


def _offset(session: Session, address: str) -> int | None:
    """Return where an upload goes on; None where it is gone, its length where it was taken."""
    try:
        answer = session.send("HEAD", address, headers=TUS)
    except WeirRequestError as error:
        if error.http_status == TAKEN:
            return -1
        if error.http_status == ABSENT:
            return None
        raise
    return int(answer.headers.get("upload-offset", 0))


def _send_rest(
    session: Session,
    file: Path,
    address: str,
    offset: int,
    report: Callable[[float], None],
) -> None:
    size, misses = file.stat().st_size, 0
    with file.open("rb") as source:
        while 0 <= offset < size:
            source.seek(offset)
            try:
                offset = _send_chunk(session, address, offset, source.read(CHUNK_BYTES))
            except WeirRequestError as error:
                misses += 1
                if error.problem != "offset" or misses > MOST_MISSES:
                    raise
                found = _offset(session, address)
                if found is None:
                    raise
                offset = found
            report(offset / size)


def _send_chunk(session: Session, address: str, offset: int, chunk: bytes) -> int:
    digest = base64.b64encode(hashlib.sha256(chunk).digest()).decode()
    headers = {
        **TUS,
        "Content-Type": "application/offset+octet-stream",
        "Upload-Offset": str(offset),
        "Upload-Checksum": f"sha256 {digest}",
    }
    answer = session.send("PATCH", address, content=chunk, headers=headers)
    return int(answer.headers["upload-offset"])
