"""The error tree: every error says what to do next and knows its HTTP status.

    WeirError
    ├── HomeError             500  home missing, taken, or its home.yaml unreadable
    ├── KeysError             500  master key or keys.json missing, exposed, or not of this home
    ├── SealedFileError       500  sealed bytes were changed, cut, or sealed under another key
    ├── IntegrityError        500  evidence doesn't hold: log, receipt, ledger or released bytes
    ├── LakeError             500  the lake can't be opened, read or written
    ├── StorageFullError      507  no room left where the home lives
    ├── StoppedError          503  the gateway stops, and goes on at its next start
    ├── GatewayRunningError   409  another process owns the home
    ├── ListeningError        500  the gateway can't listen as asked
    ├── ExtractFailedError    500  an extract couldn't be made; nothing of it may leave
    ├── RemoteError           500  what a running gateway answered to a command
    ├── IngestError           422  data files were refused; carries the report
    ├── InvalidRequestError   400  a request can't be understood; carries reasons
    ├── DeclarationError      400  a file of the operator's can't be accepted; carries reasons
    ├── UnauthenticatedError  401  no access token, or one that isn't good (any more)
    ├── ScopeError            403  the access token lacks a scope
    ├── RefusedError          403  a policy says no; carries reasons
    │   └── BudgetExhaustedError  403  an aggregate costs more than is left
    ├── NotFoundError         404  absent, or not for the caller: both look the same
    ├── ConflictError         409  the object is in a state that doesn't allow this
    │   ├── InProgressError   409  the same Idempotency-Key is being answered right now
    │   └── OffsetError       409  an upload goes on at another byte
    ├── ChecksumError         460  bytes of an upload came changed; carries reasons
    ├── ProtocolVersionError  412  a version of the tus protocol that isn't spoken here
    ├── IdempotencyError      422  an Idempotency-Key was used with another body
    ├── MeasureError          422  a file can't be measured as asked
    ├── LinkageError          422  people can't be linked as asked
    ├── ExpiredError          410  the bytes were there and are gone
    └── OutputError           422  the table can't be written in the format asked for
        └── FormatFullError   422  the format holds less than that
            └── TooManyRowsError  422  more rows than a worksheet holds

`gateway/problems.py` is the one place that turns them into RFC 9457 problems.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policies.reasons import Reason


class WeirError(Exception):
    """Anything Weir refuses or can't do; the text says what to do next.

    Attributes:
        slug: of the problem type `urn:weir:problem:<slug>`; permanent.
        status: the HTTP status it is answered with.
    """

    slug: ClassVar[str] = "internal"
    status: ClassVar[int] = 500

    def headline(self) -> str:
        """Return the sentence that a person reads first."""
        return str(self)

    def lines(self) -> list[str]:
        """Return the details that a person should read below it, one line each."""
        return []


class HomeError(WeirError):
    """The home is missing, already there, or its `home.yaml` can't be read."""

    slug = "home"


class KeysError(WeirError):
    """The master key or the data keys are missing, exposed, or not of this home."""

    slug = "keys"


class SealedFileError(WeirError):
    """Sealed bytes were changed, cut or appended to, or sealed under another key."""

    slug = "sealed-bytes"


class IntegrityError(WeirError):
    """Evidence doesn't hold: the log, a receipt, a ledger or released bytes."""

    slug = "integrity"


class LakeError(WeirError):
    """The lake can't be opened, read or written."""

    slug = "lake"


class StorageFullError(WeirError):
    """No room is left where the home lives; what was there before is untouched."""

    slug = "storage-full"
    status = 507


class StoppedError(WeirError):
    """The gateway stops; the work goes on when it starts again."""

    slug = "unavailable"
    status = 503


class ExtractFailedError(WeirError):
    """An extract couldn't be made; the text names the place in the code and no value."""

    slug = "extract-failed"


class GatewayRunningError(WeirError):
    """Another process owns the home."""

    slug = "gateway-running"
    status = 409


class IngestError(WeirError):
    """Data files were refused as a whole; the report names rows, columns and kinds of problem."""

    slug = "ingest"
    status = 422

    def __init__(self, report: Any, message: str = "") -> None:
        """Carry the ingest report; nothing was loaded."""
        super().__init__(message or "nothing was loaded; see the report, correct, and load again")
        self.report = report

    def lines(self) -> list[str]:
        """Return what the report says against the load."""
        return list(self.report.objections())


class ReasonedError(WeirError):
    """An error that carries reasons; never raised itself."""

    advice: ClassVar[str]

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        """Carry at least one reason; the catalogue words them."""
        rules = dict.fromkeys(reason.rule for reason in reasons)
        super().__init__(f"{', '.join(rules)}: {self.advice}")
        self.reasons = reasons

    def headline(self) -> str:
        """Return the advice; the reasons stand below it in plain words."""
        return self.advice

    def lines(self) -> list[str]:
        """Return the wording of each reason."""
        from gateway.messages import render

        return [render(reason, "en") for reason in self.reasons]


class ListeningError(WeirError):
    """The gateway can't listen as asked: unprotected, contradictory, or the port is taken."""

    slug = "listening"


