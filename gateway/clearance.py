"""Clearance of local recoding: what has classes of its own levels meets nobody's second file.

Classes of two local extracts, or of a local one and another, cross in small pieces: of the
people in both, many fall below k and l. So a local extract leaves only where none of its people
was in any release before, whoever had it: partners may join what they hold. Releases of datasets
in the same budget group count, for they share people. What expired or was recalled was held once.
Somebody who was released under one identity is the same person under one that is linked to it.

The refusal depends on people, so it is told as `nothing-safe` is, at the same moment and after
the same reviews. The other way round nothing is told at all: once a local extract has left, every
other extract of these datasets waits for an officer, whether or not it meets the same people.

Does not protect: where people can't be recognized (each row is one person, and the data was
loaded anew; datasets that name people differently) nothing is cleared.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from sqlmodel import col, or_, select

from gateway.lake.links import read_pairs
from gateway.lake.people import resolve
from gateway.outcomes import CLASSES, Outcome, folder_of
from gateway.release_ledger import read_classes
from gateway.store.engine import reading
from gateway.store.tables import Extract, PolicyRow, Release
from policies.documents import PolicyDocument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlmodel import Session

    from gateway.context import Context
    from policies.documents import DatasetDocument
    from policies.plans import ExtractPlan

LOCAL = "local"
ROW = "row"
Before = tuple[Release, Extract]
_MADE = col(Extract.id) == col(Release.extract_id)


@dataclass(frozen=True)
class Compared:
    """What an extract was compared with when it was made.

    Attributes:
        overlaps: releases that hold some of its people, where it or they are local.
        until: the highest entry index among the releases there were; -1 where there was none.
    """

    overlaps: list[str]
    until: int


def compare(
    context: Context, extract: Extract, plan: ExtractPlan, view: str, classes_key: bytes
) -> Compared:
    """Compare an extract with what left before it.

    Args:
        context: the open home.
        extract: as it was asked for.
        plan: what it is made by.
        view: what it will be known by, for it doesn't meet itself in another format.
        classes_key: opens its own ledger, which is written.
    """
    with reading(context.store) as session:
        before = _before(context, session, extract, view)
        local = plan.protection.recoding == LOCAL
        told = [one for one in before if local or _is_local(session, one[1].policy_sha256)]
    people = _people(context, extract, classes_key) if told else pa.array([], pa.binary())
    return Compared(
        overlaps=[one[0].id for one in told if _meets(context, extract, one, people)],
        until=max((release.entry_index for release, _ in before), default=-1),
    )


def is_cleared(
    context: Context, session: Session, extract: Extract, plan: ExtractPlan, outcome: Outcome
) -> bool:
    """Whether an extract may leave as far as overlaps decide; others may have left meanwhile.

    Args:
        context: the open home.
        session: holds the log's lock, so that nothing else leaves until this is settled.
        extract: what is to be settled.
        plan: what it was made by.
        outcome: what was made.
    """
    if plan.protection.recoding != LOCAL:
        return True
    if outcome.overlaps:
        return False
    later = _before(context, session, extract, outcome.view, after=outcome.compared_until)
    if not later:
        return True
    people = _people(context, extract, outcome.classes_key)
    return not any(_meets(context, extract, one, people) for one in later)


def follows_a_local_one(context: Context, session: Session, extract: Extract) -> bool:
    """Whether a local extract of these people's datasets left before this one."""
    versions = select(Extract.policy_sha256).join(Release, _MADE).distinct()
    query = versions.where(*_earlier(context, extract, extract.view))
    return any(_is_local(session, sha256) for sha256 in session.exec(query).all())


def _before(
    context: Context, session: Session, extract: Extract, view: str | None, after: int = -1
) -> Sequence[Before]:
    """Return the earlier releases of these people's datasets, in the log's order."""
    query = select(Release, Extract).join(Extract, _MADE).order_by(col(Release.entry_index))
    return session.exec(query.where(*_earlier(context, extract, view, after))).all()


def _earlier(
    context: Context, extract: Extract, view: str | None, after: int = -1
) -> tuple[ColumnElement[bool], ...]:
    """Choose releases of these people's datasets, this very view of this partner aside."""
    return (
        col(Release.dataset).in_(context.registry.sharing_people(extract.dataset)),
        col(Release.entry_index) > after,
        or_(
            col(Extract.partner) != extract.partner,
            col(Extract.basis) != extract.basis,
            col(Extract.view).is_distinct_from(view),
        ),
    )


def _document(context: Context, dataset: str) -> DatasetDocument:
    declared = context.registry.dataset(dataset)
    assert declared is not None  # noqa: S101 - what was asked for is declared, and stays so
    return declared.document


def _is_local(session: Session, policy_sha256: str) -> bool:
    """Whether a version of a policy recodes locally; every version is kept."""
    return _recoding(session.get_one(PolicyRow, policy_sha256).document) == LOCAL


@lru_cache(maxsize=256)
def _recoding(document: str) -> str | None:
    extract = PolicyDocument.model_validate_json(document).extract
    return None if extract is None else extract.protect.recoding


def _meets(context: Context, extract: Extract, one: Before, people: pa.Array) -> bool:
    """Whether somebody is in both; yes where that can't be told."""
    release, other = one
    if release.sealed_classes_key is None or not _same_names(context, extract, other):
        return True
    key = context.keys.content_key_unwrap(
        release.sealed_classes_key,
        f"release:{release.id}:classes",
    )
    held = _people(context, other, key)
    met = pc.any(pc.is_in(people, value_set=held))
    return bool(met.as_py())


def _people(context: Context, extract: Extract, classes_key: bytes) -> pa.Array:
    """Read the people in a ledger: whose its identities were then, and whose they are now."""
    ledger = read_classes(folder_of(context, extract.id) / CLASSES, classes_key)
    found = {*ledger["person"].to_pylist(), *ledger["identity"].to_pylist()}
    domain = _document(context, extract.dataset).person_domain
    if domain is not None:
        with context.lake.cursor() as cursor:
            linked = resolve(read_pairs(cursor, domain))
        found |= {linked.person_of(root) for root in found}
    return pa.array(found, pa.binary())


def _same_names(context: Context, extract: Extract, other: Extract) -> bool:
    """Whether a person has the same root in both."""
    if extract.dataset == other.dataset and extract.snapshot == other.snapshot:
        return True
    ours, theirs = (_unit(_document(context, one.dataset)) for one in (extract, other))
    return ours is not None and ours == theirs


def _unit(dataset: DatasetDocument) -> tuple[object, ...] | None:
    """Return what a person's root is made by; None where each row is a person of its own."""
    if dataset.privacy_unit is None or dataset.privacy_unit == ROW:
        return None
    column = dataset.columns[dataset.privacy_unit]
    return column.domain, column.normalize, column.region, column.type
