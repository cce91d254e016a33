"""Declaring: the files that operators write, parsed, linted against each other, then taken.

Each function takes the file's name for its errors and the file's text; nothing is taken of a
file with errors.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.declarations import add_partner, declare_dataset
from gateway.errors import DeclarationError, NotFoundError
from gateway.messages import worded
from gateway.policy_drafts import propose_policy
from policies.documents import DocumentError, parse_dataset, parse_partner, parse_policy
from policies.documents.reading import read_mapping
from policies.lint import lint, lint_dataset, lint_partner
from policies.reasons import Reason
from policies.versions import document_sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gateway.context import Context
    from policies.documents import DatasetDocument, PolicyDocument
    from policies.findings import Findings

Document = TypeVar("Document")


def add_dataset_file(
    context: Context, *, file: str, text: str, folders: Iterable[str]
) -> dict[str, Any]:
    """Declare the dataset of a file.

    Args:
        context: the open home.
        file: its name.
        text: what it says.
        folders: where the ladders' files are looked for, in this order.

    Raises:
        DeclarationError: the file has errors.
        ConflictError: the dataset holds data that the declaration doesn't fit.
    """
    document = _parsed("dataset", file, text, lambda: parse_dataset(text, _reader(folders)))
    findings = lint_dataset(document, _declared(context).values())
    _refuse_errors(file, findings)
    return {**asdict(declare_dataset(context, document)), "warnings": worded(findings.warnings)}


def check_policy_file(context: Context, *, file: str, text: str) -> dict[str, Any]:
    """Lint the policy of a file against its dataset.

    Raises:
        DeclarationError: the file isn't a policy at all.
        NotFoundError: its dataset isn't declared.
    """
    return _checked(context, read_policy_file(file, text))


def apply_policy_file(context: Context, *, file: str, text: str) -> dict[str, Any]:
    """Apply the policy of a file, unless the lint finds errors.

    Raises:
        DeclarationError: the file isn't a policy at all.
        NotFoundError: its dataset isn't declared.
    """
    document = read_policy_file(file, text)
    checked = _checked(context, document)
    if checked["errors"]:
        return checked
    return {**checked, **propose_policy(context, document)}


def read_policy_file(file: str, text: str) -> PolicyDocument:
    """Parse the policy of a file."""
    return _parsed("policy", file, text, lambda: parse_policy(text))


def _checked(context: Context, document: PolicyDocument) -> dict[str, Any]:
    declared = context.registry.dataset(document.dataset)
    if declared is None:
        raise NotFoundError(
            f"the policy is for dataset {document.dataset}, which isn't declared; "
            "declare it first (weir dataset add FILE)",
        )
    findings = lint(document, declared.document)
    return {
        "name": document.policy,
        "sha256": document_sha256(document),
        "errors": worded(findings.errors),
        "warnings": worded(findings.warnings),
    }


def add_partner_file(context: Context, *, file: str, text: str, folder: str) -> dict[str, Any]:
    """Add the partner of a file.

    Args:
        context: the open home.
        file: its name.
        text: what it says.
        folder: where its key set is looked for.

    Raises:
        DeclarationError: the file has errors.
        NotFoundError: an agreement names a dataset that isn't declared.
    """
    document = _parsed("partner", file, text, lambda: parse_partner(text, _reader([folder])))
    for agreement in document.agreements:
        if context.registry.dataset(agreement.dataset) is None:
            raise NotFoundError(
                f"agreement {agreement.agreement} names dataset {agreement.dataset}, which isn't "
                "declared; declare it first (weir dataset add FILE)",
            )
    findings = lint_partner(document, _active_policies(context), _declared(context))
    _refuse_errors(file, findings)
    return {**asdict(add_partner(context, document)), "warnings": worded(findings.warnings)}


def _declared(context: Context) -> Mapping[str, DatasetDocument]:
    found = {name: context.registry.dataset(name) for name in context.registry.datasets()}
    return {name: one.document for name, one in found.items() if one is not None}


def _active_policies(context: Context) -> Mapping[str, PolicyDocument]:
    return {
        name: version.document
        for dataset in context.registry.datasets()
        for name, version in context.registry.policies_for(dataset).items()
    }


def _parsed(kind: str, file: str, text: str, parse: Callable[[], Document]) -> Document:
    """Parse a file; what is wrong with it is said together with its name."""
    try:
        return parse()
    except DocumentError as error:
        other = _kind_of(text)
        if other in (None, kind):
            raise DeclarationError(file, error.problems) from error
        meant = Reason("file-of-another-kind", {"kind": str(other), "expected": kind})
        raise DeclarationError(file, (meant,)) from error


def _kind_of(text: str) -> str | None:
    """Tell what a file declares; a policy names its dataset too."""
    try:
        keys = read_mapping(text).keys()
    except DocumentError:
        return None
    return next((kind for kind in ("partner", "policy", "dataset") if kind in keys), None)


def _refuse_errors(file: str, findings: Findings) -> None:
    if findings.errors:
        raise DeclarationError(file, findings.errors)


def _reader(folders: Iterable[str]) -> Callable[[str], str]:
    """Return a reader of files that a document names, from the first folder that has it."""
    places = [Path(folder) for folder in folders]

    def read(name: str) -> str:
        for place in places:
            file = place / name
            if file.is_file():
                return file.read_text(encoding="utf-8-sig")
        listed = " or ".join(str(place) for place in places)
        raise NotFoundError(f"the declaration names the file {name}, which isn't in {listed}")

    return read
