"""Downloads: the bytes of an extract and its codebook, whole or in part."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from gateway.downloads import Download, open_codebook, open_content
from gateway.problems import Problem, problem_response
from gateway.ranges import ByteRange, UnsatisfiableRangeError, names_etag, requested_range
from gateway.routes.dependencies import ExtractId, OpenHome, Reader, Responses

router = APIRouter(prefix="/v1/extracts", tags=["extracts"])
_CHUNK_BYTES = 256 * 1024
_BYTES: Responses = {
    200: {"description": "All the bytes.", "content": {"application/octet-stream": {}}},
    206: {"description": "The range asked for."},
    304: {"description": "The caller has these bytes."},
}


@router.head("/{extract_id}/content", include_in_schema=False)
@router.get("/{extract_id}/content", response_class=StreamingResponse, responses=_BYTES)
def content(request: Request, context: OpenHome, caller: Reader, extract_id: ExtractId) -> Response:
    """Return the released bytes; agreement, consent and withdrawals are checked again."""
    return _Delivery(request, open_content(context, caller.partner, extract_id)).response()


@router.head("/{extract_id}/codebook", include_in_schema=False)
@router.get("/{extract_id}/codebook", response_class=StreamingResponse, responses=_BYTES)
def codebook(
    request: Request, context: OpenHome, caller: Reader, extract_id: ExtractId
) -> Response:
    """Return the codebook of the release, under the same checks."""
    return _Delivery(request, open_codebook(context, caller.partner, extract_id)).response()


@dataclass(frozen=True)
class _Delivery:
    """One download and the request it answers."""

    request: Request
    download: Download

    @property
    def etag(self) -> str:
        return f'"{self.download.sha256}"'

    def response(self) -> Response:
        if names_etag(self._header("if-none-match"), self.etag):
            self.download.reader.close()
            return Response(status_code=304, headers=self._headers())
        try:
            asked = requested_range(self._range_header(), self.download.size)
        except UnsatisfiableRangeError:
            return self._unsatisfiable()
        if asked is None:
            return self._send(200, ByteRange(0, self.download.size - 1), {})
        span = f"bytes {asked.first}-{asked.last}/{self.download.size}"
        return self._send(206, asked, {"Content-Range": span})

    def _header(self, name: str) -> str | None:
        return self.request.headers.get(name)

    def _range_header(self) -> str | None:
        """Return the range, unless it was asked of other bytes than these."""
        condition = self._header("if-range")
        return self._header("range") if condition in (None, self.etag) else None

    def _headers(self) -> dict[str, str]:
        digest = base64.b64encode(bytes.fromhex(self.download.sha256)).decode()
        return {
            "ETag": self.etag,
            "Repr-Digest": f"sha-256=:{digest}:",
            "Accept-Ranges": "bytes",
            "Content-Disposition": f'attachment; filename="{self.download.filename}"',
        }

    def _unsatisfiable(self) -> Response:
        self.download.reader.close()
        headers = {"Content-Range": f"bytes */{self.download.size}"}
        problem = Problem("range-not-satisfiable", 416, (), headers)
        return problem_response(problem, self._header("accept-language") or "")

    def _send(self, status: int, part: ByteRange, extra: dict[str, str]) -> Response:
        headers = {**self._headers(), **extra, "Content-Length": str(part.length)}
        if self.request.method == "HEAD":
            self.download.reader.close()
            return Response(None, status, headers, self.download.media_type)
        stream = _read(self.download, part)
        return StreamingResponse(stream, status, headers, self.download.media_type)


def _read(download: Download, part: ByteRange) -> Iterator[bytes]:
    with download.reader as reader:
        reader.seek(part.first)
        left = part.length
        while left > 0:
            chunk = reader.read(min(left, _CHUNK_BYTES))
            if not chunk:
                return  # the answer ends short of its length, and the caller notices
            left -= len(chunk)
            yield chunk
