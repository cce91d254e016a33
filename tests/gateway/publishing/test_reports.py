"""`weir report`: a folder that is ready to be published, and holds nothing exact."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from gateway import charts
from gateway.cli.main import app
from gateway.client.answers import AnsweredTable
from gateway.publishing import reports
from gateway.publishing.documents import parse_pack
from gateway.publishing.drawings import maps, places
from gateway.publishing.naming import Names
from gateway.publishing.noise_tails import LAPLACE
from gateway.publishing.sections import make_section
from tests.answering import problem

UNTIL = ("--until", "2026-01-15")


class Page(HTMLParser):
    """Every tag with its attributes, and the text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture
def remake(report, tmp_path):
    """Make a report anew and return its folder."""

    def run(pack, *options):
        done = report(pack, "--output", "out", *UNTIL, *options)
        assert done.exit_code == 0, done.stderr
        return tmp_path / "out"

    return run


needs_maps = pytest.mark.skipif(
    places.atlas("us-states") is None, reason="built without maps: npm's registry wasn't in reach"
)


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


def test_the_folder_verifies_offline(quarterly):
    tables = sorted((quarterly.folder / "tables").glob("*.csv"))
    for file in (quarterly.folder, quarterly.folder / "answers.json", *tables):
        done = CliRunner().invoke(app, ["verify", str(file), "--vkey", str(quarterly.vkey)])
        assert done.exit_code == 0, done.stderr
    assert len(tables) == 8
    found = CliRunner().invoke(app, ["verify", str(quarterly.folder)])
    assert "answers.json, and the values of all tables (8)" in found.stdout


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


def test_a_table_that_was_changed_or_swapped_is_found(quarterly, tmp_path):
    folder = Path(shutil.copytree(quarterly.folder, tmp_path / "changed"))
    types, places = (folder / "tables" / f"{name}.csv" for name in ("types", "places"))
    was = types.read_text()
    for text in (was.replace("1", "2", 1), places.read_text(), was + was.splitlines()[-1] + "\n"):
        types.write_text(text)
        for file in (folder, types):
            done = CliRunner().invoke(app, ["verify", str(file), "--vkey", str(quarterly.vkey)])
            assert done.exit_code == 1
            assert "the values of types.csv are not those of answers.json" in done.stderr
    types.write_text(was)
    types.rename(folder / "tables" / "kinds.csv")
    done = CliRunner().invoke(app, ["verify", str(folder), "--vkey", str(quarterly.vkey)])
    assert "the values of kinds.csv" in done.stderr


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


@needs_maps
def test_states_and_countries_are_on_maps(quarterly):
    folder = quarterly.folder
    states = (folder / "charts" / "places-map.svg").read_text()
    assert ">CA<" in states
    assert len(states) < 75_000
    assert (folder / "charts" / "homes-map.svg").is_file()
    page = (folder / "index.html").read_text()
    assert "Not on the map: " in page
    assert "more people live in some places" in page


def test_without_maps_there_is_none(monkeypatch):
    monkeypatch.setattr(places.resources, "files", lambda _package: Path("/nowhere"))
    places.atlas.cache_clear()
    try:
        assert places.atlas("us-states") is None
        assert "without them" in places.why_missing()
    finally:
        places.atlas.cache_clear()


def test_without_maps_bars_stand_in_and_the_command_alone_says_why(report, tmp_path, monkeypatch):
    for module in (maps, places):
        monkeypatch.setattr(module, "atlas", lambda _world: None)
    done = report("hot-spots", "--output", "out")
    assert done.exit_code == 0, done.stderr
    assert "weir: places are on no map: it was built without them" in done.stderr
    page = (tmp_path / "out" / "index.html").read_text()
    assert (tmp_path / "out" / "charts" / "places-places.svg").is_file()
    assert not (tmp_path / "out" / "charts" / "places-map.svg").exists()
    for word in (" map", "npm", "install"):
        assert word not in page.lower()


