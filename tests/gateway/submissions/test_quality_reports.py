"""Quality reports: the same facts as JSON, a page and a workbook, and never a value."""

import hashlib
import io
import itertools
import json
import re
from base64 import b64encode

import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from sqlmodel import select

from gateway.errors import IngestError, NotFoundError, OutputError
from gateway.languages import LANGUAGES
from gateway.loading import Load
from gateway.messages import params_of
from gateway.store.engine import reading, writing
from gateway.store.tables import Submission
from gateway.submissions.loaded_reports import Outputs, load_and_report
from gateway.submissions.quality_reports import MEDIA_TYPES, quality_report, write_report
from gateway.submissions.report_pages import content_security_policy, page_style
from gateway.submissions.report_words import Wording, report_words
from gateway.submissions.trends import MOST_POINTS, read_quality_report
from policies.documents import parse_dataset
from policies.versions import canonical_bytes
from tests.small_homes import COLUMNS, DATASET, as_csv, people, person

RULES = """quality:
  - {rule: labour-controls, severity: error, title: {en: Labour names controls, es: "Ñandú"},
     requires: {when: {column: harm, in: [Labour]}, then: {column: controls, filled: true}}}
  - {rule: ages-known, severity: warning, complete: {column: age, at_least: 0.9}}
"""
WORDS = [f"zq{name.replace('_', '')}" for name in COLUMNS]  # unique in each column
FORMATS = sorted(MEDIA_TYPES)


@pytest.fixture
def checked(world):
    """A home whose dataset has rules."""
    world.declare(DATASET + RULES)
    return world


def report_of(world, rows, **terms):
    return read_quality_report(world.context, world.load(rows, **terms)["submission"])


DIRTY = [
    person(50),
    person(51, age="many"),
    person(52, harm="labour", state="Californa"),
    person(53, harm="Labour", controls=""),
    person(54, age=""),
    person(55, person_id=""),
]


def texts_in(content, fmt):
    """Return all that a report says, as one text."""
    if fmt != "xlsx":
        return content.decode()
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = [str(cell) for sheet in book for row in sheet.values for cell in row if cell]
    return "\n".join([*book.sheetnames, *cells])


def test_a_report_says_what_is_wrong_where_and_what_to_do(checked):
    report = report_of(checked, DIRTY)
    titles = {"en": "Labour names controls", "es": "Ñandú"}
    for fmt, (language, title) in itertools.product(FORMATS, titles.items()):
        content = write_report(report, fmt, language)
        assert content == write_report(report, fmt, language)
        told = texts_in(content, fmt)
        for fact in ("load-1.csv", "age", "labour-controls", title, str(int(report.score.points))):
            assert fact in told
        other = set(titles.values()) - {title}
        assert other.pop() not in told


def planted_rows():
    """A file whose every cell holds a word of its column, beside rows in which one cell does."""
    good = person(60)
    yield dict(zip(COLUMNS, WORDS, strict=True))
    for number, (name, word) in enumerate(zip(COLUMNS, WORDS, strict=True)):
        yield {**good, "case_id": f"zqcase{number}", name: word}
    yield {**good, "case_id": "zqcase1"}
    yield {**good, "case_id": "zqkept", "harm": "zq  Labour", "note": "Note  0"}


def test_no_report_holds_a_value(checked):
    report = report_of(checked, planted_rows())
    assert report.errors
    assert report.warnings
    assert report.proposals
    for fmt, language in itertools.product(FORMATS, LANGUAGES):
        text = texts_in(write_report(report, fmt, language), fmt).lower()
        assert "zq" not in text.replace(report.submission.lower(), "")


def test_the_diff_of_corrections_does_hold_values(checked, tmp_path):
    """The control: what is planted would be found."""
    file = tmp_path / "planted.csv"
    file.write_text(as_csv([person(61, harm="Labor", note="NOTE 1")]))
    for ending in ("json", "csv"):
        diff = tmp_path / f"diff.{ending}"
        load = Load("cases", (file,), accepted=frozenset([ending]))  # each another load
        load_and_report(checked.context, load, Outputs(corrections=diff), lambda *_: None)
        assert "Labor" in diff.read_text()
        assert diff.stat().st_mode & 0o777 == 0o600


