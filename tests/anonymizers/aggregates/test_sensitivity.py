"""How far one unit moves statistics: against every table that one unit could make."""

from __future__ import annotations

from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.aggregates.sensitivity import (
    Contribution,
    Sensitivity,
    sensitivity_of_distinct,
    sensitivity_of_nodes,
    sensitivity_of_people,
    sensitivity_of_records,
    sensitivity_of_sum,
)

BINS, BRANCHING = 3, 2
NODES = 2

# A record: the cells that it counts in, a value or None, the codes that it counts with, its bin.


def units_of(draw, limits, values, codes, forms):
    return [
        draw(
            st.lists(
                st.tuples(
                    st.sets(
                        st.integers(0, limits.cells - 1), min_size=1, max_size=limits.codes
                    ).map(tuple),
                    values,
                    st.sets(st.integers(0, forms - 1), max_size=codes).map(tuple),
                    st.integers(0, BINS - 1),
                ),
                max_size=limits.records,
            )
        )
        for _ in range(3)
    ]


def people(units, limits):
    return [sum(any(c in r[0] for r in unit) for unit in units) for c in range(limits.cells)]


def counted(units, limits):
    return [sum(c in r[0] for unit in units for r in unit) for c in range(limits.cells)]


def summed(units, limits, low, high, offset):
    return [
        sum(
            min(max(r[1], low), high) - offset
            for unit in units
            for r in unit
            if r[1] is not None and c in r[0]
        )
        for c in range(limits.cells)
    ]


def distinct(units, limits):
    return [
        len({code for unit in units for r in unit if c in r[0] for code in r[2]})
        for c in range(limits.cells)
    ]


def tree(units, limits):
    here = [[r for unit in units for r in unit if c in r[0]] for c in range(limits.cells)]
    return [sum(r[3] == b for r in rs) for rs in here for b in range(BINS)] + [
        sum(r[3] // BRANCHING == n for r in rs) for rs in here for n in range(NODES)
    ]


def moved(after, before):
    changes = [abs(a - b) for a, b in zip(after, before, strict=True)]
    return Sensitivity(sum(changes), sum(x * x for x in changes), sum(x != 0 for x in changes))


def within(change, bound):
    return (
        change.l1 <= bound.l1
        and change.l2_squared <= bound.l2_squared
        and change.cells <= bound.cells
    )


@given(st.data())
def test_one_unit_never_moves_a_statistic_further(data):
    limits = Contribution(*(data.draw(st.integers(1, 4)) for _ in range(3)))
    low = data.draw(st.integers(-9, 9))
    high = low + data.draw(st.integers(0, 9))
    offset = data.draw(st.integers(-9, 9))
    codes, forms = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 4))
    values = st.none() | st.integers(low - 5, high + 5)
    units = units_of(data.draw, limits, values, codes, forms)
    one_less = units[1:]

    assert within(
        moved(people(units, limits), people(one_less, limits)), sensitivity_of_people(limits)
    )
    assert within(
        moved(counted(units, limits), counted(one_less, limits)), sensitivity_of_records(limits)
    )
    assert within(
        moved(
            summed(units, limits, low, high, offset), summed(one_less, limits, low, high, offset)
        ),
        sensitivity_of_sum(limits, low, high, offset),
    )
    assert within(
        moved(distinct(units, limits), distinct(one_less, limits)),
        sensitivity_of_distinct(limits, codes, forms),
    )
    assert within(
        moved(tree(units, limits), tree(one_less, limits)),
        sensitivity_of_nodes(limits, BINS, NODES),
    )


def every_unit(limits, values, codes, forms):
    """All units with L records at the limit of their cells and codes."""
    cells = [
        c
        for size in range(1, limits.codes + 1)
        for c in combinations(range(limits.cells), min(size, limits.cells))
    ]
    sets = list(combinations(range(forms), min(codes, forms)))
    one = list(product(cells, values, sets, range(BINS)))
    return product(one, repeat=limits.records)


def furthest(changes):
    """Each of the three at its largest, perhaps by different units."""
    return Sensitivity(
        *(max(getattr(c, n) for c in changes) for n in ("l1", "l2_squared", "cells"))
    )


@pytest.mark.parametrize(
    "sizes", [(1, 1, 1), (2, 1, 3), (2, 2, 3), (1, 2, 3), (2, 3, 2), (2, 2, 4)]
)
def test_some_unit_moves_a_statistic_as_far(sizes):
    limits = Contribution(*sizes)
    low, high, offset = -2, 7, 1
    nothing = [[]]
    units = [[list(unit)] for unit in every_unit(limits, (high,), 1, 3)]

    assert furthest(
        [moved(people(u, limits), people(nothing, limits)) for u in units]
    ) == sensitivity_of_people(limits)
    assert furthest(
        [moved(counted(u, limits), counted(nothing, limits)) for u in units]
    ) == sensitivity_of_records(limits)
    assert furthest(
        [
            moved(summed(u, limits, low, high, offset), summed(nothing, limits, low, high, offset))
            for u in units
        ]
    ) == sensitivity_of_sum(limits, low, high, offset)
    assert furthest(
        [moved(distinct(u, limits), distinct(nothing, limits)) for u in units]
    ) == sensitivity_of_distinct(limits, 1, 3)


@pytest.mark.parametrize("sizes", [(1, 1, 1), (2, 1, 3), (2, 2, 2)])
def test_some_unit_moves_bins_and_nodes_as_far(sizes):
    limits = Contribution(*sizes)
    units = [[list(unit)] for unit in every_unit(limits, (1,), 1, 1)]

    assert furthest(
        [moved(tree(u, limits), tree([[]], limits)) for u in units]
    ) == sensitivity_of_nodes(limits, BINS, NODES)


def test_several_codes_of_a_record_count_at_once():
    assert sensitivity_of_distinct(Contribution(3, 2, 10), 4, 100) == Sensitivity(24, 12 * 24, 6)


def test_distinct_codes_never_exceed_the_forms_there_are():
    assert sensitivity_of_distinct(Contribution(9, 1, 1), 4, 5) == Sensitivity(5, 25, 1)


def test_sums_that_are_always_nothing_still_have_a_sensitivity():
    assert sensitivity_of_sum(Contribution(1, 1, 1), 5, 5, 5).l1 == 1


def test_amounts_beyond_machine_integers_stay_exact():
    assert sensitivity_of_sum(Contribution(5, 3, 9), 0, 2**62) == Sensitivity(
        15 * 2**62, 3 * 25 * 2**124, 9
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: Contribution(0, 1, 1),
        lambda: Contribution(1, 0, 1),
        lambda: Contribution(1, 1, 0),
        lambda: sensitivity_of_sum(Contribution(1, 1, 1), 2, 1),
        lambda: sensitivity_of_distinct(Contribution(1, 1, 1), 0, 3),
        lambda: sensitivity_of_distinct(Contribution(1, 1, 1), 3, 0),
        lambda: sensitivity_of_nodes(Contribution(1, 1, 1), 3, 0),
        lambda: sensitivity_of_nodes(Contribution(1, 1, 1), 3, 4),
    ],
)
def test_what_cannot_be_is_refused(make):
    with pytest.raises(ValueError, match=r"."):
        make()
