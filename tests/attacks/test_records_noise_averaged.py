"""The attacker asks again and again, in every variant, and averages what comes back.

One partner has a thousand answers about the same person: other policy versions, agreements,
purposes, columns, conditions. They must all hold one draw.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
import pytest

from anonymizers.transforms.grids import Grid
from anonymizers.transforms.noise import Noise
from anonymizers.transforms.randomization import Randomization
from gateway.transforming import Transforms
from policies.documents import parse_dataset
from policies.plans import ColumnPlan, ExtractPlan, Protection

DATASET = parse_dataset("""
dataset: debts
privacy_unit: person_id
consent: assumed
consent_basis: generated
columns:
  person_id: {type: string, role: direct_identifier, domain: person}
  debt:      {type: decimal, role: sensitive, bounds: [0, 100000], scale: 2}
  harm:      {type: string, role: sensitive, codes: [Labour, Sexual, Marriage]}
""")
NOISE = Noise(5_000, 0, 10_000_000, Grid("number", 2))
PRAM = Randomization(("Labour", "Sexual", "Marriage"), Fraction("0.4"))
PLAN = ExtractPlan(
    partner="harbor",
    partner_class="ngo",
    agreement="harbor-2026",
    agreement_ends="2026-12-31",
    purpose="research",
    dataset="debts",
    dataset_sha256="d" * 64,
    policy="for-ngos",
    policy_sha256="p" * 64,
    columns=(
        ColumnPlan("debt", "noise", transform=NOISE),
        ColumnPlan("harm", "randomize", transform=PRAM),
    ),
    where=(),
    protection=Protection(3, {}, 0.0, "k", None),
    consent_needed="anonymized",
    review=0,
    retention_days=365,
    format="csv",
    request={},
)
VICTIM = pa.array([hashlib.sha256(b"victim").digest()[:16]], pa.binary(16))
DEBT, HARM = Decimal("4321.00"), "Marriage"


class HomeKeys:
    """Keys of a home; the control has fresh ones for each answer."""

    def __init__(self, number=0):
        self._number = number

    def changes(self):
        return hashlib.sha256(f"a home's secret {self._number}".encode()).digest()


def answers(plans, keys):
    """Return what each of these extracts says of the victim's debt and harm."""
    said = []
    for plan, key in zip(plans, keys, strict=True):
        transforms = Transforms(key, plan, DATASET)
        debt = transforms.released("debt", pa.array([DEBT], pa.decimal128(18, 2)), VICTIM)
        said.append(
            (debt[0].as_py(), transforms.released("harm", pa.array([HARM]), VICTIM)[0].as_py())
        )
    return said


VARIANTS = [
    replace(
        PLAN,
        policy_sha256=f"{number:064}",
        dataset_sha256=f"{number + 1:064}",
        agreement=f"harbor-{number % 50}",
        purpose=f"purpose-{number % 7}",
        columns=PLAN.columns[:: 1 if number % 2 else -1],
        request={"number": number},
        format="xlsx" if number % 3 else "csv",
    )
    for number in range(1_000)
]


def test_a_thousand_answers_are_one():
    said = answers(VARIANTS, [HomeKeys()] * 1_000)
    assert len(set(said)) == 1
    assert said[0][0] != DEBT


def test_wider_bounds_and_longer_lists_are_no_second_draw():
    wider = replace(NOISE, last=NOISE.last * 2)
    longer = Randomization((*PRAM.codes, "Begging"), PRAM.keep)
    columns = (
        ColumnPlan("debt", "noise", transform=wider),
        ColumnPlan("harm", "randomize", transform=longer),
    )
    first, second = answers([PLAN, replace(PLAN, columns=columns)], [HomeKeys()] * 2)
    assert first[0] == second[0]
    assert (first[1] == HARM) == (second[1] == HARM)


def test_control_fresh_noise_would_give_the_value_away():
    said = answers(VARIANTS, map(HomeKeys, range(1_000)))
    assert abs(sum(debt for debt, _ in said) / 1_000 - DEBT) < 12
    harms = [harm for _, harm in said]
    assert max(set(harms), key=harms.count) == HARM


@pytest.mark.parametrize("share", [1.01, 2])
def test_two_scales_do_not_share_a_draw(share):
    """With one draw, two scales would be two equations for it and the value."""
    widened = replace(NOISE, scale=int(NOISE.scale * share))
    said = []
    for number in range(300):
        person = pa.array([number.to_bytes(16, "big")], pa.binary(16))
        pair = [
            Transforms(
                HomeKeys(),
                replace(PLAN, columns=(ColumnPlan("debt", "noise", transform=noise),)),
                DATASET,
            )
            .released("debt", pa.array([DEBT], pa.decimal128(18, 2)), person)[0]
            .as_py()
            - DEBT
            for noise in (NOISE, widened)
        ]
        said.append(pair[0] * pair[1] > 0)  # one draw has one sign under every scale
    assert 0.35 < sum(said) / 300 < 0.65
