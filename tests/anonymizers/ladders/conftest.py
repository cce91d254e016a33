"""What the ladder tests share."""

import pytest


@pytest.fixture
def released():
    """Return a function: what a ladder releases for each value on one level."""

    def forms_on(ladder, values, level):
        rung = ladder.climb(values).rung(level)
        return [rung.forms[code] for code in rung.codes]

    return forms_on


@pytest.fixture
def leaves():
    """Return a function: how many values of the domain each form covers on one level."""

    def leaves_on(ladder, values, level):
        rung = ladder.climb(values).rung(level)
        return dict(zip(rung.forms, rung.leaves.tolist(), strict=True))

    return leaves_on
