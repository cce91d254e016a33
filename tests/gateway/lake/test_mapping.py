"""A file read through a recipe: what comes in, what is refused, what is for deciding."""

import json

import numpy as np
import pyarrow as pa
import pytest

from gateway.errors import IngestError
from gateway.lake.distinct import Distinct, combined, first_rows
from gateway.lake.ingest import DataFiles
from gateway.lake.mapping import Headers, find_columns, open_mapped
from gateway.lake.readers import FOUND, stated_layout
from gateway.lake.report import LONGEST_WORD, MOST_COUNTED, MOST_WORDS, Words
from gateway.lake.sources import SourceError
from policies.documents import parse_recipe
from tests.gateway.lake.conftest import kinds

TABLE = "lake.hotline_cases"
RECIPE = {
    "recipe": "casos",
    "dataset": "hotline-cases",
    "file": {
        "language": "es",
        "dates": "day-month-year",
        "numbers": "comma",
        "missing": ["N/D", "-99"],
    },
    "columns": {
        "case_id": "N.º de caso",
        "person_id": "Persona",
        "reported_on": "Fecha de reporte",
        "age": {"age": {"birth": "Nacimiento", "on": "Fecha de reporte"}},
        "state": {"from": "Estado", "codes": {"Tejas": "TX"}},
        "exploitation": {"from": "Tipo", "codes": {"Trabajo forzado": "ForcedLabour"}},
        "consent": {"from": "Consentimiento", "codes": {"Sí": "anonymized", "Revocado": "none"}},
        "consent_ends": "Hasta",
    },
    "ignore": ["Observaciones"],
}
HEADER = (
    "N.º de caso;Persona;Fecha de reporte;Nacimiento;Estado;Tipo;Consentimiento;Hasta;Observaciones"
)


def line(case, person="p1", **cells):
    values = {
        "case": case,
        "person": person,
        "reported": "25/03/2024",
        "born": "26/03/2000",
        "state": "Tejas",
        "kind": "TRABAJO FORZADO",
        "consent": "sí",
        "until": "",
        "notes": "x",
        **cells,
    }
    return ";".join(values.values())


@pytest.fixture
def mapped(load, cases, tmp_path):
    """Load lines of a Spanish file by a recipe."""

    def run(lines, *, header=HEADER, recipe=RECIPE, **terms):
        file = tmp_path / f"{load.loads}.csv"
        file.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
        return load.files(cases, [file], recipe=parse_recipe(recipe), **terms)

    return run


def test_a_file_of_other_words_comes_in_as_the_dataset_declares(mapped, rows):
    report = mapped([line("c1"), line("c2", "p2", born="N/D", kind="otro", consent="Revocado")])
    assert (report.accepted, report.rows_refused) == (2, 0)
    assert rows(
        f"SELECT reported_on::VARCHAR, age, state, exploitation, consent FROM {TABLE} ORDER BY ALL"
    ) == [
        ("2024-03-25", 23, "TX", "ForcedLabour", "anonymized"),
        ("2024-03-25", None, "TX", "otro", "none"),
    ]
    assert report.files[0].ignored_columns == ()


def test_columns_are_found_in_another_order_and_spelling(mapped):
    header = "NUEVA;tipo;hasta;FECHA DE REPORTE;persona;nº_de_caso;nacimiento;estado;consentimiento"
    report = mapped(["x;Other;;5/3/24;p1;c1;1/1/2000;CA;sí"], header=header)
    assert (report.accepted, report.files[0].ignored_columns) == (1, ("NUEVA",))


def test_a_missing_column_is_refused_by_name_with_the_nearest(mapped):
    with pytest.raises(IngestError) as caught:
        mapped([line("c1")], header=HEADER.replace("Estado", "Estados"))
    (reason,) = caught.value.report.problems
    assert (reason.rule, reason.params["column"], reason.params["nearest"]) == (
        *("missing-column", "Estado"),
        "Estados",
    )


def test_days_that_can_not_be_read_leave_their_rows_out(mapped):
    report = mapped([line(f"c{n}") for n in range(30)] + [line("x", reported="ayer", born="1/1/1")])
    assert kinds(report.refused) == {"not-a-date": [32]}
    assert (report.accepted, report.rows_refused) == (30, 1)
    assert {problem.column for problem in report.refused} == {"reported_on", "age"}


def test_a_single_day_of_another_order_leaves_its_row_out(mapped):
    report = mapped([line(f"c{n}") for n in range(30)] + [line("x", reported="03/25/2024")])
    assert kinds(report.refused) == {"date-order-doubtful": [32]}


def test_a_file_whose_days_contradict_the_order_is_refused_as_a_whole(mapped, rows):
    mixed = [line("c1"), line("c2", reported="03/25/2024"), line("c3", reported="05/03/2024")]
    with pytest.raises(IngestError) as caught:
        mapped(mixed)
    (reason,) = caught.value.report.problems
    assert (reason.rule, reason.params["count"]) == ("date-order-contradicted", "1/2")
    assert reason.params["order"] == "day-month-year"
    assert "03/25" not in json.dumps(caught.value.report.as_dict())


def test_days_that_only_an_age_is_made_of_are_judged_too(mapped):
    lines = [line("c1"), line("c2", born="03/26/2000")]
    with pytest.raises(IngestError) as caught:
        mapped(lines)
    (reason,) = caught.value.report.problems
    assert (reason.rule, reason.params["column"]) == ("date-order-contradicted", "age")


def test_an_age_before_birth_is_counted_and_left_out(mapped, rows):
    report = mapped([line("c1", born="26/03/2025")])
    assert kinds(report.warnings) == {"born-later": [2]}
    assert rows(f"SELECT age FROM {TABLE}") == [(None,)]