@needs_maps
def test_where_there_are_maps_nothing_is_said_of_them(report):
    assert "no map" not in report("hot-spots", "--output", "out").stderr


def test_a_last_period_that_may_be_unfinished_is_said(remake, gateway):
    gateway.truth = lambda cell: 300 if "2025-Q4" in cell else 1000
    page = (remake("hot-spots") / "index.html").read_text()
    assert "Mind 2025-Q4: clearly fewer" in page
    gateway.truth = lambda _cell: 1000
    assert "clearly fewer" not in (remake("hot-spots", "--replace") / "index.html").read_text()


def test_names_are_escaped(quarterly):
    text = (quarterly.folder / "index.html").read_text()
    assert "Types &lt;b&gt;" in text
    assert "Types <b>" not in text


def test_a_rise_is_marked_on_map_and_line_and_told(remake, gateway):
    gateway.truth = lambda cell: 4000 if cell == ("TX", "2025-Q4") else 1000
    folder = remake("hot-spots")
    page = Page((folder / "index.html").read_text())
    told = " ".join(" ".join(page.words).split())
    assert "Rises that noise doesn't explain" in told
    cells = [attrs for attrs in page.all("img") if "Texas" in attrs["alt"] or "TX" in attrs["alt"]]
    assert cells
    assert "Red triangle" in (folder / "charts" / "places.svg").read_text()


def test_nothing_is_marked_where_nothing_rose(remake, gateway):
    gateway.truth = lambda _cell: 1000
    folder = remake("hot-spots")
    assert "No rise against the period before" in (folder / "index.html").read_text()
    assert "Red triangle" not in (folder / "charts" / "places.svg").read_text()


def test_a_pattern_is_drawn_and_told_with_its_limits(remake, gateway):
    strange = {"ForcedLabour", "DebtBondage", "A_Agriculture"}
    gateway.truth = lambda cell: 5000 if strange <= set(cell) else 1000
    folder = remake("typology")
    text = (folder / "index.html").read_text()
    assert (folder / "charts" / "typology-patterns.svg").is_file()
    assert "neither why" in text
    assert "First: Debt bondage + Forced labour + A: Agriculture" in text or (
        "First: Forced labour + Debt bondage + A: Agriculture" in text
    )


def test_no_pattern_is_told_as_well(remake, gateway):
    gateway.truth = lambda _cell: 1000
    folder = remake("typology")
    assert "No combination occurs more often" in (folder / "index.html").read_text()


def test_the_price_comes_first(report, gateway):
    done = report("hot-spots", "--estimate")
    assert done.exit_code == 0, done.stderr
    assert "This costs epsilon 1 of the 1.5 you have" in done.stdout
    assert "/v1/aggregates" not in {request.url.path for request in gateway.seen}
    assert json.loads(report("hot-spots", "--estimate", "--json").stdout)["cells"] == 59 * 10


def test_another_price_may_be_named(report, gateway, tmp_path):
    assert report("hot-spots", "--output", "out", "--rho", "0.01").exit_code == 0
    asked = json.loads(next(r for r in gateway.seen if r.url.path == "/v1/aggregates").content)
    assert asked["rho"] == 0.01
    assert "epsilon" not in asked
    said = json.loads(report("hot-spots", "--output", "other", "--json").stdout)
    assert said["verified"] is True
    assert "index.html" in said["files"]


