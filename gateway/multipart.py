"""multipart/form-data, taken apart as it comes: small fields, files in pieces, nothing kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from gateway.errors import InvalidRequestError
from policies.reasons import Reason

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MOST_PARTS = 32
MOST_FIELD_BYTES = 256 << 10
LONGEST_NAME = 200
FILE_FIELD = "file"


@dataclass(frozen=True)
class Field:
    """A field of the form that isn't a file."""

    name: str
    value: str


@dataclass(frozen=True)
class FileBegins:
    """A file comes now; its bytes follow, up to the next of these or the end."""

    name: str


Event = Field | FileBegins | bytes


class FormReader:
    """Turns the bytes of a form into fields and files, without waiting for its end."""

    def __init__(self, content_type: str) -> None:
        """Begin a form.

        Raises:
            InvalidRequestError: the header isn't that of a form.
        """
        media_type, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if media_type != b"multipart/form-data" or not 0 < len(boundary) <= LONGEST_NAME:
            raise _invalid()
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._begin_part,
            "on_part_data": self._take_data,
            "on_part_end": self._end_part,
            "on_header_field": self._take_header_name,
            "on_header_value": self._take_header_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._begin_content,
            "on_end": self._end,
        }
        self._parser = MultipartParser(boundary, callbacks)
        self._events: list[Event] = []
        self._parts = self._field_bytes = 0
        self._ended = False
        self._begin_part()
        self._parts = 0

    def feed(self, data: bytes) -> list[Event]:
        """Take bytes, and return what they bring.

        Raises:
            InvalidRequestError: this is no form, or it holds too much beside its files.
        """
        try:
            self._parser.write(data)
        except FormParserError:
            raise _invalid() from None
        events, self._events = self._events, []
        return events

    def finish(self) -> None:
        """Say that all has come.

        Raises:
            InvalidRequestError: the form's end is missing.
        """
        if not self._ended:
            raise _invalid()

    def _begin_part(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise _invalid()
        self._header, self._value = b"", b""
        self._headers: dict[str, bytes] = {}
        self._name, self._is_file = "", False
        self._content = bytearray()

    def _take_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _take_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._header.decode("latin-1").lower()] = self._value
        self._header, self._value = b"", b""

    def _begin_content(self) -> None:
        disposition = self._headers.get("content-disposition", b"")
        kind, options = parse_options_header(disposition)
        self._name = _text(options.get(b"name", b""))
        self._is_file = self._name == FILE_FIELD
        if kind != b"form-data" or not self._name:
            raise _invalid()
        if self._is_file:
            self._events.append(FileBegins(file_name(_text(options.get(b"filename", b"")))))

    def _take_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._events.append(data[start:end])
            return
        self._field_bytes += end - start
        if self._field_bytes > MOST_FIELD_BYTES:
            raise _invalid()
        self._content += data[start:end]

    def _end_part(self) -> None:
        if not self._is_file:
            self._events.append(Field(self._name, _text(bytes(self._content))))

    def _end(self) -> None:
        self._ended = True


def file_name(told: str) -> str:
    """Return the last part of a name, as reports may show it.

    Raises:
        InvalidRequestError: nothing is left of it.
    """
    last = PureWindowsPath(told).name[-LONGEST_NAME:]
    name = "".join(mark for mark in last if mark.isprintable()).strip()
    if not name.strip("."):
        raise InvalidRequestError((Reason("file-name-missing", {}),))
    return name


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise _invalid() from None


def _invalid() -> InvalidRequestError:
    return InvalidRequestError((Reason("form-invalid", {}),))
