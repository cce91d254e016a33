"""What a partner runs: ask a gateway, wait, download, verify.

from gateway.client import Weir

weir = Weir("https://weir.example.org", "harbor-network", "harbor.pem")
table = weir.extract("hotline-cases", purpose="service-planning")
table.to_pandas()
table.schema.metadata[b"weir.receipt"]
"""

from __future__ import annotations

from gateway.client.errors import (
    ClientError,
    ExtractEndedError,
    OutputFileError,
    PinnedKeyError,
    PrivateKeyError,
    RefusalReason,
    StillWaitingError,
    UnreachableError,
    VerificationFailedError,
    WeirRequestError,
    WhereError,
)
from gateway.client.extracts import Progress
from gateway.client.outputs import OutputFiles
from gateway.client.pull import Pulled, format_of, pull_to_file
from gateway.client.weir import Weir
from gateway.client.where import parse_where

__all__ = [
    "ClientError",
    "ExtractEndedError",
    "OutputFileError",
    "OutputFiles",
    "PinnedKeyError",
    "PrivateKeyError",
    "Progress",
    "Pulled",
    "RefusalReason",
    "StillWaitingError",
    "UnreachableError",
    "VerificationFailedError",
    "Weir",
    "WeirRequestError",
    "WhereError",
    "format_of",
    "parse_where",
    "pull_to_file",
]