def test_a_folder_is_never_lost(report, gateway, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    refused = report("hot-spots", "--output", "mine")
    assert "already there" in refused.stderr
    refused = report("hot-spots", "--output", "mine", "--replace")
    assert refused.exit_code == 1
    assert "is no report" in refused.stderr
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"
    assert "make it first" in report("hot-spots", "--output", "a/b").stderr
    assert gateway.seen == []
    assert report("hot-spots", "--output", "out").exit_code == 0
    assert "already there" in report("hot-spots", "--output", "out").stderr
    (tmp_path / "out" / "old.txt").write_text("of the old one")
    assert report("hot-spots", "--output", "out", "--replace").exit_code == 0
    assert not (tmp_path / "out" / "old.txt").exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_report_that_breaks_leaves_nothing(report, tmp_path, monkeypatch):
    def broken(_spec):
        raise charts.OutputError("the chart couldn't be drawn")

    monkeypatch.setattr(reports, "render_svg", broken)
    assert report("hot-spots", "--output", "out").exit_code == 1
    assert not (tmp_path / "out").exists()


def test_nothing_is_spent_where_charts_can_t_be_drawn(report, gateway, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "vl_convert", None)
    done = report("hot-spots", "--output", "out")
    assert "pip install" in done.stderr
    assert gateway.seen == []


def test_parameters_find_their_columns(report, gateway):
    gateway.columns = ("cas_IncomingReferralDate", "hte_State", "hte_Country")
    done = report("hot-spots", "--estimate")
    asked = json.loads(gateway.seen[-2].content) if done.exit_code == 0 else {}
    keys = [{"column": "hte_State", "level": "us-state"}]
    keys.append({"column": "cas_IncomingReferralDate", "level": "quarter"})
    body = next(
        json.loads(r.content) for r in gateway.seen if r.url.path == "/v1/aggregates/estimate"
    )
    assert body["queries"][0]["group_by"] == keys, asked


@pytest.mark.parametrize(
    ("chosen", "key"),
    [
        ("place=state:us-region", {"column": "state", "level": "us-region"}),
        ("place=hte_Country", {"column": "hte_Country", "level": "country"}),
        ("place=exploitation", "exploitation"),
    ],
)
def test_parameters_may_be_named(report, gateway, chosen, key):
    report("hot-spots", "--estimate", "--set", chosen)
    body = next(
        json.loads(r.content) for r in gateway.seen if r.url.path == "/v1/aggregates/estimate"
    )
    assert body["queries"][0]["group_by"][0] == key


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("hot-spots", "--estimate", "--set", "planet=x"), "has no parameter planet"),
        (("cold-spots", "--estimate"), "these ship with Weir: hot-spots, typology"),
        (("no.yaml", "--estimate"), "there is no file no.yaml"),
        (("hot-spots",), "name a folder"),
        (("hot-spots", "--estimate", "--set", "place"), "NAME=COLUMN"),
        (("hot-spots", "--estimate", "--epsilon", "1", "--rho", "1"), "exactly one"),
    ],
)
def test_what_is_wrong_is_said(report, options, said):
    done = report(*options)
    assert done.exit_code in {1, 2}
    assert said in " ".join(done.stderr.replace("│", " ").split())


def test_a_dataset_without_such_columns_says_how_to_name_one(report, gateway):
    gateway.columns = ("person_id",)
    done = report("hot-spots", "--estimate")
    assert "--set place=COLUMN:LEVEL" in done.stderr
    gateway.columns = ()
    assert "name another purpose" in report("hot-spots", "--estimate").stderr


def test_a_pack_that_is_wrong_says_where(report, tmp_path):
    (tmp_path / "wrong.yaml").write_text(
        "pack: wrong\ntitle: x\nepsilon: 1\ntables:\n  - {table: a, title: x, measures: [people]}\n"
    )
    done = report("wrong.yaml", "--estimate")
    assert done.exit_code == 1
    assert "is no measure" in done.stderr
    assert "tables" in done.stderr


def test_a_refusal_says_why_and_leaves_nothing(report, gateway, tmp_path):
    reason = {"rule": "budget-exhausted", "message": "Nothing is left.", "params": {}}
    gateway.refusal = problem(403, "refused", "This is refused.", reasons=[reason])
    done = report("hot-spots", "--output", "out")
    assert "Nothing is left." in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_help_teaches():
    text = " ".join(CliRunner().invoke(app, ["report", "--help"]).stdout.split())
    for word in ("hot-spots", "typology", "--estimate", "no exact figure"):
        assert word in text


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
