"""A submission as one form: taken apart while it comes, each file sealed as it arrives."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from gateway.errors import InvalidRequestError, NotFoundError
from gateway.multipart import Field, FileBegins, FormReader
from gateway.storage import noticing_a_full_disk
from gateway.streams import MAX_UPLOAD_BYTES, check_length, declared_length, read_paced
from gateway.submissions.deciding import take_back
from gateway.submissions.receiving import name_files, open_submission
from gateway.submissions.sealing import UploadFile
from gateway.submissions.terms import parse_terms
from gateway.submissions.uploads import (
    SealedUpload,
    UploadWriter,
    delete_uploads,
    folder_of,
    noticing_a_cancel,
)
from gateway.submissions.viewing import own_submission
from policies.reasons import Reason

if TYPE_CHECKING:
    from starlette.requests import Request

    from gateway.context import Context
    from gateway.multipart import Event
    from gateway.submissions.sealing import Upload

WRITTEN_BYTES = 1 << 20


async def receive_form(request: Request, context: Context, contributor: str) -> tuple[str, bytes]:
    """Take the files of a form, whole or not at all.

    Nothing of a file is written before its contributor may send it: fields stand before files.

    Returns:
        The submission's id, and the SHA-256 of what was said and sent.

    Raises:
        InvalidRequestError: the form can't be read, or says what isn't valid.
        RefusedError: it may not be sent.
        HTTPException: it is too long, or too slow.
        BrokenOffError: the connection ended.
    """
    check_length(request, MAX_UPLOAD_BYTES)
    reserved = declared_length(request) or MAX_UPLOAD_BYTES
    form = _Form(context, contributor, reserved)
    reader = FormReader(request.headers.get("content-type", ""))
    waiting, size = list[bytes](), 0
    try:
        async for part in read_paced(request.receive, MAX_UPLOAD_BYTES):
            waiting.append(part)
            size += len(part)
            if size >= WRITTEN_BYTES:
                await run_in_threadpool(form.take, reader.feed(b"".join(waiting)))
                waiting, size = [], 0
        await run_in_threadpool(form.take, reader.feed(b"".join(waiting)))
        reader.finish()
        submission_id = await run_in_threadpool(form.finish)
    except BaseException:
        await run_in_threadpool(form.drop)
        raise
    return submission_id, form.digest()


class _Form:
    """What has come of a form so far."""

    def __init__(self, context: Context, contributor: str, reserved: int) -> None:
        self._context, self._contributor, self._reserved = context, contributor, reserved
        self._fields: dict[str, str] = {}
        self._files: list[UploadFile] = []
        self._id = ""
        self._writer: UploadWriter | None = None
        self._upload: Upload | None = None
        self._content = hashlib.sha256()

    def take(self, events: list[Event]) -> None:
        """Take what a piece of the body brought.

        Raises:
            NotFoundError: the submission was cancelled meanwhile.
        """
        with noticing_a_full_disk(), noticing_a_cancel():
            for event in events:
                if isinstance(event, Field):
                    self._take_field(event)
                elif isinstance(event, FileBegins):
                    self._begin_file(event.name)
                elif self._writer is not None:
                    self._content.update(event)
                    self._writer.write(event)

    def _take_field(self, field: Field) -> None:
        if field.name in self._fields:
            raise InvalidRequestError((Reason("form-field-twice", {"key": field.name}),))
        if self._id:
            raise InvalidRequestError((Reason("form-field-late", {"key": field.name}),))
        self._fields[field.name] = field.value

    def _begin_file(self, name: str) -> None:
        self._end_file()
        if not self._id:
            self._open()
        own_submission(self._context, self._contributor, self._id)
        self._files.append(UploadFile(name))
        self._content.update(b"\n")
        self._writer = UploadWriter(self._sealed(len(self._files) - 1, name))

    def _open(self) -> None:
        terms = parse_terms(self._fields)
        opened = open_submission(self._context, self._contributor, terms, (), self._reserved)
        self._id, self._upload = opened.id, opened.upload

    def _sealed(self, number: int, name: str) -> SealedUpload:
        assert self._upload is not None  # noqa: S101 - it was opened before its first file
        return SealedUpload(folder_of(self._context.home, self._id), self._upload.key, number, name)

    def _end_file(self) -> None:
        if self._writer is None:
            return
        self._writer.close()
        last = self._files[-1]
        self._files[-1] = replace(last, size=self._writer.offset)
        self._writer = None

    def finish(self) -> str:
        """Note the files; all of them are durable then."""
        with noticing_a_full_disk(), noticing_a_cancel():
            self._end_file()
        if self._upload is None:
            raise InvalidRequestError((Reason("files-missing", {}),))
        taken = sum(file.size or 0 for file in self._files)
        noted = replace(self._upload, files=tuple(self._files), reserved=taken)
        name_files(self._context, self._id, noted)
        return self._id

    def drop(self) -> None:
        """Leave nothing of a form that didn't come whole."""
        if self._writer is not None:
            self._writer.abandon()
            self._writer = None
        if self._id:
            try:
                take_back(self._context, self._contributor, self._id)
            except NotFoundError:  # it was cancelled while it came
                delete_uploads(self._context.home, self._id)

    def digest(self) -> bytes:
        """Return the hash of what was said and sent, whatever separates the parts."""
        said = "\n".join(f"{name}={value}" for name, value in sorted(self._fields.items()))
        return hashlib.sha256(said.encode() + b"\n\n" + self._content.digest()).digest()
