"""Real data in numbers: published figures come out again within the intervals that are stated.

The dictionary of CTDC's victim-perpetrator data publishes how often each code occurs (sheet
TabStat): one batch of 16 tables, asked as partners ask, has to cover those figures. The hotline's
totals by state and year, each expanded to one record per case, are released a thousand times with
fresh noise: intervals hold what they promise, those of reconciled totals too, and intervals of half
the width don't.
"""

from __future__ import annotations

import csv
from fractions import Fraction

import numpy as np
import pytest

from anonymizers.aggregates.consistency import Level, reconcile
from anonymizers.noise.intervals import half_width
from gateway.aggregates.numbers import CONFIDENCE
from gateway.client import Weir
from policies.aggregates.keys import key_forms
from tests.attacks.views import load_csv, noised, see
from tests.counted_homes import counted
from tests.journeys.operators import dumped, operating

__all__ = ["counted"]

# CTDC: cells, and how many of them 95 % intervals must cover; fewer are the sign of a fault.
PUBLISHED, COVERED = 53, 46
EPSILON = 7.2
VICTIMS = "CTDC_VPsynthetic_condensed.csv"
DICTIONARY = "CTDC_VPsynthetic_dict_20221201.xlsx"


def read_frequencies(file):
    """Return for each variable of the dictionary its codes and how often they occur."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(file, read_only=True)
    lines = [*book["TabStat"].iter_rows(values_only=True, max_col=6)]
    book.close()
    found, name, counting = {}, None, False
    for first, second, frequency, *_ in lines:
        if first not in (None, "Valid", "Missing", "Total"):
            name = first
            found[name] = {}
        counting = first == "Valid" or (counting and first is None)
        counted_code = counting and second not in (None, "Total")
        if counted_code:
            found[name][str(second)] = frequency
        if first == "Missing":
            found[name]["null"] = frequency
    return found


def victims_dataset(frequencies):
    columns = {
        name: {"type": "string", "role": "sensitive", "codes": [c for c in codes if c != "null"]}
        for name, codes in frequencies.items()
    }
    return {
        "dataset": "victims",
        "privacy_unit": "row",
        "consent": "assumed",
        "consent_basis": "Synthetic records, published by IOM / CTDC with attribution required",
        "budget": {"epsilon": 8, "delta": 1e-6},
        "columns": columns,
    }


def victims_policy(frequencies):
    return {
        "policy": "frequencies",
        "dataset": "victims",
        "classes": ["public"],
        "purposes": ["research"],
        "aggregate": {
            "measures": ["count_people"],
            "group_by": [*frequencies],
            "budget": {"epsilon": 8, "delta": 1e-6},
        },
    }


@pytest.fixture(scope="module")
def frequencies(real_data):
    """What the dictionary publishes."""
    return read_frequencies(real_data / "ctdc" / DICTIONARY)


@pytest.fixture(scope="module")
def answered(real_data, frequencies, empty_home, tmp_path_factory):
    """One batch with a table for each published variable, asked over HTTP and verified."""
    with operating(empty_home, tmp_path_factory.mktemp("victims")) as operator:
        operator.declare(victims_dataset(frequencies))
        operator.permit(victims_policy(frequencies))
        report = operator.weir("dataset", "load", "victims", real_data / "ctdc" / VICTIMS)
        assert (report["rows_refused"], report["warnings"]) == (0, [])
        weir = Weir(operator.url, "lab-frequencies", operator.folder / "lab-frequencies.pem")
        queries = [
            {"name": f"t{number}", "measures": ["count_people"], "group_by": [name]}
            for number, name in enumerate(frequencies)
        ]
        yield weir.aggregates("victims", purpose="research", queries=queries, epsilon=EPSILON)


def intervals(answered, frequencies):
    """Yield each cell of the answer: its variable, its form, the ends of its interval."""
    for number, name in enumerate(frequencies):
        for row in answered.answers[f"t{number}"].rows:
            yield name, row["keys"][name], row["count_people"]["interval"]


def test_the_dictionary_publishes_as_many_cells_as_the_issue_says(frequencies):
    assert sum(len(codes) - 1 for codes in frequencies.values()) == PUBLISHED
    assert {sum(codes.values()) for codes in frequencies.values()} == {21_195}


def test_published_frequencies_lie_within_their_intervals(answered, frequencies):
    covered = {
        (name, form): low <= frequencies[name].get(form, 0) <= high
        for name, form, (low, high) in intervals(answered, frequencies)
        if form not in {"null", "other"}
    }
    assert len(covered) == PUBLISHED
    assert sum(covered.values()) >= COVERED


def test_missing_values_are_a_key_of_their_own(answered, frequencies):
    ends = {(name, form): interval for name, form, interval in intervals(answered, frequencies)}
    hits = [
        ends[name, "null"][0] <= codes["null"] <= ends[name, "null"][1]
        for name, codes in frequencies.items()
    ]
    assert sum(hits) >= 11  # of 16: by chance it is fewer once in 20,000 times


def test_the_whole_batch_costs_what_it_said(answered, frequencies):
    assert answered.guarantee["epsilon"] == pytest.approx(EPSILON)
    assert answered.guarantee["privacy_unit"] == "row"
    assert answered.budget["spent"]["epsilon"] == pytest.approx(EPSILON)
    assert len(answered) == len(frequencies) == 16


HOTLINE = "hotline_calls_cases_state_year_2012_2016.csv"
YEARS = ["2012", "2013", "2014", "2015", "2016"]
CASES = {
    "dataset": "cases-by-state",
    "privacy_unit": "row",
    "consent": "assumed",
    "consent_basis": "Totals that the hotline published itself, expanded",
    "budget": {"epsilon": 8, "delta": 1e-6},
    "columns": {
        "state": {"type": "string", "role": "quasi_identifier", "ladder": "us-state"},
        "year": {"type": "string", "role": "quasi_identifier", "codes": YEARS},
    },
}
COUNTS = {
    "policy": "cases-by-state",
    "dataset": "cases-by-state",
    "classes": ["ngo"],
    "purposes": ["research"],
    "aggregate": {
        "measures": ["count_people", "count_records"],
        "group_by": ["state", "year"],
        "budget": {"epsilon": 4, "delta": 1e-7},
    },
}
TIMES = 1000
BY_STATE_AND_YEAR = {"dataset": "cases-by-state", "group_by": ["state", "year"], "epsilon": 1.2}


@pytest.fixture
def hotline(counted, real_data):
    """A home that holds one record for each case; returns it and the totals."""
    with (real_data / "hotline" / HOTLINE).open(encoding="utf-8", newline="") as lines:
        totals = {
            (row["postal"], row["Year_Date"]): int(row["Cases_Reported"])
            for row in csv.DictReader(lines)
        }
    counted.declare(dumped(CASES))
    counted.apply(dumped(COUNTS))
    counted.partner("harbor", agreement={"dataset": "cases-by-state", "policy": "cases-by-state"})
    cases = [
        {"state": state, "year": year}
        for (state, year), count in totals.items()
        for _ in range(count)
    ]
    load_csv(counted, "cases-by-state", cases)
    return counted, totals


def exact(seen, totals):
    """Return the published totals in the order of the cells, finest level first."""
    forms = [key_forms(seen.question.document, key) for key in seen.components[0].group_by]
    cells = [[totals.get((state, year), 0) for year in forms[1]] for state in forms[0]]
    table = np.array(cells)
    return [table.reshape(-1), table.sum(axis=1), table.sum(keepdims=True).reshape(-1)]


def holds(errors, widths, factor=1.0):
    """Whether intervals, taken times a factor, hold at the stated rate: (times, cells) errors."""
    covered = (np.abs(errors) <= np.asarray(widths) * factor).mean(axis=1)
    lowest = covered.mean() - 5 * covered.std() / np.sqrt(len(covered))
    highest = covered.mean() + 5 * covered.std() / np.sqrt(len(covered))
    assert lowest > 0.5
    return bool(highest >= float(CONFIDENCE))


def test_intervals_cover_the_truth_at_their_rate(hotline):
    world, totals = hotline
    seen = see(world, "harbor", "count_people", **BY_STATE_AND_YEAR)
    (part,), truth = seen.components, exact(seen, totals)[0]
    assert truth.sum() == sum(totals.values())
    assert seen.exact[0].tolist() == truth.tolist()
    errors = noised(part, seen.exact[0].astype(np.int64), TIMES) - truth
    width = half_width(part.mechanism, CONFIDENCE)
    assert holds(errors, width)
    assert not holds(errors, width, 0.5)


@pytest.mark.parametrize("measure", ["count_people", "count_records"])
def test_intervals_of_totals_that_agree_cover_the_truth_at_their_rate(hotline, measure):
    world, totals = hotline
    seen = see(world, "harbor", measure, **BY_STATE_AND_YEAR, totals=True)
    truths = exact(seen, totals)
    assert [values.tolist() for values in seen.exact] == [values.tolist() for values in truths]
    agreed = reconcile([*levels(seen, truths)], Fraction(CONFIDENCE))
    for level, truth in zip(agreed, truths, strict=True):
        errors = level.values.astype(np.int64).reshape(TIMES, -1) - truth
        widths = level.half_widths.reshape(TIMES, -1)
        assert holds(errors, widths)
        assert not holds(errors, widths, 0.5)


def levels(seen, truths):
    """Yield all releases as one forest, with a tree for each."""
    sizes = [len(truth) for truth in truths]
    for place, (part, truth) in enumerate(zip(seen.components, truths, strict=True)):
        noisy = noised(part, truth, TIMES).reshape(-1)
        last = place + 1 == len(sizes)
        parents = None if last else np.arange(noisy.size) * sizes[place + 1] // sizes[place]
        yield Level(noisy, parents, part.mechanism)


def test_an_answer_with_totals_covers_the_published_ones(hotline):
    world, totals = hotline
    told = world.ask_for("harbor", "count_people", **BY_STATE_AND_YEAR, totals=True)
    hits = []
    for row in told.content["rows"]:
        state, year = row["keys"]["state"], row["keys"]["year"]
        truth = sum(
            count
            for (where, when), count in totals.items()
            if state in {where, "*"} and year in {when, "*"}
        )
        low, high = row["count_people"]["interval"]
        hits.append(low <= truth <= high)
    assert np.mean(hits) > 0.85