def test_no_report_of_a_refused_file_holds_a_value(checked, tmp_path):
    file = tmp_path / "bad.csv"
    # Whoever says nothing about consent leaves nothing behind that would be kept.
    file.write_text(as_csv([{**dict(zip(COLUMNS, WORDS, strict=True)), "consent": ""}]))
    for fmt in FORMATS:
        path = tmp_path / f"report.{fmt}"
        with pytest.raises(IngestError):
            load_and_report(
                checked.context, Load("cases", (file,)), Outputs(report=path), lambda *_: None
            )
        told = texts_in(path.read_bytes(), fmt)
        assert "zq" not in told.lower()
        assert "age" in told
        assert fmt == "json" or "Nothing was taken" in told


def test_json_is_canonical_and_says_how_the_score_is_made(checked):
    report = report_of(checked, DIRTY)
    content = write_report(report, "json", "en")
    plain = json.loads(content)
    assert canonical_bytes(plain) == content
    parts = plain["score"]["parts"]
    shares = [part["weight"] * part["good"] / part["of"] for part in parts]
    assert plain["score"]["points"] == pytest.approx(sum(shares), abs=0.1)
    assert [part["good"] for part in parts][:2] == [3, 2]
    assert (plain["rows"], plain["taken"], plain["refused"]) == (6, 3, 3)
    (age,) = [one for one in plain["columns"] if one["column"] == "age"]
    assert (age["filled"], age["unreadable"], age["complete_share"]) == (5, 1, 0.8333)
    assert "snapshot" not in plain


