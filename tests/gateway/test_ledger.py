from __future__ import annotations

import pytest

from anonymizers.accounting.charges import LARGEST, NOTHING, Charge
from anonymizers.accounting.limits import Limit
from gateway.errors import BudgetExhaustedError
from gateway.ledger import charged_after, questions_left, remaining, reserve
from gateway.store.engine import open_store, reading, writing
from gateway.store.migrations import migrate
from gateway.store.tables import AggregateAnswer, BudgetCap, BudgetCharge
from tests.gateway.ledgers import ONE, Ledger, cap, pure, zcdp

CASES, HARBOR, LANTERN = cap("dataset:cases"), cap("partner:harbor"), cap("partner:lantern")


@pytest.fixture
def ledger(store_url):
    engine = open_store(store_url)
    migrate(engine)
    yield Ledger(engine)
    engine.dispose()


def test_a_question_is_charged_to_each_of_its_caps(ledger):
    ledger.ask([CASES, HARBOR], ("a", pure("0.25")), ("b", pure("0.5")))
    assert ledger.spent("dataset:cases") == pure("0.25") + pure("0.5")
    assert ledger.spent("partner:harbor") == pure("0.25") + pure("0.5")


def test_the_same_component_is_charged_once_to_each_cap_whoever_asks(ledger):
    for caps in ([CASES, HARBOR], [CASES, HARBOR], [CASES, LANTERN]):
        ledger.ask(caps, ("a", pure("0.75")))
    for name in ("dataset:cases", "partner:harbor", "partner:lantern"):
        assert ledger.spent(name) == pure("0.75")
    assert len(ledger.rows(BudgetCharge)) == 3
    assert [row.state for row in ledger.rows(AggregateAnswer)] == ["reserved"]


def test_what_was_asked_before_is_free_in_a_larger_question(ledger):
    ledger.ask([CASES, HARBOR], ("a", pure("0.75")))
    ledger.ask([CASES, HARBOR], ("a", pure("0.75")), ("b", pure("0.25")))
    assert ledger.spent("dataset:cases").epsilon == ONE.epsilon


def test_one_cap_that_is_exhausted_refuses_for_all_and_nothing_is_written(ledger):
    ledger.ask([CASES, HARBOR], ("a", pure("0.75")))
    with pytest.raises(BudgetExhaustedError) as refused:
        ledger.ask([CASES, LANTERN], ("b", pure("0.5")))
    assert refused.value.caps == ("dataset:cases",)
    assert [(r.rule, dict(r.params)) for r in refused.value.reasons] == [
        ("budget-exhausted", {"dataset": "cases"})
    ]
    assert ledger.spent("partner:lantern") == NOTHING
    assert len(ledger.rows(AggregateAnswer)) == 1
    assert len(ledger.rows(BudgetCharge)) == 2


def test_nothing_is_written_even_where_the_refusal_is_caught_inside_the_transaction(ledger):
    poor = cap("partner:harbor", Limit(0, 0, 0))
    charges = [("a", pure("0.5"))]
    with writing(ledger.store) as session, pytest.raises(BudgetExhaustedError):
        reserve(ledger.context, session, [CASES, poor], charges, dataset="cases", snapshot=1)
    assert ledger.rows(BudgetCap) == []
    assert ledger.rows(AggregateAnswer) == []


def test_what_is_cached_is_still_refused_under_a_cap_of_ones_own_that_is_exhausted(ledger):
    ledger.ask([CASES, HARBOR], ("a", pure("0.75")))
    poor = cap("partner:lantern", Limit(pure("0.5").epsilon, 0, 0))
    with pytest.raises(BudgetExhaustedError):
        ledger.ask([CASES, poor], ("a", pure("0.75")))


def test_pure_answers_pass_up_to_epsilon_though_their_rho_is_far_beyond(ledger):
    ledger.ask([CASES], ("a", pure("1")))
    assert ledger.spent("dataset:cases").rho > 20 * ONE.rho
    with pytest.raises(BudgetExhaustedError):
        ledger.ask([CASES], ("b", zcdp("0.000000000001")))
    with pytest.raises(BudgetExhaustedError):
        ledger.ask([CASES], ("b", pure("0.000000001")))


