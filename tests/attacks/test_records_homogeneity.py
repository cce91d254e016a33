"""Everybody of a class shares one secret: whoever is known to be in it has told it.

Background knowledge narrows further: whoever can rule one value out learns the secret of a class
with two. l has to be what is left after that, plus one.
"""

import numpy as np
import pytest

from anonymizers.models import Model
from tests.small_tables import People, taxonomy, texts

KINDS = [f"k{n}" for n in range(5)]


@pytest.fixture(scope="module")
def people():
    """Secrets follow towns, and much is unknown."""
    rng = np.random.default_rng(5)
    town = rng.integers(0, 40, 2000)
    own = town % 5
    drawn = np.where(rng.random(2000) < 0.9, own, rng.integers(0, 5, 2000))
    unknown = rng.random(2000) < 0.3
    return People(
        {"town": texts([f"t{n}" for n in town]), "sex": texts([["f", "m"][n % 2] for n in town])},
        {
            "town": taxonomy("/".join(f"t{n};c{n // 4}" for n in range(40))),
            "sex": taxonomy("f/m"),
        },
        sensitive={"kind": [None if u else KINDS[n] for n, u in zip(drawn, unknown, strict=True)]},
    )


def secrets_by_class(release, says_nothing=()):
    """What a recipient sees in each class, leaving out what it can't be."""
    seen = {}
    rows = zip(*(release.table[name].to_pylist() for name in ("town", "sex")), strict=True)
    for row, secret in zip(rows, release.table["kind"].to_pylist(), strict=True):
        secrets = seen.setdefault(row, set())
        if secret is not None and secret not in says_nothing:
            secrets.add(secret)
    return seen


def sparse(people, rows):
    """Few people, so that many classes are of one secret."""
    return People(
        {name: values.slice(0, rows) for name, values in people.values.items()},
        people.ladders,
        sensitive={"kind": people.sensitive["kind"][:rows]},
    )


@pytest.mark.parametrize("levels_by", ["k", "all"])
def test_no_class_tells_one_secret(people, levels_by):
    release = sparse(people, 200).release(Model(3, {"kind": 2}, 0.1, levels_by))
    assert release.table.num_rows > 0
    assert min(len(secrets) for secrets in secrets_by_class(release).values()) >= 2


def test_control_k_alone_tells_secrets(people):
    release = sparse(people, 200).release(Model(3, {}, 0.1))
    assert min(len(secrets) for secrets in secrets_by_class(release).values()) < 2


def test_ruling_a_value_out_leaves_two_where_l_is_three(people):
    release = people.release(Model(3, {"kind": 3}, 0.1))
    assert release.table.num_rows > 0
    for value in KINDS:
        seen = secrets_by_class(release, says_nothing=(value,))
        assert min(len(secrets) for secrets in seen.values()) >= 2


def test_control_ruling_a_value_out_tells_secrets_where_l_is_two(people):
    release = sparse(people, 200).release(Model(3, {"kind": 2}, 0.1))
    fewest = min(
        len(secrets)
        for value in KINDS
        for secrets in secrets_by_class(release, says_nothing=(value,)).values()
    )
    assert fewest < 2


def test_null_does_not_make_a_class_diverse(people):
    """Counting NULL as a value, most classes that pass l = 2 would pass through it alone."""
    release = sparse(people, 200).release(Model(3, {"kind": 2}, 0.1))
    with_null = sparse(people, 200)
    named = [secret or "won't tell" for secret in with_null.sensitive["kind"]]
    control = People(with_null.values, with_null.ladders, sensitive={"kind": named})
    naive = control.release(Model(3, {"kind": 2}, 0.1))
    told = secrets_by_class(naive, says_nothing=("won't tell",))
    assert min(len(secrets) for secrets in told.values()) < 2
    assert naive.table.num_rows > release.table.num_rows


@pytest.mark.parametrize(
    "written",
    [
        *("Refused to say", "N/A", "NA", "-99.00", "Not specified.", "Unknown/other", "missing"),
        *("no especificado", "No sabe / no contesta", "se desconoce", "Sin datos", "OTROS"),
    ],
)
def test_what_says_nothing_is_as_good_as_null(people, written):
    few = sparse(people, 200)
    named = [secret or written for secret in few.sensitive["kind"]]
    model = Model(3, {"kind": 2}, 0.1)
    said = People(few.values, few.ladders, sensitive={"kind": named}).release(model)
    seen = secrets_by_class(said, says_nothing=(written,))
    assert min(len(secrets) for secrets in seen.values()) >= 2
    assert said.table.num_rows == few.release(model).table.num_rows
