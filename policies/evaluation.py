"""Evaluation of a request: a permit with its plan, or every reason against it; default deny."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.agreeing import find_ground
from policies.documents.problems import suggested
from policies.lint import lint, lint_dataset
from policies.planning import Matter, PolicyVersion, fillable, make_plan
from policies.plans import Permit, Refuse
from policies.reasons import Reason
from policies.where import filterable_columns, where_reasons

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from policies.documents import DatasetDocument, PartnerDocument
    from policies.requests import ExtractRequest

__all__ = ["FORMATS", "PolicyVersion", "evaluate"]

FORMATS = ("csv", "parquet", "jsonl", "xlsx")


def evaluate(  # noqa: PLR0913 - one keyword for each thing that decides
    request: ExtractRequest,
    *,
    partner: PartnerDocument,
    dataset: DatasetDocument,
    dataset_sha: str,
    policies: Mapping[str, PolicyVersion],
    today: date,
    suspended: bool,
) -> Permit | Refuse:
    """Decide a request from declarations alone, before any data is touched.

    Guarantee: what no agreement in force, no policy and no rule of that policy allows is
    refused, with every reason at once. A partner without any agreement on the dataset gets the
    answer that an unknown dataset gets (rule `unknown-dataset`).

    Args:
        request: as parsed.
        partner: who asks.
        dataset: the active declaration of the dataset.
        dataset_sha: its version.
        policies: the active policies of the dataset by name.
        today: plain date in the home's zone.
        suspended: whether the operator has stopped the partner.
    """
    ground = find_ground(
        *(request.dataset, request.purpose),
        partner=partner,
        dataset=dataset,
        policies=policies,
        today=today,
        suspended=suspended,
    )
    if isinstance(ground, Refuse):
        return ground
    reasons, policy = [*ground.reasons], ground.policy
    if partner.partner_class == "financial":
        reasons.append(Reason("financial-no-extract", {}))
    extract = policy.document.extract
    if extract is None:
        missing = Reason("no-extract-in-policy", {"policy": policy.document.policy})
        return Refuse((*reasons, missing))
    matter = Matter(request, partner, dataset, dataset_sha, ground.agreement, policy, extract)
    reasons.extend(_extract_reasons(matter))
    return Refuse(tuple(reasons)) if reasons else Permit(make_plan(matter))


def _extract_reasons(matter: Matter) -> Iterator[Reason]:
    if matter.request.format not in FORMATS:
        params = {"format": matter.request.format, "known": ", ".join(FORMATS)}
        yield Reason("unknown-format", params)
    findings = lint_dataset(matter.dataset), lint(matter.policy.document, matter.dataset)
    if any(found.errors for found in findings):
        # Applied policies passed the lint; a dataset declared anew may have changed that.
        yield Reason("policy-unsafe", {"policy": matter.policy.document.policy})
        return
    yield from _column_reasons(matter)
    columns = filterable_columns(matter.released, matter.dataset)
    yield from where_reasons(matter.request.where, columns)
    yield from _fill_reasons(matter)


def _fill_reasons(matter: Matter) -> Iterator[Reason]:
    asked = matter.request.columns or tuple(matter.released)
    offered = fillable(matter.extract, asked)
    for name in matter.request.fill or ():
        if name not in offered:
            yield Reason("fill-not-offered", {"column": name, "known": ", ".join(offered)})


def _column_reasons(matter: Matter) -> Iterator[Reason]:
    released = matter.released
    for name in matter.request.columns or ():
        if name in released:
            continue
        if name in matter.extract.columns:
            yield Reason("column-dropped", {"column": name, "known": ", ".join(released)})
        else:
            like = suggested(name, tuple(released))
            yield Reason("column-not-released", {"column": name, **like})
