"""What commands can ask of an open home, by name: the command line and the socket share it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.audit_check import check_everything
from gateway.backups import back_up
from gateway.budgets import show_budgets
from gateway.contributors import checked_labels
from gateway.declarations import resume_partner, suspend_partner
from gateway.declaring import (
    add_dataset_file,
    add_partner_file,
    apply_policy_file,
    check_policy_file,
    read_policy_file,
)
from gateway.erasing import erase_as_due, erase_now
from gateway.errors import IngestError, NotFoundError
from gateway.lake.readers import stated_layout
from gateway.lake.report import IngestReport
from gateway.lake.sources import SourceError
from gateway.linkage.acts import Act, decide_link
from gateway.loading import Load, count_loads
from gateway.periods import open_period
from gateway.policy_drafts import PREFIX as DRAFT
from gateway.policy_drafts import approve_draft, list_drafts, refuse_draft, show_draft
from gateway.recipe_files import read_recipe_file
from gateway.releases import list_releases, show_release
from gateway.reviews import approve, refuse
from gateway.storage import noticing_a_full_disk
from gateway.token_erasure import erase_tokens
from gateway.waiting import list_waiting, show_waiting
from gateway.withdrawal_decisions import PREFIX as WITHDRAWAL
from gateway.withdrawal_decisions import (
    approve_withdrawal,
    list_withdrawals,
    refuse_withdrawal,
    show_waiting_withdrawal,
    show_withdrawal,
    waiting_items,
)
from gateway.withdrawals import withdraw

if TYPE_CHECKING:
    from gateway.context import Context
    from gateway.control import Progress
    from gateway.lake.records import Mode

Operation = Callable[..., Any]
_OPERATIONS: dict[str, Operation] = {}
_PREFIX = 4  # characters of an id that say what it is of


def perform(
    context: Context,
    operation: str,
    params: Mapping[str, Any],
    progress: Progress,
) -> Any:
    """Run one operation on an open home.

    Raises:
        NotFoundError: there is no operation of this name.
        WeirError: as the operation says.
    """
    known = _OPERATIONS.get(operation)
    if known is None:
        raise NotFoundError(f"no operation {operation!r}; use the same version of weir as serves")
    with noticing_a_full_disk():
        result = known(context, progress, **params)
    context.log.sign()
    return result


def _operation(name: str) -> Callable[[Operation], Operation]:
    def register(function: Operation) -> Operation:
        _OPERATIONS[name] = function
        return function

    return register


@_operation("dataset.add")
def _dataset_add(context: Context, progress: Progress, **declared: Any) -> dict[str, Any]:
    del progress
    return add_dataset_file(context, **declared)


@_operation("dataset.load")
def _dataset_load(  # noqa: PLR0913 - the options of the command
    context: Context,
    progress: Progress,
    *,
    dataset: str,
    files: list[str],
    contributor: str,
    mode: Mode,
    delimiter: str,
    labels: Mapping[str, Any] | None = None,
    recipe: str = "",
    recipe_file: str = "",
    sheet: str = "",
    header_row: int = 0,
    accepted: Sequence[str] = (),
    report: str = "",
    corrections: str = "",
    language: str = "en",
    again: bool = False,
    relabel: bool = False,
) -> dict[str, Any]:
    from gateway.submissions.loaded_reports import Outputs, load_and_report

    try:
        layout = stated_layout(delimiter, sheet, header_row)
    except SourceError as error:
        refused = IngestReport(dataset, "", mode, problems=(error.reason,))
        raise IngestError(refused) from None
    paths, said = tuple(Path(file) for file in files), checked_labels(labels or {})
    mapped_by = read_recipe_file(recipe_file, recipe) if recipe_file else None
    load = Load(
        *(dataset, paths, contributor, mode, layout, said, mapped_by),
        accepted=frozenset(accepted),
        again=again,
        relabel=relabel,
    )
    return load_and_report(context, load, Outputs.at(report, corrections, language), progress)


@_operation("dataset.show")
def _dataset_show(context: Context, progress: Progress, *, dataset: str) -> dict[str, Any]:
    del progress
    declared = context.registry.dataset(dataset)
    if declared is None:
        known = ", ".join(context.registry.datasets()) or "none yet (weir dataset add FILE)"
        raise NotFoundError(f"no dataset {dataset!r}; there is: {known}")
    records, people = context.lake.count(dataset)
    return {
        "dataset": dataset,
        "sha256": declared.sha256,
        "privacy_unit": declared.document.privacy_unit,
        "records": records,
        "people": people,
        "submissions": count_loads(context, dataset),
        "policies": sorted(context.registry.policies_for(dataset)),
        "columns": [
            {"name": name, "type": column.type, "role": column.role, "ladder": column.ladder_name}
            for name, column in declared.document.columns.items()
        ],
    }


@_operation("dataset.document")
def _dataset_document(context: Context, progress: Progress, *, dataset: str) -> str:
    """Return a dataset as it is declared here, or else the shipped template of that name."""
    from gateway.recipe_drafts import shipped_template

    del progress
    declared = context.registry.dataset(dataset)
    document = shipped_template(dataset) if declared is None else declared.document
    if document is None:
        known = ", ".join(context.registry.datasets()) or "none yet (weir dataset add FILE)"
        raise NotFoundError(f"no dataset {dataset!r}; there is: {known}")
    return document.model_dump_json(by_alias=True, exclude_none=True)


@_operation("policy.check")
def _policy_check(context: Context, progress: Progress, **declared: Any) -> dict[str, Any]:
    del progress
    return check_policy_file(context, **declared)


@_operation("policy.apply")
def _policy_apply(context: Context, progress: Progress, **declared: Any) -> dict[str, Any]:
    del progress
    return apply_policy_file(context, **declared)


@_operation("policy.preview")
def _policy_preview(  # noqa: PLR0913 - the options of the command
    context: Context,
    progress: Progress,
    *,
    file: str,
    text: str,
    partner: str,
    purpose: str,
    rows: int,
) -> dict[str, Any]:
    from gateway.previews import Audience, preview_policy  # brings Ibis: 0.3 s

    document = read_policy_file(file, text)
    return preview_policy(context, document, Audience(partner, purpose), rows, progress)


@_operation("policy.advise")
def _policy_advise(
    context: Context, progress: Progress, *, columns: list[str], ks: list[int], **asked: Any
) -> dict[str, Any]:
    from gateway.advising import Asked, advise_policy  # brings Ibis: 0.3 s

    question = Asked(columns=tuple(columns), ks=tuple(ks), **asked)
    return advise_policy(context, question, progress)


@_operation("partner.add")
def _partner_add(context: Context, progress: Progress, **declared: Any) -> dict[str, Any]:
    del progress
    return add_partner_file(context, **declared)


@_operation("partner.list")
def _partner_list(context: Context, progress: Progress) -> list[dict[str, Any]]:
    del progress
    return [
        {
            "partner": partner.document.partner,
            "name": partner.document.name,
            "class": partner.document.partner_class,
            "state": "suspended" if partner.suspended else "active",
            "agreements": [
                agreement.model_dump(mode="json", by_alias=True)
                for agreement in partner.document.agreements
            ],
        }
        for partner in context.registry.partners()
    ]


@_operation("partner.suspend")
def _partner_suspend(context: Context, progress: Progress, *, partner: str) -> dict[str, Any]:
    del progress
    return asdict(suspend_partner(context, partner))


@_operation("partner.resume")
def _partner_resume(context: Context, progress: Progress, *, partner: str) -> dict[str, Any]:
    del progress
    return asdict(resume_partner(context, partner))


@_operation("partner.erase-tokens")
def _partner_erase_tokens(
    context: Context, progress: Progress, *, partner: str, agreement: str
) -> dict[str, Any]:
    del progress
    return erase_tokens(context, partner, agreement)


@_operation("review.list")
def _review_list(context: Context, progress: Progress) -> list[dict[str, Any]]:
    del progress
    extracts = [{**asdict(waiting), "kind": "extract"} for waiting in list_waiting(context)]
    drafts = [{**asdict(draft), "kind": "policy"} for draft in list_drafts(context)]
    return sorted(
        [*extracts, *drafts, *waiting_items(context)], key=lambda item: item["requested_at"]
    )


@_operation("review.show")
def _review_show(
    context: Context, progress: Progress, *, item: str, officer: str, rows: int
) -> dict[str, Any]:
    del progress
    if item.startswith(DRAFT):
        return show_draft(context, item)
    if item.startswith(WITHDRAWAL):
        return show_waiting_withdrawal(context, item)
    return show_waiting(context, item, officer, rows)


@_operation("review.approve")
def _review_approve(
    context: Context, progress: Progress, *, item: str, officer: str, reason: str
) -> dict[str, Any]:
    del progress
    decide = {DRAFT: approve_draft, WITHDRAWAL: approve_withdrawal}.get(item[:_PREFIX], approve)
    return {"id": item, "state": decide(context, item, officer, reason)}


@_operation("review.refuse")
def _review_refuse(
    context: Context, progress: Progress, *, item: str, officer: str, reason: str
) -> dict[str, Any]:
    del progress
    decide = {DRAFT: refuse_draft, WITHDRAWAL: refuse_withdrawal}.get(item[:_PREFIX], refuse)
    return {"id": item, "state": decide(context, item, officer, reason)}


@_operation("withdrawal.withdraw")
def _withdrawal_withdraw(
    context: Context, progress: Progress, *, contributor: str, body: dict[str, Any]
) -> dict[str, Any]:
    del progress
    return asdict(withdraw(context, contributor, body))


@_operation("withdrawal.list")
def _withdrawal_list(context: Context, progress: Progress) -> dict[str, Any]:
    del progress
    return list_withdrawals(context)


@_operation("withdrawal.show")
def _withdrawal_show(context: Context, progress: Progress, *, withdrawal: str) -> dict[str, Any]:
    del progress
    return show_withdrawal(context, withdrawal)


@_operation("withdrawal.erase")
def _withdrawal_erase(context: Context, progress: Progress, *, now: bool) -> dict[str, Any]:
    return (erase_now if now else erase_as_due)(context, progress)


@_operation("release.list")
def _release_list(context: Context, progress: Progress) -> list[dict[str, Any]]:
    del progress
    releases, cursor = [], None
    while True:
        page, cursor = list_releases(context, None, cursor, 100)
        releases += [asdict(view) for view in page]
        if cursor is None:
            return releases


@_operation("release.show")
def _release_show(context: Context, progress: Progress, *, release: str) -> dict[str, Any]:
    del progress
    return show_release(context, release)


@_operation("budget.show")
def _budget_show(
    context: Context, progress: Progress, *, dataset: str | None
) -> list[dict[str, Any]]:
    del progress
    return show_budgets(context, dataset)


@_operation("budget.open-period")
def _budget_open_period(
    context: Context, progress: Progress, *, dataset: str, officers: list[str], reason: str
) -> dict[str, Any]:
    del progress
    return open_period(context, dataset, officers, reason)


@_operation("link.run")
def _link_run(
    context: Context, progress: Progress, *, dataset: str, dry_run: bool
) -> dict[str, Any]:
    from gateway.linkage.running import run_linkage

    return run_linkage(context, dataset, progress, dry_run=dry_run)


@_operation("link.list")
def _link_list(
    context: Context, progress: Progress, *, dataset: str, officer: str, everything: bool
) -> list[dict[str, Any]]:
    from gateway.linkage.showing import list_links

    del progress
    return list_links(context, dataset, officer, everything=everything)


@_operation("link.show")
def _link_show(context: Context, progress: Progress, *, link: str, officer: str) -> dict[str, Any]:
    from gateway.linkage.showing import show_link

    del progress
    return show_link(context, link, officer)


@_operation("link.decide")
def _link_decide(context: Context, progress: Progress, **act: Any) -> dict[str, Any]:
    del progress
    return decide_link(context, Act(**act))


@_operation("audit.check")
def _audit_check(context: Context, progress: Progress) -> dict[str, Any]:
    progress("deriving the log again", 0.1)
    return check_everything(context)


@_operation("backup")
def _backup(context: Context, progress: Progress, *, file: str) -> dict[str, Any]:
    return back_up(context, Path(file), progress)
