"""Appending to a resumable upload: one request at a time, from where the last one ended."""

from __future__ import annotations

import hashlib
import hmac
import threading
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.errors import ChecksumError, ExpiredError, InProgressError
from gateway.storage import noticing_a_full_disk
from gateway.submissions.checking import row_of
from gateway.submissions.receiving import finish_receiving
from gateway.submissions.sealing import open_upload
from gateway.submissions.uploads import SealedUpload, UploadWriter, noticing_a_cancel
from gateway.submissions.viewing import own_submission
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.context import Context


class OpenUploads:
    """The uploads to which a request appends at this moment.

    One process serves a home, so its memory knows all of them.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._turn, self._taken = threading.Lock(), set[str]()

    @contextmanager
    def taken(self, submission_id: str) -> Iterator[None]:
        """Hold an upload while the block lasts.

        Raises:
            InProgressError: another request does; ask again.
        """
        with self._turn:
            if submission_id in self._taken:
                raise InProgressError("another request appends to this upload; ask again")
            self._taken.add(submission_id)
        try:
            yield
        finally:
            with self._turn:
                self._taken.discard(submission_id)


@dataclass(frozen=True)
class Resumable:
    """An upload as its contributor finds it.

    Attributes:
        file: where its bytes go. length: how many will come. offset: how many are here.
        goes_on_as: once all are here, the submission that counts: this one, or the first that
            brought the same.
    """

    id: str
    file: SealedUpload
    length: int
    offset: int
    received_at: str
    goes_on_as: str = ""


def find_resumable(context: Context, contributor: str, submission_id: str) -> Resumable:
    """Return a contributor's upload.

    Raises:
        NotFoundError: it is another's, or none, or came as a form.
        ExpiredError: its files were checked and destroyed; the submission says what became of it.
    """
    own_submission(context, contributor, submission_id)
    row = row_of(context, submission_id)
    upload = open_upload(context.keys, row) if row is not None else None
    if row is None or upload is None or len(upload.files) != 1 or upload.files[0].size is None:
        raise ExpiredError("these bytes were taken; ask for the submission")
    (file,) = upload.opened(context.home, row.id)
    return Resumable(row.id, file, upload.files[0].size, file.size, row.received_at)


class Appending:
    """One request that brings bytes; used from one thread at a time."""

    def __init__(self, context: Context, upload: Resumable, checksum: bytes | None) -> None:
        """Go on where the upload ends.

        Args:
            context: the open home.
            upload: as `find_resumable` found it.
            checksum: the SHA-256 that the bytes must have; None where none was sent.
        """
        self._context, self._upload, self._checksum = context, upload, checksum
        self._digest = hashlib.sha256()
        self._writer = UploadWriter(upload.file)

    def write(self, data: bytes) -> None:
        """Take bytes.

        Raises:
            NotFoundError: the submission was cancelled meanwhile.
        """
        with noticing_a_full_disk(), noticing_a_cancel():
            self._digest.update(data)
            self._writer.write(data)

    def break_off(self, data: bytes) -> None:
        """Keep what came until the connection ended; what can't be verified is dropped."""
        if self._checksum is not None:
            self._writer.take_back()
            return
        self.write(data)
        self._writer.close()

    def finish(self) -> Resumable:
        """Make all of it durable; where that was the last, the submission is received.

        Raises:
            ChecksumError: the bytes aren't those that were sent; they are dropped.
        """
        if self._checksum is not None and not hmac.compare_digest(
            self._checksum, self._digest.digest()
        ):
            self._writer.take_back()
            raise ChecksumError((Reason("upload-checksum", {}),))
        with noticing_a_full_disk(), noticing_a_cancel():
            self._writer.close()
        done = replace(self._upload, offset=self._upload.file.size)
        if done.offset < done.length:
            return done
        return replace(done, goes_on_as=finish_receiving(self._context, done.id))