def test_what_a_question_would_leave_is_what_it_leaves(ledger):
    ledger.ask([CASES, HARBOR], ("a", pure("0.25")))
    for prices in ({"a": pure("0.25"), "b": pure("0.5")}, {"c": zcdp("0.001")}):
        with reading(ledger.store) as session:
            told = charged_after(session, HARBOR, prices)
        if told is not None:
            ledger.ask([CASES, HARBOR], *prices.items())
            assert told == ledger.spent(HARBOR.id)
    with reading(ledger.store) as session:
        assert charged_after(session, HARBOR, {"d": pure("0.5")}) is None
        huge = {"e": Charge(LARGEST, 0, 0, pure=True)}
        assert charged_after(session, HARBOR, huge) is None


def test_once_mixed_rho_alone_decides(ledger):
    ledger.ask([CASES], ("a", zcdp("0.001")))
    with pytest.raises(BudgetExhaustedError):
        ledger.ask([CASES], ("b", pure("0.5")))
    ledger.ask([CASES], ("b", pure("0.01")))
    assert ledger.spent("dataset:cases") == zcdp("0.001") + pure("0.01")
    assert not ledger.spent("dataset:cases").pure


def test_many_small_pure_answers_pass_beyond_epsilon_while_rho_holds(ledger):
    small = [(f"c{number}", pure("0.01")) for number in range(120)]
    ledger.ask([CASES], *small)
    assert ledger.spent("dataset:cases").epsilon > ONE.epsilon
    assert ledger.spent("dataset:cases").rho < ONE.rho


def test_deltas_are_counted_in_both_branches(ledger):
    ledger.ask([CASES], ("a", pure("0.01", "4e-7")))
    for charge in (pure("0.01", "2e-7"), zcdp("0.0001", "2e-7")):
        with pytest.raises(BudgetExhaustedError):
            ledger.ask([CASES], ("b", charge))
    ledger.ask([CASES], ("b", pure("0.01", "1e-7")))
    assert ledger.spent("dataset:cases").delta == ONE.delta


def test_amounts_near_the_largest_integer_are_refused_not_wrapped(ledger):
    boundless = cap("dataset:cases", Limit(LARGEST, LARGEST, LARGEST))
    huge = Charge(LARGEST, LARGEST, 0, pure=True)
    ledger.ask([boundless], ("a", huge))
    for charge in (Charge(1, 0, 0, pure=True), Charge(0, 1, 0, pure=True), huge):
        with pytest.raises(BudgetExhaustedError):
            ledger.ask([boundless], ("b", charge))
    with pytest.raises(BudgetExhaustedError):
        ledger.ask([cap("dataset:other")], ("b", huge), ("c", huge))


def test_what_is_settled_stays_as_it_is(ledger):
    ledger.ask([CASES, HARBOR], ("a", pure("0.5")))
    assert ledger.settle("a", b"first")
    assert not ledger.settle("a", b"second")
    (answer,) = ledger.rows(AggregateAnswer)
    assert (answer.state, answer.sealed_values) == ("settled", b"first")
    assert all(row.settled for row in ledger.rows(BudgetCharge))


def test_a_charge_for_what_is_settled_is_settled_at_once(ledger):
    ledger.ask([CASES, HARBOR], ("a", pure("0.5")))
    ledger.settle("a")
    ledger.ask([CASES, LANTERN], ("a", pure("0.5")), ("b", pure("0.25")))
    states = {(row.component, row.cap_id): row.settled for row in ledger.rows(BudgetCharge)}
    assert states["a", "partner:lantern"]
    assert not states["b", "partner:lantern"]


def test_what_was_never_reserved_cannot_be_settled(ledger):
    assert not ledger.settle("a")


def test_what_is_left_is_the_caps_own(ledger):
    ledger.ask([CASES, HARBOR], ("a", pure("0.25")))
    with reading(ledger.store) as session:
        assert remaining(session, HARBOR)[0] == pure("0.75").epsilon
        assert remaining(session, LANTERN) == (pure("1").epsilon, ONE.rho)
        assert questions_left(session, HARBOR, pure("0.25")) == 3
        assert questions_left(session, LANTERN, pure("0.25")) == 4
