"""The ledger: reserve, draw, settle. What aggregates spent, and that nobody spends more.

A question is charged before anything is drawn for it, and nothing is given back. A reservation
that was never settled counts as spent; whoever asks the same component again draws for it, and
pays no second time.

Locks, always in this order: caps by id, answers by fingerprint, the log's head. So two
transactions never wait for each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, not_, or_, true, update
from sqlmodel import col, insert, select

from anonymizers.accounting import filters
from anonymizers.accounting.charges import LARGEST, NOTHING, Charge, ChargeTooLargeError
from gateway.errors import BudgetExhaustedError
from gateway.store.engine import insert_once
from gateway.store.tables import AggregateAnswer, BudgetCap, BudgetCharge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement
    from sqlmodel import Session

    from anonymizers.accounting.limits import Limit
    from gateway.caps import Cap
    from gateway.context import Context

RESERVED, SETTLED = "reserved", "settled"


def reserve(  # noqa: PLR0913 - a question: whose, of what, charged where
    context: Context,
    session: Session,
    caps: Sequence[Cap],
    charges: Sequence[tuple[str, Charge]],
    *,
    dataset: str,
    snapshot: int,
) -> None:
    """Charge all components of a question to all of its caps, or nothing at all.

    A cap is charged once for a component, whoever asks for it and however often. All caps are
    decided in the caller's transaction, each by one conditional update.

    **Guarantee.** Once the transaction commits, every cap's sums are those of its charges and fit
    its limit by `anonymizers.accounting.filters`, whatever runs beside it, in any process.

    Argument: whoever charges a cap holds its row (on SQLite the whole store) until the end of the
    transaction. So the charges found missing are missing, no two transactions charge a cap for the
    same component, and the update decides on sums that are still true when it commits.

    Args:
        context: the open home.
        session: a writing transaction that hasn't locked the log.
        caps: as `caps_of` gives them.
        charges: fingerprint and price of each component.
        dataset: whose components they are.
        snapshot: of the dataset.

    Raises:
        BudgetExhaustedError: one of the caps holds less than that. Nothing was written.
    """
    prices = dict(charges)
    ordered = sorted(caps, key=lambda cap: cap.id)
    with session.begin_nested():
        _lock(session, ordered)
        missing = unpaid(session, ordered, prices)
        refused = [cap.id for cap in ordered if not _take(session, cap, missing[cap.id])]
        if refused:
            raise BudgetExhaustedError(dataset, tuple(refused))
        states = _reserve_answers(context, session, sorted(prices), dataset, snapshot)
        _note(context, session, missing, states)


def _lock(session: Session, caps: Sequence[Cap]) -> None:
    """Lock the caps' rows in the order of their ids; new ones begin with nothing spent."""
    names = [cap.id for cap in caps]
    there = set(session.exec(select(BudgetCap.id).where(col(BudgetCap.id).in_(names))))
    for cap in caps:
        if cap.id not in there:
            insert_once(session, BudgetCap(id=cap.id, kind=cap.kind, subject=cap.subject))
    rows = select(BudgetCap.id).where(col(BudgetCap.id).in_(names)).order_by(BudgetCap.id)
    session.exec(rows.with_for_update()).all()


def unpaid(
    session: Session, caps: Sequence[Cap], prices: Mapping[str, Charge]
) -> dict[str, dict[str, Charge]]:
    """Return what each cap hasn't been charged for."""
    charged = select(BudgetCharge.cap_id, BudgetCharge.component).where(
        col(BudgetCharge.cap_id).in_([cap.id for cap in caps]),
        col(BudgetCharge.component).in_([*prices]),
    )
    paid = {tuple(row) for row in session.exec(charged)}
    return {
        cap.id: {name: price for name, price in prices.items() if (cap.id, name) not in paid}
        for cap in caps
    }


def _take(session: Session, cap: Cap, charges: Mapping[str, Charge]) -> bool:
    """Add charges to a cap where they fit, in one conditional update; answer whether they did."""
    if not charges:
        return True
    try:
        charge = sum(charges.values(), NOTHING)
    except ChargeTooLargeError:
        return False
    added = (
        update(BudgetCap)
        .where(col(BudgetCap.id) == cap.id, _fits(charge, cap.limit))
        .values(
            epsilon=col(BudgetCap.epsilon) + charge.epsilon,
            rho=col(BudgetCap.rho) + charge.rho,
            delta=col(BudgetCap.delta) + charge.delta,
            mixed=true() if not charge.pure else col(BudgetCap.mixed),
        )
        .execution_options(synchronize_session=False)
    )
    return session.connection().execute(added).rowcount == 1


