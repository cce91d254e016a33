"""The client as programs use it: from a gateway into a table."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.client.pull import Pulled, pull_to_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx
    import pyarrow as pa

    from gateway.client.extracts import OnProgress
    from gateway.client.where import Where

MANIFEST_KEY, RECEIPT_KEY = b"weir.manifest", b"weir.receipt"


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
        """Name the gateway and the partner; nothing is read or sent yet.

        Args:
            url: of the gateway, as its operator gave it.
            client_id: the partner's name at the gateway.
            key: file with the partner's private key (PEM); the gateway's log key is pinned beside
                it, as `KEY.vkey`.
            language: of reasons: `en` or `es`.
            transport: another way to send; for tests.
        """
        self._url, self._client_id, self._key = url, client_id, key
        self._language, self._transport = language, transport

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
        with tempfile.TemporaryDirectory(prefix="weir-") as folder:
            pulled = pull_to_file(
                self._url,
                client_id=self._client_id,
                key=self._key,
                dataset=dataset,
                purpose=purpose,
                output=Path(folder) / "extract.parquet",
                columns=columns,
                where=where,
                language=self._language,
                wait_seconds=wait_seconds,
                on_progress=on_progress,
                transport=self._transport,
            )
            return _read_table(pulled)


def _read_table(pulled: Pulled) -> pa.Table:
    import pyarrow.parquet as pq

    table = pq.read_table(pulled.files.file)
    evidence = {
        MANIFEST_KEY: pulled.files.manifest.read_bytes(),
        RECEIPT_KEY: pulled.files.receipt.read_bytes(),
    }
    return table.replace_schema_metadata({**(table.schema.metadata or {}), **evidence})
