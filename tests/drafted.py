"""What tests of drafts share: samples of rows, and shipped datasets."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from policies.documents import parse_dataset
from policies.recipes.drafting import draft_recipe
from policies.recipes.glossary import load_glossary
from policies.recipes.sampling import ColumnSample, FileSample

HTCDS = Path(__file__).parents[1] / "policies/examples/htcds"
GLOSSARY = load_glossary()


def template(name):
    return parse_dataset((HTCDS / f"{name}.yaml").read_text(encoding="utf-8"))


def sample_of(header, rows):
    columns = []
    for index, name in enumerate(header):
        counts = Counter(row[index] for row in rows if row[index].strip())
        blanks = sum(not row[index].strip() for row in rows)
        columns.append(ColumnSample(name, dict(counts.most_common(1000)), blanks))
    return FileSample(tuple(columns), len(rows))


def columns_of(values):
    """Return a sample of columns given as name and values."""
    return FileSample(
        tuple(ColumnSample(name, Counter(texts)) for name, texts in values.items()), 20
    )


def drafted(dataset, sample):
    return draft_recipe(dataset, sample, GLOSSARY, "casos")


def targets(draft):
    """Return, for each header, the declared columns made of it."""
    found = {}
    for column in draft.columns:
        for header in column.reads:
            found.setdefault(header, set()).add(column.column)
    return found


def share_right(draft, truth):
    """Return the share of headers that become what the truth says; None is nothing."""
    made = targets(draft)
    wanted = {header: {column} if column else set() for header, column in truth.items()}
    return sum(made.get(h, set()) == columns for h, columns in wanted.items()) / len(truth)
