"""People by their sequences: who is one class, and what the loss counts."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from anonymizers.models import Model
from anonymizers.multisets import Multisets
from anonymizers.people_rows import RowCollector
from anonymizers.promises import RecountError
from anonymizers.recount_sequences import SequenceRecounter
from anonymizers.search import NothingSafeError, find_levels
from anonymizers.sequence_checks import SequenceChecks
from anonymizers.sequences import PeopleCounts, SequenceTable
from anonymizers.transforms.watches import EachValue, Promise
from tests.small_sequences import Several, SmallBuckets, buckets_by, people_rows
from tests.small_tables import People, taxonomy, texts
from tests.written_files import with_cell

TOWNS = taxonomy("a1;a/a2;a/b1;b/b2;b")


def several(lines, **more):
    """People from lines `person town secret`, minors marked by a capital letter."""
    person, towns, secrets = zip(*(line.split() for line in lines), strict=True)
    rows = People(
        {"town": texts(towns)},
        {"town": TOWNS},
        sensitive={"secret": [None if secret == "-" else secret for secret in secrets]},
        minors=[name.isupper() for name in person],
    )
    return Several([name.lower() for name in person], rows, {"secret": ";"}, **more)


def released(people, model):
    return sorted(set(people.release(model).people.to_pylist()))


def test_people_are_one_class_by_all_of_their_rows():
    people = several(["a a1 x", "a b1 y", "b b1 x", "b a1 y", "c a1 x", "c a1 y", "d a1 z"])
    found = people.find(Model(2, max_suppressed_share=0.5))
    assert found.levels == {"town": "exact"}
    assert (found.people, found.suppressed) == (4, 2)
    # four of seven rows exact, the three of the people left out lost
    assert found.loss == pytest.approx(3 / 7)
    assert released(people, Model(2, max_suppressed_share=0.5)) == ["a", "b"]


def test_the_number_of_rows_tells_people_apart():
    people = several(["a a1 x", "b a1 x", "c a1 x", "c a1 x", "d a1 x", "d a1 x"])
    assert len(people.classes(Model(2)).people) == 2
    with pytest.raises(NothingSafeError):
        people.find(Model(3, max_suppressed_share=0.4))


def test_coarser_places_make_sequences_equal():
    people = several(["a a1 x", "a b1 x", "b a2 x", "b b2 x", "c a1 x", "c b2 x"])
    assert people.find(Model(3)).levels == {"town": "level-1"}


def test_whoever_is_a_minor_in_one_row_is_one():
    people = several(["a a1 x", "A a2 x", "b a1 x", "b a2 x", "c a1 x", "c a2 x"])
    assert people.people.minor.tolist() == [True, False, False]
    assert released(people, Model(2, max_suppressed_share=0.4, k_minors=3)) == ["a", "b", "c"]
    assert released(people, Model(2, max_suppressed_share=0.4, k_minors=4)) == ["b", "c"]


def test_a_value_that_everybody_has_somewhere_is_told():
    rows = ["a a1 x", "a b1 y", "b a1 y", "b b1 x"]
    assert released(several(rows), Model(2)) == ["a", "b"]
    people = several(rows)
    assert released(people, Model(2, {"secret": 2})) == []
    others = several([*rows, "c a1 z", "c b1 z"])
    assert released(others, Model(2, {"secret": 2})) == ["a", "b", "c"]


def test_a_place_where_one_value_is_known_is_told_though_sequences_differ():
    """Nothing is known of c's first event, but of everybody's of whom something is."""
    rows = ["a a1 x", "a b1 y", "b a1 x", "b b1 z", "c a1 -", "c b1 u"]
    assert released(several(rows), Model(3, {"secret": 2})) == []
    rows[4] = "c a1 w"
    assert released(several(rows), Model(3, {"secret": 2})) == ["a", "b", "c"]


def test_codes_of_one_cell_are_a_set():
    rows = ["a a1 x;y", "b a1 x;z", "c a1 x;u"]
    assert released(several(rows), Model(3, {"secret": 2})) == []
    assert released(several([*rows, "d a1 y;other"]), Model(3, {"secret": 2})) == [*"abcd"]
    assert released(several([*rows, "d a1 other;-99"]), Model(3, {"secret": 2})) == []


def test_without_columns_people_are_told_apart_by_their_number_of_rows():
    rows = People({}, {}, sensitive={"secret": [*"xyzuyz"]}, count=6)
    people = Several([*"aabbcd"], rows)
    classes = people.classes(Model(2, {"secret": 2}))
    assert classes.people.tolist() == [2, 2]
    assert released(people, Model(2)) == [*"abcd"]


def test_nobody_at_all_is_nothing_safe():
    with pytest.raises(NothingSafeError):
        Several([], People({"town": texts([])}, {"town": TOWNS}, count=0)).find(Model(2))


@pytest.mark.parametrize(
    ("person", "codes", "why"),
    [([0, 2], [0, 0], "without gaps"), ([0, 1], [0, -1], "never negative")],
)
def test_rows_that_cannot_be_are_refused(person, codes, why):
    with pytest.raises(ValueError, match=why):
        people_rows(np.array(person), {"town": np.array(codes, np.int32)}, np.zeros(2, bool))


def collected(rows, *batches):
    collector = RowCollector(rows, {"town": 2})
    none = np.zeros(1, bool)
    for person in batches:
        collector.add(np.array([person]), {"town": np.zeros(1, np.int32)}, none, {})
    return collector.finish()


def test_as_many_rows_come_as_were_to_come():
    assert collected(2, 0, 0).table.records == 2
    with pytest.raises(ValueError, match="fewer records"):
        collected(2, 0)
    with pytest.raises(ValueError, match="more records than were"):
        collected(1, 0, 0)
    with pytest.raises(ValueError, match="be numbered"):
        collected(2**31)


def counts(*numbers):
    people, minors = (np.array([n]) for n in (*numbers, 0)[:2])
    return PeopleCounts(people, minors)


@pytest.mark.parametrize("numbers", [(0,), (2, -1), (2, 3)])
def test_people_that_cannot_be_are_refused(numbers):
    with pytest.raises(ValueError, match="some of them"):
        counts(*numbers)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"columns": ("town", "state")}, "needs its codes"),
        ({"heads": counts(2**52 + 1, 0)}, "more records"),
    ],
)
def test_counts_that_cannot_be_are_refused(changes, why):
    parts = {
        "columns": ("town",),
        "codes": (np.array([0, 1], np.int32),),
        "sequences": Multisets((np.array([[0, 1]], np.int32),)),
        "heads": counts(3, 1),
    }
    assert SequenceTable(**parts).records == 6
    with pytest.raises(ValueError, match=why):
        SequenceTable(**parts | changes)


def test_levels_are_never_chosen_by_sensitive_values():
    people = several(["a a1 x", "b a1 y"])
    with pytest.raises(ValueError, match="by k alone"):
        SequenceChecks(people.people.table, [people.rows.hierarchies["town"]], Model(2, {"s": 2}))
    model = Model(2, {"s": 2}, levels_by="all")
    with pytest.raises(ValueError, match="by k alone"):
        find_levels(people.people.table, people.rows.hierarchies, model)


def test_merged_sequences_cost_what_they_cost_apart():
    people = several(["a a1 x", "a b1 x", "B a2 x", "b b2 x", "c a1 x", "c b2 x", "d a1 x"])
    model = Model(2, max_suppressed_share=0.5, k_minors=3)
    checks = SequenceChecks(people.people.table, [people.rows.hierarchies["town"]], model)
    apart = [checks.check((level,)) for level in (1, 2)]
    checks.rebase((1,))
    assert [checks.check((level,)) for level in (1, 2)] == apart
    assert apart[0].suppressed == 1
    assert checks.count == 4


MODEL = Model(2, {"secret": 2}, max_suppressed_share=0.5, k_minors=3)
LINES = [
    *("a a1 x", "a b1 y", "b a1 z", "b b1 u"),
    *("C a2 x", "c b2 y", "d a2 z", "d b2 u", "e a2 v", "e b2 w"),
    "f b1 x",
]


@pytest.fixture
def file():
    return several(LINES).release(MODEL)


def broken(file, **changes):
    with pytest.raises(RecountError) as error:
        file.recount(**changes)
    return error.value.rule, error.value.column


def test_a_sound_file_is_counted(file):
    counted = file.recount()
    assert (counted.rows, counted.classes, counted.suppressed) == (10, 2, 1)
    assert (counted.smallest_class, counted.smallest_minor_class) == (2, 3)
    assert counted.distinct_l == {"secret": 2}
    assert counted.levels == {"town": ("exact",)}


def test_each_broken_promise_is_caught(file):
    changed = with_cell(file.table, "town", 0, "b1")
    assert broken(file, table=changed) == ("k", None)
    assert broken(file, table=with_cell(file.table, "town", 0, None)) == ("k", None)
    assert broken(file, table=with_cell(file.table, "town", 0, "a")) == ("level", "town")
    assert broken(file, table=file.table.drop_columns(["secret"])) == ("columns", "secret")
    assert broken(file, most=1) == ("records", None)
    assert broken(file, constant=("town",)) == ("constant", "town")
    same = several(["a a1 x", "a a1 y", "b a1 z", "b a1 u"]).release(Model(2))
    assert same.recount(constant=("town",)).classes == 1
    assert broken(file, people=6) == ("rows", None)
    assert broken(file, rows=11) == ("rows", None)
    with pytest.raises(RecountError, match="'rows'"):
        SequenceRecounter(file.rules, buckets_by(1)).add(file.table, file.minors, file.people[1:])
    assert broken(file, minors=file.minors[1:]) == ("rows", None)
    assert broken(file, minors=~file.minors) == ("k-minors", None)
    assert broken(file, model=Model(2, {"secret": 3}, 0.5)) == ("l", "secret")
    assert broken(file, model=Model(2, max_suppressed_share=0.1)) == ("suppressed", None)
    assert broken(file, left_out_by_search=2) == ("suppressed", None)
    model = Model(2, max_suppressed_share=0.5)
    assert broken(file, model=model, left_out_by_search=0) == ("suppressed", None)


def test_rows_given_to_another_person_are_caught(file):
    people = file.people.to_pylist()
    people[0] = "d"
    assert broken(file, people=pa.array(people))[0] in {"k", "rows"}
    people = file.people.to_pylist()
    people[people.index("b")] = "a"
    assert broken(file, people=pa.array(people)) == ("k", None)


class Mixed(SmallBuckets):
    """Puts rows into buckets without looking at them."""

    def numbers(self, rows):
        return np.arange(rows.num_rows) % 2


class Losing(SmallBuckets):
    """Loses the last row."""

    def __iter__(self):
        *whole, last = super().__iter__()
        yield from (*whole, last[:-1])


@pytest.mark.parametrize("key", ["person", "class"])
@pytest.mark.parametrize("buckets", [Mixed, Losing])
def test_a_person_in_two_buckets_or_in_none_is_noticed(file, buckets, key):
    def by(name, _expected):
        return (buckets if name == key else SmallBuckets)(name, 3)

    with pytest.raises(RecountError) as error:
        file.recount(by)
    assert error.value.rule == "rows"


def test_a_class_in_two_buckets_is_counted_as_two_smaller_ones(file):
    """Control: digests that tell nothing about the class. Whole people still lie together."""

    class ByNumber(SmallBuckets):
        def numbers(self, rows):
            return rows["number"].to_numpy() % 2

    def by(name, _expected):
        return (ByNumber if name == "class" else SmallBuckets)(name, 2)

    with pytest.raises(RecountError) as error:
        file.recount(by)
    assert error.value.rule == "k"


def test_what_changed_columns_promise_is_watched(file):
    def promise(letters):
        return (Promise("secret", "codes", lambda: EachValue(set(letters).__contains__)),)

    assert file.recount(promises=promise("uvwxyz")).rows == 10
    assert broken(file, promises=promise("xyz")) == ("codes", "secret")


def test_sets_are_counted_on_the_file(file):
    table = file.table
    for row, secret in enumerate(["x;q", "q", "z", "q;u"]):
        table = with_cell(table, "secret", row, secret)
    assert broken(file, table=table) == ("l", "secret")


def test_a_file_without_anybody_has_nothing_to_count(file):
    rules = replace(file.rules, rules=replace(file.rules.rules, rows=0, people=0), people=0)
    counted = SequenceRecounter(rules, buckets_by(1)).finish()
    assert (counted.rows, counted.smallest_class, counted.distinct_l) == (0, 0, {"secret": None})


def test_values_of_which_the_column_says_that_they_say_nothing_count_for_no_l():
    released = several(["a a1 x", "a a1 y", "b a1 x", "b a1 z"]).release(Model(2, {"secret": 1}))
    assert released.recount(says_nothing={"secret": ("y",)}).distinct_l == {"secret": 1}
    with pytest.raises(RecountError, match="'l' for column 'secret'"):
        released.recount(says_nothing={"secret": ("x", "y", "z")})
