"""What left must be what was logged: each release with its entry, manifest, bytes and ledger.

Of an aggregate: with its content, and with the charges of everything that it is made of.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc
from sqlmodel import select

from gateway.aggregate_check import check_aggregate
from gateway.errors import WeirError
from gateway.failures import describe_failure
from gateway.outcomes import CLASSES, CODEBOOK, CONTENT, folder_of, part_key
from gateway.release_ledger import read_classes, released_rows
from gateway.release_measures import rounded_up
from gateway.releases import open_manifest
from gateway.sealed import SealedReader
from gateway.store.engine import reading
from gateway.store.tables import Extract, Release

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from gateway.context import Context

_BLOCK = 1 << 20
_ENDED = ("expired", "recalled")  # their content key was destroyed, their evidence stays


def check_releases(context: Context, entries: list[dict[str, Any]], broken: list[str]) -> int:
    """Check every release, and that every entry of a release has one.

    Args:
        context: the open home.
        entries: of the log.
        broken: takes what doesn't hold, as sentences.

    Returns:
        How many releases there are.
    """
    with reading(context.store) as session:
        releases = session.exec(select(Release)).all()
        extracts = {row.id: row for row in session.exec(select(Extract))}
    logged = {entry["id"]: entry for entry in entries if entry["type"] == "release"}
    gone = logged.keys() - {release.id for release in releases}
    broken.extend(f"{name}: its entry is in the log, the release is gone" for name in sorted(gone))
    for release in releases:
        try:
            extract = extracts.get(release.extract_id or "")
            found = [*_check_release(context, release, extract, logged)]
        except (WeirError, OSError) as error:
            found = [str(error)]
        except Exception as error:  # noqa: BLE001 - a damaged row may do anything to its reader
            found = [f"can't be read ({describe_failure(error)})"]
        broken.extend(f"{release.id}: {what}" for what in found)
    return len(releases)


def _check_release(
    context: Context,
    release: Release,
    extract: Extract | None,
    logged: dict[str, dict[str, Any]],
) -> Iterator[str]:
    entry = logged.get(release.id)
    if entry is None or entry["index"] != release.entry_index:
        yield f"the log has no such entry at index {release.entry_index}"
        return
    plain = open_manifest(context, release)
    if hashlib.sha256(plain).hexdigest() != entry["manifest_sha256"]:
        yield "the manifest isn't the one that its entry names"
        return
    manifest = json.loads(plain)
    yield from _check_row(release, manifest)
    if release.aggregate_id is not None:
        yield from check_aggregate(context, release, release.aggregate_id, manifest)
        return
    if extract is None:
        yield "the extract that it was made of is gone"
        return
    yield from _check_ledger(context, release, extract, manifest)
    yield from _check_content(context, release, extract, manifest)


def _check_row(release: Release, manifest: dict[str, Any]) -> Iterator[str]:
    row = {
        "release": release.id,
        "partner": release.partner,
        "dataset": release.dataset,
        "delete_by": release.delete_by,
    }
    for fact, stored in row.items():
        if stored != manifest[fact]:
            yield f"the store says another {fact} than the manifest"


def _check_ledger(
    context: Context, release: Release, extract: Extract, manifest: dict[str, Any]
) -> Iterator[str]:
    """The ledger says who was released in which class; later releases are judged by it."""
    if release.sealed_classes_key is None:
        yield "the key of its ledger is gone"
        return
    file = folder_of(context, extract.id) / CLASSES
    if not file.is_file():
        yield "the file of its ledger is missing"
        return
    context_name = f"release:{release.id}:classes"
    key = context.keys.content_key_unwrap(release.sealed_classes_key, context_name)
    if not _names_the_released(released_rows(read_classes(file, key)), manifest):
        yield "its ledger names other people than were released"


def _names_the_released(ledger: pa.Table, manifest: dict[str, Any]) -> bool:
    """Answer whether a ledger can be that of a release: each row once, and as many people."""
    rows: int = manifest["rows"]
    protection: dict[str, Any] = manifest["protection"]
    if ledger.num_rows != rows or _distinct(ledger["record"]) != rows:
        return False
    if protection.get("max_records_per_person", 1) == 1:
        return _distinct(ledger["person"]) == rows
    return _names_whole_people(ledger, protection)


def _names_whole_people(ledger: pa.Table, protection: dict[str, Any]) -> bool:
    """Answer whether people with several rows can be those of a release.

    How many they are isn't in the manifest. But all people of a class have equal sets of rows, so
    that none of them has more rows than another, and nobody is in two classes; nobody has more
    rows than the policy allowed; and the average risk says how many people share a class.
    """
    people = ledger.group_by(["person", "class"]).aggregate([([], "count_all")])
    classes = people.group_by("class").aggregate([("count_all", "min"), ("count_all", "max")])
    least, most = classes["count_all_min"], classes["count_all_max"]
    if _distinct(people["person"]) != people.num_rows or not least.equals(most):
        return False
    longest: int = pc.max(most).as_py()
    allowed: int = protection["max_records_per_person"]
    average: float = protection["average_risk"]
    return longest <= allowed and rounded_up(classes.num_rows / people.num_rows) == average


def _distinct(roots: pa.ChunkedArray) -> int:
    return len(roots.unique())


def _check_content(
    context: Context, release: Release, extract: Extract, manifest: dict[str, Any]
) -> Iterator[str]:
    if release.sealed_content_key is None:
        if extract.state not in _ENDED:
            yield f"it is {extract.state}, but the key of its bytes is gone"
        return
    context_name = f"release:{release.id}:content"
    key = context.keys.content_key_unwrap(release.sealed_content_key, context_name)
    for part in (CONTENT, CODEBOOK):
        file = folder_of(context, extract.id) / part
        if not file.is_file():
            yield f"the file of its {part} is missing"
            continue
        with SealedReader(file, part_key(key, part)) as reader:
            if _digest(reader) != manifest[f"{part}_sha256"]:
                yield f"the {part} isn't the one that its manifest names"


def _digest(reader: SealedReader) -> str:
    digest = hashlib.sha256()
    while block := reader.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()
