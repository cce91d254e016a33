"""Links: which identities are one person's, as rows that only grow.

A row is either evidence (some columns of two identities' records agree: `deterministic`, or
`probable` with a probability) or an officer's word on a pair: `confirmed`, `refused`, and, where
it is `undone`, what of these was taken back. The last word of an officer counts; without one,
deterministic evidence links and probable evidence waits. Evidence holds names of columns, never
values, and who gave the two records that it is from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from gateway.lake.engine import literal, quoted
from gateway.lake.people import Pair, Pairs
from gateway.lake.tables import BOOKS, LINKS

if TYPE_CHECKING:
    import duckdb

    from gateway.keys import Keys

Kind = Literal["deterministic", "probable", "confirmed", "refused"]
_ID_CHARACTERS = 20
OPEN, APART = "open", "apart"
_NO_CONTRIBUTOR = "\n"  # no partner is called so: everything is by others


@dataclass(frozen=True)
class Run:
    """What found links, or an officer's act.

    Attributes:
        id: of the submission, run or act. time: RFC 3339.
        domain, dataset: whose identities, found in which data.
        officer, reason: of an act; '' of a run.
    """

    id: str
    time: str
    domain: str
    dataset: str
    officer: str = ""
    reason: str = ""


def link_id(keys: Keys, domain: str, left: bytes, right: bytes) -> str:
    """Return the public id of a pair: the same whenever and wherever it is found."""
    name = b"link\n" + domain.encode() + b"\n" + left + right
    return f"lnk_{keys.fingerprint(name)[:_ID_CHARACTERS]}"


def read_pairs(
    cursor: duckdb.DuckDBPyConnection,
    domain: str,
    *,
    snapshot: int | None = None,
    partner: str = _NO_CONTRIBUTOR,
) -> Pairs:
    """Read what counts of a domain's links.

    Args:
        cursor: of the lake.
        domain: of the identities.
        snapshot: as links were then; as they are now when not given.
        partner: whose own data makes no pair `by_others`.
    """
    found = cursor.execute(
        f"{_states(domain, snapshot, partner)} SELECT id, left_root, right_root, by_others, state "
        f"FROM states WHERE state <> {literal(OPEN)} ORDER BY state, since, id",
    ).fetchall()
    pairs = [(state, Pair(*row)) for *row, state in found]
    return Pairs(
        linked=tuple(pair for state, pair in pairs if state != APART),
        apart=tuple(pair for state, pair in pairs if state == APART),
    )


def has_links(cursor: duckdb.DuckDBPyConnection, domain: str) -> bool:
    """Whether anything was ever said of two identities of a domain."""
    query = f"SELECT 1 FROM {LINKS} WHERE domain = {literal(domain)} LIMIT 1"
    return cursor.execute(query).fetchone() is not None


def _states(domain: str, snapshot: int | None = None, partner: str = _NO_CONTRIBUTOR) -> str:
    """Return the common tables that end in `states`: each pair once, with what became of it."""
    at = "" if snapshot is None else f"AT (VERSION => {int(snapshot)})"
    mine = literal(partner)
    return (
        f"WITH theirs AS (SELECT * FROM {LINKS} {at} WHERE domain = {literal(domain)}), "
        "words AS (SELECT id, arg_max(kind, sequence) AS word, "
        "arg_max(undone, sequence) AS undone, max(sequence) AS said "
        "FROM theirs WHERE officer <> '' GROUP BY id), "
        "seen AS (SELECT id, any_value(left_root) AS left_root, "
        "any_value(right_root) AS right_root, bool_or(kind = 'deterministic') AS certain, "
        "max(probability) AS probability, "
        "arg_max(evidence, (kind = 'deterministic', sequence)) AS evidence, "
        "min(sequence) AS first_seen, list(DISTINCT dataset) AS datasets, "
        f"bool_or(left_giver <> {mine} AND right_giver <> {mine}) AS by_others "
        "FROM theirs WHERE officer = '' GROUP BY id), "
        "states AS (SELECT seen.*, word, undone, coalesce(said, first_seen) AS since, CASE "
        "WHEN word IS NULL OR (word = 'refused' AND undone) "
        f"THEN if(certain, 'deterministic', {literal(OPEN)}) "
        "WHEN word = 'confirmed' AND NOT undone THEN 'confirmed' "
        f"ELSE {literal(APART)} END AS state FROM seen LEFT JOIN words USING (id))"
    )


def read_states(cursor: duckdb.DuckDBPyConnection, domain: str, dataset: str) -> pa.Table:
    """Read every pair that was found in a dataset, likely ones first.

    Returns:
        `id`, `left_root`, `right_root`, `state` (deterministic, confirmed, apart or open),
        `probability`, `evidence`, `since`.
    """
    return cursor.execute(
        f"{_states(domain)} SELECT id, left_root, right_root, state, probability, evidence, since "
        f"FROM states WHERE list_contains(datasets, {literal(dataset)}) "
        "ORDER BY probability DESC, id",
    ).to_arrow_table()


def read_pair(cursor: duckdb.DuckDBPyConnection, link: str) -> dict[str, object] | None:
    """Read one pair with its `state`, `domain`, `datasets`, roots and evidence; None: no such."""
    known = cursor.execute(
        f"SELECT domain FROM {LINKS} WHERE id = {literal(link)} LIMIT 1",
    ).fetchone()
    if known is None:
        return None
    found = cursor.execute(
        f"{_states(known[0])} SELECT * FROM states WHERE id = {literal(link)}",
    ).to_arrow_table()
    (pair,) = found.to_pylist()
    return {**pair, "domain": known[0]}


def append_evidence(
    cursor: duckdb.DuckDBPyConnection, keys: Keys, run: Run, found: pa.Table
) -> int:
    """Append evidence that isn't there yet, within a transaction.

    Args:
        cursor: in a transaction of the lake.
        keys: name the pairs.
        run: that found them.
        found: `left_root` < `right_root` (binary), `left_giver`, `right_giver`, `kind`,
            `probability`, `evidence` (lists of columns' names).

    Returns:
        How many rows were new.
    """
    if not found.num_rows:
        return 0
    sides = zip(found["left_root"].to_pylist(), found["right_root"].to_pylist(), strict=True)
    ids = pa.array([link_id(keys, run.domain, left, right) for left, right in sides], pa.string())
    cursor.register("evidence_found", found.append_column("id", ids))
    same = ("id", "kind", "left_giver", "right_giver", "evidence")
    alike = " AND ".join(f"old.{name} = evidence_found.{name}" for name in same)
    added = cursor.execute(
        _insert(run, "evidence_found", "false")
        + f" WHERE NOT EXISTS (SELECT 1 FROM {LINKS} AS old WHERE {alike} "
        f"AND old.domain = {literal(run.domain)} AND old.officer = '' "
        f"AND old.dataset = {literal(run.dataset)})",
    ).fetchone()
    cursor.unregister("evidence_found")
    return int(added[0]) if added else 0


def append_word(
    cursor: duckdb.DuckDBPyConnection, run: Run, link: str, kind: Kind, *, undone: bool
) -> None:
    """Append an officer's word on a pair, within a transaction."""
    said = (
        f"(SELECT DISTINCT id, left_root, right_root, {literal(kind)} AS kind, "
        "NULL::DOUBLE AS probability, []::VARCHAR[] AS evidence, '' AS left_giver, "
        f"'' AS right_giver FROM {LINKS} WHERE id = {literal(link)}) AS said"
    )
    cursor.execute(_insert(run, said, str(undone).lower()))


def _insert(run: Run, source: str, undone: str) -> str:
    facts = {
        "domain": run.domain,
        "dataset": run.dataset,
        "run": run.id,
        "time": run.time,
        "officer": run.officer,
        "reason": run.reason,
    }
    given = {
        **{name: literal(value) for name, value in facts.items()},
        "sequence": f"(SELECT coalesce(max(sequence), 0) + 1 FROM {LINKS})",
        "undone": undone,
    }
    columns = ", ".join(f"{given.get(name, quoted(name))} AS {name}" for name in BOOKS[LINKS])
    return f"INSERT INTO {LINKS} BY NAME SELECT {columns} FROM {source}"
