"""Drafts of recipes for files: the header is found, and what is written reads back as it was."""

from __future__ import annotations

import io
from dataclasses import replace

import openpyxl
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import recipe_drafts
from gateway.errors import DeclarationError
from gateway.lake.sources import SourceError
from gateway.recipe_drafts import (
    described,
    draft_for_file,
    read_dataset_text,
    read_glossary,
    recipe_name,
    shipped_template,
    template_files,
    templates,
    written_draft,
)
from policies.documents import parse_recipe
from policies.documents.recipe import FileLayout
from tests.drafted import GLOSSARY, columns_of, drafted, share_right, template
from tests.spanish_sheets import HEADER, TITLE, as_text, sheet

CASES = template("htcds-cases")
TRUTH = dict(
    zip(
        HEADER,
        (
            *("case_id", "prs_IdentityNumber", "prs_FirstName", "prs_SecondName", "prs_Gender"),
            *("prs_Birthdate", "prs_Citizenship", "prs_MaritalStatus"),
            *("prs_HighestLevelOfEducation", "cas_IncomingReferralDate", "prs_MobilePhone"),
            *("vic_TypeOfExploitation", "vic_MethodsOfControl", "vic_ForcedLabourIndustry"),
            *("consent", "consent_ends", "cco_CaseComment"),
        ),
        strict=True,
    )
)


def as_latin(rows):
    return as_text(rows).encode("latin-1")


def as_workbook(rows):
    """Write the sheet as people keep it: a title, a blank row, the header, a sum."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in ((TITLE,), (), HEADER, *rows, ("Total", len(rows))):
        book.active.append(row)
    book.save(out)
    return out.getvalue()


@pytest.fixture(scope="module", params=["casos 2024.csv", "casos 2024.xlsx"])
def made(request, tmp_path_factory):
    """A draft of the shelter's sheet, as text of another age and as a workbook."""
    file = tmp_path_factory.mktemp("sheet") / request.param
    write = as_workbook if file.suffix == ".xlsx" else as_latin
    file.write_bytes(write(sheet(120)[0]))
    return draft_for_file(file, CASES, GLOSSARY)


def test_nearly_all_columns_of_a_shelter_s_sheet_are_right(made):
    assert share_right(made.draft, TRUTH) >= 16 / 17
    assert (made.layout.header_row, made.language) == (3, "es")
    assert made.draft.recipe.file.header_row == 3


def test_what_is_written_reads_back_as_the_draft(made):
    assert parse_recipe(made.text) == made.draft.recipe
    assert made.draft.recipe.recipe == "casos-2024"
    assert "# ? consent: escriba" in made.text
    assert "# 0.97 Apellidos es la etiqueta" in made.text


def test_a_word_to_decide_is_written_once_with_its_rows_below_its_column(made):
    (word,) = (word for word in made.draft.undecided if word.column == "consent")
    assert f'    # ? "{word.word}": ({word.count})' in made.text.splitlines()
    assert word.count == sum(row[14].casefold() in ("sí", "si") for row in sheet(120)[0])


def test_a_draft_is_described_as_plain_data(made):
    shown = described(made)
    assert (shown["recipe"], shown["language"]) == (made.text, "es")
    assert [column["column"] for column in shown["columns"]] == [*made.draft.recipe.columns]
    assert {word["column"] for word in shown["undecided"]} == {"consent"}
    assert (shown["guesses"], shown["unused"]) == ([], [])
    assert "Weir nunca adivina" in shown["questions"][0]


def test_a_guess_and_a_near_word_are_comments_alone():
    draft = drafted(
        CASES, columns_of({"Sexo": ("Mujer", "Mujeer"), "Estado del proceso": ("x", "y")})
    )
    text = written_draft(draft, "en")
    assert '    # ? "Mujeer": (1) Feminine? 0.91' in text
    assert [line for line in text.splitlines() if line.startswith("# 0.") and "→ hte_State" in line]
    unused = ("Estado del proceso",)
    assert parse_recipe(text) == draft.recipe.model_copy(update={"ignore": unused})
    assert text.splitlines()[-2:] == ["ignore:", "- Estado del proceso"]


def test_a_layout_that_says_nothing_is_left_out():
    draft = drafted(CASES, columns_of({"Sexo": ("Mujer",)}))
    bare = draft.recipe.model_copy(update={"file": FileLayout()})
    assert "file:" in written_draft(draft, "en")
    assert "file:" not in written_draft(replace(draft, recipe=bare), "en")


def test_a_header_below_a_title_that_looks_like_one_is_found(tmp_path):
    file = tmp_path / "casos.csv"
    head = "Refugio,Casos,2024\nTipo,Datos,Datos\n" + "Sexo,Nacionalidad,F. Nac.\n"
    file.write_text(head + "Mujer,mexicana,25/03/1990\n" * 5)
    made = draft_for_file(file, CASES, GLOSSARY)
    assert (made.layout.header_row, made.draft.unused) == (3, ())


def test_nothing_recognized_is_said_in_a_comment(tmp_path):
    file = tmp_path / "odd.csv"
    file.write_text("qwerty,asdf\nazul,rojo\n")
    made = draft_for_file(file, CASES, GLOSSARY)
    assert yaml.safe_load(made.text) is None
    assert "Check its header row" in made.text
    assert described(made)["unused"] == ["qwerty", "asdf"]


