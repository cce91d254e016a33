"""The parts of an extract, as they are released: tokens put on, values kept or changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from gateway.redacting import Texts
    from gateway.release_tokens import ReleaseTokens
    from gateway.transforming import Transforms
    from policies.plans import ColumnPlan, ExtractPlan


@dataclass(frozen=True)
class Part:
    """Some rows of an extract, and what isn't released of them.

    Attributes:
        table: released columns in the plan's order.
        people, records, classes: (rows,) root of person, root of record, class number.
        minors: (rows,) who is a minor or of unknown age.
        identities: (rows,) root of the identity that the record came under.
    """

    table: pa.Table
    people: pa.Array
    records: pa.Array
    classes: pa.Array
    minors: NDArray[np.bool_]
    identities: pa.Array


@dataclass(frozen=True)
class Releaser:
    """Turns recoded rows into parts.

    Attributes:
        plan: says what becomes of each column.
        transforms: of columns that are kept or changed.
        tokens: of columns that are pseudonymized.
        texts: of columns that are redacted.
    """

    plan: ExtractPlan
    transforms: Transforms
    tokens: ReleaseTokens
    texts: Texts

    def part(self, rows: pa.Table) -> Part:
        """Release some rows; they keep their order.

        Args:
            rows: in one piece: the plan's columns, quasi-identifiers in released form, without
                free text; and `weir_person`, `weir_identity`, `weir_record`, `weir_class`,
                `weir_minor`.
        """
        whole = {name: rows[name].combine_chunks() for name in rows.column_names}
        people = whole["weir_person"]
        released = {
            column.name: self._released(column, whole[column.name], people)
            for column in self.plan.columns
            if column.redaction is None
        }
        released |= self.texts.redacted(whole["weir_record"])
        return Part(
            table=pa.table(
                {
                    name: values
                    for column in self.plan.columns
                    for name, values in _in_file(column, released[column.name])
                }
            ),
            people=people,
            records=whole["weir_record"],
            classes=whole["weir_class"],
            minors=whole["weir_minor"].to_numpy(zero_copy_only=False),
            identities=whole["weir_identity"],
        )

    def _released(self, column: ColumnPlan, values: pa.Array, people: pa.Array) -> pa.Array:
        if column.quasi_identifier:
            return values
        if column.action == "pseudonymize":
            return self.tokens.texts(column, values)
        return self.transforms.released(column.name, values, people)


def _in_file(column: ColumnPlan, values: pa.Array) -> Iterator[tuple[str, pa.Array]]:
    """Yield the columns of the file that a column becomes."""
    names = [column_of.name for column_of in column.file_columns]
    fields = [values] if len(names) == 1 else values.flatten()
    return zip(names, fields, strict=True)
