"""Generated people, and the same people again as somebody else writes them: the truth is known."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

LETTERS = "abcdefghijklmnopqrstuvwxyz"
SYLLABLES = [a + b for a in "bcdfglmnprstvz" for b in "aeiou"]
FIRST, LAST = "prs_FirstName", "prs_SecondName"
BORN, PHONE = "prs_Birthdate", "prs_MobilePhone"


def names(random, count, syllables):
    """Return different made-up names, the frequent ones first."""
    found = dict.fromkeys(
        "".join(SYLLABLES[n] for n in random.integers(0, len(SYLLABLES), syllables[0]))
        + "".join(SYLLABLES[n] for n in random.integers(0, len(SYLLABLES), extra))
        for extra in random.integers(0, syllables[1], 3 * count)
    )
    return np.array(list(found)[:count])


def few_often(random, values, size):
    """Draw values as names are: some are many people's."""
    weights = 1 / (np.arange(len(values)) + 10)
    return random.choice(values, size, p=weights / weights.sum())


def people(random, size):
    """Return that many people: a first and a last name, a birth date, most a phone."""
    born = np.datetime64("1950-01-01") + random.integers(0, 25_000, size)
    phones = random.integers(2_000_000_000, 9_999_999_999, size).astype(str)
    return {
        FIRST: few_often(random, names(random, 1_500, (2, 3)), size).astype(object),
        LAST: few_often(random, names(random, 8_000, (2, 4)), size).astype(object),
        BORN: born.astype(str).astype(object),
        PHONE: np.where(random.random(size) < 0.85, np.char.add("+1", phones), None),
    }


def again(random, known, chosen):
    """Write some of the people again, with mistakes: typos, swapped names, missing parts.

    Args:
        random: a generator.
        known: from `people`.
        chosen: which of them.
    """
    copies = {name: values[chosen].copy() for name, values in known.items()}
    for name, share in ((FIRST, 0.12), (LAST, 0.12), (BORN, 0.08), (PHONE, 0.05)):
        for row in np.flatnonzero(random.random(len(chosen)) < share):
            copies[name][row] = typo(random, copies[name][row], name)
    swapped = random.random(len(chosen)) < 0.04
    copies[FIRST], copies[LAST] = (
        np.where(swapped, copies[LAST], copies[FIRST]),
        np.where(swapped, copies[FIRST], copies[LAST]),
    )
    moved = random.random(len(chosen)) < 0.15
    numbers = random.integers(2_000_000_000, 9_999_999_999, len(chosen)).astype(str)
    copies[PHONE] = np.where(moved, np.char.add("+1", numbers).astype(object), copies[PHONE])
    for name, share in ((FIRST, 0.03), (LAST, 0.02), (BORN, 0.05), (PHONE, 0.15)):
        copies[name] = np.where(random.random(len(chosen)) < share, None, copies[name])
    return copies


def typo(random, text, name):
    """Change one character, leave one out, or turn two around."""
    if text is None:
        return None
    if name == BORN:
        return wrong_date(random, text)
    place = int(random.integers(1 if name != PHONE else 2, len(text)))
    other = str(random.integers(0, 10)) if name == PHONE else str(random.choice(list(LETTERS)))
    match int(random.integers(0, 3)):
        case 0:
            return text[:place] + other + text[place + 1 :]
        case 1:
            return text[:place] + text[place + 1 :]
        case _:
            return text[: place - 1] + text[place] + text[place - 1] + text[place + 1 :]


def wrong_date(random, text):
    """Turn day and month around where that is a date, or miss a digit of the year."""
    year, month, day = text.split("-")
    if int(day) <= 12 and random.random() < 0.4:
        return f"{year}-{day}-{month}"
    return f"{year[:3]}{random.integers(0, 10)}-{month}-{day}"


def two_sources(size, others, shared, seed=5):
    """Return both sources as one table, and the true pairs.

    Args:
        size: people of the first; others: of the second, `shared` of whom are in the first too.
        seed: of everything.

    Returns:
        A table with `number` from 0 on, the first source first; and the set of true pairs.
    """
    random = np.random.default_rng(seed)
    known = people(random, size + others - shared)
    chosen = random.choice(size, shared, replace=False)
    copies = again(random, known, chosen)
    columns = {name: np.concatenate([values, copies[name]]) for name, values in known.items()}
    first_copy = size + others - shared
    table = pa.table(
        {
            "number": pa.array(range(size + others), pa.int64()),
            **{name: pa.array(values, pa.string()) for name, values in columns.items()},
        }
    )
    return table, {(int(one), first_copy + n) for n, one in enumerate(chosen)}
