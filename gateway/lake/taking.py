"""What is taken back: how a withdrawal names it, and what that came to, by roots and ids alone."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from gateway.lake.engine import literal, quoted
from gateway.lake.tables import table_path
from policies.withdrawals import identifier_domains

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from policies.documents import DatasetDocument
    from policies.withdrawals import Kind


@dataclass(frozen=True)
class Target:
    """What is taken back, named by roots and ids alone.

    Attributes:
        kind: what it names.
        root: of the person's identifier, or of the record.
        domain: of the identifier.
        submission: its id.
    """

    kind: Kind
    root: bytes = b""
    domain: str = ""
    submission: str = ""

    def pack(self) -> bytes:
        """Return a form to seal."""
        return json.dumps([self.kind, self.root.hex(), self.domain, self.submission]).encode()

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        """Read what `pack` wrote."""
        kind, root, domain, submission = json.loads(packed)
        return cls(kind, bytes.fromhex(root), domain, submission)


@dataclass(frozen=True)
class Taking:
    """One withdrawal, as the lake is told of it.

    Attributes:
        id: its public id. sequence: its ordinal among submissions.
        contributor: whose records, '' for the operator's own.
    """

    id: str
    sequence: int
    contributor: str
    document: DatasetDocument
    target: Target

    @property
    def table(self) -> str:
        """The dataset's table."""
        return table_path(self.document.dataset)

    @property
    def own(self) -> str:
        """The condition for the records that it takes back."""
        return (
            f"weir_contributor = {literal(self.contributor)} "
            f"AND weir_sequence < {int(self.sequence)} AND ({named_in(self.document, self.target)})"
        )

    @property
    def names_the_unit(self) -> bool:
        """Whether the root that it names is a person's."""
        unit = self.document.columns.get(self.document.privacy_unit or "")
        if self.target.kind != "person" or unit is None:
            return False
        return (unit.domain or self.document.privacy_unit) == self.target.domain


def named_in(document: DatasetDocument, target: Target) -> str:
    """Return the condition for the records that a target names, whoever gave them."""
    if target.kind == "record":
        return f"weir_record = {blob_of(target.root)}"
    if target.kind == "submission":
        return f"weir_submission = {literal(target.submission)}"
    if target.kind == "contributor":
        return "true"
    columns = identifier_domains(document).get(target.domain, ())
    return " OR ".join(f"{quoted(name)} = {blob_of(target.root)}" for name in columns) or "false"


@dataclass(frozen=True)
class Taken:
    """What a withdrawal came to.

    Attributes:
        snapshot: the first one without the records.
        people: roots of those named, and of those whose records went.
        records: roots of its own records that went.
        identifiers: by domain, roots in those records.
        submissions: of which everything went.
        known_to_others: whether records of others hold one of the people.
    """

    snapshot: int
    people: frozenset[bytes]
    records: frozenset[bytes]
    identifiers: Mapping[str, frozenset[bytes]] = field(default_factory=dict)
    submissions: frozenset[str] = frozenset()
    known_to_others: bool = False

    def pack(self) -> bytes:
        """Return people, records and identifiers in a form to seal."""
        named = {domain: _hexes(roots) for domain, roots in self.identifiers.items()}
        return json.dumps([_hexes(self.people), _hexes(self.records), named]).encode()

    @classmethod
    def unpack(cls, snapshot: int, packed: bytes) -> Self:
        """Read what `pack` wrote."""
        people, records, named = json.loads(packed)
        identifiers = {domain: _roots(roots) for domain, roots in named.items()}
        return cls(snapshot, _roots(people), _roots(records), identifiers)


@dataclass(frozen=True)
class Withdrawn:
    """Records whose free text goes.

    Attributes:
        gone: their roots.
        current: `record` and `submission` of those that a later load brought again.
    """

    gone: Sequence[bytes]
    current: pa.Table


def blob_of(root: bytes) -> str:
    """Return a root as SQL writes it."""
    return f"from_hex({literal(root.hex())})"


def _hexes(roots: frozenset[bytes]) -> list[str]:
    return sorted(root.hex() for root in roots)


def _roots(hexes: list[str]) -> frozenset[bytes]:
    return frozenset(map(bytes.fromhex, hexes))
