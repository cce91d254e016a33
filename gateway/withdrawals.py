"""Withdrawals: a contributor takes back what it gave, at once, and only its own.

received (durable: whom it names is a root, sealed) -> withdrawn (gone from the lake, with its
entry) -> followed (releases that held it are found, downloads ended, the vault emptied of it) ->
erased (`erasing.py`). Each step finds the work of the one before, whatever a crash left.

Guarantee:
    The answer is a function of the contributor's own data: status, members and size are the same
    whether or not anybody else knows the person, and for values that nobody ever gave. The named
    value is turned into a root before anything is written, and is in no log, report or error.

Does not protect:
    Where others know the person an officer decides later, which adds an entry to the log: who
    watches the size of the log sees that something was decided at that time, not what.
"""

from __future__ import annotations

import logging
import secrets
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow as pa
from sqlmodel import col, select

from anonymizers.normalization import normalize_column
from anonymizers.pseudonyms import roots
from gateway.errors import ConflictError, InvalidRequestError, LakeError, NotFoundError
from gateway.identifiers import is_id, new_id
from gateway.lake import records
from gateway.lake.taking import Taken, Target
from gateway.lake.withdrawing import find_taken, take_back
from gateway.loading import UNDER_WAY
from gateway.ordinals import next_ordinal
from gateway.store.engine import reading, writing
from gateway.store.tables import Submission, Withdrawal
from gateway.submissions.keeping import delete_strays
from gateway.withdrawal_effects import follow
from gateway.withdrawn import seal, taking_of
from policies.reasons import Reason
from policies.requests import RequestError
from policies.withdrawals import check_fits, identifier_domains, parse_withdrawal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlmodel import Session

    from gateway.context import Context
    from policies.documents import DatasetDocument
    from policies.withdrawals import WithdrawalRequest

_LOG = logging.getLogger("weir.withdrawals")
TURN = threading.RLock()
"""One at a time changes the lake by withdrawing or erasing: an erasure expires the snapshots that
an unfinished withdrawal reads."""
_PENDING = ("receiving", "needs_decision")
_UNKNOWN = 16  # bytes of a root that is nobody's


@dataclass(frozen=True)
class WithdrawalView:
    """What a contributor may know of its withdrawal.

    Attributes:
        state: received, withdrawn or erased.
        records: of its own, that were taken back; None while that isn't known.
    """

    id: str
    dataset: str
    kind: str
    state: str
    records: int | None
    requested_at: str
    erased_at: str | None


def withdraw(
    context: Context, contributor: str, body: Mapping[str, Any], *, follow_now: bool = True
) -> WithdrawalView:
    """Take back what a contributor gave.

    Args:
        context: the open home.
        contributor: a partner, or empty for the operator's own data.
        body: of the request (`policies.withdrawals`).
        follow_now: whether all that follows is done before it returns; else housekeeping does it.
            That takes longer where somebody else's records of a person were released, and whoever
            waits for the answer would see it. What is downloaded is judged anew in between.

    Raises:
        InvalidRequestError: the body isn't a request, or doesn't fit the dataset.
        NotFoundError: this contributor never had an agreement to submit to the dataset, or the
            submission isn't one of its own.
        ConflictError: a submission of its own is being taken into the dataset right now.
    """
    try:
        request = parse_withdrawal(body)
        document = _document(context, contributor, request.dataset)
        check_fits(request, document)
    except RequestError as error:
        raise InvalidRequestError(error.reasons) from None
    target = _target(context, contributor, request, document)
    with TURN:
        row = _receive(context, contributor, request, target)
        settle_taking(context, row.id)
        if follow_now:
            follow(context, row.id)
    return view_withdrawal(context, contributor, row.id)


