from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from policies.agreements import choose_agreement, covered_datasets, hidden_days
from policies.documents import parse_partner
from policies.documents.partner import AgreementDocument

FIRST = date(2026, 1, 1)


def test_a_partner_reads_about_datasets_it_may_ask_about_or_hand_in_today():
    def agreement(name, dataset, **changes):
        asks = {"policy": "p", "purposes": ["research"]}
        span = {"starts": "2026-01-01", "ends": "2026-12-31"}
        return {"agreement": name, "dataset": dataset, **asks, **span, **changes}

    gives = {**agreement("d", "given"), "submits": True}
    del gives["policy"], gives["purposes"]
    partner = parse_partner(
        {
            "partner": "harbor",
            "name": "Harbor",
            "class": "ngo",
            "jwks_file": "x.json",
            "agreements": [
                agreement("a", "open"),
                agreement("b", "open"),
                agreement("c", "ended", ends="2026-03-31"),
                gives,
            ],
        }
    )
    assert covered_datasets(partner, date(2026, 4, 1)) == ("given", "open")


@st.composite
def agreements_on_one_dataset(draw):
    """Return agreements of a few days each, for one purpose or two."""
    made = []
    for number in range(draw(st.integers(1, 5))):
        start, length = draw(st.integers(0, 8)), draw(st.integers(0, 8))
        document = {
            "agreement": f"a{number}",
            "dataset": "cases",
            "policy": "p",
            "purposes": draw(st.sampled_from([["one"], ["two"], ["one", "two"]])),
            "starts": (FIRST + timedelta(start)).isoformat(),
            "ends": (FIRST + timedelta(start + length)).isoformat(),
        }
        made.append(AgreementDocument.model_validate(document))
    return tuple(made)


@given(agreements_on_one_dataset())
def test_hidden_days_are_those_on_which_another_agreement_is_chosen(agreements):
    for agreement in agreements:
        for purpose in agreement.purposes:
            days = [FIRST + timedelta(day) for day in range(20)]
            in_force = [day for day in days if agreement.is_in_force(day)]
            chosen = {day: choose_agreement(agreements, purpose, day) for day in in_force}
            others = [day for day in in_force if chosen[day] != agreement]
            hidden = hidden_days(agreements, agreement, purpose)
            if hidden is None:
                assert others == []
            else:
                assert (hidden.first, hidden.last) == (others[0], others[-1])
                assert len(others) == (hidden.last - hidden.first).days + 1
                assert hidden.by.is_in_force(hidden.first)
                assert purpose in hidden.by.purposes
