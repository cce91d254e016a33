"""Lint of redacted free text: nobody but an officer lets it leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.plans import OFFICERS
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.documents import ExtractDocument, ReviewDocument
    from policies.documents.policy import RedactRule

INSTALL = "pip install 'weir[text]'"


def redaction_errors(extract: ExtractDocument, review: ReviewDocument) -> Iterator[Reason]:
    """Yield the columns that would leave redacted without an officer's eyes on them."""
    for name, rule in _redacted(extract).items():
        if review.extract < OFFICERS[rule.keep]:
            params = {"path": "review.extract", "column": name}
            yield Reason("redact-without-review", {**params, "least": str(OFFICERS[rule.keep])})


def redaction_warnings(extract: ExtractDocument) -> Iterator[Reason]:
    """Yield that redacted text is personal data, and where recall alone is trusted."""
    for name, rule in _redacted(extract).items():
        path = f"extract.columns.{name}.redact"
        yield Reason("redact-still-personal", {"path": path, "column": name})
        if rule.keep == "unfound":
            params = {"path": f"{path}.keep", "column": name, "install": INSTALL}
            yield Reason("redact-trusts-recall", params)


def _redacted(extract: ExtractDocument) -> dict[str, RedactRule]:
    rules = ((name, rule.redact) for name, rule in extract.columns.items())
    return {name: rule for name, rule in rules if rule is not None}
