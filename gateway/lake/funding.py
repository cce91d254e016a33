"""Restricted funding at the door: what a contributor may not even hand in.

References:
    34 USC 12291(b)(2) (VAWA); FVPSA and VOCA have the same rule. Handing such a record to
    somebody else's gateway is a disclosure, whatever is done to it there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from policies.consent import BLANKS, LEVELS, is_restricted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from policies.documents import DatasetDocument, SubmissionLabels

ROLES = ("funding", "consent", "share_with", "share_for")


def restricted_without_consent(
    document: DatasetDocument,
    columns: Mapping[str, pa.Array],
    labels: SubmissionLabels,
    today: date,
) -> pa.Array:
    """Mark records that only their own organization's gateway may hold.

    A restricted record may be handed over with the person's written consent that allows
    something, names recipients and purposes, and ends in the future. What the contributor says
    of the whole submission can't stand in for it, but its funding counts for every record.

    Args:
        document: the dataset.
        columns: typed values by column.
        labels: of the submission.
        today: in the home's zone.
    """
    said = {role: _texts(document, columns, role) for role in ROLES}
    limited = _limited(document, columns, today)
    restricted = _each(said["funding"], is_restricted)
    if is_restricted(labels.funding):
        restricted = pa.array([True] * len(restricted), pa.bool_())
    written = _each(said["consent"], lambda text: text.strip(BLANKS).lower() in LEVELS[1:])
    scoped = pc.and_(*(_each(said[role], lambda text: bool(_words(text))) for role in ROLES[2:]))
    return pc.and_(restricted, pc.invert(pc.and_(pc.and_(written, scoped), limited)))


def _texts(document: DatasetDocument, columns: Mapping[str, pa.Array], role: str) -> pa.Array:
    name = document.column_of(role)
    return _none(columns, pa.string()) if name is None else columns[name]


def _none(columns: Mapping[str, pa.Array], kind: pa.DataType) -> pa.Array:
    return pa.nulls(len(next(iter(columns.values()))), kind)


def _limited(document: DatasetDocument, columns: Mapping[str, pa.Array], today: date) -> pa.Array:
    name = document.column_of("consent_end")
    ends = _none(columns, pa.date32()) if name is None else columns[name]
    return pc.fill_null(pc.greater(ends, pa.scalar(today, pa.date32())), fill_value=False)


def _each(texts: pa.Array, answer: Callable[[str], bool]) -> pa.Array:
    encoded = texts.dictionary_encode()
    answers = pa.array([answer(text) for text in encoded.dictionary.to_pylist()], pa.bool_())
    return pc.fill_null(answers.take(encoded.indices), fill_value=False)


def _words(text: str) -> frozenset[str]:
    return frozenset(filter(None, re.split(rf"[;,{BLANKS}]+", text.lower())))
