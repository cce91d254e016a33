import numpy as np
import pytest

from anonymizers.grouping import UnknownClassError
from anonymizers.ladders.base import LadderError
from anonymizers.local import LocalClasses, Texts
from anonymizers.models import Model
from anonymizers.recoding import recode
from anonymizers.standing import LEFT_OUT, WHOLE
from tests.small_tables import People, taxonomy, texts

# `c` stands on two levels: for itself, and for c and d.
TOWNS = taxonomy("a1;a/a2;a/c;c/d;c")


def build(people, levels, model):
    """Build classes of people whose rows stand on these levels, by the floor form."""
    forms = people.hierarchies["town"].forms[0]
    wanted = [levels[forms[code]] for code in people.table.codes[0]]
    proposed = {"town": np.array(wanted, dtype=np.int64)}
    return LocalClasses.build(people.table, people.hierarchies, proposed, model)


def people(*towns, **more):
    return People({"town": texts(towns)}, {"town": TOWNS}, **more)


def test_each_class_leaves_in_the_form_of_its_own_level():
    some = people("a1", "a1", "a2", None, None)
    classes = build(some, {"a1": 0, "a2": 1, None: 0}, Model(1))
    recoded = recode(some.codes, some.is_minor, some.hierarchies, classes)
    assert recoded.columns["town"].to_pylist() == ["a1", "a1", "a", None, None]
    assert recoded.classes.to_pylist() == [2, 2, 1, 0, 0]
    assert classes.people.tolist() == [2, 1, 2]
    assert classes.stands_on == {"town": ("exact", "level-1")}


def test_classes_of_the_same_text_are_one_class_on_whatever_levels_they_were_taken():
    """Somebody of town c, and somebody of town d shown as c: a reader sees two alike."""
    classes = build(people("c", "d"), {"c": 0, "d": 1}, Model(2))
    assert (classes.people.tolist(), classes.standing.tolist()) == ([2], [WHOLE])


def test_a_class_is_judged_on_the_values_of_all_who_show_its_text():
    some = people("c", "c", "d", "d", sensitive={"kind": ["x", "x", "y", "y"]})
    classes = build(some, {"c": 0, "d": 1}, Model(2, {"kind": 2}))
    assert classes.people.tolist() == [4]
    alone = people("c", "c", sensitive={"kind": ["x", "x"]})
    assert build(alone, {"c": 0}, Model(2, {"kind": 2})).standing.tolist() == [LEFT_OUT]


def test_nothing_that_was_proposed_is_believed():
    classes = build(people("a1", "a2", "a2"), {"a1": 0, "a2": 0}, Model(2))
    assert classes.standing.tolist() == [LEFT_OUT, WHOLE]
    assert classes.people.tolist() == [0, 2]


def test_levels_on_which_nobody_is_released_are_not_named():
    assert build(people("a1", "a2", "a2"), {"a1": 1, "a2": 0}, Model(2)).stands_on == {
        "town": ("exact",)
    }


def test_a_text_of_several_levels_costs_the_most_it_can_mean():
    found = Texts.of_hierarchy(people("a1", "c", "d").hierarchies["town"])
    widths = dict(zip(found.forms, found.widths.tolist(), strict=True))
    assert widths == {"*": 3, "a": 1, "a1": 0, "c": 1, "d": 0}


def test_rows_of_another_snapshot_are_refused():
    some = People(
        {"town": texts(["a1", "c"]), "kind": texts(["x", "y"])},
        {"town": TOWNS, "kind": taxonomy("x/y")},
    )
    proposed = dict.fromkeys(("town", "kind"), np.zeros(2, np.int64))
    classes = LocalClasses.build(some.table, some.hierarchies, proposed, Model(1))
    crossed = {"town": some.codes["town"], "kind": some.codes["kind"][::-1]}
    with pytest.raises(UnknownClassError):
        classes.number(crossed, 2)
    with pytest.raises(LadderError):
        classes.number({"town": np.array([9], np.int32), "kind": np.array([0], np.int32)}, 1)
