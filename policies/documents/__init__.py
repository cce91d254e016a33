"""The files people write: home, dataset, policy and partner, parsed and checked for shape."""

from policies.documents.aggregates import (
    AggregateBudget,
    AggregateDocument,
    ColumnAtLevel,
    GroupBy,
    Measure,
)
from policies.documents.base import DocumentError, PartnerClass
from policies.documents.columns import ColumnDocument, ColumnType, Role
from policies.documents.dataset import (
    ROW,
    BudgetDocument,
    DatasetDocument,
    LadderDocument,
    PopulationDocument,
    parse_dataset,
)
from policies.documents.home import HomeDocument, parse_home
from policies.documents.labels import NO_LABELS, SubmissionLabels, parse_labels
from policies.documents.linkage import ComparedColumn, LinkageDocument, ProbabilisticLinkage
from policies.documents.migrations import MigrationDocument
from policies.documents.models import (
    ClosenessDocument,
    DiversityDocument,
    PopulationRule,
    RecursiveDocument,
)
from policies.documents.partner import AgreementDocument, PartnerDocument, parse_partner
from policies.documents.policy import (
    CoarsenRule,
    ColumnRule,
    ExtractDocument,
    MinorsDocument,
    PolicyDocument,
    ProtectDocument,
    PseudonymizeRule,
    ReviewDocument,
    parse_policy,
)
from policies.documents.quality import QualityRule
from policies.documents.recipe import (
    FileLayout,
    RecipeColumn,
    RecipeDocument,
    parse_recipe,
)

__all__ = [
    "NO_LABELS",
    "ROW",
    "AggregateBudget",
    "AggregateDocument",
    "AgreementDocument",
    "BudgetDocument",
    "ClosenessDocument",
    "CoarsenRule",
    "ColumnAtLevel",
    "ColumnDocument",
    "ColumnRule",
    "ColumnType",
    "ComparedColumn",
    "DatasetDocument",
    "DiversityDocument",
    "DocumentError",
    "ExtractDocument",
    "FileLayout",
    "GroupBy",
    "HomeDocument",
    "LadderDocument",
    "LinkageDocument",
    "Measure",
    "MigrationDocument",
    "MinorsDocument",
    "PartnerClass",
    "PartnerDocument",
    "PolicyDocument",
    "PopulationDocument",
    "PopulationRule",
    "ProbabilisticLinkage",
    "ProtectDocument",
    "PseudonymizeRule",
    "QualityRule",
    "RecipeColumn",
    "RecipeDocument",
    "RecursiveDocument",
    "ReviewDocument",
    "Role",
    "SubmissionLabels",
    "parse_dataset",
    "parse_home",
    "parse_labels",
    "parse_partner",
    "parse_policy",
    "parse_recipe",
]