def test_a_file_that_can_t_be_read_gets_no_draft(tmp_path):
    file = tmp_path / "empty.csv"
    file.write_text("")
    with pytest.raises(SourceError):
        draft_for_file(file, CASES, GLOSSARY)


ODD = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12) | st.sampled_from(
    ("a\nb: c", "# x", "no", "1", "- y", "'", '"', "\x85z", "\u2028z", "Mujer\n", "*", "&a", "~")
)


def test_no_text_of_a_file_ends_a_comment_or_breaks_the_recipe(effort):
    @settings(max_examples=20 * effort)
    @given(st.lists(ODD, min_size=1, max_size=4), ODD)
    def holds(words, header):
        sample = columns_of({"Sexo": [*["Mujer"] * 10, *words], header: ("x", "y")})
        draft = drafted(CASES, sample)
        text = written_draft(draft, "es")
        if draft.recipe is None:
            assert yaml.safe_load(text) is None
        else:
            recipe = draft.recipe.model_copy(update={"ignore": draft.unused})
            assert parse_recipe(text) == recipe
        comments = [line for line in text.split("\n") if line.lstrip().startswith("#")]
        assert all(line.isprintable() for line in comments)

    holds()


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("Casos 2024.csv", "casos-2024"),
        ("Víctimas (año 1).xlsx", "victimas-ano-1"),
        ("表.csv", "recipe"),
        (f"{'a' * 62}-b.csv", "a" * 62),
    ],
)
def test_a_recipe_is_named_after_its_file(file, name):
    assert recipe_name(file) == name


def test_own_terms_are_read_and_a_line_that_is_none_is_named():
    glossary = read_glossary([("mine.csv", "birth-date;cumple\n")])
    assert glossary.meaning("cumple") == "birth-date"
    with pytest.raises(DeclarationError) as caught:
        read_glossary([("mine.csv", "birth-date;cumple\n"), ("yours.csv", "\nbirth-date\n")])
    assert "yours.csv" in caught.value.headline()
    assert "2" in "".join(caught.value.lines())


def test_shipped_templates_are_datasets_with_their_ladders():
    assert {*templates()} >= {"htcds-cases", "htcds-ctdc"}
    for name, path in templates().items():
        assert shipped_template(name).dataset == name
        files = template_files(name)
        assert files[0] == path
        assert all(file.is_file() for file in files)
    assert shipped_template("htcds") is None


def test_a_dataset_s_ladders_are_read_from_beside_it(tmp_path):
    text = (
        "dataset: d\nprivacy_unit: row\nconsent: assumed\nconsent_basis: made up\n"
        "ladders: {own: {file: own.csv}}\n"
        "columns: {town: {type: string, role: quasi_identifier, ladder: own}}\n"
    )
    with pytest.raises(DeclarationError):
        read_dataset_text("d.yaml", text, tmp_path)
    (tmp_path / "own.csv").write_text("Reno;Nevada;*\nEly;Nevada;*\n")
    assert read_dataset_text("d.yaml", text, tmp_path).columns["town"].ladder == "own"
    with pytest.raises(DeclarationError):
        read_dataset_text("d.yaml", "dataset: d\n", None)


def test_only_examples_with_columns_are_templates():
    names = {path.stem for path in recipe_drafts.templates()["htcds-ctdc"].parent.glob("*.yaml")}
    assert "htcds-statistics" in names - templates().keys()


GROUPS = {  # a group that says nothing, and one that says of whom it is
    "Datos": ("Sexo", "Nacionalidad", "F. Nac."),
    "Agresor": ("Agresor Sexo", "Agresor Nacionalidad", "Agresor F. Nac."),
}


@pytest.mark.parametrize("group", GROUPS)
def test_a_header_under_groups_is_found_and_says_whose_it_is(tmp_path, group):
    book = openpyxl.Workbook()
    book.active.append(["REGISTRO"])
    book.active.append([])
    book.active.append([group, None, None, "Caso"])
    book.active.merge_cells("A3:C3")
    book.active.append(["Sexo", "Nacionalidad", "F. Nac.", "No. Expediente"])
    for number in range(8):
        book.active.append(["Masculino", "Guatemala", "1998-02-04", f"GEN-{number}"])
    book.save(tmp_path / "grupos.xlsx")
    made = draft_for_file(tmp_path / "grupos.xlsx", CASES, GLOSSARY)
    assert made.layout.header_row == 4
    read = {name for rule in made.draft.recipe.columns.values() for name in rule.reads}
    assert {*read, *made.draft.unused} == {*GROUPS[group], "No. Expediente"}
    assert ("Sexo" in read) == (group == "Datos")


def test_a_name_over_two_columns_is_asked_about(tmp_path):
    file = tmp_path / "dos.csv"
    file.write_text("Sexo,Nacionalidad,Observaciones,Observaciones\n" + "Mujer,mexicana,a,b\n" * 5)
    made = draft_for_file(file, CASES, GLOSSARY)
    rules = {question.rule: question.params for question in made.draft.questions}
    assert rules["draft-named-twice"] == {"header": "Observaciones"}


def test_a_stated_header_row_is_taken(tmp_path):
    file = tmp_path / "dos.csv"
    file.write_text("Sexo,Nacionalidad\na,b\nSexo,Pais\nMujer,mexicana\n")
    made = draft_for_file(file, CASES, GLOSSARY, stated=FileLayout(header_row=3))
    assert made.layout.header_row == 3