def _document(context: Context, contributor: str, dataset: str) -> DatasetDocument:
    """Return the dataset's declaration, for who ever was to submit to it.

    An agreement that has ended, too, lets its contributor take back what it gave under it.
    """
    declared = context.registry.dataset(dataset)
    if declared is None:
        raise NotFoundError
    if contributor:
        partner = context.registry.partner(contributor)
        agreements = () if partner is None else partner.document.agreements
        if not any(one.submits and one.dataset == dataset for one in agreements):
            raise NotFoundError
    return declared.document


def _target(
    context: Context, contributor: str, request: WithdrawalRequest, document: DatasetDocument
) -> Target:
    """Turn what was named into roots and ids; the value itself goes no further than here."""
    if request.person is not None:
        domain = request.person.domain
        column = document.columns[identifier_domains(document)[domain][0]]
        named = pa.array([request.person.value], pa.string())
        normal = normalize_column(named, column.normalization, column.region)
        root = roots(normal, context.keys.domain(domain))[0].as_py()
        return Target("person", root or secrets.token_bytes(_UNKNOWN), domain)
    if request.record_key is not None:
        zone = context.home.document.timezone
        terms = records.Submission(
            "", 0, context.clock.today(zone), ZoneInfo(zone), contributor=contributor
        )
        intake = records.Intake(document, terms, context.keys)
        known = intake.record_root(request.record_key)
        return Target("record", known or secrets.token_bytes(_UNKNOWN))
    return Target(request.kind, submission=request.submission or "")


def _receive(
    context: Context, contributor: str, request: WithdrawalRequest, target: Target
) -> Withdrawal:
    with writing(context.store) as session:
        context.log.lock(session)
        _check_submissions(session, contributor, request)
        withdrawal_id = new_id("wdr")
        row = Withdrawal(
            id=withdrawal_id,
            contributor=contributor,
            dataset=request.dataset,
            kind=request.kind,
            state="received",
            sequence=next_ordinal(session),
            requested_at=context.clock.timestamp(),
            sealed_target=seal(context, withdrawal_id, "target", target.pack()),
        )
        session.add(row)
        _retire_waiting(session, row, request.submission)
        return row


def _retire_waiting(session: Session, row: Withdrawal, named: str | None) -> None:
    """End what waits of what is taken back, before anybody decides that it comes in after all."""
    own = select(Submission).where(
        Submission.dataset == row.dataset,
        Submission.contributor == row.contributor,
        col(Submission.state).in_(_PENDING),
    )
    for submission in session.exec(own).all():
        if row.kind == "contributor" or submission.id == named:
            submission.state = "withdrawn"
            submission.sealed_upload = submission.sealed_pending = None
            session.add(submission)


def _check_submissions(session: Session, contributor: str, request: WithdrawalRequest) -> None:
    own = select(Submission).where(
        Submission.dataset == request.dataset, Submission.contributor == contributor
    )
    named = own.where(Submission.id == request.submission)
    if request.submission is not None and session.exec(named).first() is None:
        raise NotFoundError
    under_way = own.where(
        col(Submission.state).in_(UNDER_WAY),
        col(Submission.settled_at).is_(None),
        col(Submission.dry_run).is_(False),
    )
    if session.exec(under_way).first() is not None:
        raise ConflictError(
            "a submission of yours is being taken into this dataset right now; withdraw again "
            "once that is done",
            Reason("withdrawal-while-submitting", {"dataset": request.dataset}),
        )


def finish(context: Context, withdrawal_id: str) -> None:
    """Do whatever of a withdrawal isn't done yet; done again, it changes nothing."""
    with TURN:
        settle_taking(context, withdrawal_id)
        follow(context, withdrawal_id)


def settle_taking(context: Context, withdrawal_id: str) -> None:
    """Take out of the lake what a withdrawal names, and note it; the turn is held."""
    with reading(context.store) as session:
        row = session.get_one(Withdrawal, withdrawal_id)
    if row.state != "received":
        return
    taking = taking_of(context, row)
    take_back(context.lake, context.keys, taking)
    taken = find_taken(context.lake, taking)
    assert taken is not None  # noqa: S101 - it was just taken back
    settle_withdrawal(context, withdrawal_id, taken)
    context.log.sign()
    delete_strays(context)


