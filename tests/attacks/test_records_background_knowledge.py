"""The attacker knows what the victim's secret can't be.

Whoever can rule out e values is left with l - e of a class at least. So l is chosen as e + 2 to
leave two; l = e + 1 leaves one and tells it; k alone leaves what the class has. (Machanavajjhala
et al., "l-diversity: privacy beyond k-anonymity", 2007, section 3: (l-1) pieces of knowledge.)

Does not protect: against somebody who knows how likely each value is; a class of nine in ten
remains one.
"""

import itertools

import numpy as np
import pytest

from anonymizers.models import Model
from tests.small_tables import People, taxonomy, texts

KINDS = [f"k{n}" for n in range(6)]
TOWNS = 24


@pytest.fixture(scope="module")
def people():
    """Secrets follow towns closely: most classes know two or three, if nobody sees to it."""
    rng = np.random.default_rng(17)
    town = rng.integers(0, TOWNS, 1200)
    near = (town + rng.integers(0, 2, 1200)) % 6
    kind = np.where(rng.random(1200) < 0.95, near, rng.integers(0, 6, 1200))
    return People(
        {
            "town": texts([f"t{n}" for n in town]),
            "sex": texts([["f", "m"][n] for n in rng.integers(0, 2, 1200)]),
        },
        {
            "town": taxonomy("/".join(f"t{n};c{n // 4};r{n // 12}" for n in range(TOWNS))),
            "sex": taxonomy("f/m"),
        },
        sensitive={"kind": [KINDS[n] for n in kind]},
    )


def least_left(release, ruled_out):
    """Return the fewest secrets left in any class, whatever `ruled_out` values are known not."""
    seen = {}
    rows = zip(*(release.table[name].to_pylist() for name in ("town", "sex")), strict=True)
    for row, secret in zip(rows, release.table["kind"].to_pylist(), strict=True):
        seen.setdefault(row, set()).add(secret)
    return min(
        len(secrets - set(known))
        for secrets in seen.values()
        for known in itertools.combinations(KINDS, ruled_out)
    )


@pytest.mark.parametrize("levels_by", ["k", "all"])
@pytest.mark.parametrize("ruled_out", [0, 1, 2])
def test_who_rules_out_e_values_is_left_with_two_where_l_is_e_plus_two(
    people, ruled_out, levels_by
):
    release = people.release(Model(5, {"kind": ruled_out + 2}, 0.1, levels_by))
    assert release.table.num_rows > 0
    assert least_left(release, ruled_out) >= 2


@pytest.mark.parametrize("ruled_out", [1, 2])
def test_control_l_without_thinking_of_it_is_told(people, ruled_out):
    """l-1 exclusions, l being what it is: one value is left, and that is the secret."""
    release = people.release(Model(5, {"kind": ruled_out + 1}, 0.1))
    assert least_left(release, ruled_out) == 1


@pytest.mark.parametrize("ruled_out", [1, 2])
def test_control_k_alone_tells_it(people, ruled_out):
    assert least_left(people.release(Model(5, {}, 0.1)), ruled_out) <= 1
