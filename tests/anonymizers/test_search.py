"""The optimum on data whose optimum is known, and what the search does at its edges."""

import numpy as np
import pyarrow as pa
import pytest

from anonymizers import search
from anonymizers.lattice import LatticeTooLargeError
from anonymizers.models import Model
from anonymizers.search import NothingSafeError, find_levels
from tests.small_tables import ADULT, People, adult, taxonomy, texts

TOWNS = taxonomy("a1;a/a2;a/b1;b/b2;b")
KINDS = taxonomy("x/y/z")


@pytest.mark.parametrize(
    ("columns", "sensitive", "model", "published"),
    [
        (ADULT, (), Model(5, max_suppressed_share=0.02), (0.35748, 506)),
        (ADULT, (), Model(5, max_suppressed_share=0.05), (0.26963, 1346)),
        (
            [name for name in ADULT if name != "occupation"],
            ["occupation"],
            Model(5, {"occupation": 3}, 0.02, "all"),
            (0.27756, 522),
        ),
    ],
)
def test_adult_has_the_published_optimum(real_data, columns, sensitive, model, published):
    found = adult(real_data, columns, sensitive).find(model)
    assert (round(found.loss, 5), found.suppressed) == published
    assert found.people == 30162
    assert found.nodes == (12960 if len(columns) == 9 else 4320)


def towns(*values, **more):
    return People({"town": texts(values)}, {"town": TOWNS}, **more)


def test_levels_stay_exact_where_classes_are_large_enough():
    found = towns("a1", "a1", "b1", "b1").find(Model(2))
    assert found.levels == {"town": "exact"}
    assert (found.loss, found.suppressed, found.loss_by_column) == (0.0, 0, {"town": 0.0})


def test_loss_is_arx_loss_with_suppressed_cells_lost():
    found = towns("a1", "a1", "a1", "b1").find(Model(3, max_suppressed_share=0.25))
    assert found.levels == {"town": "exact"}
    assert (found.loss, found.suppressed) == (0.25, 1)
    assert towns("a1", "a2", "b1", "b2").find(Model(2)).loss == 1 / 3
    assert towns("a1", "a2", "b1").find(Model(3)).loss == 1.0


def test_loss_is_the_mean_over_columns():
    people = People(
        {"town": texts(["a1", "a2", "a1", "a2"]), "kind": texts(["x"] * 4)},
        {"town": TOWNS, "kind": KINDS},
    )
    found = people.find(Model(4))
    assert found.levels == {"town": "level-1", "kind": "exact"}
    assert found.loss == (1 / 3) / 2


def test_floor_and_ceiling_bind_the_search():
    limits = {"town": ("level-1", "level-1")}
    assert towns("a1", "a1", limits=limits).find(Model(2)).levels == {"town": "level-1"}
    with pytest.raises(NothingSafeError):
        towns("a1", "b1", limits=limits).find(Model(2))


def test_nothing_is_safe_where_people_are_too_few_or_none():
    with pytest.raises(NothingSafeError):
        towns("a1", "a2").find(Model(3))
    with pytest.raises(NothingSafeError):
        towns().find(Model(1))


def test_an_extract_of_nobody_is_no_extract():
    with pytest.raises(NothingSafeError):
        towns("a1", "a2").find(Model(3, max_suppressed_share=1.0))


def test_null_and_other_are_values_of_their_own_below_the_top():
    people = towns("a1", "a1", None, None, "nowhere", "nowhere")
    assert people.find(Model(2)).levels == {"town": "exact"}
    assert towns("a1", "a1", None).find(Model(2)).levels == {"town": "*"}
    assert towns("a1", "a1", "nowhere").find(Model(2)).levels == {"town": "*"}


def test_without_quasi_identifiers_there_is_one_class_of_everyone():
    people = People({}, {}, count=5)
    found = people.find(Model(5))
    assert (found.levels, found.loss, found.suppressed, found.nodes) == ({}, 0.0, 0, 1)
    with pytest.raises(NothingSafeError):
        people.find(Model(6))


def test_suppression_limit_is_the_decimal_that_was_written():
    assert Model(2, max_suppressed_share=0.29).max_suppressed(100) == 29
    assert Model(2, max_suppressed_share=0.02).max_suppressed(30162) == 603


def test_minors_need_larger_classes_and_are_left_out_where_adults_suffice():
    people = towns("a1", "a1", "a1", "b1", "b1", minors=[True, False, False, False, False])
    found = people.find(Model(2, max_suppressed_share=0.2, k_minors=4))
    assert (found.levels, found.suppressed) == ({"town": "exact"}, 1)
    found = people.find(Model(2, k_minors=4))
    assert (found.levels, found.suppressed) == ({"town": "*"}, 0)


def test_levels_by_all_counts_l_against_the_limit_and_levels_by_k_does_not():
    people = towns("a1", "a1", "b1", "b1", sensitive={"kind": ["x", "x", "x", "y"]})
    by_k = people.find(Model(2, {"kind": 2}, 0.0, "k"))
    by_all = people.find(Model(2, {"kind": 2}, 0.0, "all"))
    assert (by_k.levels, by_k.suppressed) == ({"town": "exact"}, 0)
    assert (by_all.levels, by_all.suppressed) == ({"town": "*"}, 0)
    allowed = people.find(Model(2, {"kind": 2}, 0.5, "all"))
    assert (allowed.levels, allowed.suppressed) == ({"town": "exact"}, 2)


def random_people(seed, rows=400):
    rng = np.random.default_rng(seed)
    lines = "/".join(f"v{n};g{n // 3};h{n // 6}" for n in range(12))
    names = ["p", "q", "r", "s"]
    return People(
        {name: texts([f"v{n}" for n in rng.integers(0, 12, rows)]) for name in names},
        {name: taxonomy(lines) for name in names},
    )


def test_order_of_rows_changes_nothing():
    people = random_people(1)
    model = Model(4, max_suppressed_share=0.1)
    order = pa.array(np.random.default_rng(2).permutation(people.rows))
    turned = People({n: v.take(order) for n, v in people.values.items()}, people.ladders)
    assert turned.find(model) == people.find(model)


def test_merged_base_tables_change_nothing(monkeypatch):
    people = random_people(3)
    model = Model(3, max_suppressed_share=0.05)
    plain = people.find(model)
    monkeypatch.setattr(search, "REBASE_CHECKS", 1)
    assert people.find(model) == plain


def test_progress_rises_to_all_decided():
    people = random_people(4)
    seen = []
    find_levels(people.table, people.hierarchies, Model(3), seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_too_many_combinations_of_levels_are_refused():
    lines = "/".join(f"v{n};g{n // 2};h{n // 4}" for n in range(8))
    names = [f"c{n}" for n in range(12)]
    people = People(
        {name: texts(["v1", "v2"]) for name in names}, {name: taxonomy(lines) for name in names}
    )
    with pytest.raises(LatticeTooLargeError, match="combinations of levels"):
        people.find(Model(2))


def test_more_columns_than_one_key_can_hold_are_still_told_apart():
    rng = np.random.default_rng(5)
    lines = "/".join(f"v{n};g{n // 500}" for n in range(1000))
    ladder = taxonomy(lines)
    names = [f"c{n}" for n in range(8)]
    columns = {name: texts([f"v{n}" for n in rng.integers(0, 1000, 60)]) for name in names}
    doubled = {name: pa.concat_arrays([values, values]) for name, values in columns.items()}
    people = People(doubled, dict.fromkeys(names, ladder))
    assert set(people.find(Model(2)).levels.values()) == {"exact"}
    assert len(people.classes(Model(2)).people) == 60
