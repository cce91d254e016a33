"""Caps, what people see of them, what may change in a declaration, and further periods."""

from __future__ import annotations

from fractions import Fraction

import pytest
from sqlalchemy import delete, update
from sqlmodel import select

from anonymizers.accounting.limits import limit_of
from gateway.audit_check import check_everything
from gateway.budgets import limits_of, own_budgets, show_budgets
from gateway.caps import caps_of, own_cap, widest_epsilon
from gateway.context import open_context
from gateway.errors import ConflictError, NotFoundError, RefusedError
from gateway.periods import open_period
from gateway.releases import list_releases, show_release
from gateway.store.engine import writing
from gateway.store.tables import Aggregate, BudgetCap, BudgetCharge, BudgetPeriod
from policies.documents import parse_dataset, parse_policy
from tests.conftest import FixedClock
from tests.counted_homes import DATASET, POLICY, Counted, counted, found_counted
from tests.small_homes import NOON

__all__ = ["counted"]


@pytest.fixture(scope="module")
def still(tmp_path_factory):
    """A home that several tests share: each declares what is its own, and nobody asks."""
    folder = tmp_path_factory.mktemp("still")
    with open_context(found_counted(folder, FixedClock(NOON)), clock=FixedClock(NOON)) as context:
        yield Counted(context, folder, context.clock)


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """A home in which harbor asked once, and a second period was opened."""
    folder = tmp_path_factory.mktemp("asked")
    with open_context(found_counted(folder, FixedClock(NOON)), clock=FixedClock(NOON)) as context:
        world = Counted(context, folder, context.clock)
        world.ask_for("harbor", "count_people")
        open_period(context, "debts", BOTH, "why")
        yield world


BOTH = ("olivia", "marta")
SILENT = DATASET.replace("dataset: debts", "dataset: silent").replace(
    "budget: {epsilon: 8, delta: 1.0e-6}\n", ""
)
MILLIONTH = Fraction(1, 10**6)


def caps(world, partner, purpose="research", dataset="debts", policy=POLICY):
    document = world.context.registry.dataset(dataset).document
    limits = limits_of(parse_policy(policy))
    return {cap.id: cap for cap in caps_of(world.context, document, partner, limits, purpose)}


def test_a_question_is_charged_to_everybodys_and_the_partners_own(still):
    held = caps(still, "harbor")
    assert [*held] == ["dataset:debts", "partner:harbor:dataset:debts"]
    assert held["dataset:debts"].limit == limit_of(Fraction(8), MILLIONTH)
    assert own_cap(held.values()).limit == limit_of(Fraction(4), MILLIONTH / 10)
    assert widest_epsilon(held.values()) == 8


def test_a_purpose_has_a_share_of_its_own_and_partners_see_their_part_of_it(still):
    per_purpose = POLICY.replace("per: partner", "per: purpose")
    held = caps(still, "harbor", "planning", policy=per_purpose)
    assert [*held] == [
        "dataset:debts",
        "partner:harbor:purpose:counts:planning",
        "purpose:counts:planning",
    ]
    assert len({cap.limit for cap in held.values()}) == 2


def test_what_a_contributor_agreed_to_counts_even_after_its_agreement(counted):
    terms = {"dataset": "debts", "submits": True, "starts": "2025-01-01", "ends": "2025-12-31"}
    agreements = [
        {"agreement": f"a{epsilon}", **terms, "budget": {"epsilon": epsilon, "delta": 1e-7}}
        for epsilon in (3, 2)
    ]
    counted.partner("shelter", agreements=agreements)
    held = caps(counted, "harbor")["contributor:shelter:debts"]
    assert held.limit == limit_of(Fraction(2), MILLIONTH / 10)
    open_period(counted.context, "debts", BOTH, "a second report")
    assert caps(counted, "harbor")["contributor:shelter:debts"] == held


def test_datasets_of_a_group_share_one_budget_and_the_smallest_counts(still):
    group = "dataset: calls\nbudget_group: hotline\n"
    other = DATASET.replace("dataset: debts\n", group)
    still.declare(other.replace("epsilon: 8", "epsilon: 2"))
    still.declare(other.replace("dataset: calls", "dataset: texts"))
    for dataset in ("calls", "texts"):
        held = caps(still, "harbor", dataset=dataset)
        assert [*held] == ["group:hotline", "partner:harbor:group:hotline"]
        assert held["group:hotline"].lifetime.epsilon == 2


def test_without_a_declared_budget_nothing_fits(still):
    still.declare(SILENT)
    held = caps(still, "harbor", dataset="silent")["dataset:silent"]
    assert (held.limit.epsilon, held.limit.rho, held.limit.delta) == (0, 0, 0)
    assert show_budgets(still.context, "silent")[0]["caps"] == []