def test_a_page_lets_nothing_in_but_its_own_style(checked):
    html = write_report(report_of(checked, DIRTY), "html", "es").decode()
    digest = b64encode(hashlib.sha256(page_style().encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in content_security_policy()
    assert f'content="{content_security_policy()}"' in html
    assert f"<style>{page_style()}</style>" in html
    for tag in ("<script", "<link", "<img", "http:", "https:", " style=", " on"):
        assert tag not in html.replace(page_style(), "").replace(" on ", "").replace(" one", "")
    assert '<html lang="es">' in html
    assert html.count("<h1>") == 1


def test_a_page_escapes_what_the_declaration_and_file_names_say(checked):
    evil = "<b onclick=x>&"
    report = report_of(checked, DIRTY)
    stored = {
        "submission": evil,
        "files": [
            {"name": evil, "format": evil, "encoding": "", "delimiter": "", "ignored_columns": []}
        ],
        **dict.fromkeys(("rows_read", "accepted", "updated", "rows_refused"), 1),
        "problems": [],
        "warnings": [],
        "refused": [
            {
                "kind": "ragged-row",
                "column": evil,
                "count": 1,
                "places": [{"file": evil, "row": 2, "column": evil}],
            }
        ],
    }
    document = parse_dataset(DATASET + RULES)
    html = write_report(quality_report(document, stored, evil), "html", "en").decode()
    assert "<b" not in html.replace("<body", "")
    assert html.count("&lt;b onclick=x&gt;&amp;") >= 4
    assert report.score is not None


def test_a_workbook_has_a_sheet_for_each_part_and_no_formula(checked):
    content = write_report(report_of(checked, DIRTY), "xlsx", "en")
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["Summary", "Problems", "Rows", "Columns", "Trend"]
    rows = list(book["Rows"].values)
    assert rows[0] == ("File", "Row", "Column", "Severity", "What")
    assert ("load-1.csv", 3, "age", "error", "not-an-integer") in rows
    for sheet in book:
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in row)
        assert sheet.column_dimensions[get_column_letter(1)].width > 5


def test_the_trend_is_that_of_one_contributor_in_one_dataset(checked):
    checked.contributor("shelter")
    first = report_of(checked, people(101, 110), contributor="shelter")
    checked.load([person(111, age="x"), person(112)])  # the operator's own
    checked.clock.move(days=3)
    second = report_of(checked, [person(113, age="x"), person(114)], contributor="shelter")
    checked.clock.move(days=3)
    third = report_of(checked, people(115, 116), contributor="shelter")
    assert first.trend == ()
    assert [(one.day, one.rows) for one in third.trend] == [("2026-07-01", 10), ("2026-07-04", 2)]
    assert third.trend[1].points == second.score.points < 100
    for fmt in FORMATS:
        told = texts_in(write_report(third, fmt, "en"), fmt)
        assert "2026-07-04" in told
        assert "(the first)" not in told


def test_a_trend_has_an_end_and_leaves_out_what_has_no_score(checked):
    for number in range(3):
        last = checked.load([person(120 + number)])["submission"]
    with writing(checked.context.store) as session:
        row = session.get_one(Submission, last)
        for number in range(MOST_POINTS + 5):
            copy = row.model_dump() | {"id": f"sub_{number}", "sequence": 100 + number}
            sealed = checked.context.keys.store_cipher().seal(
                json.dumps({"rows_read": 1}).encode(), f"submission:sub_{number}:report"
            )
            session.add(
                Submission(**copy | {"sealed_report": sealed, "source_sha256": f"{number}"})
            )
    report = report_of(checked, [person(130)])
    assert report.trend == ()  # the newest have no score


def test_there_is_no_report_of_nothing(checked):
    with pytest.raises(NotFoundError):
        read_quality_report(checked.context, "sub_none")
    checked.load([person(140)])
    with writing(checked.context.store) as session:
        for row in session.exec(select(Submission)).all():
            row.sealed_report = None
            session.add(row)
    with reading(checked.context.store) as session:
        ids = [row.id for row in session.exec(select(Submission)).all()]
    with pytest.raises(NotFoundError):
        read_quality_report(checked.context, ids[0])


def test_a_file_of_an_unknown_kind_is_refused_before_anything_is_loaded(checked, tmp_path):
    file = tmp_path / "more.csv"
    file.write_text(as_csv([person(150)]))
    before = checked.context.lake.count("cases")
    for outputs in (Outputs(report=tmp_path / "a.pdf"), Outputs(corrections=tmp_path / "a.html")):
        with pytest.raises(OutputError, match="must end with"):
            load_and_report(checked.context, Load("cases", (file,)), outputs, lambda *_: None)
    assert checked.context.lake.count("cases") == before


def test_accepted_corrections_are_another_load_and_are_said(checked, tmp_path):
    file = tmp_path / "dates.csv"
    file.write_text(as_csv([person(160, reported_on="31/12/2025"), person(161)]))

    def load(path, *kinds):
        asked = Load("cases", (file,), accepted=frozenset(kinds))
        outputs = Outputs(report=tmp_path / path, language="es")
        return load_and_report(checked.context, asked, outputs, lambda *_: None)

    assert load("a.html")["rows_refused"] == 1
    assert load("b.html", "date-order")["rows_refused"] == 0
    assert load("c.html", "date-order")["state"] == "loaded before"
    assert "Corregido" in (tmp_path / "b.html").read_text()
    assert "Corregido" not in (tmp_path / "a.html").read_text()
    assert (tmp_path / "b.html").read_bytes() == (tmp_path / "c.html").read_bytes()


def test_both_languages_say_the_same():
    said = {language: report_words(language) for language in LANGUAGES}
    assert said["en"].keys() == said["es"].keys()
    for name in said["en"]:
        assert params_of(said["en"][name]) == params_of(said["es"][name]), name


def test_every_word_is_said_somewhere():
    from pathlib import Path

    import gateway.submissions as room

    code = "\n".join(path.read_text() for path in Path(room.__file__).parent.glob("*.py"))
    prefixes = ("part_", "sheet_", "severity_")
    unsaid = [name for name in report_words("en") if not re.search(rf"""['\"]{name}['\"]""", code)]
    assert [name for name in unsaid if not name.startswith(prefixes)] == []


@pytest.mark.parametrize(
    ("share", "said"),
    [(0, "0 %"), (0.0001, "0.1 %"), (0.5, "50 %"), (0.9999, "99.9 %"), (1, "100 %")],
)
def test_only_all_is_all_and_only_nothing_is_nothing(share, said):
    assert Wording(None, "en").percent(share) == said


def test_numbers_are_written_as_each_language_does():
    assert Wording(None, "en").number(1234.5) == "1,234.5"
    assert Wording(None, "es").number(1234.5) == "1.234,5"
    assert Wording(None, "es").number(1234) == "1.234"
