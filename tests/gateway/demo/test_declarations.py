from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from anonymizers.ladders.taxonomies import parse_taxonomy
from gateway.demo import proportions as shares
from gateway.demo.cases import COLUMNS, generate_cases
from gateway.demo.declarations import DATASET, PARTNERS, POLICIES, demo_files
from policies.documents import parse_dataset, parse_partner, parse_policy
from policies.lint import lint, lint_dataset

EXAMPLES = Path(__file__).parents[3] / "policies" / "examples" / "hotline"
TODAY = date(2026, 7, 1)


@pytest.fixture(scope="module")
def files():
    return demo_files(TODAY)


@pytest.fixture(scope="module")
def dataset(files):
    return parse_dataset(files[f"{DATASET}.yaml"], files.__getitem__)


def test_the_dataset_declares_the_columns_that_are_generated(dataset):
    assert set(dataset.columns) == set(COLUMNS)
    assert lint_dataset(dataset).errors == ()


@pytest.mark.parametrize(
    ("column", "generated"),
    [
        ("gender", shares.GENDERS),
        ("exploitation", shares.FEMALE_EXPLOITATION),
        ("exploitation", shares.MALE_EXPLOITATION),
        ("industry", shares.INDUSTRIES),
        ("controls", shares.CONTROLS),
    ],
)
def test_every_generated_code_is_declared(dataset, column, generated):
    assert {form for form in generated.forms if form} <= set(dataset.columns[column].codes)


def test_every_generated_language_is_in_the_ladder(dataset):
    ladder = parse_taxonomy(dataset.ladders["language"].text)
    generated = set(generate_cases(500)["language"].to_pylist())
    assert generated <= {line[0] for line in ladder.lines}


def test_the_files_are_the_worked_examples_with_other_terms(files):
    for name, text in files.items():
        example = (EXAMPLES / name).read_text(encoding="utf-8").splitlines()
        changed = [
            line for line, other in zip(text.splitlines(), example, strict=True) if line != other
        ]
        assert all(line.strip().startswith(("starts:", "ends:")) for line in changed)
    assert set(files) < {path.name for path in EXAMPLES.iterdir()}


@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_passes_the_lint(files, dataset, name):
    findings = lint(parse_policy(files[f"{name}.yaml"]), dataset)
    assert findings.errors == ()
    # Columns that a policy doesn't name don't leave, and the lint says which ones.
    assert {warning.rule for warning in findings.warnings} <= {"columns-unnamed"}


@pytest.mark.parametrize(
    "today",
    [date(2026, 1, 1), date(2026, 12, 31), date(2028, 2, 29), date(2031, 6, 15)],
)
@pytest.mark.parametrize("name", PARTNERS)
def test_every_agreement_is_in_force_today_and_half_a_year_on(today, name):
    partner = parse_partner(demo_files(today)[f"{name}.yaml"])
    for agreement in partner.agreements:
        assert agreement.is_in_force(today)
        assert agreement.is_in_force(today + timedelta(days=180))


def test_every_agreement_names_a_policy_for_its_partners_class(files):
    for name in PARTNERS:
        partner = parse_partner(files[f"{name}.yaml"])
        for agreement in (one for one in partner.agreements if not one.submits):
            policy = parse_policy(files[f"{agreement.policy}.yaml"])
            assert partner.partner_class in policy.classes
            assert set(agreement.purposes) <= set(policy.purposes)


def test_the_bank_has_no_way_to_an_extract(files):
    bank = parse_partner(files["meridian-bank.yaml"])
    given = [parse_policy(files[f"{a.policy}.yaml"]) for a in bank.agreements]
    assert all(policy.extract is None for policy in given)
