"""The report of a load: what is wrong, where, what to do about it. Never a value."""

import json
import re
from pathlib import Path

import pytest

from gateway.errors import IngestError
from gateway.lake.report import KINDS, PLACES_SHOWN, Findings, IngestReport
from gateway.languages import LANGUAGES
from gateway.messages import catalogue, render
from policies.documents import parse_dataset
from policies.reasons import Reason

CODE = Path(__file__).parents[3] / "gateway" / "lake"
WARNED = {"unknown-code", "out-of-bounds", "not-e164", "consent-end-unreadable", "statement-kept"}
WARNED |= {"unknown-consent", "unknown-place", "unknown-postcode", "unknown-region"}
WARNED |= {"born-later", "unmapped-code"}
WARNED |= {"error-value", "merged-cells"}
WARNED |= {"rule-complete", "rule-gap", "rule-plausible"}
# Whether their rows were taken is for the dataset's rule to say.
EITHER = {"rule-between", "rule-consistent", "rule-order", "rule-requires", "rule-unique"}
BY_LAYOUT = {"error-value", "formula-without-value", "merged-cells", "note-row"}
BY_LAYOUT |= {"repeated-header", "totals-row"}  # test_workbooks.py, test_bad_input.py
ELSEWHERE = {"withdrawn-before", "half-character"}  # test_withdrawals.py, test_readers.py
BY_RECIPES = {"born-later", "date-order-doubtful", "unmapped-code"}  # test_mapping.py
COLUMNS = {
    "case_id": {"type": "string", "role": "direct_identifier", "domain": "case"},
    "person_id": {"type": "string", "role": "direct_identifier", "domain": "person"},
    "phone": {
        "type": "string",
        "role": "direct_identifier",
        "domain": "phone",
        "normalize": "e164",
    },
    "days": {"type": "integer", "role": "insensitive"},
    "debt": {"type": "decimal", "role": "insensitive", "scale": 2},
    "age": {"type": "integer", "role": "quasi_identifier", "ladder": "age", "bounds": [0, 120]},
    "met_on": {"type": "date", "role": "insensitive"},
    "called_at": {"type": "timestamp", "role": "insensitive"},
    "minor": {"type": "boolean", "role": "insensitive"},
    "harm": {"type": "string", "role": "sensitive", "codes": ["Labour", "Other"]},
    "county": {"type": "string", "role": "quasi_identifier", "ladder": "us-county"},
    "zip": {"type": "string", "role": "quasi_identifier", "ladder": "us-postcode"},
    "country": {"type": "string", "role": "quasi_identifier", "ladder": "country"},
    "place": {"type": "point", "role": "insensitive"},
    "consent": {"type": "string", "role": "consent"},
    "consent_ends": {"type": "date", "role": "consent_end"},
    "funding": {"type": "string", "role": "funding"},
    "report": {"type": "string", "role": "insensitive", "restricted": "suspicious-activity"},
}
GOOD = {"case_id": "c", "person_id": "p"}
SPOILED = {
    "null-record-key": {"case_id": ""},
    "null-privacy-unit": {"person_id": ""},
    "nul-byte": {"harm": "Lab\0our"},
    "not-e164": {"phone": "planted"},
    "not-an-integer": {"days": "planted"},
    "not-a-number": {"debt": "planted"},
    "out-of-bounds": {"age": "7421"},
    "not-a-date": {"met_on": "planted"},
    "not-a-timestamp": {"called_at": "planted"},
    "not-a-boolean": {"minor": "planted"},
    "not-a-point": {"place": "planted"},
    "unknown-place": {"county": "planted"},
    "unknown-postcode": {"zip": "planted"},
    "unknown-region": {"country": "planted"},
    "unknown-consent": {"consent": "planted"},
    "unknown-code": {"harm": "planted"},
    "restricted-funding": {"funding": "vawa"},
    "restricted-reporting": {"report": "planted"},
    "consent-end-unreadable": {"consent_ends": "planted"},
    "statement-kept": {"consent": "none", "days": "planted"},
    "cell-too-long": {"harm": "planted" * 200_000},
    "duplicate-key": {},
}


@pytest.fixture
def document():
    return parse_dataset(
        {
            "dataset": "odd-cases",
            "privacy_unit": "person_id",
            "record_key": ["case_id"],
            "columns": COLUMNS,
        }
    )


@pytest.fixture
def spoiled(document, load, tmp_path):
    """The report of a contributor's load that has every kind of problem."""
    lines = [
        {**GOOD, "case_id": f"c{number}", "narrative": "", **cells}
        for number, cells in enumerate(SPOILED.values())
    ]
    lines.append(lines[-1])
    path = tmp_path / "rows.jsonl"
    listed = [json.dumps({name: line.get(name) for name in COLUMNS}) for line in lines]
    listed += ['["planted"]', json.dumps({**GOOD, "harm": {"planted": 1}})]
    path.write_text("\n".join(listed) + "\n")
    ragged = tmp_path / "rows.csv"
    good = ",".join(GOOD.get(name, "") for name in COLUMNS)
    ragged.write_text(f"{','.join(COLUMNS)}\n{good}\n{good},planted\n")
    return load.files(
        document, [path, ragged], contributor="shelter", contributor_class="financial"
    )


