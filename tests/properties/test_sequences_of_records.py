"""Sequences against brute force that shares nothing with them but the declarations."""

from collections import Counter, defaultdict
from fractions import Fraction
from itertools import combinations, product
from math import floor

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymizers import multisets, people_rows, search, sequence_diversity
from anonymizers.covers import hard_to_cover
from anonymizers.models import Model
from anonymizers.search import NothingSafeError
from tests.brute_force import forms_of, loss_of, stay_of
from tests.drawn_people import taxonomies
from tests.small_sequences import Several, says
from tests.small_tables import People, texts

CELLS = ("a", "b", "c", "d", None)
SECRETS = ("s", "t", "u", "s;t", "s;unknown", "", "Other", None)


@pytest.fixture(scope="module", autouse=True)
def small_tables_are_merged_and_cut_too():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "REBASE_CHECKS", 3)
        patch.setattr(sequence_diversity, "PART_ROWS", 3)
        patch.setattr(people_rows, "BLOCK", 4)
        patch.setattr(multisets, "BLOCK", 4)
        yield


@st.composite
def severals(draw):
    """Up to fourteen people with one to three rows each, many of them alike, in any order."""
    names = ["p", "q", "r"][: draw(st.sampled_from([1, 2, 3, 3]))]
    ladders = {name: draw(taxonomies()) for name in names}
    limits = {}
    for name in names:
        levels = ladders[name].levels
        low = draw(st.sampled_from([0, 0, 0, len(levels) - 1]))
        limits[name] = (levels[low], levels[draw(st.sampled_from([-1, -1, low]))])
    row = st.tuples(*(st.sampled_from(CELLS) for _ in names))
    kinds = draw(st.lists(st.lists(row, min_size=1, max_size=3), min_size=1, max_size=5))
    least = draw(st.sampled_from([0, 6, 10]))
    people = draw(st.lists(st.sampled_from(kinds), min_size=least, max_size=14))
    rows = [(number, cells) for number, kind in enumerate(people) for cells in kind]
    rows = draw(st.permutations(rows))

    def column(values):
        return draw(st.lists(values, min_size=len(rows), max_size=len(rows)))

    table = People(
        {name: texts([cells[n] for _, cells in rows]) for n, name in enumerate(names)},
        ladders,
        sensitive={"secret": column(st.sampled_from(SECRETS))},
        minors=column(st.sampled_from([False, False, True])),
        limits=limits,
        count=len(rows),
    )
    return Several([f"person {number}" for number, _ in rows], table, {"secret": ";"})


@st.composite
def models(draw):
    k = draw(st.integers(1, 3))
    return Model(
        k,
        draw(st.sampled_from([{}, {"secret": 1}, {"secret": 2}, {"secret": 3}])),
        draw(st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0])),
        k_minors=draw(st.none() | st.integers(k, k + 2)),
    )


def who_stays(several, model, levels):
    """Return who may stay on these levels, person by person, in plain Python."""
    forms, of_person = forms_of(several.rows, levels), defaultdict(list)
    for row, person in enumerate(several.person):
        of_person[person].append(row)
    classes = defaultdict(list)
    for person, rows in of_person.items():
        classes[frozenset(Counter(forms[row] for row in rows).items())].append(person)
    minors = {p for p, rows in of_person.items() if any(several.rows.minors[r] for r in rows)}

    def secrets(person, place=None):
        cells = [
            several.rows.sensitive["secret"][row]
            for row in of_person[person]
            if place in {None, forms[row]}
        ]
        parts = {part for cell in cells if cell is not None for part in cell.split(";")}
        return {part for part in parts if says(part)}

    def is_safe(group, least):
        if len(group) < least:
            return False
        places = {None} | {forms[row] for person in group for row in of_person[person]}
        wanted = model.l.get("secret")
        sets = [[secrets(person, place) for person in group] for place in places]
        return wanted is None or all(is_hard(known, wanted) for known in sets)

    return {
        person
        for members in classes.values()
        for person in stay_of(members, minors, model, is_safe)
    }


def is_hard(sets, least):
    """No `least - 1` values have one in each set that isn't empty; and there is one."""
    known = [values for values in sets if values]
    every = sorted({value for values in known for value in values})
    few = min(least - 1, len(every))
    return bool(known) and not any(
        all(values & set(chosen) for values in known) for chosen in combinations(every, few)
    )


