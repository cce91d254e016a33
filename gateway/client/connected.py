"""Which gateway, and as whom: what everything that a program asks of it begins with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gateway.client.private_keys import load_partner_key
from gateway.client.session import Session

if TYPE_CHECKING:
    import httpx


class Connected:
    """A partner's way to a gateway."""

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

    def _session(self) -> Session:
        return Session(
            self._url,
            self._client_id,
            load_partner_key(Path(self._key)),
            language=self._language,
            transport=self._transport,
        )
