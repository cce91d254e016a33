"""Drafts of messy sheets: what is mapped, what is asked, and what must never be mapped."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.recipes.drafting import draft_recipe
from policies.recipes.glossary import load_glossary
from policies.recipes.matching import IDENTIFIERS, concept_of
from tests.drafted import GLOSSARY, columns_of, drafted, sample_of, share_right, template
from tests.spanish_sheets import HEADER, sheet

CASES = template("htcds-cases")
MESSY = {
    "No. Exp.": ("case_id", ("PA-{n:04}",)),
    "CURP": ("prs_IdentityNumber", ("GENE{n:06}XX",)),
    "NOMBRES": ("prs_FirstName", ("Ana", "Rosa")),
    "Ap. paterno": ("prs_SecondName", ("Cruz", "Flores")),
    "Ap. materno": ("prs_SecondName", ("López", "Pérez")),
    "SEXO ": ("prs_Gender", ("H", "M", "N/D")),
    "Fec. Nac.": ("prs_Birthdate", ("14/03/1999", "2/11/2001")),
    "Edo. Civil": ("prs_MaritalStatus", ("Soltera", "unión libre")),
    "Escolaridad": ("prs_HighestLevelOfEducation", ("Primaria", "Prepa")),
    "País de residencia": ("prs_MailingCountry", ("México", "EE.UU.")),
    "nacionalidad": ("prs_Citizenship", ("mexicana", "hondureña")),
    "Núm. de hijos": ("prs_NumberOfChildren", ("0", "3", "-99")),
    "Tel. cel.": ("prs_MobilePhone", ("55 1234 {n:04}",)),
    "Correo": ("prs_Email", ("p{n}@example.org",)),
    "C.P.": ("prs_MailingPostalCode", ("06600", "01000")),
    "Fecha Ingreso": ("cas_IncomingReferralDate", ("03/04/2024", "25/12/2024")),
    "Deudas": ("vic_MethodsOfControl", ("Sí", "No")),
    "Amenazas": ("vic_MethodsOfControl", ("x", "")),
    "Retencion de documentos": ("vic_MethodsOfControl", ("1", "0")),
    "Tipo explotacion": ("vic_TypeOfExploitation", ("Trabajo forzado / Mendicidad", "Sexual")),
    "Rubro": ("vic_ForcedLabourIndustry", ("Campo", "Construcción")),
    "Estatus": ("cas_Status", ("Abierto", "Cerrado")),
    "Canalizada por": ("cas_ReferringOrganisation", ("DIF", "Fiscalía")),
    "Autoriza compartir": ("consent", ("Sí", "No")),
    "Color favorito": (None, ("azul", "rojo")),
}


def messy_sheet(count=200):
    rng = random.Random(7)
    return sample_of(
        list(MESSY),
        [[rng.choice(v).format(n=n) for _, v in MESSY.values()] for n in range(count)],
    )


@pytest.fixture(scope="module")
def messy():
    return drafted(CASES, messy_sheet())


def test_nine_in_ten_columns_of_a_messy_sheet_are_right(messy):
    assert len(MESSY) == 25
    assert share_right(messy, {name: column for name, (column, _) in MESSY.items()}) >= 0.9


def test_codes_dates_and_missing_words_are_read(messy):
    columns = messy.recipe.columns
    assert columns["prs_Gender"].codes == {"H": "Masculine", "M": "Feminine"}
    assert columns["prs_Citizenship"].codes == {"mexicana": "MX", "hondureña": "HN"}
    assert columns["vic_TypeOfExploitation"].separator == "/"
    assert columns["prs_NumberOfChildren"].missing == ("-99",)
    assert columns["prs_SecondName"].join == ("Ap. paterno", "Ap. materno")
    file = messy.recipe.file
    assert (file.language, file.dates, file.missing) == ("es", "day-month-year", ("N/D",))


def test_no_word_becomes_a_consent(messy):
    assert "none" in {*messy.recipe.columns["consent"].codes.values()}
    assert {*messy.recipe.columns["consent"].codes.values()} == {"none"}
    assert [word.word for word in messy.undecided if word.column == "consent"] == ["Sí"]
    assert "draft-decide-consent" in {question.rule for question in messy.questions}


def test_a_shelter_s_sheet_is_mapped_whole():
    draft = drafted(CASES, sample_of(HEADER, sheet(300)[0]))
    assert draft.unused == ()
    assert draft.recipe.columns["vic_MethodsOfControl"].separator == ","
    assert {word.column for word in draft.undecided} == {"consent"}


@pytest.mark.parametrize(
    ("names", "first"), [(("Ana Cruz Ruiz", "Luz Gil"), 1), (("Cruz, Ana", "Gil, Luz"), 2)]
)
def test_whole_names_come_apart(names, first):
    draft = drafted(CASES, columns_of({"Nombre completo": names}))
    assert draft.recipe.columns["prs_FirstName"].part == first
    assert "draft-check-name-parts" in {question.rule for question in draft.questions}


def test_dates_that_tell_no_order_are_asked_about():
    same = drafted(CASES, columns_of({"Fecha de nacimiento": ("01/02/2000", "03/04/1999")}))
    assert same.recipe.file.dates == "day-month-year"
    assert "draft-dates-both-orders" in {question.rule for question in same.questions}
    both = drafted(CASES, columns_of({"F. Nac.": ("13/02/2000", "03/14/1999")}))
    assert "draft-dates-mixed" in {question.rule for question in both.questions}


def test_nothing_recognized_is_no_recipe():
    draft = drafted(CASES, columns_of({"qwerty": ("azul", "rojo")}))
    assert draft.recipe is None
    assert draft.unused == ("qwerty",)


TEXTS = st.text(max_size=12) | st.sampled_from(
    ("Sí", "0", "-99", "13/02/2000", "1,5", "a@b.co", "mexicana", "M", "Deudas; Amenazas", "PA-001")
)
HEADERS = st.text(max_size=12) | st.sampled_from(tuple(MESSY))


def test_any_file_has_one_draft_that_quotes_nothing_and_hides_nobody(effort):
    @settings(max_examples=20 * effort)
    @given(st.dictionaries(HEADERS, st.lists(TEXTS, max_size=12), max_size=6))
    def holds(values):
        sample = columns_of(values)
        draft = drafted(CASES, sample)
        assert draft == draft_recipe(CASES, sample, load_glossary(), "casos")
        check_draft(draft, values)

    holds()


def check_draft(draft, values):
    """Each column is read or unused; nothing is quoted; no identifier goes where it isn't kept."""
    assert {h for c in draft.columns for h in c.reads} | set(draft.unused) == {*values} - {""}
    for column in draft.columns:
        assert 0.5 <= column.confidence <= 1
        assert CASES.columns[column.column].role in ("direct_identifier", "free_text") or not any(
            concept_of(header, GLOSSARY) in IDENTIFIERS for header in column.reads
        )
    for shown in (*draft.columns, *draft.guesses):
        known = {*values, shown.column, str(len(shown.reads))}
        assert {*shown.why.params.values()} <= known
    assert all({*q.params.values()} <= {*values, *CASES.columns} for q in draft.questions)