def _fits(charge: Charge, limit: Limit) -> ColumnElement[bool]:
    """Say `filters.fits` in SQL; differences instead of sums, so that nothing overflows."""
    epsilon, rho = col(BudgetCap.epsilon), col(BudgetCap.rho)
    by_rho = rho <= limit.rho - charge.rho
    by_epsilon = and_(not_(col(BudgetCap.mixed)), epsilon <= limit.epsilon - charge.epsilon)
    return and_(
        epsilon <= LARGEST - charge.epsilon,
        rho <= LARGEST - charge.rho,
        col(BudgetCap.delta) <= limit.delta - charge.delta,
        or_(by_rho, by_epsilon) if charge.pure else by_rho,
    )


def _reserve_answers(
    context: Context, session: Session, fingerprints: Sequence[str], dataset: str, snapshot: int
) -> dict[str, str]:
    """Make a reserved answer of each component that has none, and return all their states."""
    rows = select(AggregateAnswer.fingerprint, AggregateAnswer.state)
    rows = rows.where(col(AggregateAnswer.fingerprint).in_(fingerprints))
    there = dict(session.exec(rows).all())
    new: dict[str, object] = {"dataset": dataset, "snapshot": snapshot, "state": RESERVED}
    new["reserved_at"] = context.clock.timestamp()
    missing = [{"fingerprint": name, **new} for name in fingerprints if name not in there]
    if missing:
        # Missing for sure: whoever asks for the same component holds its dataset's cap.
        session.execute(insert(AggregateAnswer), missing)
    # Held until the end, so that none is settled before its new charges can be marked.
    return dict(session.exec(rows.order_by(AggregateAnswer.fingerprint).with_for_update()).all())


def _note(
    context: Context,
    session: Session,
    missing: Mapping[str, Mapping[str, Charge]],
    states: Mapping[str, str],
) -> None:
    now = context.clock.timestamp()
    rows = [
        {
            "component": component,
            "cap_id": cap_id,
            "epsilon": charge.epsilon,
            "rho": charge.rho,
            "delta": charge.delta,
            "pure": charge.pure,
            "charged_at": now,
            "settled": states[component] == SETTLED,
        }
        for cap_id, charges in missing.items()
        for component, charge in charges.items()
    ]
    if rows:
        session.execute(insert(BudgetCharge), rows)


def settle(context: Context, session: Session, fingerprint: str, sealed: bytes) -> bool:
    """Keep the drawn values of a reserved component, unless somebody else's were kept first.

    **Guarantee.** A component has one settled answer at most, for ever: the update changes a
    reserved answer alone, and nothing makes a settled one reserved again. Of several who drew for
    it, after a crash or at the same moment, one is told True; nobody has seen the others' values,
    which are forgotten. So there is one noise for one charge.

    Args:
        context: the open home.
        session: a writing transaction; it settles several components in the order of their
            fingerprints.
        fingerprint: of a component that `reserve` was told of.
        sealed: its values, as `answer:<fingerprint>:values`.

    Returns:
        Whether these are the values that count; otherwise read those that do.
    """
    kept = (
        update(AggregateAnswer)
        .where(
            col(AggregateAnswer.fingerprint) == fingerprint,
            col(AggregateAnswer.state) == RESERVED,
        )
        .values(state=SETTLED, sealed_values=sealed, settled_at=context.clock.timestamp())
        .execution_options(synchronize_session=False)
    )
    if session.connection().execute(kept).rowcount == 0:
        return False
    marked = update(BudgetCharge).where(col(BudgetCharge.component) == fingerprint)
    session.connection().execute(marked.values(settled=True))
    return True


def spent(session: Session, cap_id: str) -> Charge:
    """Return what was charged to a cap so far; nothing where it was never charged."""
    row = session.exec(select(BudgetCap).where(BudgetCap.id == cap_id)).one_or_none()
    return NOTHING if row is None else charged(row)


def charged(row: BudgetCap) -> Charge:
    """Return the sums that a cap's row keeps."""
    return Charge(row.epsilon, row.rho, row.delta, pure=not row.mixed)


def remaining(session: Session, cap: Cap) -> tuple[int, int]:
    """Return the largest epsilon and rho that one more answer may have, in units of charges."""
    return filters.remaining(spent(session, cap.id), cap.limit)


def charged_after(session: Session, cap: Cap, prices: Mapping[str, Charge]) -> Charge | None:
    """Return what a cap would have spent after a question; None where that doesn't fit.

    Args:
        session: of the store.
        cap: one of the question's.
        prices: of its components, by fingerprint; what the cap paid before costs nothing more.
    """
    before = spent(session, cap.id)
    try:
        price = sum(unpaid(session, [cap], prices)[cap.id].values(), NOTHING)
        return before + price if filters.fits(before, price, cap.limit) else None
    except ChargeTooLargeError:
        return None


def questions_left(session: Session, cap: Cap, charge: Charge) -> int:
    """Return how many more such questions a cap holds."""
    return filters.times(spent(session, cap.id), charge, cap.limit)
