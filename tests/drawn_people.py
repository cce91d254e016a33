"""Small tables of people, and models, as Hypothesis draws them."""

import numpy as np
from hypothesis import strategies as st

from anonymizers.models import Closeness, Model, Recursive
from anonymizers.populations import Population
from tests.brute_force import VALUES, form_of
from tests.small_tables import People, taxonomy, texts


@st.composite
def taxonomies(draw):
    """Random refining taxonomies: each group of a level falls into one group of the next."""
    lines = [[value] for value in VALUES[: draw(st.integers(1, len(VALUES)))]]
    for level in range(draw(st.integers(0, 3))):
        parents = {}
        for line in lines:
            parents.setdefault(line[-1], draw(st.sampled_from("uvw")) + str(level))
            line.append(parents[line[-1]])
    return taxonomy("/".join(";".join(line) for line in lines))


@st.composite
def peoples(draw):
    rows = draw(st.integers(0, 24))
    names = ["p", "q", "r"][: draw(st.integers(0, 3))]
    ladders = {name: draw(taxonomies()) for name in names}
    cells = st.sampled_from([*VALUES, None])
    limits = {}
    for name in names:
        levels = ladders[name].levels
        low = draw(st.integers(0, len(levels) - 1))
        limits[name] = (levels[low], levels[draw(st.integers(low, len(levels) - 1))])
    marks = st.lists(st.booleans(), min_size=rows, max_size=rows)
    secrets = st.sampled_from(["s", "t", "u", "", "Other", None])
    return People(
        {name: texts(draw(st.lists(cells, min_size=rows, max_size=rows))) for name in names},
        ladders,
        sensitive={"secret": draw(st.lists(secrets, min_size=rows, max_size=rows))},
        minors=draw(marks),
        limits=limits,
        count=rows,
        counted=("secret",),
        population=draw(populations(names, ladders, limits)),
    )


@st.composite
def populations(draw, names, ladders, limits):
    """Some columns with exact values, or forms of the floor, and people; or none at all."""
    names = [name for name in names if draw(st.booleans())]
    lines = draw(st.integers(1, 8))
    columns = {}
    for name in names:
        ladder, floor = ladders[name], limits[name][0]
        forms = [form for value in VALUES if (form := form_of(ladder, floor, value)) is not None]
        known = [value for value in VALUES if ladder.value_of(value, ladder.levels[0])]
        written = st.sampled_from([*known, *forms])
        columns[name] = tuple(draw(st.lists(written, min_size=lines, max_size=lines)))
    people = draw(st.lists(st.integers(0, 5), min_size=lines, max_size=lines))
    return Population(columns, np.array(people))


@st.composite
def models(draw):
    k = draw(st.integers(1, 4))
    distance = st.sampled_from(["equal", "ordered"])
    levels = st.sampled_from([0.0, 0.1, 0.2, 0.35, 0.5])
    return Model(
        k,
        draw(maybe(st.integers(1, 3))),
        draw(st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0])),
        draw(st.sampled_from(["k", "all"])),
        draw(st.none() | st.integers(k, k + 3)),
        draw(maybe(st.sampled_from([1, 1.5, 1.8, 2, 2.5, 3]))),
        draw(maybe(st.builds(Recursive, st.sampled_from([0.5, 1, 2, 3]), st.integers(1, 3)))),
        draw(maybe(st.builds(Closeness, levels, distance))),
        draw(st.none() | st.integers(1, 8)),
    )


def maybe(rules):
    """No rule at all more often than one, so that tables aren't always empty."""
    return st.just({}) | st.just({}) | st.builds(lambda rule: {"secret": rule}, rules)