def test_declared_decimals_are_meant_as_they_are_written(still):
    tenths = POLICY.replace("epsilon: 4", "epsilon: 0.3")
    assert own_cap(caps(still, "harbor", policy=tenths).values()).limit.epsilon == 300_000_000


def test_a_partner_sees_its_own_budget_and_nothing_of_others(counted):
    counted.ask_for("harbor", "count_people")
    before = own_budgets(counted.context, "harbor")
    counted.ask_for("lantern", "count_records", epsilon=2.0)
    assert own_budgets(counted.context, "harbor") == before
    (own,) = before
    assert (own.dataset, own.policy, own.per, own.purpose) == ("debts", "counts", "partner", None)
    assert own.balance.total == {"epsilon": 4.0, "delta": 1e-7}
    assert own.balance.spent["epsilon"] == 1.0
    assert own.balance.remaining["epsilon"] == 3.0


def test_a_partner_without_an_agreement_in_force_sees_no_budget(counted):
    counted.asker("late", agreements=[])
    assert own_budgets(counted.context, "late") == []
    counted.clock.move(days=400)
    assert own_budgets(counted.context, "harbor") == []


def test_each_purpose_is_listed_where_each_has_its_own(counted):
    counted.apply(POLICY.replace("per: partner", "per: purpose"))
    counted.ask_for("harbor", "count_people")
    counted.ask_for("lantern", "count_records")
    seen = {own.purpose: own.balance for own in own_budgets(counted.context, "harbor")}
    assert {purpose: balance.spent["epsilon"] for purpose, balance in seen.items()} == {
        "planning": 0.0,
        "research": 1.0,
    }
    (budget,) = show_budgets(counted.context, "debts")
    shared = {cap["cap"]: cap["spent"]["epsilon"] for cap in budget["caps"]}
    assert shared["purpose:counts:research"] == 2.0


def test_the_operator_sees_every_cap(counted):
    counted.ask_for("harbor", "count_people")
    counted.ask_for("lantern", "count_people", epsilon=2.0)
    budget = show_budgets(counted.context, "debts")[0]
    spent = {cap["cap"]: cap["spent"]["epsilon"] for cap in budget["caps"]}
    assert spent == {
        "dataset:debts": 3.0,
        "partner:harbor:dataset:debts": 1.0,
        "partner:lantern:dataset:debts": 2.0,
    }
    assert budget["caps"][0]["total"] == {"epsilon": 8.0, "delta": 1e-6}


def test_a_cap_that_nothing_permits_any_more_is_still_shown(counted):
    counted.ask_for("harbor", "count_people")
    counted.partner("harbor", agreements=[])
    budget = show_budgets(counted.context, None)[0]
    ended = next(cap for cap in budget["caps"] if cap["kind"] == "partner" and "limit" not in cap)
    assert ended["spent"]["epsilon"] == 1.0


def test_there_is_no_budget_of_an_unknown_dataset(still):
    with pytest.raises(NotFoundError):
        show_budgets(still.context, "nothing")
    with pytest.raises(NotFoundError):
        open_period(still.context, "nothing", BOTH, "why not")


def exhaust(world, partner="harbor"):
    world.ask_for(partner, "count_people", epsilon=4.0)
    with pytest.raises(RefusedError, match="budget-exhausted"):
        world.ask_for(partner, "count_records")


def test_two_officers_open_a_period_and_lifetimes_are_told_from_then_on(counted):
    exhaust(counted)
    opened = open_period(counted.context, "debts", BOTH, "a second report")
    assert opened == {"subject": "dataset:debts", "period": 2, "officers": [*BOTH]}
    told = counted.ask_for("harbor", "count_records")
    assert told.content["guarantee"]["lifetime"]["epsilon"] == 16.0
    (own,) = own_budgets(counted.context, "harbor")
    assert (own.balance.total["epsilon"], own.balance.spent["epsilon"]) == (8.0, 5.0)
    (entry,) = counted.entries("period")
    assert (entry["id"], entry["number"], entry["officers"]) == ("dataset:debts", 2, [*BOTH])
    assert "second report" not in str(entry)


@pytest.mark.parametrize(
    ("officers", "reason"),
    [
        ((), "why"),
        (("olivia",), "why"),
        (("olivia", " Olivia "), "why"),
        (("olivia", ""), "why"),
        (("olivia", "marta", "nora"), "why"),
        (BOTH, " "),
    ],
)
def test_nobody_opens_a_period_alone_or_without_a_reason(still, officers, reason):
    with pytest.raises(ConflictError):
        open_period(still.context, "debts", officers, reason)
    assert still.entries("period") == []


def test_a_dataset_without_a_budget_has_no_periods(still):
    still.declare(SILENT)
    with pytest.raises(ConflictError, match="no budget"):
        open_period(still.context, "silent", BOTH, "why")


