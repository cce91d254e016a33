"""Lint of policies, datasets and partners: what must and what should be corrected."""

from policies.findings import Findings
from policies.lint.datasets import lint_dataset
from policies.lint.partners import lint_partner
from policies.lint.policies import lint

__all__ = ["Findings", "lint", "lint_dataset", "lint_partner"]
