"""What became of what a contributor gave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from gateway.client.session import read_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.client.session import Session


def ask_uses(session: Session, dataset: str) -> list[Mapping[str, Any]]:
    """Return the uses of a dataset, newest month first.

    Raises:
        WeirRequestError: it was refused; carries the reasons.
        UnreachableError: no answer.
    """
    found = read_object(session.get(f"/v1/datasets/{quote(dataset, safe='')}/use"))
    return list(found["uses"])