@pytest.mark.parametrize(
    "change",
    [
        ("epsilon: 8", "epsilon: 9"),
        ("delta: 1.0e-6", "delta: 1.0e-5"),
        ("budget: {epsilon: 8, delta: 1.0e-6}\n", ""),
        ("budget: {", "budget_group: others\nbudget: {"),
    ],
)
def test_no_declaration_refills_a_budget_that_was_spent_from(asked, change):
    text = DATASET.replace(*change)
    assert text != DATASET
    with pytest.raises(ConflictError, match="were answered"):
        asked.declare(text)
    assert asked.context.registry.dataset("debts").document == parse_dataset(DATASET)


def test_a_budget_that_nobody_spent_from_may_change_and_any_may_shrink(counted):
    counted.declare(DATASET.replace("epsilon: 8", "epsilon: 9"))
    counted.ask_for("harbor", "count_people")
    counted.declare(DATASET.replace("epsilon: 8", "epsilon: 2"))
    with pytest.raises(RefusedError):
        counted.ask_for("lantern", "count_records", epsilon=2.0)
    assert check_everything(counted.context)["broken"] == []


def test_a_dataset_without_a_budget_may_stay_without_one_in_a_group_that_spent(counted):
    grouped = DATASET.replace("budget: {", "budget_group: hotline\nbudget: {")
    counted.declare(grouped)
    silent = grouped.replace("dataset: debts", "dataset: quiet").replace(
        "budget: {epsilon: 8, delta: 1.0e-6}\n", ""
    )
    counted.declare(silent)
    counted.ask_for("harbor", "count_people")
    counted.declare(silent.replace("title: {en: Debts}", "title: {en: Quiet}"))


def test_a_release_of_an_aggregate_is_listed_and_shown(counted):
    told = counted.ask_for("harbor", "count_people")
    (view,), _ = list_releases(counted.context, "harbor", None, 10)
    assert (view.id, view.state, view.extract_id) == (told.release_id, "ready", None)
    assert view.aggregate_id == told.id
    shown = show_release(counted.context, told.release_id)
    assert (shown["aggregate"], shown["extract"], shown["state"]) == (told.id, None, "ready")


# What the audit check finds


def broken(world):
    return check_everything(world.context)["broken"]


def test_a_home_with_aggregates_is_whole(counted):
    counted.ask_for("harbor", "count_people", {"mean": "debt"}, rho=0.001)
    counted.ask_for("lantern", "count_people", rho=0.001)
    open_period(counted.context, "debts", BOTH, "why")
    assert broken(counted) == []


def change(world, table, **facts):
    """Change a column of the first row; return what it was."""
    with writing(world.context.store) as session:
        row = session.exec(select(table)).first()
        was = {name: getattr(row, name) for name in facts}
        session.connection().execute(update(table).where(_is(table, row)).values(**facts))
    return was


def _is(table, row):
    (first, *_) = table.__table__.primary_key.columns
    return first == getattr(row, first.name)


@pytest.mark.parametrize(
    ("table", "facts", "said"),
    [
        (BudgetCap, {"epsilon": 1}, "isn't the sum of what was charged"),
        (BudgetCap, {"mixed": True}, "isn't the sum of what was charged"),
        (BudgetCharge, {"epsilon": 9 * 10**9}, "isn't the sum of what was charged"),
        (BudgetCharge, {"settled": False}, "marked otherwise than their answers"),
        (BudgetPeriod, {"number": 3}, "store and log don't say the same"),
        (BudgetPeriod, {"officers": '["nora", "olga"]'}, "store and log don't say the same"),
        (Aggregate, {"partner": "lantern"}, "another partner's"),
        (Aggregate, {"components": "[]"}, "names nothing that it is made of"),
        (Aggregate, {"components": '["other"]'}, "weren't charged to the dataset's budget"),
        (Aggregate, {"sealed_content": None}, "without content"),
        (Aggregate, {"sealed_content": b"\0" * 64}, "rel_"),
    ],
)
def test_what_was_changed_is_found(asked, table, facts, said):
    assert broken(asked) == []
    was = change(asked, table, **facts)
    found = broken(asked)
    change(asked, table, **was)
    assert any(said in line for line in found), found


def test_charges_that_are_gone_are_found(counted):
    counted.ask_for("harbor", "count_people")
    with writing(counted.context.store) as session:
        session.connection().execute(delete(BudgetCharge))
    said = "\n".join(broken(counted))
    assert "isn't the sum" in said
    assert "nobody was charged for" in said
    assert "weren't charged to this partner's budget" in said


def test_more_than_was_ever_declared_is_found_whatever_was_made_to_agree(counted):
    counted.ask_for("harbor", "count_people")
    with writing(counted.context.store) as session:
        for table in (BudgetCap, BudgetCharge):
            session.connection().execute(update(table).values(epsilon=9 * 10**9))
    assert any("more was spent than was ever declared" in line for line in broken(counted))