def settle_withdrawal(context: Context, withdrawal_id: str, taken: Taken) -> None:
    """Note a withdrawal that is in the lake: state, roots, submissions and entry as one."""
    with writing(context.store) as session:
        context.log.lock(session)
        row = session.get_one(Withdrawal, withdrawal_id)
        if row.state != "received":
            return
        row.state, row.snapshot = "withdrawn", taken.snapshot
        row.records, row.withdrawn_at = len(taken.records), context.clock.timestamp()
        row.decision = "waiting" if taken.known_to_others else ""
        row.sealed_roots = seal(context, withdrawal_id, "roots", taken.pack())
        session.add(row)
        _retire_submissions(session, row, taken, taking_of(context, row).target)
        context.log.append(
            session,
            "withdrawal",
            withdrawal_id,
            dataset=row.dataset,
            contributor=row.contributor,
            names=row.kind,
            state=row.state,
        )


def _retire_submissions(session: Session, row: Withdrawal, taken: Taken, target: Target) -> None:
    """Submissions of which all went are withdrawn."""
    gone = {*taken.submissions, target.submission}
    own = select(Submission).where(
        Submission.dataset == row.dataset,
        Submission.contributor == row.contributor,
        Submission.state == "accepted",
        Submission.sequence < row.sequence,
    )
    for submission in session.exec(own).all():
        if row.kind == "contributor" or submission.id in gone:
            submission.state = "withdrawn"
            submission.sealed_upload = submission.sealed_pending = None
            session.add(submission)


def view_withdrawal(context: Context, contributor: str, withdrawal_id: str) -> WithdrawalView:
    """Return one of this contributor's withdrawals; another's doesn't exist for it.

    Raises:
        NotFoundError: there is none of this id, or it is another contributor's.
    """
    with reading(context.store) as session:
        row = session.get(Withdrawal, withdrawal_id) if is_id("wdr", withdrawal_id) else None
        if row is None or row.contributor != contributor:
            raise NotFoundError
        return _view(row)


def list_own(
    context: Context, contributor: str, cursor: str | None, limit: int
) -> tuple[list[WithdrawalView], str | None]:
    """Return a page of a contributor's withdrawals, newest first, and the next page's cursor.

    Args:
        context: the open home.
        contributor: whose.
        cursor: the last id of an earlier page; of nobody's, or another's, nothing follows.
        limit: 1 to 100 withdrawals.
    """
    query = select(Withdrawal).where(Withdrawal.contributor == contributor)
    with reading(context.store) as session:
        if cursor is not None:
            last = session.get(Withdrawal, cursor) if is_id("wdr", cursor) else None
            if last is None or last.contributor != contributor:
                return [], None
            query = query.where(col(Withdrawal.sequence) < last.sequence)
        ordered = query.order_by(col(Withdrawal.sequence).desc())
        rows = session.exec(ordered.limit(limit + 1)).all()
    more = rows[limit - 1].id if len(rows) > limit else None
    return [_view(row) for row in rows[:limit]], more


def _view(row: Withdrawal) -> WithdrawalView:
    return WithdrawalView(
        id=row.id,
        dataset=row.dataset,
        kind=row.kind,
        state=row.state,
        records=row.records,
        requested_at=row.requested_at,
        erased_at=row.erased_at,
    )


def finish_withdrawals(context: Context) -> None:
    """Finish what a crash, or a load that had the vault open, left undone of withdrawals."""
    with reading(context.store) as session:
        undone = select(Withdrawal.id).where(col(Withdrawal.followed_at).is_(None))
        ids = session.exec(undone.order_by(col(Withdrawal.sequence))).all()
    for withdrawal_id in ids:
        try:
            finish(context, withdrawal_id)
        except LakeError as error:
            _LOG.warning("withdrawal %s isn't finished: %s", withdrawal_id, error)
