from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from policies.documents import parse_dataset, parse_partner, parse_policy
from policies.lint import lint, lint_dataset, lint_partner

EXAMPLES = Path(__file__).parents[2] / "policies" / "examples"
REAL = Path(os.environ.get("WEIR_REAL_DATA", Path(__file__).parents[3] / "shared" / "data"))
ADULT_FILES = "adult_hierarchy_"


def files_of(kind):
    return sorted(p for p in EXAMPLES.rglob("*.yaml") if kind in yaml.safe_load(p.read_text()))


def ladder_file(folder):
    def read(name):
        if name.startswith(ADULT_FILES):
            return "one;*\ntwo;*\n"  # the real ones come with the data
        return (folder / name).read_text(encoding="utf-8")

    return read


def load_dataset(path):
    return parse_dataset(path.read_text(encoding="utf-8"), ladder_file(path.parent))


def is_dataset(path):
    read = yaml.safe_load(path.read_text())
    return "columns" in read and "recipe" not in read


DATASETS = {p.stem: p for p in files_of("dataset") if is_dataset(p)}
POLICIES = files_of("policy")
PARTNERS = files_of("partner")


def test_there_are_examples_of_everything():
    assert len(DATASETS) >= 4
    assert len(POLICIES) >= 7
    assert len(PARTNERS) >= 5


@pytest.mark.parametrize("path", DATASETS.values(), ids=lambda path: path.stem)
def test_every_example_dataset_is_clean(path):
    findings = lint_dataset(load_dataset(path))
    assert (findings.errors, findings.warnings) == ((), ())
    assert path.stem == load_dataset(path).dataset


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_every_example_policy_is_clean(path, say):
    policy = parse_policy(path.read_text(encoding="utf-8"))
    findings = lint(policy, load_dataset(DATASETS[policy.dataset]))
    assert findings.errors == ()
    allowed = {"columns-unnamed", "sensitive-without-l", "sets-without-l"}
    if policy.dataset.startswith("adult"):
        allowed.add("k-below-usual")
    assert set(say(findings.warnings)) <= allowed
    assert path.stem == policy.policy


@pytest.mark.parametrize("path", PARTNERS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_example_partner_fits_the_policies_beside_it(path):
    partner = parse_partner(path.read_text(encoding="utf-8"))
    beside = [parse_policy(p.read_text()) for p in POLICIES if p.parent == path.parent]
    findings = lint_partner(partner, {policy.policy: policy for policy in beside})
    assert findings.errors == ()
    assert path.stem == partner.partner


@pytest.mark.skipif(not (REAL / "adult").is_dir(), reason="the Adult data isn't here")
@pytest.mark.parametrize("name", ["adult", "adult-occupation"])
def test_the_adult_examples_fit_the_real_hierarchies(name):
    text = DATASETS[name].read_text(encoding="utf-8")
    dataset = parse_dataset(text, lambda file: (REAL / "adult" / file).read_text(encoding="utf-8"))
    assert lint_dataset(dataset).errors == ()


@pytest.mark.skipif(not (REAL / "ctdc").is_dir(), reason="the CTDC data isn't here")
def test_the_ctdc_example_names_every_column_of_the_real_file():
    with (REAL / "ctdc" / "CTDC_VPsynthetic_condensed.csv").open(encoding="utf-8-sig") as file:
        header = file.readline().strip().split(",")
    assert set(load_dataset(DATASETS["ctdc-victims"]).columns) == set(header)
