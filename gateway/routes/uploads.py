"""Resumable uploads by tus 1.0.0: created, appended to, given up, expired; with checksums.

References:
    https://tus.io/protocols/resumable-upload
"""

import base64
import binascii
import hashlib
from email.utils import format_datetime
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from gateway.context import Context
from gateway.errors import (
    InvalidRequestError,
    OffsetError,
    ProtocolVersionError,
    WeirError,
)
from gateway.idempotency import Answer, answer_once, read_key
from gateway.multipart import file_name
from gateway.permissions import Caller
from gateway.problems import problem_of, problem_response
from gateway.routes.dependencies import Contributor, OpenHome, SubmissionId
from gateway.streams import (
    CLOSE,
    MAX_UPLOAD_BYTES,
    BrokenOffError,
    check_length,
    declared_length,
    read_paced,
)
from gateway.submissions.appending import Appending, OpenUploads, Resumable, find_resumable
from gateway.submissions.deciding import take_back
from gateway.submissions.keeping import expires_at
from gateway.submissions.receiving import finish_receiving, open_submission
from gateway.submissions.sealing import UploadFile
from gateway.submissions.terms import parse_terms
from policies.reasons import Reason

router = APIRouter(prefix="/v1/submissions", tags=["submissions"])
TUS, VERSION = "tus-resumable", "1.0.0"
SPOKEN = {
    "Tus-Resumable": VERSION,
    "Tus-Version": VERSION,
    "Tus-Extension": "creation,creation-with-upload,termination,expiration,checksum",
    "Tus-Max-Size": str(MAX_UPLOAD_BYTES),
    "Tus-Checksum-Algorithm": "sha256",
}
OFFSETS = "application/offset+octet-stream"
_SERVER_ERROR = 500
_WRITTEN_BYTES = 1 << 20


def _check_version(request: Request) -> None:
    if request.headers.get(TUS) != VERSION:
        raise ProtocolVersionError(f"speak tus {VERSION}, and say so in Tus-Resumable")


def _uploads(request: Request) -> OpenUploads:
    return cast("OpenUploads", request.app.state.uploads)


Spoken = Annotated[None, Depends(_check_version)]
Uploads = Annotated[OpenUploads, Depends(_uploads)]


@router.options("", status_code=204)
def abilities() -> Response:
    """Say what of the protocol is spoken here."""
    return Response(status_code=204, headers=SPOKEN)


async def create_upload(
    request: Request, context: Context, caller: Caller, accept_language: str
) -> Response:
    """Begin an upload; where its first bytes come along, they are taken as well."""
    _check_version(request)
    length = _length(request)
    has_body = bool(declared_length(request)) or "transfer-encoding" in request.headers
    told = f"{length}\n{request.headers.get('upload-metadata', '')}\n{has_body}".encode()

    def make() -> Answer:
        try:
            return _create(request, context, caller, length)
        except WeirError as error:
            if error.status >= _SERVER_ERROR:
                raise
            response = problem_response(problem_of(error), accept_language)
            told_by = tuple(response.headers.items())
            return Answer(response.status_code, told_by, bytes(response.body))

    answer = await run_in_threadpool(
        answer_once,
        context,
        client=caller.partner,
        key=read_key(request.headers.getlist("idempotency-key")),
        request="POST /v1/submissions tus",
        body=told,
        make=make,
    )
    headers = dict(answer.headers)
    if answer.status == 201:  # noqa: PLR2004 - created
        submission_id = headers["location"].split("/")[3]
        if length == 0 or (has_body and _is_of_upload(request)):
            appended = await _append(request, context, caller, submission_id, 0)
            headers |= {name.lower(): value for name, value in appended.items()}
    return Response(answer.body, answer.status, headers)


def _is_of_upload(request: Request) -> bool:
    if request.headers.get("content-type", "").lower() != OFFSETS:
        raise HTTPException(415, headers=CLOSE)
    return True


def _create(request: Request, context: Context, caller: Caller, length: int) -> Answer:
    fields = _metadata(request.headers.get("upload-metadata", ""))
    name = file_name(fields.pop("filename", ""))
    terms = parse_terms(fields)
    files = (UploadFile(name, length),)
    opened = open_submission(context, caller.partner, terms, files, length)
    ends = expires_at(context.clock.timestamp())
    headers = (
        ("location", f"/v1/submissions/{opened.id}/content"),
        ("tus-resumable", VERSION),
        ("upload-offset", "0"),
        ("upload-expires", format_datetime(ends, usegmt=True)),
    )
    return Answer(201, headers, b"")


