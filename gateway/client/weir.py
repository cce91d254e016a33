"""The client as partners use it: from Python into a table, or into files."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.client.errors import OutputFileError
from gateway.client.extracts import OnProgress, Request
from gateway.client.private_keys import load_partner_key
from gateway.client.pull import Pulled, run_pull
from gateway.client.session import Session
from gateway.client.where import parse_where

if TYPE_CHECKING:
    import httpx
    import pyarrow as pa

MANIFEST_KEY, RECEIPT_KEY = b"weir.manifest", b"weir.receipt"
FORMATS = ("csv", "parquet", "jsonl", "xlsx")

Where = Sequence[str | Mapping[str, Any]]


class Weir:
    """A gateway, as one partner sees it."""

    def __init__(
        self,
        url: str,
        client_id: str,
        key: str | Path,
        *,
        language: str = "en",
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Name the gateway and the partner; nothing is sent yet.

        Args:
            url: of the gateway, as its operator gave it.
            client_id: the partner's name at the gateway.
            key: file with the partner's private key (PEM); the gateway's log key is pinned beside
                it, as `KEY.vkey`.
            language: of reasons: `en` or `es`.
            transport: another way to send; for tests.

        Raises:
            PrivateKeyError: the key can't be read or used.
        """
        self._url, self._client_id, self._language = url, client_id, language
        self._key = load_partner_key(Path(key))
        self._transport = transport

    def extract(  # noqa: PLR0913 - a request is named by all of these
        self,
        dataset: str,
        *,
        purpose: str,
        columns: Sequence[str] | None = None,
        where: Where | None = None,
        wait_seconds: float | None = None,
        on_progress: OnProgress | None = None,
    ) -> pa.Table:
        """Ask for an extract, wait, download, verify, and return it as a table.

        The manifest and the receipt are attached to the table's schema, as metadata under
        `weir.manifest` and `weir.receipt`. The bytes pass through a temporary folder that only
        this user can read, and are gone from it afterwards.

        Args:
            dataset: as an agreement names it.
            purpose: likewise.
            columns: a choice of columns; None for all that the policy gives.
            where: filters, as `parse_where` reads them or as `{column, in}`, `{column, from, to}`.
            wait_seconds: how long to wait at most; None for as long as it takes.
            on_progress: told how far it is.

        Raises:
            ClientError: see the tree in `gateway.client.errors`.
        """
        request = Request(dataset, purpose, "parquet", columns, _conditions(where))
        with tempfile.TemporaryDirectory(prefix="weir-") as folder:
            pulled = self._pull(
                request,
                output=Path(folder) / "extract.parquet",
                wait_seconds=wait_seconds,
                on_progress=on_progress,
            )
            return _read_table(pulled)

    def _pull(self, request: Request, **options: Any) -> Pulled:
        key, language = self._key, self._language
        with Session(
            self._url, self._client_id, key, language=language, transport=self._transport
        ) as session:
            return run_pull(session, request, key_file=key.file, **options)


def pull_to_file(  # noqa: PLR0913 - a pull is named by all of these
    url: str,
    *,
    client_id: str,
    key: str | Path,
    dataset: str,
    purpose: str,
    output: Path,
    file_format: str | None = None,
    columns: Sequence[str] | None = None,
    where: Where | None = None,
    replace: bool = False,
    language: str = "en",
    wait_seconds: float | None = None,
    on_progress: OnProgress | None = None,
    transport: httpx.BaseTransport | None = None,
) -> Pulled:
    """Ask for an extract, wait, download, verify, and keep it as files.

    Writes `output`, `output.codebook.csv`, `output.manifest.json` and `output.tlog-proof`.

    Args:
        url: of the gateway.
        client_id: the partner's name at the gateway.
        key: file with the partner's private key (PEM).
        dataset: as an agreement names it.
        purpose: likewise.
        output: name of the file.
        file_format: csv, parquet, jsonl or xlsx; None for what the output's ending says.
        columns: as in `Weir.extract`.
        where: as in `Weir.extract`.
        replace: whether files of these names may be replaced, once the new ones are verified.
        language: of reasons: `en` or `es`.
        wait_seconds: how long to wait at most; None for as long as it takes.
        on_progress: told how far it is.
        transport: another way to send; for tests.

    Raises:
        ClientError: see the tree in `gateway.client.errors`.
    """
    chosen = file_format or format_of(output)
    request = Request(dataset, purpose, chosen, columns, _conditions(where))
    weir = Weir(url, client_id, key, language=language, transport=transport)
    return weir._pull(  # noqa: SLF001 - two doors of one room
        request,
        output=output,
        replace=replace,
        wait_seconds=wait_seconds,
        on_progress=on_progress,
    )


def format_of(output: Path) -> str:
    """Tell the format from a file's ending.

    Raises:
        OutputFileError: the ending names none.
    """
    ending = output.suffix.removeprefix(".").lower()
    if ending not in FORMATS:
        raise OutputFileError(
            f"{output.name} doesn't end in {', '.join(FORMATS)}; name the format as well"
        )
    return ending


def _conditions(where: Where | None) -> list[Mapping[str, Any]] | None:
    if where is None:
        return None
    return [parse_where(one) if isinstance(one, str) else one for one in where]


def _read_table(pulled: Pulled) -> pa.Table:
    import pyarrow.parquet as pq

    table = pq.read_table(pulled.files.file)
    evidence = {
        MANIFEST_KEY: pulled.files.manifest.read_bytes(),
        RECEIPT_KEY: pulled.files.receipt.read_bytes(),
    }
    return table.replace_schema_metadata({**(table.schema.metadata or {}), **evidence})
