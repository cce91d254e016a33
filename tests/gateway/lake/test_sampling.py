"""Samples of files: what stands there how often, as text, and no more of it than is needed."""

from __future__ import annotations

import pytest

from gateway.lake import sampling
from gateway.lake.sampling import sample_file
from gateway.lake.sources import SourceError
from policies.documents.recipe import FileLayout
from policies.recipes.sampling import MOST_VALUES


@pytest.fixture
def file(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "casos.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_values_are_counted_and_blanks_apart(file):
    sample, layout = sample_file(file("sexo;año\nMujer;2020\nmujer; \nMujer;\n", "latin-1"))
    first, second = sample.columns
    assert (first.name, first.counts, first.blanks) == ("sexo", {"Mujer": 2, "mujer": 1}, 0)
    assert (second.name, second.counts, second.blanks) == ("año", {"2020": 1}, 2)
    assert (sample.rows, layout.delimiter, layout.header_row) == (3, ";", 1)


def test_a_header_further_down_is_read_where_the_layout_says(file):
    path = file("Refugio,\n,\nsexo,edad\nMujer,20\n")
    sample, layout = sample_file(path, FileLayout(header_row=3))
    assert [column.name for column in sample.columns] == ["sexo", "edad"]
    assert (sample.rows, layout.header_row) == (1, 3)


def test_columns_that_no_recipe_could_name_are_left_out(file):
    sample, _ = sample_file(file("a,,b,a\n1,2,3,4\n"))
    assert [column.name for column in sample.columns] == ["b"]


def test_only_the_first_rows_are_read(file, monkeypatch):
    monkeypatch.setattr(sampling, "MOST_ROWS", 7)
    sample, _ = sample_file(file("a\n" + "".join(f"{n}\n" for n in range(20))))
    assert sample.rows == 7
    assert {*sample.columns[0].counts} == {str(n) for n in range(7)}


def test_the_most_frequent_values_are_kept_and_of_equal_ones_the_first(file):
    texts = [f"w{n:05}" for n in range(MOST_VALUES + 50)]
    rows = [*reversed(texts), texts[-1]]
    sample, _ = sample_file(file("a\n" + "".join(f"{text}\n" for text in rows)))
    counts = sample.columns[0].counts
    assert len(counts) == MOST_VALUES
    assert counts[texts[-1]] == 2
    assert texts[MOST_VALUES - 2] in counts
    assert texts[MOST_VALUES - 1] not in counts


def test_a_file_that_can_t_be_read_says_so(file):
    with pytest.raises(SourceError):
        sample_file(file(""))
