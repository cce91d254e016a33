"""kill -9 at every stop of a load: never half a dataset, and the same file loads afterwards."""

from __future__ import annotations

import itertools

from gateway.demo.cases import generate_cases
from pyarrow import csv

from tests.crashes.homes import CASES, SMALL_LOAD, make_home
from tests.crashes.kills import Kill, random_kills
from tests.crashes.promises import broken_promises, see

# Each stop with what the same file, loaded again after the restart, is told.
STOPS = (
    (Kill("gateway.loading:_receive", "after"), "accepted"),
    (Kill("gateway.lake.ingest:_deposit", "before"), "accepted"),
    (Kill("gateway.lake.ingest:_deposit", "after"), "accepted"),
    (Kill("gateway.lake.ingest:_stage", "after"), "accepted"),
    (Kill("gateway.lake.loading:_insert", "before"), "accepted"),
    (Kill("gateway.lake.loading:_insert", "after"), "accepted"),
    (Kill("gateway.lake.loading:_note", "after"), "accepted"),
    (Kill("gateway.lake.ingest:load_staged", "after"), "loaded before"),
    (Kill("gateway.lake.vault:Vault.settle", "after"), "loaded before"),
    (Kill("gateway.loading:settle_submission", "before"), "loaded before"),
    (Kill("gateway.log:AuditLog.append", "before"), "loaded before"),
    (Kill("gateway.log:AuditLog.append", "after"), "loaded before"),
    (Kill("gateway.loading:settle_submission", "after"), "loaded before"),
    (Kill("gateway.log:AuditLog.sign", "before"), "loaded before"),
    (Kill("gateway.log:AuditLog.sign", "after"), "loaded before"),
)
