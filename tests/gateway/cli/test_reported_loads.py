"""What `weir dataset load` writes beside what it prints: a report, and what could be corrected."""

from __future__ import annotations

import re

from tests.small_homes import as_csv, people


def test_a_load_is_reported_in_files_and_corrected_where_that_is_accepted(weir, tmp_path):
    rows = people(71, 74)
    rows[1]["reported_on"] = "31/12/2025"
    data, page, diff = weir.file("some.csv", as_csv(rows)), tmp_path / "a.html", tmp_path / "d.csv"
    said = weir("dataset", "load", "cases", data, "--report", page, "--corrections", diff).out
    assert "could be corrected (--corrections)" in said
    assert re.search(r"score: \d+", said)
    assert "How good your file is" in page.read_text()
    assert "31/12/2025,2025-12-31" in diff.read_text()
    again = weir(
        *("dataset", "load", "cases", data, "--accept-corrections"),
        *("--report", tmp_path / "b.html", "--language", "es"),
    ).out
    assert "Loaded 4 of 4 rows" in again
    assert "Corregido" in (tmp_path / "b.html").read_text()


def test_a_report_in_another_form_or_language_is_refused(weir, tmp_path):
    data = weir.file("some.csv", as_csv(people(75, 76)))
    told = weir.run("dataset", "load", "cases", data, "--report", tmp_path / "a.pdf").err
    assert "must end with" in told
    told = weir.run("dataset", "load", "cases", data, "--language", "fr").err
    assert "en, es" in told
