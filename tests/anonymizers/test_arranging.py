import pytest

from anonymizers import sweep
from anonymizers.arranging import ARRANGE
from anonymizers.models import Model, Recursive
from anonymizers.search import NothingSafeError
from tests.small_tables import ADULT, People, adult, taxonomy, texts

TOWNS = taxonomy("a1;a/a2;a/b1;b/b2;b")
FAST = 15_000_000


def towns(*values, **more):
    return People({"town": texts(values)}, {"town": TOWNS}, **more)


def test_local_recoding_of_adult_loses_less_than_arx_s(real_data):
    """ARX 3.9.2 comes to 0.0589."""
    people = adult(real_data, ADULT)
    full = people.arrange_locally(Model(5, max_suppressed_share=0.02))
    assert full.loss == pytest.approx(0.05231, abs=1e-5)
    assert full.classes.people[full.classes.people > 0].min() >= 5
    fast = people.arrange_locally(Model(5, max_suppressed_share=0.02), most_work=FAST)
    assert full.loss < fast.loss <= 0.0574


def test_only_what_stands_alone_is_coarsened():
    release = towns("a1", "a1", "a2", "a2", "b1", "b2").release_locally(Model(2))
    assert release.table["town"].to_pylist() == ["a1", "a1", "a2", "a2", "b", "b"]


def test_nobody_need_be_left_out_where_the_policy_leaves_nobody_out():
    people = towns("a1", "a1", "a1", "b1", "b1", "b2")
    assert people.arrange_locally(Model(2, max_suppressed_share=0.2)).suppressed == 1
    arranged = people.arrange_locally(Model(2))
    assert arranged.suppressed == 0
    looks = people.release_locally(Model(2)).table["town"].to_pylist()
    assert looks == ["a1", "a1", "a1", "b", "b", "b"]


def test_classes_are_given_back_until_minors_have_their_k():
    minors = [False] * 6 + [True]
    people = towns("a1", "a1", "a2", "a2", "b1", "b1", "b2", minors=minors)
    arranged = people.arrange_locally(Model(2, k_minors=5))
    assert arranged.suppressed == 0
    looks = people.release_locally(Model(2, k_minors=5)).table["town"].to_pylist()
    assert sorted(looks) == ["*", "*", "*", "*", "*", "b1", "b1"]


def test_where_giving_back_never_ends_one_level_for_all_is_taken():
    lines = "/".join(f"t{n};g{n // 30}" for n in range(30))
    names = [f"t{n}" for n in range(30) for _ in (0, 1)]
    people = People(
        {"town": texts([*names, "t0"]), "sex": texts([*["m"] * 60, "f"])},
        {"town": taxonomy(lines), "sex": taxonomy("m/f")},
        minors=[False] * 60 + [True],
    )
    model = Model(2, k_minors=40)
    arranged = people.arrange_locally(model)
    assert (arranged.suppressed, arranged.loss) == (0, people.find(model).loss)
    on_levels = {name: (level,) for name, level in people.find(model).levels.items()}
    assert arranged.classes.stands_on == on_levels


def test_the_optimum_on_levels_is_taken_where_it_loses_less(monkeypatch):
    """A sweep that visits the ceilings alone finds nothing better than they are."""
    monkeypatch.setattr(sweep, "FINEST", 0)
    people = towns("a1", "a2", "b1", "b2")
    arranged = people.arrange_locally(Model(2), most_work=1)
    assert (arranged.loss, arranged.classes.stands_on) == (1 / 3, {"town": ("level-1",)})
    looks = people.release_locally(Model(2), most_work=1).table["town"].to_pylist()
    assert looks == ["a", "a", "b", "b"]


def test_with_levels_by_k_what_fails_l_is_left_out_afterwards():
    people = towns("a1", "a1", "a2", "a2", sensitive={"kind": ["x", "x", "x", "y"]})
    by_k = people.arrange_locally(Model(2, {"kind": 2}))
    assert (by_k.suppressed, by_k.classes.people.tolist()) == (0, [0, 2])
    by_all = people.arrange_locally(Model(2, {"kind": 2}, levels_by="all"))
    assert (by_all.suppressed, by_all.classes.people.tolist()) == (0, [4])


def test_nothing_is_safe_locally_where_the_ceilings_are_not():
    people = towns("a1", "a1", "b1", limits={"town": ("exact", "level-1")})
    for arrange in ARRANGE.values():
        with pytest.raises(NothingSafeError):
            arrange(people.table, people.hierarchies, Model(2))


def test_without_columns_there_is_one_class():
    arranged = People({}, {}, count=3).arrange_locally(Model(3))
    assert (arranged.loss, arranged.classes.people.tolist()) == (0.0, [3])


def test_what_is_safe_class_by_class_may_be_safe_on_no_levels_for_all():
    """`a2` spoils `a` for `a1`, which is safe by itself; `b1` and `b2` are safe together."""
    people = towns(
        *("a1", "a1", "b1", "b2", "a2", "a2", "a2", "a2"),
        sensitive={"kind": ["x", "y", "x", "y", "x", "x", "x", "x"]},
        counted=("kind",),
    )
    model = Model(2, {}, 0.5, "all", recursive={"kind": Recursive(1.5, 2)})
    with pytest.raises(NothingSafeError):
        people.find(model)
    assert people.arrange_locally(model).suppressed == 4
    looks = people.release_locally(model).table["town"].to_pylist()
    assert looks == ["a1", "a1", "b", "b"]
