"""The attacker joins two files whose tokens can't be joined, on changed values that are rare.

The draw of a value is the same in every file, for a fresh one would be averaged away: so a noised
value is nearly as good as a token. That can't be had otherwise; the lint and the manifest say so,
of every transform that joins, and of no other.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest

from anonymizers.pseudonyms import token_key, tokens_text
from anonymizers.transforms.date_shift import DateShift
from anonymizers.transforms.grids import Grid
from anonymizers.transforms.limits import Limits
from anonymizers.transforms.microaggregation import Microaggregation
from anonymizers.transforms.noise import Noise
from anonymizers.transforms.randomization import Randomization
from anonymizers.transforms.rounding import Rounding
from anonymizers.transforms.swapping import Swapping
from gateway.transforming import Transforms
from policies.documents import parse_dataset
from policies.plans import ColumnPlan
from tests.attacks.test_records_noise_averaged import PLAN, HomeKeys
from tests.changed_columns import crowd

DATASET = parse_dataset("""
dataset: debts
privacy_unit: person_id
consent: assumed
consent_basis: generated
columns:
  person_id: {type: string, role: direct_identifier, domain: person}
  debt:      {type: decimal, role: sensitive, bounds: [0, 100000], scale: 2}
  born:      {type: date, role: sensitive}
  harm:      {type: string, role: sensitive, codes: [Labour, Sexual, Marriage]}
""")
COUNT = 600
PEOPLE = crowd(COUNT)
NUMBERS = np.random.default_rng(19)
CENTS = Grid("number", 2)
VALUES = {
    "debt": pa.array(
        [Decimal(n).scaleb(-2) for n in NUMBERS.integers(0, 10_000_000, COUNT).tolist()],
        pa.decimal128(18, 2),
    ),
    "born": pa.array(
        [date(1960, 1, 1) + timedelta(days=n) for n in NUMBERS.integers(0, 20_000, COUNT).tolist()]
    ),
    "harm": pa.array(["Labour", "Sexual", "Marriage"] * (COUNT // 3)),
}


def file_of(epoch, column, transform):
    """Return each token of an epoch with the changed value beside it."""
    plan = replace(PLAN, columns=(ColumnPlan(column, transform.action, transform=transform),))
    transforms = Transforms(HomeKeys(), plan, DATASET)
    rows = {column: VALUES[column], "weir_person": PEOPLE}
    transforms.look(pa.table(rows))
    of_epoch = {"partner": "harbor", "agreement": "a", "dataset": "debts", "domain": "person"}
    tokens = tokens_text(PEOPLE, token_key(b"s" * 32, **of_epoch, epoch=epoch), "person")
    released = transforms.released(column, VALUES[column], PEOPLE)
    return dict(zip(tokens.to_pylist(), released.to_pylist(), strict=True))


def joined_by_value(column, transform):
    """Return the share of people whose value is alone in each of two files of two epochs."""
    first, second = (file_of(epoch, column, transform) for epoch in ("2026", "2027"))
    assert not first.keys() & second.keys()
    counted, again = Counter(first.values()), Counter(second.values())
    return sum(counted[value] == again[value] == 1 for value in first.values()) / COUNT


@pytest.mark.parametrize(
    ("column", "transform"),
    [
        ("debt", Noise(50_000, 0, 10_000_000, CENTS)),
        ("debt", Swapping(Fraction(1, 10), CENTS)),
        ("debt", Limits(None, 9_000_000, CENTS)),
        ("born", DateShift(300)),
        ("debt", Rounding(100_000, CENTS)),
        ("debt", Microaggregation(5, CENTS)),
        ("harm", Randomization(("Labour", "Sexual", "Marriage"), Fraction(3, 5))),
    ],
    ids=lambda made: getattr(made, "action", made),
)
def test_what_joins_files_around_their_tokens_is_said_to(column, transform):
    """The last three are the control: few forms, or one for several people, join nobody."""
    joined = joined_by_value(column, transform)
    assert (joined > 0.85) if transform.joins_files else joined < 0.02
