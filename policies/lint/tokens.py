"""Lint of tokens: whose rows they may join, and which of them officers look at first.

A token says which rows share its identifier. That of the person, and that of the record, say it of
rows that are one person's anyway. A phone, a plate or a name is shared by several people, and its
tokens show who they are to each other, outside of every class. Common values are known by how often
their tokens stand there. And a contributor who works with the recipient gives a record with the
value that they look for: its token is that of everybody else who has it. No key hides any of this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.documents import DatasetDocument, ExtractDocument, ReviewDocument

OFFICERS = 1


def token_errors(
    extract: ExtractDocument, review: ReviewDocument, dataset: DatasetDocument
) -> Iterator[Reason]:
    """Yield the tokens that would join people's rows without an officer's eyes on them.

    Where a person may have several records they aren't allowed at all (`sequences.py`), and
    without a privacy unit nothing is.
    """
    seen = review.extract >= OFFICERS
    if seen or extract.max_records_per_person > 1 or dataset.privacy_unit is None:
        return
    for name in joining_tokens(extract, dataset):
        params = {"path": f"extract.columns.{name}", "column": name}
        yield Reason("tokens-without-review", {**params, "least": str(OFFICERS)})


def joining_tokens(extract: ExtractDocument, dataset: DatasetDocument) -> Iterator[str]:
    """Yield the columns whose tokens may stand in rows of several people.

    The privacy unit's stand in one person's rows. Those of a record key of one column are made of
    the record's own root, which no other contributor's record has, whatever key it gives.
    """
    harmless = (dataset.privacy_unit, dataset.record_column)
    for name, column in dataset.columns.items():
        rule = extract.columns.get(name)
        tokens = rule is not None and rule.pseudonymize is not None
        if tokens and column.role == "direct_identifier" and name not in harmless:
            yield name
