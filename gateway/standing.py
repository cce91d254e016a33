"""Whether a release still stands: does everybody in it still permit it, as things are now."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gateway.contributors import contributor_terms, facts_of_terms, given_terms
from gateway.lake.consent import Product
from gateway.lake.standing import count_no_longer_permitted
from gateway.outcomes import CLASSES, folder_of
from gateway.release_ledger import read_classes
from gateway.releases import open_manifest
from gateway.store.engine import writing
from gateway.store.tables import Extract, Release
from policies.consent import Recipient
from policies.versions import canonical_bytes

if TYPE_CHECKING:
    from datetime import date

    from gateway.context import Context


def still_stands(context: Context, extract: Extract, release: Release, today: date) -> bool:
    """Answer whether all released records may still be in this product today.

    What decides it besides the day (the data, the declaration, contributors' terms, the
    partner's class) is compared with what was true at the last look; the records are judged
    again only when it changed.
    """
    if release.first_consent_end is not None and today.isoformat() >= release.first_consent_end:
        return False
    snapshot = context.lake.dataset_snapshot(extract.dataset)
    basis = consent_basis(context, extract.partner, extract.dataset, snapshot)
    if basis == release.checked_basis:
        return True
    if _count_withdrawn(context, extract, release, today):
        return False
    with writing(context.store) as session:
        checked = session.get_one(Release, release.id)
        checked.checked_basis = basis
        session.add(checked)
    return True


def consent_basis(context: Context, partner: str, dataset: str, snapshot: int) -> str:
    """Return a keyed hash of everything that decides consent besides records' ends."""
    declared, recipient = context.registry.dataset(dataset), context.registry.partner(partner)
    terms = {
        giver: facts_of_terms(given)
        for giver, given in contributor_terms(context.registry, dataset).items()
    }
    return context.keys.fingerprint(
        canonical_bytes(
            {
                "snapshot": snapshot,
                "dataset": None if declared is None else declared.sha256,
                "terms": terms,
                "class": None if recipient is None else recipient.document.partner_class,
            },
        ),
    )


def _count_withdrawn(context: Context, extract: Extract, release: Release, today: date) -> int:
    declared = context.registry.dataset(extract.dataset)
    partner = context.registry.partner(extract.partner)
    if declared is None or partner is None or release.sealed_classes_key is None:
        return 1
    key = context.keys.content_key_unwrap(
        release.sealed_classes_key,
        f"release:{release.id}:classes",
    )
    classes = read_classes(folder_of(context, extract.id) / CLASSES, key)
    manifest = json.loads(open_manifest(context, release))
    recipient = Recipient(partner.document.partner_class, manifest["purpose"], today)
    return count_no_longer_permitted(
        context.lake,
        declared.document,
        classes,
        Product(manifest["consent"]["needed"], recipient),
        given_terms(context, declared.document),
        extract.partner,
    )
