import numpy as np

from anonymizers.local import LocalClasses
from anonymizers.models import Model
from anonymizers.proposals import give_back, specialize
from tests.small_tables import People, taxonomy, texts

TOWNS = taxonomy("a1;a;x/a2;a;x/b1;b;x/b2;b;x/c1;c;y")
SEXES = taxonomy("f/m")


def people(towns, sexes):
    return People({"town": texts(towns), "sex": texts(sexes)}, {"town": TOWNS, "sex": SEXES})


def by_town(some, wanted):
    """Return a proposal: levels of (town, sex) by the row's town."""
    forms = some.hierarchies["town"].forms[0]
    rows = [wanted[forms[code]] for code in some.table.codes[0]]
    return dict(zip(("town", "sex"), np.array(rows, np.int64).T, strict=True))


def as_towns(some, proposed):
    forms = some.hierarchies["town"].forms[0]
    levels = zip(proposed["town"].tolist(), proposed["sex"].tolist(), strict=True)
    return {
        forms[code]: row for code, row in zip(some.table.codes[0].tolist(), levels, strict=True)
    }


def test_a_class_says_what_all_its_people_share():
    some = people(["a1", "a2", "b1", "b2"], ["f", "f", "f", "m"])
    top = by_town(some, {"a1": (3, 1), "a2": (3, 1), "b1": (2, 1), "b2": (0, 1)})
    found = as_towns(some, specialize(some.table, some.hierarchies, top))
    assert found == {"a1": (1, 0), "a2": (1, 0), "b1": (0, 0), "b2": (0, 0)}


def test_two_classes_are_never_taken_for_one():
    some = people(["a1", "a2"], ["f", "f"])
    apart = by_town(some, {"a1": (1, 0), "a2": (2, 0)})
    found = as_towns(some, specialize(some.table, some.hierarchies, apart))
    assert found == {"a1": (0, 0), "a2": (0, 0)}


def test_whoever_is_left_out_stands_with_the_class_that_loses_least():
    some = people(["a1", "a1", "b1", "b1", "b1", "b2"], ["f"] * 6)
    proposed = by_town(some, {"a1": (0, 0), "b1": (0, 0), "b2": (0, 0)})
    classes = LocalClasses.build(some.table, some.hierarchies, proposed, Model(2))
    found = as_towns(some, give_back(some.table, some.hierarchies, proposed, classes))
    assert found == {"a1": (2, 0), "b1": (0, 0), "b2": (2, 0)}


def test_only_classes_under_the_same_ceilings_can_help():
    limits = {"town": ("exact", "level-2"), "sex": ("exact", "exact")}
    some = People(
        {"town": texts(["a1", "a1", "a1", "c1", "c1", "b2"]), "sex": texts(["f"] * 6)},
        {"town": TOWNS, "sex": SEXES},
        limits=limits,
    )
    proposed = by_town(some, {"a1": (0, 0), "c1": (0, 0), "b2": (2, 0)})
    classes = LocalClasses.build(some.table, some.hierarchies, proposed, Model(2))
    found = as_towns(some, give_back(some.table, some.hierarchies, proposed, classes))
    assert found == {"a1": (2, 0), "c1": (0, 0), "b2": (2, 0)}
