"""What a contributor takes back: the shape of the request, and what it must fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, model_validator

from policies.documents.base import (
    Document,
    Flag,
    Kebab,
    ProblemsError,
    Text,
    check_exactly_one,
)
from policies.documents.problems import validate
from policies.reasons import Reason
from policies.requests import Form, RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policies.documents import DatasetDocument

Kind = Literal["person", "record", "submission", "contributor"]
_KINDS: Mapping[str, Kind] = {
    "person": "person",
    "record_key": "record",
    "submission": "submission",
    "contributor": "contributor",
}


class Person(Document):
    """A person by one of their identifiers."""

    domain: Text
    value: Form


class WithdrawalRequest(Document):
    """The body of `POST /v1/withdrawals`: one dataset, and exactly one of four.

    Attributes:
        person: by an identifier of a domain of the dataset.
        record_key: the value of each column of the dataset's `record_key`.
        submission: its id.
        contributor: true, for everything that this contributor gave.
    """

    dataset: Kebab
    person: Person | None = None
    record_key: Annotated[dict[Text, Form], Field(min_length=1, max_length=20)] | None = None
    submission: Text | None = None
    contributor: Flag | None = None

    @model_validator(mode="after")
    def _check(self) -> WithdrawalRequest:
        check_exactly_one(self, _KINDS)
        if self.contributor is False:
            raise ProblemsError(
                Reason("exactly-one-of", {"path": "", "allowed": ", ".join(_KINDS)})
            )
        return self

    @property
    def kind(self) -> Kind:
        """What is taken back."""
        return _KINDS[check_exactly_one(self, _KINDS)]


def parse_withdrawal(body: Mapping[str, Any]) -> WithdrawalRequest:
    """Return the request; raises RequestError with all its problems at once, never with a value."""
    try:
        return validate(WithdrawalRequest, body)
    except ProblemsError as error:
        raise RequestError(error.reasons) from None


def check_fits(request: WithdrawalRequest, document: DatasetDocument) -> None:
    """Refuse what the dataset has no column for.

    Raises:
        RequestError: an unknown domain, or columns that aren't its record key; names columns and
            domains, which are declared, and no value.
    """
    if request.person is not None:
        domains = identifier_domains(document)
        if request.person.domain not in domains:
            known = ", ".join(sorted(domains)) or "-"
            raise RequestError((Reason("withdrawal-domain", {"known": known}),))
    if request.record_key is not None and {*request.record_key} != {*document.record_key}:
        known = ", ".join(document.record_key) or "-"
        raise RequestError((Reason("withdrawal-record-key", {"known": known}),))


def identifier_domains(document: DatasetDocument) -> dict[str, tuple[str, ...]]:
    """Return a dataset's columns of direct identifiers, by domain."""
    found: dict[str, tuple[str, ...]] = {}
    for name, column in document.columns.items():
        if column.role == "direct_identifier":
            domain = column.domain or name
            found[domain] = (*found.get(domain, ()), name)
    return found
