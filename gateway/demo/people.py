"""The people of the generated cases: who they are and what they allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gateway.demo import proportions as shares
from gateway.demo.names import addresses, draw_family_names, draw_given_names, draw_phones, marked

if TYPE_CHECKING:
    from numpy.typing import NDArray

FAR_END = np.datetime64("2031-01-01")
FAR_SPAN_DAYS = 15 * 365
PAST_END = np.datetime64("2019-01-01")
PAST_SPAN_DAYS = 7 * 365


def draw_people(rng: np.random.Generator, count: int, first: int) -> pa.Table:
    """Draw `count` people, numbered from `first`: one row each, columns as in the cases.

    `age` is the age at the first contact, as a number; NULL where nobody knows it.
    """
    numbers = np.arange(first, first + count, dtype=np.int64)
    state = shares.STATES.draw(rng, count)
    given = draw_given_names(rng, count)
    citizenship = shares.CITIZENSHIPS.draw(rng, count)
    gender = shares.GENDERS.draw(rng, count)
    return pa.table(
        {
            "person_id": marked(numbers, width=8),
            "given_name": given,
            "family_name": draw_family_names(rng, count),
            "phone": _sometimes(rng, draw_phones(rng, state), 0.9),
            "email": _sometimes(rng, addresses(given, numbers), 0.3),
            "age": _ages(rng, gender),
            "gender": gender,
            "citizenship": citizenship,
            "state": _sometimes(rng, state, 0.985),
            "language": _languages(rng, citizenship),
            "exploitation": _exploitation(rng, gender),
            **_permissions(rng, count),
        }
    )


def _ages(rng: np.random.Generator, gender: pa.Array) -> pa.Array:
    male = pc.equal(gender, "Masculine").to_numpy(zero_copy_only=False)
    count = len(gender)
    band = np.where(
        male,
        shares.MALE_AGES.positions(rng, count),
        shares.FEMALE_AGES.positions(rng, count),
    )
    first, last = np.array(shares.AGE_BANDS).T
    width = (last - first + 1)[band]
    # An open band thins out with age; the others are flat.
    draw = np.where(band == len(first) - 1, rng.random(count) ** 3, rng.random(count))
    ages = first[band] + (draw * width).astype(np.int64)
    return pa.array(ages, mask=shares.chance(rng, count, shares.UNKNOWN_AGE_SHARE))


def _languages(rng: np.random.Generator, citizenship: pa.Array) -> pa.Array:
    speaking = pc.is_in(citizenship, pa.array(shares.SPANISH_SPEAKING)).to_numpy(
        zero_copy_only=False
    )
    spanish = shares.chance(rng, len(citizenship), np.where(speaking, 0.72, 0.06))
    return pc.if_else(spanish, "spa", "eng")


def _exploitation(rng: np.random.Generator, gender: pa.Array) -> pa.Array:
    return pc.if_else(
        pc.equal(gender, "Masculine"),
        shares.MALE_EXPLOITATION.draw(rng, len(gender)),
        shares.FEMALE_EXPLOITATION.draw(rng, len(gender)),
    )


def _permissions(rng: np.random.Generator, count: int) -> dict[str, pa.Array]:
    """Draw what people allowed, to whom, for what and until when."""
    funding = shares.FUNDINGS.draw(rng, count)
    scoped = pc.and_(pc.is_valid(funding), shares.chance(rng, count, shares.SCOPED_SHARE))
    everybody, everything = shares.RECIPIENTS.forms[1], shares.PURPOSES.forms[1]
    return {
        "consent": pc.if_else(scoped, "pseudonymized", shares.CONSENTS.draw(rng, count)),
        "consent_ends": _ends(rng, scoped.to_numpy(zero_copy_only=False)),
        "funding": funding,
        "share_with": pc.if_else(scoped, everybody, shares.RECIPIENTS.draw(rng, count)),
        "share_for": pc.if_else(scoped, everything, shares.PURPOSES.draw(rng, count)),
    }


def _ends(rng: np.random.Generator, scoped: NDArray[np.bool_]) -> pa.Array:
    """Draw the day a consent ends: far ahead, past for one in twenty-five, often none at all."""
    count = len(scoped)
    ahead = FAR_END + rng.integers(0, FAR_SPAN_DAYS, count)
    past = PAST_END + rng.integers(0, PAST_SPAN_DAYS, count)
    days = np.where(shares.chance(rng, count, 0.04) & ~scoped, past, ahead)
    endless = shares.chance(rng, count, 0.4) & ~scoped
    return pa.array(days.astype("datetime64[D]"), mask=endless)


def _sometimes(rng: np.random.Generator, column: pa.Array, share: float) -> pa.Array:
    """Keep a value for that share of people; the others have none."""
    return pc.if_else(shares.chance(rng, len(column), share), column, None)
