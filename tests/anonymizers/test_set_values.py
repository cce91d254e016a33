import numpy as np

from anonymizers.grouping import group
from anonymizers.heads import Heads
from anonymizers.models import Model
from anonymizers.set_values import SetValues
from anonymizers.standing import ADULTS_ONLY, LEFT_OUT, WHOLE, standing
from anonymizers.weighted import WeightedTable
from tests.small_tables import People, taxonomy, texts


def of_towns(*cells, **marks):
    """People of towns with cells of codes."""
    towns, codes = zip(*(cell.split(":") for cell in cells), strict=True)
    return People(
        {"town": texts(towns)},
        {"town": taxonomy("x;n/y;n/z;m")},
        sensitive={"code": list(codes)},
        separators={"code": "+"},
        **marks,
    )


def collected(people):
    return people.table.sensitive["code"]


def test_a_code_that_everybody_has_covers_a_class():
    values = collected(of_towns("x:a+b", "x:a+c", "y:a+b", "y:b+c", "y:a+c"))
    assert values.are_diverse(1).tolist() == [True, True]
    assert values.are_diverse(2).tolist() == [False, True]
    assert values.are_diverse(3).tolist() == [False, False]


def test_classes_that_merge_have_the_sets_of_both():
    people = of_towns("x:a+b", "x:a+c", "y:b+c", "y:b", "z:")
    merged = collected(people).joined(group(np.array([0, 0, 1])))
    assert merged.are_diverse(2).tolist() == [True, False]
    picked = merged.picked(np.array([1]))
    assert (picked.size, picked.are_diverse(1).tolist()) == (1, [False])


def test_adults_are_covered_by_themselves():
    people = of_towns("x:a+b", "x:a+c", "x:b+c", minors=[False, False, True])
    assert collected(people).are_diverse(2).tolist() == [True]
    assert collected(people).are_adults_diverse(2).tolist() == [False]


def test_the_standing_of_a_class_rests_on_covers():
    def stands(*cells, **marks):
        people = of_towns(*cells, **marks)
        return standing(people.table, Model(2, {"code": 2}, k_minors=3)).tolist()

    assert stands("x:a+b", "x:b+c", "x:a+c", minors=[True, False, False]) == [WHOLE]
    assert stands("x:b", "x:b+c", "x:a", minors=[True, False, False]) == [WHOLE]
    assert stands("x:b", "x:b+c", "x:b+a", minors=[True, False, False]) == [LEFT_OUT]
    assert stands("x:b", "x:a+c", minors=[False, False]) == [LEFT_OUT + WHOLE]
    assert stands("x:a", "x:c", "x:b", "x:b", minors=[True, False, True, False]) == [WHOLE]
    assert stands("x:a", "x:c", minors=[False, True]) == [LEFT_OUT]
    two = Model(2, {"code": 2}, k_minors=4)
    people = of_towns("x:a", "x:c", "x:b", minors=[False, False, True])
    assert standing(people.table, two).tolist() == [ADULTS_ONLY]


def test_nobody_has_no_sets():
    nothing = np.array([], np.int64)
    heads = Heads.of(nothing, nothing)
    masks = np.zeros((0, 1), np.uint64)
    values = SetValues.build(group(nothing), nothing, heads, masks)
    assert values.are_diverse(2).tolist() == []
    assert WeightedTable((), (), nothing, nothing, {"code": values}).total == 0
