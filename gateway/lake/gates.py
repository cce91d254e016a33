"""Gates: what is asked once a load is checked, before anything of it changes the lake.

A gate that stops a load leaves nothing of it: the staged rows are dropped, the vault forgets. It
is asked with the report alone, which is made of the load's own rows: what it answers, and how
long that takes, tells nothing about anybody else's records.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

    from gateway.lake.report import IngestReport


class Verdict(Enum):
    """What becomes of a load that was checked."""

    GO = "go"
    STOP = "stop"


Gate = Callable[["IngestReport"], Verdict]


def let_through(report: IngestReport) -> Verdict:
    """Let every load through: an operator's."""
    del report
    return Verdict.GO


class Door(Protocol):
    """What a load needs of the vault; see `gateway.lake.vault.Vault`."""

    def deposit_identifiers(
        self, submission: str, domain: str, roots: pa.Array, values: pa.Array
    ) -> None:
        """Keep identifiers under their roots."""

    def deposit_texts(
        self, submission: str, dataset: str, field: str, records: pa.Array, values: pa.Array
    ) -> None:
        """Keep the free text of records."""

    def forget_identifiers(self, submission: str, domain: str, roots: pa.Array) -> None:
        """Take out identifiers that only refused rows brought."""

    def forget_texts(self, submission: str, records: pa.Array) -> None:
        """Take out the texts of refused rows."""

    def settle(self, submission: str, dataset: str, superseded: pa.Array) -> None:
        """Count the submission as loaded."""

    def forget(self, submission: str) -> None:
        """Take out what the submission brought."""


class _NoVault:
    """Where a dry run leaves identifiers: nowhere."""

    def deposit_identifiers(
        self, submission: str, domain: str, roots: pa.Array, values: pa.Array
    ) -> None:
        """Keep nothing."""

    def deposit_texts(
        self, submission: str, dataset: str, field: str, records: pa.Array, values: pa.Array
    ) -> None:
        """Keep nothing."""

    def forget_identifiers(self, submission: str, domain: str, roots: pa.Array) -> None:
        """Forget nothing: nothing was kept."""

    def forget_texts(self, submission: str, records: pa.Array) -> None:
        """Forget nothing: nothing was kept."""

    def settle(self, submission: str, dataset: str, superseded: pa.Array) -> None:
        """Refuse: a load that isn't in the vault must not come into the lake."""
        del submission, dataset, superseded
        raise AssertionError("a dry run came as far as the lake")

    def forget(self, submission: str) -> None:
        """Forget nothing: nothing was kept."""


NO_VAULT: Door = _NoVault()
