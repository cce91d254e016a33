"""Quality rules: what breaks them is left out or counted, with its place and never its value."""

import itertools
import json

import pytest

from gateway.errors import IngestError
from policies.documents import parse_dataset
from tests.gateway.lake.conftest import CASES, case_line, kinds

TABLE = "lake.hotline_cases"
HEADER = (
    "case_id,person_id,reported_on,age,state,exploitation,narrative,"
    "consent,consent_ends,funding,share_with,share_for,born,closed_on,debt"
)
FURTHER = """  born:         {type: date,    role: quasi_identifier, ladder: date,
                 bounds: [1900-01-01, 2026-12-31]}
  closed_on:    {type: date,    role: insensitive}
  debt:         {type: decimal, role: sensitive, scale: 2}
"""


def cases_with(*rules):
    """Return the cases with more columns and with rules, numbered in their order."""
    text = CASES + FURTHER + "quality:\n"
    for number, (severity, rule) in enumerate(rules, 1):
        text += f"  - {{rule: rule-{number}, severity: {severity}, {rule}}}\n"
    return parse_dataset(text)


def line(case, person="p1", born="", closed_on="", debt="", **cells):
    return ",".join([case_line(case, person, **cells), born, closed_on, debt])


@pytest.fixture
def check(load):
    """Load rows under rules, with the header of those columns."""

    def check_rows(rules, rows, **terms):
        document = cases_with(*rules) if isinstance(rules, list) else rules
        return load(document, rows, header=HEADER, **terms)

    return check_rows


ORDER = "order: [reported_on, closed_on]"
BORN = "consistent: {age: age, birth: born, on: reported_on, within: 0}"
FILLED = (
    "requires: {when: {column: exploitation, in: [ForcedLabour]},"
    " then: {column: debt, filled: true}}"
)
EMPTY = "requires: {when: {column: age, in: [17]}, then: {column: debt, filled: false}}"

# What breaks each rule, and what doesn't although it is close.
BROKEN = {
    ORDER: [{"closed_on": "2024-03-04"}],
    "between: {column: debt, from: 0, to: 99.5}": [{"debt": "-0.01"}, {"debt": "99.51"}],
    "between: {column: closed_on, from: 2024-01-01}": [{"closed_on": "2023-12-31"}],
    FILLED: [{"exploitation": "ForcedLabour"}],
    EMPTY: [{"age": "17", "debt": "1"}],
    BORN: [
        {"born": "1994-03-06", "age": "30"},  # the birthday is a day after the report
        {"born": "1994-03-05", "age": "29"},
        {"born": "1996-02-29", "age": "29", "reported_on": "2025-02-28"},
    ],
}
KEPT = {
    ORDER: [{"closed_on": "2024-03-05"}, {"closed_on": ""}, {"reported_on": ""}],
    "between: {column: debt, from: 0, to: 99.5}": [{"debt": "0"}, {"debt": "99.50"}, {}],
    "between: {column: closed_on, from: 2024-01-01}": [{"closed_on": "2024-01-01"}],
    FILLED: [{"exploitation": "ForcedLabour", "debt": "1"}, {}, {"exploitation": ""}],
    EMPTY: [{"age": "17"}, {"age": "", "debt": "1"}, {"age": "18", "debt": "1"}],
    BORN: [
        {"born": "1994-03-05", "age": "30"},
        {"born": "1996-02-29", "age": "28", "reported_on": "2025-02-28"},
        {"born": "1996-02-29", "age": "29", "reported_on": "2025-03-01"},
        {"born": "", "age": "30"},
        {"born": "1994-03-05", "age": ""},
    ],
}


@pytest.mark.parametrize("severity", ["error", "warning"])
@pytest.mark.parametrize("rule", BROKEN)
def test_a_rule_finds_the_rows_that_break_it_and_no_others(check, rule, severity):
    bad, good = BROKEN[rule], KEPT[rule]
    rows = [line(f"c{number}", **cells) for number, cells in enumerate((*bad, *good))]
    report = check([(severity, rule)], rows)
    kind = f"rule-{rule.partition(':')[0]}"
    (problem,) = report.refused if severity == "error" else report.warnings
    assert (problem.kind, problem.rule, problem.count) == (kind, "rule-1", len(bad))
    assert [place.row for place in problem.places] == list(range(2, 2 + len(bad)))
    assert report.accepted == len(rows) - (len(bad) if severity == "error" else 0)
    assert report.rows_refused == len(rows) - report.accepted


