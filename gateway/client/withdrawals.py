"""Taking back what a contributor gave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.client.session import read_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.client.session import Session


def ask_withdrawal(session: Session, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Take back what the body names; a retry takes it back once.

    Raises:
        WeirRequestError: it was refused; carries the reasons.
        UnreachableError: no answer.
    """
    return read_object(session.post("/v1/withdrawals", body))


def withdrawal_body(
    dataset: str,
    *,
    person: tuple[str, str] | None = None,
    record: Mapping[str, str] | None = None,
    submission: str | None = None,
    everything: bool = False,
) -> dict[str, Any]:
    """Return a withdrawal as the gateway reads it.

    Args:
        dataset: as an agreement names it.
        person: domain and value of one of the person's identifiers.
        record: the value of each column of the dataset's record key.
        submission: its id.
        everything: all that this contributor gave to the dataset.
    """
    named: dict[str, Any] = {
        "person": None if person is None else {"domain": person[0], "value": person[1]},
        "record_key": None if record is None else dict(record),
        "submission": submission,
        "contributor": everything or None,
    }
    return {"dataset": dataset, **{key: value for key, value in named.items() if value is not None}}