class RemoteError(WeirError):
    """An operation that the running gateway refused or failed, as it told it over the socket."""

    slug = "remote"

    def __init__(self, message: str, details: list[str]) -> None:
        """Repeat the gateway's words."""
        super().__init__(message)
        self._details = details

    def lines(self) -> list[str]:
        """Return the details as the gateway gave them."""
        return self._details


class InvalidRequestError(ReasonedError):
    """A request can't be understood."""

    slug = "invalid-request"
    status = 400
    advice = "correct the request as the reasons say and send it again"


class DeclarationError(ReasonedError):
    """A file that declares a dataset, policy, partner or home can't be accepted."""

    slug = "declaration"
    status = 400
    advice = "correct the file as the reasons say"

    def __init__(self, file: str, reasons: tuple[Reason, ...]) -> None:
        """Name the file; nothing of it was taken."""
        super().__init__(reasons)
        self.file = file

    def headline(self) -> str:
        """Name the file and how much is to be corrected."""
        count = len(self.reasons)
        thing = "this" if count == 1 else f"these {count} things"
        return f"{self.file} isn't accepted and nothing was changed; correct {thing}:"


class UnauthenticatedError(WeirError):
    """There is no access token, or it isn't good, or its partner can't ask at present.

    Attributes:
        token_sent: whether there was one; RFC 6750 words the challenge by it.
    """

    slug = "unauthenticated"
    status = 401

    def __init__(self, message: str, *, token_sent: bool) -> None:
        """Say what to do next, and whether there was a token."""
        super().__init__(message)
        self.token_sent = token_sent


class ScopeError(WeirError):
    """The access token lacks a scope; carries the scopes that are needed."""

    slug = "insufficient-scope"
    status = 403

    def __init__(self, needed: str) -> None:
        """Name the scopes to ask a token for."""
        super().__init__(f"ask for a token with the scope {needed}")
        self.needed = needed


class RefusedError(ReasonedError):
    """A policy, an agreement or an officer says no."""

    slug = "refused"
    status = 403
    advice = "the policy refuses this; change the request as the reasons say"

    def headline(self) -> str:
        """Return what happened; why stands below it."""
        return "this is refused:"


class BudgetExhaustedError(RefusedError):
    """An aggregate costs more than is left under one of its caps; nothing was charged.

    Attributes:
        dataset: which one.
        caps: the ids of those that refused. For officers alone: to a partner all caps are one,
            since what others spent is nothing of its business.
    """

    slug = "budget-exhausted"

    def __init__(
        self, dataset: str, caps: tuple[str, ...], left: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Tell the partner the dataset, and officers the caps.

        Args:
            dataset: which one.
            caps: those that refused.
            left: the largest `epsilon` and `rho` that the partner's own share would take.
        """
        from policies.reasons import Reason

        super().__init__((Reason("budget-exhausted", {"dataset": dataset, **left}),))
        self.dataset, self.caps = dataset, caps


class NotFoundError(WeirError):
    """Absent, or not for the caller: both are answered with the very same bytes."""

    slug = "not-found"
    status = 404

    def __init__(self, message: str = "there is no such thing here for you") -> None:
        """Say nothing about whether the thing exists for somebody else."""
        super().__init__(message)


class ConflictError(WeirError):
    """The object is in a state that doesn't allow this.

    Attributes:
        reasons: what state, and what to do, where there is more to say.
    """

    slug = "conflict"
    status = 409

    def __init__(self, message: str = "", *reasons: Reason) -> None:
        """Keep what a caller is told."""
        super().__init__(message)
        self.reasons = reasons


class InProgressError(ConflictError):
    """The first request with this `Idempotency-Key` is being answered; ask again."""

    slug = "in-progress"


class OffsetError(ConflictError):
    """An upload goes on at another byte than the one that was sent."""

    slug = "offset"


class ChecksumError(ReasonedError):
    """Bytes came changed and were dropped; the tus protocol's own status."""

    slug = "checksum"
    status = 460
    advice = "send the same bytes again"


class ProtocolVersionError(WeirError):
    """A request of an upload names no version of the tus protocol that is spoken here."""

    slug = "unsupported-version"
    status = 412


class IdempotencyError(WeirError):
    """An `Idempotency-Key` was used before with another body."""

    slug = "idempotency-key-reused"
    status = 422


class ExpiredError(WeirError):
    """The bytes were there and are gone: expired, recalled or erased."""

    slug = "expired"
    status = 410

    def __init__(self, message: str, reasons: tuple[Reason, ...] = ()) -> None:
        """Say what ended it."""
        super().__init__(message)
        self.reasons = reasons


class MeasureError(WeirError):
    """A file can't be measured as asked; the text says what to change."""

    slug = "measure"
    status = 422


class LinkageError(WeirError):
    """People can't be linked as asked; the text says what to change."""

    slug = "linkage"
    status = 422


class OutputError(WeirError):
    """The table can't be written in the format asked for."""

    slug = "output"
    status = 422


class FormatFullError(OutputError):
    """The format holds less than that, however it is written: this depends on the data alone."""

    slug = "format-full"


class TooManyRowsError(FormatFullError):
    """More rows than a worksheet holds; ask for CSV or Parquet."""

    slug = "too-many-rows"
