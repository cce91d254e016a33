"""`weir report`: a folder that is ready to be published, and holds nothing exact."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from xml.etree import ElementTree as ET

import pytest

from gateway.client.answers import AnsweredTable
from gateway.publishing.documents import parse_pack
from gateway.publishing.naming import Names
from gateway.publishing.noise_tails import LAPLACE
from gateway.publishing.sections import make_section
from tests.gateway.publishing.conftest import UNTIL, Page


def test_the_page_is_whole_and_still(made):
    folder = made.folder
    page = Page((folder / "index.html").read_text())
    assert page.all("html")[0]["lang"] in {"en", "es"}
    assert {"script", "iframe", "object", "embed", "form", "style", "base"}.isdisjoint(
        tag for tag, _ in page.tags
    )
    for tag, attrs in page.tags:
        assert not any(name.startswith("on") or name == "style" for name in attrs), (tag, attrs)
    for attrs in page.all("img"):
        assert len(attrs["alt"].split()) > 8, attrs
        assert (folder / attrs["src"]).is_file()
    links = [attrs["href"] for attrs in page.all("a") + page.all("link")]
    ids = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    for link in links:
        assert link[1:] in ids if link.startswith("#") else (folder / link).is_file()
    assert len(page.all("h1")) == 1
    assert all(attrs["scope"] in {"col", "row"} for attrs in page.all("th"))
    assert "{" not in "".join(page.words)


def test_every_table_has_its_pictures(quarterly):
    pictures = {picture.name for picture in (quarterly.folder / "charts").iterdir()}
    names = {"types.svg", "places.svg", "quarters.svg", "ages-2.svg", "crossed.svg", "homes.svg"}
    assert names <= pictures


def test_pictures_hold_shapes_and_words_alone(made):
    for picture in (made.folder / "charts").iterdir():
        for element in ET.fromstring(picture.read_text()).iter():  # noqa: S314 - drawn just now
            assert element.tag.rpartition("}")[2] not in {"script", "image", "foreignObject", "a"}
            assert not {name for name in element.attrib if "href" in name or name[:2] == "on"}


def numbers_in(folder):
    """Return every number of every file, in any language's form."""
    found = set()
    for path in folder.rglob("*"):
        if path.is_file() and not path.name.endswith(".tlog-proof"):
            for number in re.findall(r"\d[\d,.]*", path.read_text()):
                found.add(number.replace(",", "").replace(".", ""))
    return found


def test_no_exact_figure_is_in_any_file(made):
    """The made-up truth is large and odd, so that chance puts hardly any of it into a file."""
    folder, gateway = made.folder, made.gateway
    found = numbers_in(folder)
    answered = {cell for cell in gateway.truths if str(cell) in found}
    intervals = json.loads((folder / "answers.json").read_text())
    noisy = {
        number
        for query in intervals["queries"]
        for row in query["rows"]
        for measured in row.values()
        for entry in (measured if isinstance(measured, list) else [measured])
        if "value" in entry
        for number in (entry["value"], *entry["interval"])
    }
    assert answered <= noisy  # an interval's end may be the truth, and so may another cell's value
    assert len(answered) < len(gateway.truths)


def test_control_an_exact_figure_would_be_found(quarterly, tmp_path):
    true = next(iter(quarterly.gateway.truths))
    (tmp_path / "leak.svg").write_text(f"<svg><text>{true:,}</text></svg>")
    assert str(true) in numbers_in(tmp_path)


def test_tables_are_csv_with_intervals_and_a_codebook(quarterly):
    folder = quarterly.folder
    rows = read_csv(folder / "tables" / "types.csv")
    assert rows[0].keys() == {
        *("exploitation", "count_people", "count_people_low", "count_people_high"),
    }
    assert len(rows) == 7
    bins = read_csv(folder / "tables" / "ages-age.csv")
    assert [row["age"] for row in bins] == ["0-9", "10-17", "18-29", "30-39", "null", "other"]
    book = read_csv(folder / "codebook.csv")
    said = {(row["file"], row["column"], row["form"]): row["meaning"] for row in book}
    assert said["tables/types.csv", "exploitation", "ForcedLabour"] == "Forced labour"
    assert said["tables/types.csv", "exploitation", "null"] == "no value"
    for file in folder.glob("tables/*.csv"):
        named = {row["column"] for row in book if row["file"] == f"tables/{file.name}"}
        assert set(read_csv(file)[0]) == named


def read_csv(file):
    return list(csv.DictReader(io.StringIO(file.read_text())))


def test_tables_of_periods_have_whole_ones_in_their_order(quarterly, report, tmp_path):
    page = (quarterly.folder / "index.html").read_text()
    table = page.partition('id="quarters"')[2].partition("</table>")[0]
    shown = re.findall(r'<th scope="row">([^<]*)</th>', table)
    assert shown == ["2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4"]
    written = (quarterly.folder / "tables" / "quarters.csv").read_text()
    assert "null" in written  # all of it is in the file


def test_a_shipped_packs_name_stays_one_beside_a_folder_of_that_name(report, tmp_path):
    for name in ("hot-spots", "again"):
        done = report("hot-spots", "--output", name, *UNTIL)
        assert done.exit_code == 0, done.stderr
    assert (tmp_path / "hot-spots" / "index.html").is_file()


@pytest.mark.parametrize(("keys", "marks"), [(1, None), (2, "rises"), (3, "patterns")])
def test_a_table_without_rows_says_so(keys, marks):
    columns = ("exploitation", "industry", "controls")[:keys]
    document = {"table": "none", "title": "None", "group_by": [*columns], "marks": marks}
    pack = parse_pack(json.dumps({"pack": "p", "title": "P", "epsilon": 1, "tables": [document]}))
    answered = AnsweredTable("none", columns, ("count_people",), (), (), (), {})
    names = Names("en", {})
    section = make_section(pack.tables[0], answered, LAPLACE, names, date(2026, 1, 1))
    assert section.sentences[0] == "No value had enough people to be named."
    assert section.drawings == ()
    head = ",".join((*columns, *(f"count_people{end}" for end in ("", "_low", "_high"))))
    assert section.files["tables/none.csv"].decode() == f"{head}\n"


def test_csv_of_a_report_has_no_formulas(made):
    for file in made.folder.rglob("*.csv"):
        for row in csv.reader(io.StringIO(file.read_text())):
            assert not any(cell[:1] in {"=", "+", "@"} for cell in row)


def test_the_shadow_that_says_there_is_more_shows_through_pictures(quarterly):
    """It lies behind what scrolls, and pictures are white where nothing is drawn."""
    style = (quarterly.folder / "style.css").read_text()
    pictures = re.search(r"figure img \{([^}]*)\}", style)
    assert pictures
    assert "mix-blend-mode: multiply" in pictures[1]
    assert "background: linear-gradient" in style
