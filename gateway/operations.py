"""What commands can ask of an open home, by name: the command line and the socket share it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.audit_check import check_everything
from gateway.backups import back_up
from gateway.errors import InvalidRequestError, NotFoundError
from gateway.loading import Load, count_loads, load_dataset
from gateway.messages import render
from gateway.registry import (
    add_partner,
    apply_policy,
    declare_dataset,
    resume_partner,
    suspend_partner,
)
from gateway.releases import list_releases, show_release
from gateway.reviews import approve, list_waiting, refuse
from policies.documents import DocumentError, parse_dataset, parse_partner, parse_policy
from policies.lint import lint, lint_dataset
from policies.versions import document_sha256

if TYPE_CHECKING:
    from gateway.context import Context
    from gateway.control import Progress
    from gateway.lake.records import Mode
    from policies.documents import PolicyDocument
    from policies.reasons import Reason

Operation = Callable[..., Any]
Document = TypeVar("Document")
_OPERATIONS: dict[str, Operation] = {}


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
    result = known(context, progress, **params)
    context.log.sign()
    return result


def _operation(name: str) -> Callable[[Operation], Operation]:
    def register(function: Operation) -> Operation:
        _OPERATIONS[name] = function
        return function

    return register


@_operation("dataset.add")
def _dataset_add(
    context: Context,
    progress: Progress,
    *,
    text: str,
    folders: list[str],
) -> dict[str, Any]:
    del progress
    document = _parsed(lambda: parse_dataset(text, _reader([Path(folder) for folder in folders])))
    findings = lint_dataset(document)
    if findings.errors:
        raise InvalidRequestError(findings.errors)
    change = declare_dataset(context, document)
    return {**asdict(change), "warnings": _worded(findings.warnings)}


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
) -> dict[str, Any]:
    load = Load(dataset, tuple(Path(file) for file in files), contributor, mode, delimiter)
    return load_dataset(context, load, progress)


@_operation("dataset.show")
def _dataset_show(context: Context, progress: Progress, *, dataset: str) -> dict[str, Any]:
    del progress
    declared = context.registry.dataset(dataset)
    if declared is None:
        raise NotFoundError(f"no dataset {dataset!r}; declare it with `weir dataset add FILE`")
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
            {"name": name, "type": column.type, "role": column.role, "ladder": column.ladder}
            for name, column in declared.document.columns.items()
        ],
    }


@_operation("policy.check")
def _policy_check(context: Context, progress: Progress, *, text: str) -> dict[str, Any]:
    del progress
    return _checked(context, _parsed(lambda: parse_policy(text)))


def _checked(context: Context, document: PolicyDocument) -> dict[str, Any]:
    declared = context.registry.dataset(document.dataset)
    if declared is None:
        raise NotFoundError(
            f"the policy is for dataset {document.dataset!r}, which isn't declared; "
            "see `weir dataset add --help`",
        )
    findings = lint(document, declared.document)
    return {
        "name": document.policy,
        "sha256": document_sha256(document),
        "errors": _worded(findings.errors),
        "warnings": _worded(findings.warnings),
    }


@_operation("policy.apply")
def _policy_apply(context: Context, progress: Progress, *, text: str) -> dict[str, Any]:
    del progress
    document = _parsed(lambda: parse_policy(text))
    checked = _checked(context, document)
    if checked["errors"]:
        return checked
    return {**checked, **asdict(apply_policy(context, document))}


@_operation("partner.add")
def _partner_add(
    context: Context,
    progress: Progress,
    *,
    text: str,
    folder: str,
) -> dict[str, Any]:
    del progress
    document = _parsed(lambda: parse_partner(text, _reader([Path(folder)])))
    for agreement in document.agreements:
        if context.registry.dataset(agreement.dataset) is None:
            raise NotFoundError(
                f"agreement {agreement.agreement} names dataset {agreement.dataset!r}, which "
                "isn't declared; declare it first (weir dataset add FILE)",
            )
    return asdict(add_partner(context, document))


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


@_operation("review.list")
def _review_list(context: Context, progress: Progress) -> list[dict[str, Any]]:
    del progress
    return [asdict(waiting) for waiting in list_waiting(context)]


@_operation("review.approve")
def _review_approve(
    context: Context,
    progress: Progress,
    *,
    extract: str,
    officer: str,
    reason: str,
) -> dict[str, Any]:
    del progress
    return {"id": extract, "state": approve(context, extract, officer, reason)}


@_operation("review.refuse")
def _review_refuse(
    context: Context,
    progress: Progress,
    *,
    extract: str,
    officer: str,
    reason: str,
) -> dict[str, Any]:
    del progress
    return {"id": extract, "state": refuse(context, extract, officer, reason)}


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


@_operation("audit.check")
def _audit_check(context: Context, progress: Progress) -> dict[str, Any]:
    progress("deriving the log again", 0.1)
    return check_everything(context)


@_operation("backup")
def _backup(context: Context, progress: Progress, *, file: str) -> dict[str, Any]:
    return back_up(context, Path(file), progress)


def _parsed(parse: Callable[[], Document]) -> Document:
    try:
        return parse()
    except DocumentError as error:
        raise InvalidRequestError(error.problems) from error


def _reader(folders: list[Path]) -> Callable[[str], str]:
    """Return a reader of files that a document names: beside it first, then in other folders."""

    def read(name: str) -> str:
        for folder in folders:
            file = folder / name
            if file.is_file():
                return file.read_text(encoding="utf-8")
        places = " or ".join(str(folder) for folder in folders)
        raise NotFoundError(f"the declaration names the file {name!r}, which isn't in {places}")

    return read


def _worded(reasons: tuple[Reason, ...]) -> list[str]:
    return [render(reason, "en") for reason in reasons]
