"""Lint of linkage: keys by which strangers become one person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.documents import DatasetDocument, LinkageDocument


def linkage_warnings(linkage: LinkageDocument, dataset: DatasetDocument) -> Iterator[Reason]:
    """Yield keys that many people may share.

    Args:
        linkage: of the dataset.
        dataset: its columns' roles say what identifies.
    """
    for number, key in enumerate(linkage.deterministic):
        path = f"linkage.deterministic[{number}]"
        if all(dataset.columns[name].role != "direct_identifier" for name in key):
            yield Reason("linkage-key-weak", {"path": path, "columns": ", ".join(key)})
        elif len(key) == 1:
            yield Reason("linkage-key-alone", {"path": path, "column": key[0]})
