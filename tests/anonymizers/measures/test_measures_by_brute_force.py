"""Every measure against its published definition, in plain Python on small random tables."""

from __future__ import annotations

import math
from collections import Counter, defaultdict

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.measures.closeness import measure_ordered_t, measure_t
from anonymizers.measures.coded import code
from anonymizers.measures.diversity import measure_confidence, measure_l
from anonymizers.measures.holdings import each_value, everything, on_a_line, whole_sets
from anonymizers.measures.orders import ranks
from anonymizers.measures.partitions import partition_people, partition_rows, persons

NOTHING = {None, "", "unknown", "Other"}
CELLS = st.sampled_from(["a", "b", None, ""])
SECRETS = st.sampled_from(["7", "10", "8.5", "07", None, "unknown", "Other"])


def column(values):
    return code(pa.chunked_array([pa.array(values, pa.string())]))


@st.composite
def tables(draw):
    rows = draw(st.integers(1, 14))
    cells = st.lists(CELLS, min_size=rows, max_size=rows)
    keys = [draw(cells) for _ in range(draw(st.integers(0, 3)))]
    secret = draw(st.lists(SECRETS, min_size=rows, max_size=rows))
    owners = st.sampled_from(["p", "q", "r", "s", None])
    return keys, secret, draw(st.lists(owners, min_size=rows, max_size=rows))


def grouped(keys, rows):
    classes = defaultdict(list)
    for row in range(rows):
        classes[tuple(key[row] for key in keys)].append(row)
    return list(classes.values())


def emd(first, second, values):
    """Return the two earth mover's distances between counts, over values in their order."""
    q = [first[v] / sum(first.values()) for v in values]
    p = [second[v] / sum(second.values()) for v in values]
    gaps = [a - b for a, b in zip(q, p, strict=True)]
    running = [abs(sum(gaps[: place + 1])) for place in range(len(gaps))]
    return sum(map(abs, gaps)) / 2, sum(running) / max(len(values) - 1, 1)


@given(tables())
def test_rows_that_are_people(table):
    keys, secret, _ = table
    rows = len(secret)
    partition = partition_rows([column(key) for key in keys], rows)
    classes = grouped(keys, rows)
    assert sorted(partition.sizes) == sorted(map(len, classes))
    assert partition.k == min(map(len, classes))
    coded, person = column(secret), np.arange(rows)
    known = [[secret[r] for r in c if secret[r] not in NOTHING] for c in classes]
    counts = [Counter(values) for values in known]
    held = each_value(partition, coded, person)
    found = measure_l(held, partition.sizes)
    distinct = min(map(len, counts))
    assert found.distinct == distinct
    assert found.alike == sum(len(c) for c, n in zip(classes, counts, strict=True) if len(n) < 2)
    assert found.entropy == pytest.approx(min(map(entropy_l, counts)))
    assert measure_confidence(held) == pytest.approx(
        max((max(n.values()) / sum(n.values()) for n in counts if n), default=0)
    )
    if distinct > 1:
        assert found.recursive_c == pytest.approx(max(least_c(n, distinct) for n in counts))
    else:
        assert found.recursive_c is None
    overall = Counter(secret)
    expected = max(emd(Counter(secret[r] for r in c), overall, [*overall])[0] for c in classes)
    assert measure_t(everything(partition, coded, person)) == pytest.approx(expected)


def entropy_l(counts):
    total = sum(counts.values())
    if not total:
        return 0
    return math.exp(-sum(n / total * math.log(n / total) for n in counts.values()))


def least_c(counts, least):
    most = sorted(counts.values(), reverse=True)
    return most[0] / sum(most[least - 1 :])


@given(tables())
def test_values_on_a_line(table):
    keys, secret, _ = table
    coded = column(secret)
    places = ranks(coded)
    known = [float(value) for value in secret if value not in NOTHING]
    if not known:
        assert places is None
        return
    partition = partition_rows([column(key) for key in keys], len(secret))
    overall = Counter(known)
    expected = 0
    for members in grouped(keys, len(secret)):
        own = Counter(float(secret[r]) for r in members if secret[r] not in NOTHING)
        if own:
            expected = max(expected, emd(own, overall, sorted(overall))[1])
    assert measure_ordered_t(on_a_line(partition, coded, places)) == pytest.approx(expected)


@given(tables())
def test_people_with_several_rows_are_alike_where_all_their_rows_are(table):
    keys, secret, owners = table
    rows = len(secret)
    names = [owner or f"nobody {row}" for row, owner in enumerate(owners)]
    person = persons(column(owners))
    assert len(set(person)) == len(set(names))
    partition = partition_people(partition_rows([column(key) for key in keys], rows), person)
    own, sets = defaultdict(Counter), defaultdict(set)
    for row, name in enumerate(names):
        own[name][tuple(key[row] for key in keys)] += 1
        if secret[row] not in NOTHING:
            sets[name].add(secret[row])
    alike = defaultdict(list)
    for name in set(names):
        alike[frozenset(own[name].items())].append(name)
    assert sorted(partition.sizes) == sorted(map(len, alike.values()))
    whole = [Counter(frozenset(sets[n]) for n in group if sets[n]) for group in alike.values()]
    coded = column(secret)
    found = measure_l(whole_sets(partition, coded, person), partition.sizes)
    assert found.distinct == min(map(len, whole))
    assert found.entropy == pytest.approx(min(map(entropy_l, whole)))
    single = [Counter(v for n in group for v in sets[n]) for group in alike.values()]
    holders = [sum(1 for n in group if sets[n]) for group in alike.values()]
    confidence = [max(n.values()) / h for n, h in zip(single, holders, strict=True) if h]
    assert measure_confidence(each_value(partition, coded, person)) == pytest.approx(
        max(confidence, default=0)
    )
    assert everything(partition, coded, person).holders.sum() == len(set(names))