def test_unmapped_words_are_for_deciding_and_in_no_stored_report(mapped):
    lines = [line(f"c{n}", kind="Mendicidad") for n in range(3)]
    report = mapped([*lines, line("c8", kind="Otra cosa"), line("c9", state="Tejas o CA")])
    assert [(word.column, word.text, word.count) for word in report.unmapped] == [
        ("exploitation", "Mendicidad", 3),
        ("exploitation", "Otra cosa", 1),
        ("state", "Tejas o CA", 1),
    ]
    assert kinds(report.warnings) == {"unknown-code": [2, 3, 4, 5], "unknown-region": [6]}
    assert "Mendicidad" not in json.dumps(report.as_dict())


def test_words_of_flags_that_are_neither_yes_nor_no_are_for_deciding(mapped):
    flags = {"flags": {"Tipo": "ForcedLabour"}}
    recipe = {**RECIPE, "columns": {**RECIPE["columns"], "exploitation": flags}}
    report = mapped([line("c1", kind="tal vez"), line("c2", kind="x")], recipe=recipe)
    assert kinds(report.warnings) == {"unmapped-code": [2]}
    assert [(word.text, word.count) for word in report.unmapped] == [("tal vez", 1)]


def test_a_consent_whose_end_can_not_be_read_has_ended(mapped, rows):
    report = mapped([line("c1", until="pronto"), line("c2", "p2", until="31/12/2030")])
    assert kinds(report.warnings) == {"consent-end-unreadable": [2]}
    assert rows(f"SELECT consent_ends::VARCHAR FROM {TABLE} ORDER BY 1") == [
        ("0001-01-01",),
        ("2030-12-31",),
    ]


def test_words_are_counted_up_to_a_length_and_a_number():
    words = Words()
    words.add("a", "x" * 200, 2)
    words.add("a", "x" * 201, 1)
    (listed,) = words.listed()
    assert (listed.text, listed.count, words.left_out) == ("x" * LONGEST_WORD, 3, 0)
    for number in range(MOST_COUNTED):
        words.add("a", str(number), 1)
    assert len(words.listed()) == MOST_WORDS
    assert words.listed()[0].count == 3
    assert words.left_out == MOST_COUNTED + 1 - MOST_WORDS


@pytest.mark.parametrize("name", ["casos.jsonl", "casos.parquet"])
def test_every_format_is_read_through_a_recipe(load, cases, tmp_path, name):
    from pyarrow import parquet

    table = pa.table(dict(zip(HEADER.split(";"), zip(line("c1").split(";")), strict=True)))
    file = tmp_path / name
    if name.endswith("jsonl"):
        file.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))
    else:
        parquet.write_table(table, file)
    report = load.files(cases, [file], recipe=parse_recipe(RECIPE))
    assert (report.accepted, report.warnings) == (1, ())


def test_a_recipe_names_the_separator_where_none_is_given(cases, tmp_path):
    file = tmp_path / "odd.csv"
    file.write_text(HEADER.replace(";", "~") + "\n" + line("c1").replace(";", "~") + "\n")
    odd = {**RECIPE, "file": {**RECIPE["file"], "delimiter": "~"}}
    source = open_mapped(file, parse_recipe(odd), cases, FOUND, Words())
    assert sum(len(batch.rows) for batch in source.batches()) == 1
    with pytest.raises(SourceError):
        open_mapped(file, parse_recipe(odd), cases, stated_layout(";"), Words())


def test_only_the_columns_that_a_recipe_needs_are_read(cases, tmp_path):
    file = tmp_path / "c.csv"
    file.write_text(HEADER + "\n" + line("c1") + "\n")
    source = open_mapped(file, parse_recipe(RECIPE), cases, FOUND, Words())
    (batch, *_) = source.source.batches()
    assert "Observaciones" not in batch.cells.schema.names
    assert DataFiles((file,)).recipe is None


def test_rows_are_the_same_where_all_their_columns_are():
    columns = [
        Distinct.of(pa.array(texts)) for texts in (["a", None, "a", "b"], ["x", "x", "x", None])
    ]
    first, where = first_rows(combined(columns))
    assert (sorted(first.tolist()), len(set(where.tolist()))) == ([0, 1, 3], 3)
    assert where[0] == where[2]


def test_so_many_columns_that_their_product_has_no_number_are_told_apart():
    rows = 3_000
    numbers = np.arange(rows)
    many = [
        Distinct.of(pa.array((numbers * step % rows).astype(str)))
        for step in (1, 7, 11, 13, 17, 19)
    ]
    first, where = first_rows(combined(many))
    assert len(first) == rows
    assert sorted(where.tolist()) == [*range(rows)]


@pytest.mark.parametrize("above", ["", "A title\n", "A title\n\nof three\nrows\n"])
@pytest.mark.parametrize("header", ["id,town", "ID,Town"])
def test_a_header_may_have_moved_since_the_recipe_was_made(tmp_path, above, header):
    file = tmp_path / "moved.csv"
    file.write_text(f"{above}{header}\n1,Reno\n")
    recipe = parse_recipe(
        {
            "recipe": "moved",
            "dataset": "d",
            "file": {"header_row": 2},
            "columns": {"a": "id", "b": "town"},
        }
    )
    found, names = find_columns(Headers(file), recipe)
    assert found.names[found.names.index(names["id"])] == header.split(",")[0]
    with pytest.raises(SourceError):
        find_columns(Headers(file), recipe.model_copy(update={"columns": {"a": rule("absent")}}))


def rule(source):
    return parse_recipe({"recipe": "r", "dataset": "d", "columns": {"a": source}}).columns["a"]
