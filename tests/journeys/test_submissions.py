"""A contributor hands in data over real HTTP, with the client and with the command."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.client import Weir
from gateway.client import resumed as resuming
from gateway.client.errors import UnreachableError, WeirRequestError
from gateway.client.resumed import memory_file
from tests.journeys.contributing import add_contributors, written
from tests.journeys.served_homes import load, serve
from tests.small_homes import as_csv, people, person

CONTRIBUTORS = ("haven", "refuge")


@pytest.fixture(scope="module")
def served(home):
    """A gateway with forty people in it, and two contributors."""
    add_contributors(home, *CONTRIBUTORS)
    with serve(home) as served:
        load(served, 1, 40)
        yield served


def submit(served, contributor, text, name="cases.csv", **terms):
    file = written(served.folder, f"{contributor}-{name}", text)
    return served.weir(contributor).submit("cases", file, wait_seconds=60, **terms)


def test_what_is_handed_in_reaches_a_partners_extract(served):
    text = as_csv([*people(101, 140), person(141, person_id="")])
    tried = submit(served, "haven", text, dry_run=True)
    assert (tried.state, tried.is_well, tried.counts["accepted"]) == ("checked", True, 40)
    taken = submit(served, "haven", text)
    assert (taken.state, taken.counts["rows_refused"]) == ("accepted", 1)
    assert taken.problems[0]["kind"] == "null-privacy-unit"
    assert taken.report["files"][0]["name"] == "haven-cases.csv"
    assert served.pull("harbor", "after.csv").manifest["rows"] == 40 + 40
    assert submit(served, "haven", text).id == taken.id
    assert served.command("audit.check")["broken"] == []


def test_several_files_are_one_submission_and_several_contributors_go_at_once(served):
    def send(contributor, first):
        files = [
            written(served.folder, f"{contributor}-{n}.csv", as_csv(people(n, n + 4)))
            for n in (first, first + 5)
        ]
        return served.weir(contributor).submit("cases", files, wait_seconds=60)

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(send, CONTRIBUTORS, (201, 221)))
    assert [one.state for one in done] == ["accepted"] * 2
    assert [one.counts["accepted"] for one in done] == [10, 10]


def test_an_upload_that_breaks_off_goes_on_when_run_again(served, monkeypatch):
    monkeypatch.setattr(resuming, "CHUNK_BYTES", 1000)
    text = as_csv(people(301, 330))
    real, sent = resuming._send_chunk, []

    def breaking(session, address, offset, chunk):
        sent.append(offset)
        if offset == 2000 and len(sent) == 3:
            raise UnreachableError("the line is gone")
        return real(session, address, offset, chunk)

    monkeypatch.setattr(resuming, "_send_chunk", breaking)
    with pytest.raises(UnreachableError):
        submit(served, "haven", text, "broken.csv")
    memory = memory_file(served.key("haven"))
    assert "person" not in memory.read_text()
    assert submit(served, "haven", text, "broken.csv").state == "accepted"
    assert sent[:4] == [0, 1000, 2000, 2000]
    assert not memory.exists()


def test_whoever_may_not_hand_in_is_told_so(served):
    with pytest.raises(WeirRequestError) as caught:
        submit(served, "harbor", as_csv(people(1, 2)))
    assert caught.value.reasons[0].rule == "may-not-submit"


def run(served, *arguments, contributor="haven"):
    named = ["--server", served.url, "--client", contributor]
    key = ["--key", str(served.key(contributor)), "--dataset", "cases"]
    return CliRunner().invoke(app, ["submit", *named, *key, *map(str, arguments)])


def test_the_command_tells_in_words_what_became_of_a_file(served):
    rows = [*people(401, 410), person(411, person_id=""), person(412, harm="Unheard")]
    file = written(served.folder, "words.csv", as_csv(rows))
    report = served.folder / "report.json"
    spanish = run(served, "--language", "es", "--dry-run", file).output
    assert "12 filas leídas: entrarían 11 registros; 1 fila quedaría fuera" in spanish
    tried = run(served, "--dry-run", file)
    assert tried.exit_code == 0
    assert "nothing was kept" in tried.output
    done = run(served, "--label", "share_with=ngo", "--report", report, file)
    assert done.exit_code == 0
    assert "These records are in cases now." in done.output
    assert "12 rows read: 11 records came in; 1 row left out" in done.output
    assert "words.csv, row 12: " in done.output
    assert json.loads(report.read_text())["accepted"] == 11
    page = served.folder / "report.html"
    run(served, "--label", "share_with=ngo", "--report", page, file)
    assert page.read_text().startswith("<!")
    told = json.loads(run(served, "--json", "--label", "share_with=ngo", file).output)
    assert (told["state"], told["counts"]["accepted"]) == ("accepted", 11)


def test_the_command_says_that_labels_would_come_off(served):
    file = written(served.folder, "july.csv", as_csv(people(421, 425)))
    more = written(served.folder, "august.csv", as_csv(people(421, 430)))
    assert run(served, "--label", "share_with=ngo", file).exit_code == 0
    refused = run(served, more)
    assert refused.exit_code == 1
    assert "5 of these records have narrower labels" in refused.output
    assert "(share_with=ngo)" in refused.output
    assert "5 de estos registros tienen" in run(served, "--language", "es", more).output
    assert run(served, "--relabel", more).exit_code == 0


def test_the_command_ends_badly_where_nothing_came_in(served):
    file = written(served.folder, "headers.csv", "a,b\n1,2\n")
    done = run(served, file)
    assert done.exit_code == 1
    assert "Nothing came in" in done.output
    assert run(served, "--label", "nonsense", file).exit_code == 2
    assert run(served).exit_code == 2
    assert run(served, served.folder / "absent.csv").exit_code == 1


def test_a_recipe_in_a_file_is_saved_under_its_name(served):
    columns = "\n".join(f"  {name}: {name}" for name in ("case_id", "person_id", "age"))
    text = f"recipe: short\ndataset: cases\ncolumns:\n{columns}\n"
    recipe = written(served.folder, "short.yaml", text)
    weir = Weir(served.url, "refuge", served.key("refuge"))
    file = written(served.folder, "recipe.csv", as_csv(people(501, 505)))
    done = weir.submit("cases", file, recipe=str(recipe), dry_run=True, wait_seconds=60)
    assert (done.answer["recipe"]["name"], done.answer["recipe"]["version"]) == ("short", 1)
