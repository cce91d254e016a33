"""Selection: which records an extract reads, and how they are grouped and streamed."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from gateway.errors import LakeError
from gateway.lake.choosing import FURTHER
from gateway.lake.consent import Product, Terms
from gateway.lake.lookups import Lookup
from gateway.lake.selection import Selection
from gateway.lake.stages import FILTERED, MINORS_OUT, OWN
from gateway.lake.standing import count_no_longer_permitted
from policies.consent import ConsentRules, ContributorTerms, Recipient
from policies.ladders import column_ladder
from policies.plans import (
    ColumnPlan,
    ExtractPlan,
    InFilter,
    MinorsRule,
    Protection,
    RangeFilter,
)
from tests.gateway.lake.conftest import case_line as line

TODAY = date(2026, 1, 15)
NGO = Recipient("ngo", "research", TODAY)
COLUMNS = (
    ColumnPlan("person_id", "pseudonymize", domain="person"),
    ColumnPlan("reported_on", "coarsen", quasi_identifier=True, floor="month", ceiling="*"),
    ColumnPlan("age", "coarsen", quasi_identifier=True, floor="exact", ceiling="*"),
    ColumnPlan("state", "coarsen", quasi_identifier=True, floor="us-state", ceiling="*"),
    ColumnPlan("exploitation", "keep"),
)


def plan(*where, minors=None, needed="anonymized"):
    return ExtractPlan(
        partner="harbor",
        partner_class="ngo",
        agreement="harbor-2026",
        agreement_ends="2026-12-31",
        purpose="research",
        dataset="hotline-cases",
        dataset_sha256="",
        policy="ngo-research",
        policy_sha256="",
        columns=COLUMNS,
        where=where,
        protection=Protection(11, {"exploitation": 2}, 0.05, "k", minors),
        consent_needed=needed,
        review=0,
        retention_days=365,
        format="csv",
        request={},
    )


@pytest.fixture
def select(lake, cases):
    def open_selection(*where, snapshot=None, contributors=None, labels=None, **more):
        return Selection(
            lake,
            cases,
            plan(*where, **more),
            snapshot=lake.dataset_snapshot("hotline-cases") if snapshot is None else snapshot,
            today=TODAY,
            terms=Terms(ConsentRules.of(cases), contributors or {}, labels or {}),
        )

    return open_selection


def ages(selection):
    return selection.distinct("age").to_pylist()


def codes(selection, cases, name):
    rung = column_ladder(cases, name).climb(selection.distinct(name))
    return Lookup(rung.values, rung.rungs[0].codes)


def test_a_dataset_without_data_has_no_records(select):
    with select() as selection:
        assert selection.count() == 0
        assert ages(selection) == []
        assert list(selection.stream({}, ["age"])) == [] or selection.count() == 0
        assert selection.earliest_consent_end() is None


def test_one_record_is_read_for_each_person_the_one_of_lowest_rank(select, load, cases, rows):
    load(cases, [line(f"c{n}", age=str(20 + n)) for n in range(8)] + [line("d", "p2", age="60")])
    first = rows("SELECT age FROM lake.hotline_cases WHERE weir_rank = 1 ORDER BY age")
    with select() as selection:
        assert ages(selection) == [age for (age,) in first]
        assert selection.left_out == {FURTHER: 7}


def test_conditions_come_before_the_choice_of_a_person_s_record(select, load, cases):
    load(cases, [line(f"c{n}", age=str(20 + n)) for n in range(8)])
    for age in range(20, 28):
        with select(RangeFilter("age", str(age), str(age))) as selection:
            assert ages(selection) == [age]
            assert selection.left_out == {FILTERED: 7}


@pytest.mark.parametrize(
    ("where", "left"),
    [
        (InFilter("state", ("CA", "TX"), "us-state"), {"CA", "TX"}),
        (InFilter("state", ("South",), "us-state"), {"TX", "FL"}),
        (InFilter("state", ("other",), "us-state"), set()),
        (InFilter("state", ("*",), "us-state"), set()),
    ],
)
def test_forms_match_on_every_level_from_the_floor_up(select, load, cases, where, left):
    states = ["CA", "TX", "FL", "Atlantis", ""]
    load(cases, [line(f"c{n}", f"p{n}", state=state) for n, state in enumerate(states)])
    with select(where) as selection:
        assert set(selection.distinct("state").to_pylist()) == left


def test_a_form_below_the_floor_matches_nothing(select, load, cases):
    load(cases, [line("c1")])
    with select(InFilter("reported_on", ("2024-03-05",), "month")) as selection:
        assert selection.count() == 0
    with select(InFilter("reported_on", ("2024-03", "2019"), "month")) as selection:
        assert selection.count() == 1


@pytest.mark.parametrize(
    ("first", "last", "left"),
    [
        ("18", "40", [18, 40]),
        ("18", None, [18, 40, 90]),
        (None, "18", [17, 18]),
        (None, None, None),
    ],
)
def test_ranges_hold_both_edges_and_nothing_out_of_bounds(select, load, cases, first, last, left):  # noqa: PLR0917 - fixtures
    values = ["17", "18", "40", "90", "500", "-4", ""]
    load(cases, [line(f"c{n}", f"p{n}", age=age) for n, age in enumerate(values)])
    with select(RangeFilter("age", first, last)) as selection:
        assert ages(selection) == (left or [17, 18, 40, 90])


def test_conditions_on_several_columns_all_hold(select, load, cases):
    load(cases, [line("c1", state="TX"), line("c2", "p2", age="50", state="TX"), line("c3", "p3")])
    where = (InFilter("state", ("TX",), "us-state"), RangeFilter("age", "40", None))
    with select(*where, RangeFilter("reported_on", "2024-03-01", "2024-03-31")) as selection:
        assert ages(selection) == [50]


def test_minors_and_unknown_ages_are_marked_or_left_out(select, load, cases):
    values = ["17", "18", "", "500", "40"]
    load(cases, [line(f"c{n}", f"p{n}", age=age) for n, age in enumerate(values)])
    with select(minors=MinorsRule("age", 18, 20)) as selection:
        table = pa.Table.from_batches(selection.stream({}, ["age"]))
        marked = dict(zip(table["age"].to_pylist(), table["weir_minor"].to_pylist(), strict=True))
        assert marked == {17: True, 18: False, None: True, 500: True, 40: False}
    with select(minors=MinorsRule("age", 18, None)) as selection:
        assert ages(selection) == [18, 40]
        assert selection.left_out == {MINORS_OUT: 3}


def test_people_are_grouped_by_codes_null_and_unknown_ones_too(select, load, cases):
    states = ["CA", "CA", "TX", "", "Atlantis"]
    kinds = ["Other", "ForcedLabour", "Other", "", "Odd"]
    lines = [
        line(f"c{n}", f"p{n}", state=states[n], exploitation=kinds[n], age="17" if n == 0 else "30")
        for n in range(5)
    ]
    load(cases, lines)
    with select(minors=MinorsRule("age", 18, 20)) as selection:
        values = selection.distinct("exploitation")
        known = {"ForcedLabour": 0, "Other": 1}
        sensitive = Lookup(values, np.array([known.get(v, -1) for v in values.to_pylist()]))
        state = codes(selection, cases, "state")
        table = selection.weighted({"state": state}, {"exploitation": sensitive})
    assert table.column_names == ["state", "exploitation", "weir_people", "weir_minors"]
    place = dict(zip(state.values.to_pylist(), state.codes.tolist(), strict=True))
    found = {tuple(row.values()) for row in table.to_pylist()}
    assert found == {
        (place["CA"], 1, 1, 1),
        (place["CA"], 0, 1, 0),
        (place["TX"], 1, 1, 0),
        (place[None], -1, 1, 0),
        (place["Atlantis"], -1, 1, 0),
    }


def test_what_the_recipient_gave_is_left_out_and_others_records_of_the_same_people_stay(
    select, load, cases
):
    """Whoever came first: p2 is Harbor's before it is the operator's, p1 the other way round."""
    terms = dict.fromkeys(("harbor", "lantern"), ContributorTerms())
    load(cases, [line("h2", "p2", age="17"), line("h3", "p3", age="17")], contributor="harbor")
    load(cases, [line("c1", "p1"), line("c2", "p2", age="50")])
    load(cases, [line("h1", "p1", age="18")], contributor="harbor")
    load(cases, [line("o1", "p5", age="41")], contributor="lantern")
    with select(contributors=terms) as selection:
        assert ages(selection) == [30, 41, 50]
        assert selection.left_out == {OWN: 3}


def test_the_stream_gives_roots_codes_and_kept_columns(select, load, cases, keys):
    from anonymizers.pseudonyms import roots

    load(cases, [line("c1", "Ana"), line("c2", "Bea", state="")])
    with select() as selection:
        state = codes(selection, cases, "state")
        table = pa.Table.from_batches(
            selection.stream({"state": state}, ["exploitation", "person_id"])
        )
    assert table.column_names == [
        "weir_record",
        "weir_person",
        "weir_identity",
        "weir_minor",
        "state",
        "exploitation",
        "person_id",
    ]
    expected = roots(pa.array(["ana", "bea"]), keys.domain("person")).to_pylist()
    assert sorted(table["weir_person"].to_pylist()) == sorted(expected)
    assert table["person_id"].equals(table["weir_person"])
    assert table.schema.field("weir_record").type == pa.binary(16)


def test_a_pinned_snapshot_never_moves(select, load, cases):
    before = load(cases, [line("c1", age="30")]).snapshot
    load(cases, [line("c1", age="31"), line("c2", "p2", age="50")])
    with select(snapshot=before) as selection:
        assert ages(selection) == [30]
    with select() as selection:
        load(cases, [line("c9", "p9", age="99")])
        assert ages(selection) == [31, 50]
        assert sum(batch.num_rows for batch in selection.stream({}, ["age"])) == 2


def test_a_stream_that_loses_records_is_an_error(select, load, cases, monkeypatch):
    load(cases, [line("c1")])
    with select() as selection:
        monkeypatch.setattr(Selection, "count", lambda _: 2)
        with pytest.raises(LakeError, match="1 of 2"):
            list(selection.stream({}, ["age"]))


def test_two_streams_at_once_are_both_whole(select, load, cases, monkeypatch):
    monkeypatch.setattr("gateway.lake.selection.BATCH_ROWS", 2048)
    load(cases, [line(f"c{n}", f"p{n}") for n in range(5000)])
    with select() as selection:
        pairs = zip(selection.stream({}, ["age"]), selection.stream({}, ["state"]), strict=True)
        assert sum(left.num_rows for left, _ in pairs) == 5000


def test_nothing_is_left_in_memory_afterwards(select, load, cases, rows):
    load(cases, [line("c1")])
    with select() as selection:
        assert rows("SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE 'selection%'") == [
            (1,)
        ]
        assert selection.count() == 1
    assert rows("SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE 'selection%'") == [(0,)]


def test_what_consent_leaves_out_is_counted_by_its_rule(select, load, cases):
    load(
        cases,
        [
            line("c1", "p1"),
            line("c2", "p2", consent=""),
            line("c3", "p3", consent="none"),
            line("c4", "p4", consent_ends="2026-01-15"),
            line("c5", "p5", share_with="government"),
            line("c6", "p6", funding="vawa"),
        ],
    )
    load(cases, [line("c7", "p7")], contributor="shelter")
    load(cases, [line("c8", "p8")], contributor="stranger")
    terms = {"shelter": ContributorTerms(consent_max="aggregate")}
    with select(contributors=terms) as selection:
        assert selection.count() == 1
        assert selection.left_out == {
            "consent-class": 1,
            "consent-contributor-maximum": 1,
            "consent-contributor-unknown": 1,
            "consent-default": 1,
            "consent-ended": 1,
            "consent-restricted-funding": 1,
            "consent-stated": 1,
        }


def released_rows(selection):
    rows = pa.Table.from_batches(selection.stream({}, ["age"]))
    return rows.select(["weir_identity", "weir_record"]).rename_columns(["identity", "record"])


def test_released_records_that_are_gone_or_taken_back_are_counted(select, load, cases, lake):
    load(cases, [line(f"c{n}", f"p{n}") for n in range(4)], contributor="shelter")
    given = {"shelter": ContributorTerms()}
    product, terms = Product("anonymized", NGO), Terms(ConsentRules.of(cases), given)
    with select(contributors=given) as selection:
        released = released_rows(selection)
    recheck = lambda: count_no_longer_permitted(lake, cases, released, product, terms, "nobody")  # noqa: E731
    assert recheck() == 0
    load(cases, [line("c9", "p1", consent="none")], contributor="shelter")  # p1's newest statement
    assert recheck() == 1
    load(cases, [line("c0", "p0")], contributor="shelter", mode="replace")
    assert recheck() == 3
    given.clear()
    assert recheck() == 4


def test_a_record_that_became_somebody_elses_no_longer_stands_for_who_was_released(
    select, load, cases, lake
):
    load(cases, [line("c1", "p1"), line("c2", "p2")])
    with select() as selection:
        released = released_rows(selection)
    load(cases, [line("c1", "p2"), line("c9", "p1", consent="none")])
    product, terms = Product("anonymized", NGO), Terms(ConsentRules.of(cases), {})
    assert count_no_longer_permitted(lake, cases, released, product, terms, "nobody") == 1


def test_the_earliest_consent_end_is_that_of_the_selected_people(select, load, cases):
    load(
        cases,
        [
            line("c1", "p1", consent_ends="2027-05-01"),
            line("c2", "p1", consent_ends="2026-08-01"),
            line("c3", "p2", consent_ends="2026-02-01", consent="none"),
            line("c4", "p3"),
        ],
    )
    with select() as selection:
        assert selection.earliest_consent_end() == date(2026, 8, 1)
