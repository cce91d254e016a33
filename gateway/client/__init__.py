"""What a partner runs: ask a gateway, wait, download, verify.

from gateway.client import Weir

weir = Weir("https://weir.example.org", "harbor-network", "harbor.pem")
table = weir.extract("hotline-cases", purpose="service-planning")
table.to_pandas()
table.schema.metadata[b"weir.receipt"]

counts = weir.aggregate(
    "hotline-cases",
    purpose="research",
    measures=["count_people"],
    group_by=["exploitation", "reported_on:year"],
    epsilon=0.5,
)
counts.to_pandas()
"""

from __future__ import annotations

from gateway.client.answers import Aggregated, AggregatedBatch, AnsweredTable, Estimate, Evidence
from gateway.client.errors import (
    ClientError,
    ExtractEndedError,
    MeasureError,
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
from gateway.client.questions import Query, query
from gateway.client.submissions import Offered, Submitted
from gateway.client.weir import Weir
from gateway.client.where import parse_where

__all__ = [
    "Aggregated",
    "AggregatedBatch",
    "AnsweredTable",
    "ClientError",
    "Estimate",
    "Evidence",
    "ExtractEndedError",
    "MeasureError",
    "Offered",
    "OutputFileError",
    "OutputFiles",
    "PinnedKeyError",
    "PrivateKeyError",
    "Progress",
    "Pulled",
    "Query",
    "RefusalReason",
    "StillWaitingError",
    "Submitted",
    "UnreachableError",
    "VerificationFailedError",
    "Weir",
    "WeirRequestError",
    "WhereError",
    "format_of",
    "parse_where",
    "pull_to_file",
    "query",
]