def loss_over_records(several, levels, stay):
    """Return ARX's loss, every record of whoever is left out lost."""
    rows = {row for row, person in enumerate(several.person) if person in stay}
    return loss_of(several.rows, levels, rows)


def grid(several):
    names, levels = list(several.rows.values), several.rows.hierarchies
    return [
        dict(zip(names, chosen, strict=True))
        for chosen in product(*(levels[name].levels for name in names))
    ]


def searched(model):
    return Model(model.k, k_minors=model.k_minors)


@settings(deadline=None)
@given(severals(), models())
def test_no_combination_of_levels_has_less_loss(several, model):
    people = set(several.person)
    allowed = floor(Fraction(str(model.max_suppressed_share)) * len(people))
    losses = []
    for levels in grid(several):
        stay = who_stays(several, searched(model), levels)
        if stay and len(people) - len(stay) <= allowed:
            losses.append(loss_over_records(several, levels, stay))
    if not losses:
        with pytest.raises(NothingSafeError):
            several.find(model)
        return
    found = several.find(model)
    stay = who_stays(several, searched(model), found.levels)
    assert found.loss == pytest.approx(float(min(losses)), abs=1e-12)
    own = loss_over_records(several, found.levels, stay)
    assert found.loss == pytest.approx(float(own), abs=1e-12)
    assert (found.people, found.suppressed) == (len(people), len(people) - len(stay))


@settings(deadline=None)
@given(severals(), models())
def test_who_is_left_out_on_some_levels_is_left_out_on_all_finer_ones(several, model):
    stay = [(levels, who_stays(several, model, levels)) for levels in grid(several)]
    place = {name: ladder.levels.index for name, ladder in several.rows.hierarchies.items()}
    for (finer, fewer), (coarser, more) in product(stay, stay):
        if all(place[name](finer[name]) <= place[name](coarser[name]) for name in finer):
            assert fewer <= more


@settings(deadline=None)
@given(severals(), models())
def test_who_is_released_is_who_may_stay_and_the_recount_agrees(several, model):
    try:
        released = several.release(model)
    except NothingSafeError:
        return
    stay = who_stays(several, model, several.find(model).levels)
    assert set(released.people.to_pylist()) == stay
    assert len(released.people) == sum(person in stay for person in several.person)
    counted = released.recount()
    assert counted.suppressed == len(set(several.person)) - len(stay)
    if stay:
        assert counted.smallest_class >= model.k
    assert several.classes(model).people.sum() == len(stay)


@settings(deadline=None)
@given(severals(), models(), st.randoms(use_true_random=False))
def test_the_order_of_rows_never_changes_what_is_found(several, model, random):
    order = list(range(len(several.person)))
    random.shuffle(order)
    rows = several.rows
    turned = Several(
        [several.person[row] for row in order],
        People(
            {
                name: values.take(pa.array(order, pa.int64()))
                for name, values in rows.values.items()
            },
            rows.ladders,
            sensitive={"secret": [rows.sensitive["secret"][row] for row in order]},
            minors=[rows.minors[row] for row in order],
            limits=rows.limits,
            count=len(order),
        ),
        several.separators,
    )
    try:
        found = several.find(model)
    except NothingSafeError:
        with pytest.raises(NothingSafeError):
            turned.find(model)
    else:
        assert turned.find(model) == found
        assert turned.classes(model).people.tolist() == several.classes(model).people.tolist()


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.sets(st.sampled_from([0, 1, 2, 63, 64, 70])))),
    st.integers(1, 4),
)
def test_covers_are_found_by_trying_all(sets, least):
    groups = np.array([group for group, _ in sets], np.int64)
    masks = np.zeros((len(sets), 2), np.uint64)
    for row, (_, values) in enumerate(sets):
        for value in values:
            masks[row, value >> 6] |= np.uint64(1) << np.uint64(value & 63)
    hard = hard_to_cover(groups, masks, 4, least).tolist()
    assert hard == [is_hard([v for g, v in sets if g == group], least) for group in range(4)]


@settings(deadline=None)
@given(st.lists(st.sampled_from(SECRETS)), st.integers(1, 4))
def test_for_people_with_one_value_it_is_the_number_of_distinct_values(secrets, least):
    known = {value for value in secrets if value and says(value)}
    assert is_hard([{value} & known for value in secrets], least) == (len(known) >= least)