def problems_of(report):
    return {problem.kind: problem for problem in (*report.refused, *report.warnings)}


def test_every_kind_of_problem_comes_with_its_place_and_its_remedy(spoiled):
    found = problems_of(spoiled)
    others = {kind for kind in KINDS if kind.startswith(("rule-", "repair-"))}
    assert found.keys() == KINDS.keys() - BY_RECIPES - BY_LAYOUT - ELSEWHERE - others
    for kind, problem in found.items():
        shown = problem.as_dict()
        assert shown["kind"] == kind
        assert shown["count"] == len(shown["places"]) >= 1
        assert shown["column"] == shown["places"][0]["column"]
        assert shown["message"] == render(Reason(f"row-{kind}", {"column": problem.column}), "en")
        assert (problem in spoiled.warnings) is (kind in WARNED)


def test_a_report_never_holds_a_value(spoiled):
    told = json.dumps(spoiled.as_dict()) + "\n".join(spoiled.objections())
    assert "not-an-integer" in told  # the control: the problem is there
    for value in ("planted", "7421", "Lab", "c3"):
        assert value not in told.replace("VAWA", "")


def test_every_kind_that_the_code_finds_has_words():
    named = re.compile(r'(?:CellError|\.refuse|\.add)\(\s*"([a-z0-9-]+)"')
    code = "\n".join(path.read_text() for path in CODE.glob("*.py"))
    assert set(named.findall(code)) <= KINDS.keys()
    assert len(set(named.findall(code))) >= 8  # the control: the search finds kinds


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind not in EITHER and "repair" not in kind]
)
def test_words_say_what_happened_to_the_rows_and_what_to_do(kind, language):
    text = catalogue(language)[KINDS[kind]]
    happened = {
        "en": ("No row was left out", "left out"),
        "es": ("Ninguna fila quedó fuera", "dejaron fuera"),
    }[language]
    assert happened[kind not in WARNED - {"statement-kept"}] in text
    assert text.count(".") >= 3  # what, what became of it, what to do


def test_places_are_shown_for_every_column(document, load, tmp_path):
    path = tmp_path / "rows.jsonl"
    bad = {"days": "x", "age": "y"}
    lines = [
        json.dumps(
            {
                **GOOD,
                "case_id": f"c{n}",
                **dict.fromkeys(COLUMNS.keys() - GOOD.keys()),
                "days": bad["days"],
            }
        )
        for n in range(PLACES_SHOWN + 5)
    ]
    lines.append(json.dumps({**GOOD, "case_id": "last", "age": "y"}))
    lines.append(json.dumps({**GOOD, "case_id": "good"}))
    path.write_text("\n".join(lines) + "\n")
    report = load.files(document, [path])
    assert [(p.kind, p.column, p.count, len(p.places)) for p in report.refused] == [
        ("not-an-integer", "age", 1, 1),
        ("not-an-integer", "days", PLACES_SHOWN + 5, PLACES_SHOWN),
    ]
    assert report.refused[0].places[0].row == PLACES_SHOWN + 6


def test_a_problem_says_where_it_is_first_and_how_many_more_there_are():
    findings = Findings()
    findings.add("ragged-row", "a.csv", [7])
    findings.add("not-a-date", "a.csv", range(2, 1502), "met_on")
    (date, ragged) = findings.problems()
    assert ragged.where == "a.csv, row 7"
    assert date.where == "a.csv, row 2 and 1,499 more"


def test_a_refused_load_says_why_and_what_it_found_until_then(document, load, tmp_path):
    path = tmp_path / "rows.jsonl"
    empty = dict.fromkeys(COLUMNS)
    path.write_text(json.dumps({**empty, "case_id": "c1", "person_id": "p1", "age": "planted"}))
    with pytest.raises(IngestError) as caught:
        load.files(document, [path])
    whole, row = caught.value.lines()
    assert whole.startswith("Not one record could be taken")
    assert row.startswith("rows.jsonl, row 1: age needs a whole number")


def test_a_first_row_that_may_hold_values_is_not_quoted(document, load, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("case_1d,person_1d,phone_1\n")  # nearly names, but none is
    with pytest.raises(IngestError) as caught:
        load.files(document, [path])
    assert caught.value.lines() == ["The file rows.csv has no column case_id."]
    path.write_text("case_id,person_1d,phone_1\n")  # the control: one is a name
    with pytest.raises(IngestError) as caught:
        load.files(document, [path])
    assert "The nearest there is person_1d" in caught.value.lines()[0]


def test_a_report_is_plain_json():
    assert json.loads(json.dumps(IngestReport("d", "s", "append").as_dict()))["dataset"] == "d"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_warning_speaks_of_its_own_columns_alone(language):
    texts = catalogue(language)
    assert "none" in texts["row-unknown-consent"]
    assert "consent" not in texts["row-unknown-code"]
    assert "none" not in texts["row-unknown-code"]
    assert "Austin" in texts["row-unknown-place"]
    assert "Austin" not in texts["row-unknown-postcode"] + texts["row-unknown-region"]
    assert "02139" in texts["row-unknown-postcode"]