def _length(request: Request) -> int:
    told = request.headers.get("upload-length", "")
    if not (told.isascii() and told.isdecimal()):
        raise _invalid("tus-length", limit=str(MAX_UPLOAD_BYTES))
    length = told.lstrip("0") or "0"
    if len(length) > len(str(MAX_UPLOAD_BYTES)) or int(length) > MAX_UPLOAD_BYTES:
        raise HTTPException(413, headers={**CLOSE, "Tus-Resumable": VERSION})
    return int(length)


def _metadata(header: str) -> dict[str, str]:
    """Read pairs of a name and a value in base64, separated by commas."""
    fields: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        name, _, encoded = pair.partition(" ")
        if name in fields:
            raise _invalid("tus-metadata")
        try:
            fields[name] = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise _invalid("tus-metadata") from None
    return fields


def _invalid(rule: str, **params: str) -> InvalidRequestError:
    return InvalidRequestError((Reason(rule, params),))


@router.head("/{submission_id}/content", status_code=200)
def offset(
    context: OpenHome, caller: Contributor, submission_id: SubmissionId, _spoken: Spoken
) -> Response:
    """Say where an upload goes on."""
    upload = find_resumable(context, caller.partner, submission_id)
    if upload.offset == upload.length:
        finish_receiving(context, submission_id)  # where its last request couldn't
    headers = {"Upload-Length": str(upload.length), **_headers(upload)}
    return Response(status_code=200, headers={**headers, "Cache-Control": "no-store"})


def _headers(upload: Resumable) -> dict[str, str]:
    return {
        "Tus-Resumable": VERSION,
        "Upload-Offset": str(upload.offset),
        "Upload-Expires": format_datetime(expires_at(upload.received_at), usegmt=True),
    }


@router.patch(
    "/{submission_id}/content",
    status_code=204,
    openapi_extra={
        "requestBody": {"content": {OFFSETS: {"schema": {"type": "string", "format": "binary"}}}}
    },
)
async def append(
    request: Request,
    context: OpenHome,
    caller: Contributor,
    submission_id: SubmissionId,
    _spoken: Spoken,
) -> Response:
    """Take more bytes of an upload, from its offset on."""
    if request.headers.get("content-type", "").lower() != OFFSETS:
        raise HTTPException(415, headers=CLOSE)
    told = request.headers.get("upload-offset", "")
    if not told.isdecimal():
        raise HTTPException(400, headers=CLOSE)
    headers = await _append(request, context, caller, submission_id, int(told[:20]))
    return Response(status_code=204, headers=headers)


async def _append(
    request: Request, context: Context, caller: Caller, submission_id: str, start: int
) -> dict[str, str]:
    uploads = _uploads(request)
    with uploads.taken(submission_id):
        upload = await run_in_threadpool(find_resumable, context, caller.partner, submission_id)
        if upload.offset != start:
            raise OffsetError("ask for the offset with HEAD, and go on there")
        room = upload.length - upload.offset
        check_length(request, room)
        appending = Appending(context, upload, _checksum(request))
        await _read_into(request, appending, room)
        done = await run_in_threadpool(appending.finish)
        headers = _headers(done)
        if done.goes_on_as:
            headers["Content-Location"] = f"/v1/submissions/{done.goes_on_as}"
        return headers


async def _read_into(request: Request, appending: Appending, room: int) -> None:
    waiting, size = list[bytes](), 0
    try:
        async for part in read_paced(request.receive, room):
            waiting.append(part)
            size += len(part)
            if size >= _WRITTEN_BYTES:
                await run_in_threadpool(appending.write, b"".join(waiting))
                waiting, size = [], 0
        await run_in_threadpool(appending.write, b"".join(waiting))
    except BrokenOffError:
        # What came stays, and the next request goes on there.
        await run_in_threadpool(appending.break_off, b"".join(waiting))
        raise HTTPException(400) from None
    except BaseException:
        await run_in_threadpool(appending.break_off, b"")
        raise


def _checksum(request: Request) -> bytes | None:
    told = request.headers.get("upload-checksum")
    if told is None:
        return None
    algorithm, _, encoded = told.partition(" ")
    try:
        digest = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        digest = b""
    if algorithm != "sha256" or len(digest) != hashlib.sha256().digest_size:
        raise HTTPException(400, headers=CLOSE)
    return digest


@router.delete("/{submission_id}/content", status_code=204)
def terminate(
    context: OpenHome,
    caller: Contributor,
    submission_id: SubmissionId,
    uploads: Uploads,
    _spoken: Spoken,
) -> Response:
    """Give an upload up; what came of it is destroyed."""
    with uploads.taken(submission_id):
        find_resumable(context, caller.partner, submission_id)
        take_back(context, caller.partner, submission_id)
    return Response(status_code=204, headers={"Tus-Resumable": VERSION})
