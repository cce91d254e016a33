"""What a partner runs: ask a gateway, wait, download, verify.

    from gateway.client import Weir

    weir = Weir("https://weir.example.org", "harbor-network", "harbor.pem")
    table = weir.extract("hotline-cases", purpose="service-planning")
"""

from __future__ import annotations

from gateway.client.errors import (
    ConnectionFailedError,
    ExtractEndedError,
    OutputError,
    PinnedKeyError,
    PrivateKeyError,
    VerificationFailedError,
    WaitEndedError,
    WeirClientError,
    WeirRequestError,
)
from gateway.client.weir import Weir
from gateway.client.where import WhereError, parse_where

__all__ = [
    "ConnectionFailedError",
    "ExtractEndedError",
    "OutputError",
    "PinnedKeyError",
    "PrivateKeyError",
    "VerificationFailedError",
    "WaitEndedError",
    "Weir",
    "WeirClientError",
    "WeirRequestError",
    "WhereError",
    "parse_where",
]