def test_a_list_of_codes_holds_a_value_where_any_of_its_codes_does(load, tmp_path):
    document = parse_dataset("""
dataset: hotline-cases
privacy_unit: row
consent: assumed
consent_basis: "none of it is real"
columns:
  ways: {type: string, role: sensitive, codes: [Debt, Threats], multiple: ";"}
  sum:  {type: integer, role: insensitive}
quality:
  - rule: debt-has-a-sum
    severity: error
    requires: {when: {column: ways, in: [Debt]}, then: {column: sum, filled: true}}
""")
    report = load(document, ["Threats; Debt,", "Threats,", "Debt,5", ",1"], header="ways,sum")
    assert kinds(report.refused) == {"rule-requires": [2]}


def test_rows_that_repeat_others_are_found_after_the_first(check):
    rows = [
        line("c1", "p1", state="CA"),
        line("c2", "P1 ", state="CA"),
        line("c3", "p1", state="TX"),
        line("c4", "p1", state=""),
        line("c5", "p1", state=""),
    ]
    report = check([("error", "unique: [person_id, state]")], rows)
    assert kinds(report.refused) == {"rule-unique": [3]}


def test_a_column_that_is_often_empty_is_named_with_the_rows(check):
    rows = [line(f"c{number}", state="CA" if number < 7 else "") for number in range(10)]
    report = check([("warning", "complete: {column: state, at_least: 0.8}")], rows)
    assert kinds(report.warnings) == {"rule-complete": [9, 10, 11]}
    enough = check([("warning", "complete: {column: state, at_least: 0.7}")], rows)
    assert kinds(enough.warnings) == {}


PLAUSIBLE = [("warning", "plausible: {column: reported_on, by: month, at_most: 3}")]


def in_months(counts, start=0):
    """Return rows with so many cases in each month of 2024."""
    cases = itertools.count(start)
    return [
        line(f"c{next(cases)}", reported_on=f"2024-{month:02}-15")
        for month, count in counts.items()
        for _ in range(count)
    ]


def test_a_month_with_many_more_records_than_usual_is_named(check):
    report = check(PLAUSIBLE, in_months({1: 2, 2: 2, 3: 7}))
    assert kinds(report.warnings) == {"rule-plausible": [6, 7, 8, 9, 10, 11, 12]}
    usual = check(PLAUSIBLE, in_months({1: 2, 2: 2, 3: 6}), mode="replace")
    assert kinds(usual.warnings) == {}


def test_a_month_without_records_is_named_at_the_row_that_follows(check):
    report = check(PLAUSIBLE, in_months({1: 2, 2: 1, 5: 1}))
    assert kinds(report.warnings) == {"rule-gap": [5]}


def test_two_months_say_nothing_about_what_is_usual(check):
    assert kinds(check(PLAUSIBLE, in_months({1: 1, 9: 50})).warnings) == {}


def test_what_the_contributor_gave_before_says_what_is_usual(check):
    check(PLAUSIBLE, in_months({1: 2, 2: 2, 3: 2}), contributor="shelter")
    report = check(PLAUSIBLE, in_months({4: 7}, start=50), contributor="shelter")
    assert kinds(report.warnings) == {"rule-plausible": list(range(2, 9))}


def test_a_gap_is_closed_by_what_was_given_before(check):
    check(PLAUSIBLE, in_months({1: 1, 2: 1, 5: 1}), contributor="shelter")
    report = check(PLAUSIBLE, in_months({3: 1, 4: 1}, start=50), contributor="shelter")
    assert kinds(report.warnings) == {}


def test_what_is_updated_or_replaced_does_not_count_twice(check):
    rows = in_months({1: 2, 2: 2, 3: 6})
    assert kinds(check(PLAUSIBLE, rows).warnings) == {}
    assert kinds(check(PLAUSIBLE, rows).warnings) == {}
    assert kinds(check(PLAUSIBLE, rows, mode="replace").warnings) == {}


def test_what_others_gave_is_never_looked_at(check):
    alone = check(PLAUSIBLE, in_months({4: 7}), contributor="shelter")
    check(PLAUSIBLE, in_months({1: 2, 2: 2, 3: 2}), contributor="harbor")
    beside = check(PLAUSIBLE, in_months({4: 7}, start=50), contributor="shelter")
    assert alone.warnings == beside.warnings == ()
    # The control: the same rows, were the other's looked at.
    together = check(PLAUSIBLE, in_months({4: 7}, start=90), contributor="harbor")
    assert kinds(together.warnings).keys() == {"rule-plausible"}


