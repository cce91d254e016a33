"""The client's branch of the error tree; each error says what to do next.

WeirError (gateway/errors.py)
└── ClientError
├── WhereError               a filter can't be understood
├── MeasureError             a measure, a key or an accuracy can't be understood
├── PrivateKeyError          the partner's own key can't be read or used
├── PinnedKeyError           the gateway shows another log key than it did before
├── UnreachableError         no answer, after all retries; or an answer not to be trusted
├── WeirRequestError         the gateway answered with a problem; carries its reasons
├── ExtractEndedError        refused, failed, expired or recalled; carries the reasons
├── StillWaitingError        not ready within the time given
├── OutputFileError          a file of that name is there, or can't be written
└── VerificationFailedError  what was downloaded doesn't verify; carries the verdict
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.errors import WeirError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.audit.verifier import Verdict


class ClientError(WeirError):
    """Anything that keeps a pull from ending well."""

    slug = "client"


class WhereError(ClientError):
    """A filter can't be understood."""


class MeasureError(ClientError):
    """What should be measured can't be understood."""


class PrivateKeyError(ClientError):
    """The partner's private key can't be read or used."""


class PinnedKeyError(ClientError):
    """The gateway's log key isn't the one that was pinned."""


class UnreachableError(ClientError):
    """The gateway doesn't answer, or answers as no gateway does."""


class StillWaitingError(ClientError):
    """The extract isn't ready yet; asking again later continues it."""


class OutputFileError(ClientError):
    """The output can't be written without losing a file."""


@dataclass(frozen=True)
class RefusalReason:
    """One reason as the gateway words it.

    Attributes:
        rule: permanent tag of the rule, for programs.
        message: for people, in the language that was asked for.
        params: facts of the rule.
    """

    rule: str
    message: str
    params: Mapping[str, Any]


class _WithReasonsError(ClientError):
    def __init__(self, message: str, reasons: tuple[RefusalReason, ...]) -> None:
        super().__init__(message)
        self.message, self.reasons = message, reasons

    def __str__(self) -> str:
        """Return what happened and every reason, for who sees a traceback."""
        return "\n- ".join((self.message, *self.lines()))

    def headline(self) -> str:
        """Return what happened, without the reasons."""
        return self.message

    def lines(self) -> list[str]:
        """Return the wording of each reason."""
        return [reason.message for reason in self.reasons]


class WeirRequestError(_WithReasonsError):
    """The gateway answered with a problem.

    Attributes:
        http_status: as answered.
        problem: the slug of `urn:weir:problem:<slug>`; empty where the answer was no problem.
        reasons: why, one by one.
    """

    def __init__(
        self, message: str, *, http_status: int, problem: str, reasons: tuple[RefusalReason, ...]
    ) -> None:
        """Carry what the gateway said."""
        super().__init__(message, reasons)
        self.http_status = http_status
        self.problem = problem


class ExtractEndedError(_WithReasonsError):
    """The extract ended without bytes.

    Attributes:
        state: refused, failed, expired or recalled.
        reasons: why, one by one.
    """

    def __init__(self, message: str, *, state: str, reasons: tuple[RefusalReason, ...]) -> None:
        """Carry the state and the reasons."""
        super().__init__(message, reasons)
        self.state = state


class VerificationFailedError(ClientError):
    """What was downloaded doesn't verify, and was thrown away.

    Attributes:
        verdict: which link of the chain broke, and what to do.
    """

    def __init__(self, verdict: Verdict) -> None:
        """Carry the verdict."""
        super().__init__(f"the download doesn't verify and was thrown away: {verdict.message}")
        self.verdict = verdict

    def lines(self) -> list[str]:
        """Return what to do."""
        return [self.verdict.remedy]


def parse_reasons(document: Mapping[str, Any]) -> tuple[RefusalReason, ...]:
    """Read the reasons of a problem or of an extract, passing over what isn't one."""
    listed = document.get("reasons")
    return tuple(
        RefusalReason(
            rule=str(reason.get("rule", "")),
            message=str(reason.get("message") or reason.get("rule", "")),
            params=reason.get("params") or {},
        )
        for reason in (listed if isinstance(listed, list) else [])
        if isinstance(reason, dict)
    )
