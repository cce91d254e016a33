"""Controls: guards that are taken away, each with a history that must then be found invalid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from unittest import mock

import ibis

import gateway.lake.ingest
from anonymizers.models import Model
from gateway.corridor import make
from gateway.lake.consent import Terms, statements_in_force
from gateway.log import AuditLog
from policies.consent import ConsentRules, ContributorTerms
from tests.properties.history.declarations import PURPOSES, Agreement, Clause, Partner, Request
from tests.properties.history.strategies import GIVING, day, people, usual_row

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.context import Context
    from policies.documents import DatasetDocument
    from policies.plans import Protection
    from tests.properties.history.history import History

EVERYTHING = Request()
NORTH = Request(where=frozenset({Clause("place", frozenset({"Ash"}))}))


def pull(history: History, partner: str = "harbor", request: Request = EVERYTHING) -> str:
    extract = history.ask(partner, request)
    assert extract is not None
    history.work(extract)
    history.check()
    history.download(extract, partner)
    return extract


def withdraw(history: History) -> None:
    extract = pull(history)
    history.load([{**usual_row(5), "consent": "none"}])
    history.download(extract, "harbor")


def sign_another_agreement(history: History) -> None:
    extract = pull(history)
    signed = Agreement("another", day(-9), day(90), PURPOSES)
    history.declare(Partner("harbor", agreements=(signed,)))
    with mock.patch("gateway.downloads.is_permitted_as_it_was", yes):  # it notices this too
        history.download(extract, "harbor")


def tighten(history: History) -> None:
    extract = pull(history)
    history.declare(replace(history.world.policy, k=4))
    history.download(extract, "harbor")


def become_public(history: History) -> None:
    extract = pull(history)
    history.declare(replace(history.world.partners["harbor"], kind="public"))
    history.download(extract, "harbor")


def wait_a_month(history: History) -> None:
    extract = pull(history)
    history.wait(31)
    history.download(extract, "harbor")


def ask_for_a_part(history: History) -> None:
    pull(history)
    pull(history, request=NORTH)


def pull_once(history: History) -> None:
    pull(history)


def ask_in_vain(history: History) -> None:
    history.ask("harbor", replace(EVERYTHING, purpose="marketing"))
    history.check()


def give_in_confidence(history: History) -> None:
    terms = Agreement("gives", day(-9), day(9), consent_max="aggregate")
    history.declare(Partner(GIVING, agreements=(terms,)))
    history.load(people(40, 50), GIVING)
    pull(history)


def lift_another_s_withdrawal(history: History) -> None:
    history.declare(Partner(GIVING, agreements=(Agreement("gives", day(-9), day(9)),)))
    history.load([{**usual_row(5), "consent": "none"}])
    history.load([usual_row(5)], GIVING)
    pull(history)


def give_two_each(history: History) -> None:
    history.load([usual_row(person, "b") for person in range(1, 25)])
    pull(history)


def die_in_a_load(history: History) -> None:
    load_staged = gateway.lake.ingest.load_staged

    def die(*given: Any) -> None:
        load_staged(*given)
        history.home.die()

    with mock.patch.object(gateway.lake.ingest, "load_staged", die):
        history.load(people(30, 40))
    history.check()


def declare_anew_while_it_is_made(history: History) -> None:
    extract = history.ask("harbor", EVERYTHING)
    assert extract is not None
    history.work(extract, make)
    history.check()
    history.declare(replace(history.world.dataset, oldest=60))
    history.work(extract)
    history.check()


def pull_twice(history: History) -> None:
    pull(history, "harbor")
    pull(history, "lantern")


def turn_back(history: History) -> None:
    history.back_up()
    history.suspend("harbor")
    history.check()
    history.restore(0)


def nothing(*_: Any, **__: Any) -> None:
    """Do nothing where a guard stood."""


def yes(*_: Any, **__: Any) -> bool:
    return True


def as_the_policy_says(_context: Any, _session: Any, _extract: Any, by_policy: int) -> int:
    return by_policy


@property
def any_class(protection: Protection) -> Model:
    return Model(k=1, l=dict.fromkeys(protection.l, 1))


def every_record(choosing: Any) -> dict[str, int]:
    choosing.backend.create_table(choosing.table, choosing._permitted.drop("weir_rank"))
    return {}


def no_terms(_context: Context, document: DatasetDocument) -> Terms:
    return Terms(ConsentRules.of(document), {GIVING: ContributorTerms()})


def newest_of_all(statements: ibis.Table) -> ibis.Table:
    return statements_in_force(statements.mutate(contributor=ibis.literal("")))


def one_key_for_all(*_: Any, **__: Any) -> bytes:
    return bytes(32)


def forgetting(kind: str) -> Callable[..., int]:
    """Append entries, but none of this kind."""
    append = AuditLog.append

    def forgetful(log: AuditLog, session: Any, what: Any, subject: str, **facts: Any) -> int:
        return 0 if what == kind else append(log, session, what, subject, **facts)

    return forgetful


@dataclass(frozen=True)
class Control:
    """A guard, what stands in its place, and what the oracle then says of which history."""

    guard: str
    instead: Any
    history: Callable[[History], None]
    finding: str


CONTROLS = (
    Control("gateway.downloads.still_stands", yes, withdraw, "bytes left"),
    Control("gateway.downloads.check_agreement", nothing, sign_another_agreement, "bytes left"),
    Control("gateway.downloads._check_permission", nothing, become_public, "bytes left"),
    Control("gateway.downloads.is_permitted_as_it_was", yes, tighten, "bytes left"),
    Control("gateway.downloads._check_time", nothing, wait_a_month, "bytes left"),
    Control("gateway.releases.reviews_needed", as_the_policy_says, ask_for_a_part, "not approved"),
    Control("gateway.releases.still_permitted", yes, declare_anew_while_it_is_made, "not permit"),
    Control("gateway.log.AuditLog.append", forgetting("release"), pull_once, "entries differ"),
    Control("gateway.log.AuditLog.append", forgetting("refusal"), ask_in_vain, "counts aren't"),
    Control("policies.plans.Protection.model", any_class, pull_once, "somebody stands out"),
    Control("gateway.protecting.given_terms", no_terms, give_in_confidence, "may not be in"),
    Control(
        "gateway.lake.consent.statements_in_force",
        newest_of_all,
        lift_another_s_withdrawal,
        "may not be in",
    ),
    Control(
        "gateway.lake.choosing.Choosing.first_of_each", every_record, give_two_each, "two rows"
    ),
    Control("gateway.release_tokens.token_key", one_key_for_all, pull_twice, "joins two releases"),
    Control("gateway.log.AuditLog.check_extends", nothing, turn_back, "was turned back"),
    Control("gateway.recovery._settle_loads", nothing, die_in_a_load, "done by half"),
)
