"""Domains: whose people a dataset's are, and where else they are named alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.errors import LinkageError, NotFoundError
from gateway.lake.relinking import Relinking

if TYPE_CHECKING:
    from gateway.context import Context
    from policies.documents import DatasetDocument


@dataclass(frozen=True)
class People:
    """The people of a dataset, under identifiers of one domain."""

    document: DatasetDocument
    domain: str
    relinking: Relinking


def people_of(context: Context, dataset: str) -> People:
    """Find whose people a dataset's are.

    Raises:
        NotFoundError: no such dataset.
        LinkageError: each of its rows is a person of its own.
    """
    declared = context.registry.dataset(dataset)
    if declared is None:
        known = ", ".join(context.registry.datasets()) or "none yet (weir dataset add FILE)"
        raise NotFoundError(f"no dataset {dataset!r}; there is: {known}")
    domain = declared.document.person_domain
    if domain is None:
        raise LinkageError(f"{dataset} names nobody (privacy_unit): there is nothing to link")
    datasets = context.registry.naming_people_alike(declared.document)
    relinking = Relinking(context.lake, context.keys, domain, datasets)
    return People(declared.document, domain, relinking)
