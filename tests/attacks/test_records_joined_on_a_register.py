"""A recipient holds a full register and joins it on the released columns."""

import numpy as np
import pyarrow as pa
import pytest

from anonymizers.ladders.catalogue import build_ladder
from anonymizers.models import Model
from tests.small_tables import People, taxonomy, texts

K = 7
REGISTER = 3000


@pytest.fixture(scope="module")
def register():
    """Everybody there is; whom the lake holds is a part of them."""
    rng = np.random.default_rng(11)
    lines = "/".join(f"t{n};c{n // 5};r{n // 20}" for n in range(60))
    return People(
        {
            "age": pa.array(rng.integers(0, 100, REGISTER), pa.int64()),
            "town": texts([f"t{n}" for n in (rng.beta(1, 4, REGISTER) * 60).astype(int)]),
            "sex": texts([["f", "m"][n] for n in rng.integers(0, 2, REGISTER)]),
        },
        {
            "age": build_ladder("age", bounds=[0, 120]),
            "town": taxonomy(lines),
            "sex": build_ladder("codes", codes=["f", "m"]),
        },
    )


def part(people, rows, minors=None):
    order = pa.array(rows)
    return People({n: v.take(order) for n, v in people.values.items()}, people.ladders, {}, minors)


def register_at(register, levels):
    """The register on the levels of a release, as whoever knows the ladders can make it."""
    columns = []
    for name, level in levels.items():
        rung = register.climbs[name].rung(level)
        places = {v: n for n, v in enumerate(register.climbs[name].values.to_pylist())}
        columns.append(
            [rung.forms[rung.codes[places[v]]] for v in register.values[name].to_pylist()]
        )
    return list(zip(*columns, strict=True))


def fewest_matches(register, table, levels):
    """Return the fewest people of the register that a released row can be."""
    matches = {}
    for person in register_at(register, levels):
        matches[person] = matches.get(person, 0) + 1
    rows = zip(*(table[name].to_pylist() for name in levels), strict=True)
    return min(matches[row] for row in rows)


def test_every_released_row_matches_at_least_k_people_of_the_register(register):
    known = part(register, np.random.default_rng(3).permutation(REGISTER)[:1500])
    model = Model(K, max_suppressed_share=0.05)
    release = known.release(model)
    assert release.table.num_rows >= 0.95 * known.rows
    assert fewest_matches(register, release.table, known.find(model).levels) >= K


def test_control_exact_values_single_people_out(register):
    known = part(register, np.arange(1500))
    levels = {name: ladder.levels[0] for name, ladder in register.ladders.items()}
    exact = pa.table({n: v.cast(pa.string()) for n, v in known.values.items()})
    exact = exact.set_column(0, "age", [_exact_ages(known)])
    assert fewest_matches(register, exact, levels) < K


def test_minors_match_at_least_their_own_k(register):
    chosen = np.random.default_rng(4).permutation(REGISTER)[:2000]
    ages = register.values["age"].to_numpy()[chosen]
    known = part(register, chosen, (ages < 18).tolist())
    model = Model(K, max_suppressed_share=0.1, k_minors=20)
    release = known.release(model)
    minors = release.table.filter(pa.array(release.minors))
    assert minors.num_rows > 0
    assert fewest_matches(register, minors, known.find(model).levels) >= 20


def test_control_without_a_rule_minors_stand_in_smaller_classes(register):
    chosen = np.random.default_rng(4).permutation(REGISTER)[:2000]
    ages = register.values["age"].to_numpy()[chosen]
    known = part(register, chosen, (ages < 18).tolist())
    release = known.release(Model(K, max_suppressed_share=0.1))
    held = release.table.filter(pa.array(release.minors)).group_by(release.table.column_names)
    sizes = held.aggregate([([], "count_all")])["count_all"].to_numpy()
    assert sizes.min() < 20


def _exact_ages(people):
    rung = people.climbs["age"].rung("exact")
    places = {value: n for n, value in enumerate(people.climbs["age"].values.to_pylist())}
    ages = people.values["age"].to_pylist()
    return texts([rung.forms[rung.codes[places[age]]] for age in ages])