def test_a_row_that_breaks_two_errors_is_left_out_once(check):
    rules = [("error", ORDER), ("error", "between: {column: debt, to: 5}")]
    report = check(rules, [line("c1", closed_on="2020-01-01", debt="6"), line("c2")])
    assert kinds(report.refused) == {"rule-order": [2], "rule-between": [2]}
    assert (report.accepted, report.rows_refused) == (1, 1)


def test_warnings_are_counted_on_the_rows_that_are_left(check):
    rules = [("error", ORDER), ("warning", "between: {column: debt, to: 5}")]
    report = check(rules, [line("c1", closed_on="2020-01-01", debt="6"), line("c2")])
    assert kinds(report.warnings) == {"statement-kept": [2]}


def test_a_withdrawal_in_a_row_that_breaks_a_rule_is_kept(check, rows):
    said = [line("c1", "p1", consent="none", closed_on="2020-01-01"), line("c2", "p2")]
    report = check([("error", ORDER)], said)
    assert kinds(report.warnings) == {"statement-kept": [2]}
    found = "SELECT consent, refused FROM lake.weir.statements ORDER BY refused"
    assert rows(found) == [("anonymized", False), ("none", True)]


def test_nothing_of_a_row_that_breaks_a_rule_stays_in_the_vault(check, vault):
    said = [
        line("c1", "p1", narrative="gone", closed_on="2020-01-01"),
        line("c2", "p2", narrative="stays", closed_on="2020-01-01"),
        line("c3", "p2", narrative="stays too"),
    ]
    check([("error", ORDER)], said)
    kept = vault._connection.execute("SELECT value FROM vault.identifiers ORDER BY 1").fetchall()
    assert kept == [("c3",), ("p2",)]
    texts = vault._connection.execute("SELECT value FROM vault.texts").fetchall()
    assert texts == [("stays too",)]


def test_a_load_of_which_nothing_is_left_is_refused_with_its_report(check):
    rows = [line("c1", consent="", closed_on="2020-01-01")]
    with pytest.raises(IngestError) as caught:
        check([("error", ORDER)], rows)
    report = caught.value.report
    assert kinds(report.refused) == {"rule-order": [2]}
    assert report.problems[0].rule == "nothing-accepted"


def test_places_name_the_file(load, tmp_path):
    files = []
    for number in range(2):
        file = tmp_path / f"part-{number}.csv"
        bad = line(f"c{number}", closed_on="2020-01-01")
        file.write_text(f"{HEADER}\n{line(f'x{number}')}\n{bad}\n")
        files.append(file)
    report = load.files(cases_with(("warning", ORDER)), files)
    places = [(place.file, place.row) for place in report.warnings[0].places]
    assert places == [("part-0.csv", 3), ("part-1.csv", 3)]


def test_rules_are_worded_with_their_title_in_both_languages(check):
    report = check([("warning", ORDER)], [line("c1", closed_on="2020-01-01")])
    (problem,) = report.warnings
    assert "rule-1" in problem.message
    assert "Closed too early" in problem.worded("en", "Closed too early")
    assert "Cerrado antes" in problem.worded("es", "Cerrado antes")
    assert "2020-01-01" not in json.dumps(report.as_dict())


SCORED = [("warning", ORDER)]


def test_a_clean_file_has_a_score_of_100(check):
    assert check(SCORED, [line("c1"), line("c2")]).score.points == 100


def test_a_score_can_be_computed_again_from_what_stands_beside_it(check):
    rows = [
        line("c1"),
        line("c2", age="many"),  # refused, one cell unreadable
        line("c3", exploitation="X", state="Nowhere"),  # two remarks
        line("c4", closed_on="2020-01-01"),  # a remark on the row
        "too,short",
    ]
    report = check(SCORED, rows)
    parts = {part.part: (part.good, part.of) for part in report.score.parts}
    # 7 cells of each row are filled, 8 of the one that closed, and all 15 of the ragged one count.
    assert parts == {"taken": (3, 5), "clean": (1, 5), "valid": (29 - 3, 29 + 15), "given": (8, 10)}
    expected = 40 * 3 / 5 + 20 * 1 / 5 + 20 * 26 / 44 + 20 * 8 / 10
    assert report.score.points == int(expected * 10) / 10


def test_columns_say_how_many_cells_are_filled_readable_and_expected(check):
    rows = [line("c1", age="many"), line("c2", age="200"), line("c3", age=""), line("c4")]
    (age,) = [one for one in check(SCORED, rows).columns if one.column == "age"]
    assert (age.rows, age.filled, age.unreadable, age.unexpected) == (4, 3, 1, 1)
