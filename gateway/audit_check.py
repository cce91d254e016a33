"""`weir audit check`: derive log, releases and evidence again, and say what is off."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from sqlmodel import select

from gateway.errors import WeirError
from gateway.outcomes import CLASSES, CODEBOOK, CONTENT, folder_of, part_key
from gateway.release_ledger import read_classes
from gateway.releases import open_manifest
from gateway.sealed import SealedReader
from gateway.store.engine import reading
from gateway.store.tables import Extract, Release

if TYPE_CHECKING:
    from gateway.context import Context

_BLOCK = 1 << 20


def check_everything(context: Context) -> dict[str, Any]:
    """Check the whole log and every release against its entry, its manifest and its bytes.

    Returns:
        Counts, the size under the newest checkpoint, and `broken`: what doesn't hold, as
        sentences; empty where all is whole.
    """
    report = context.log.check()
    broken = []
    if report.first_break is not None:
        where = "" if report.first_break.index is None else f"entry {report.first_break.index}: "
        broken.append(f"{where}{report.first_break.message}")
    with reading(context.store) as session:
        releases = session.exec(select(Release)).all()
        extracts = {row.id: row for row in session.exec(select(Extract))}
    if not broken:
        entries = {entry["id"]: entry for entry in context.log.entries("release")}
        known = {release.id for release in releases}
        broken += [f"entry of {name}: its release is gone" for name in entries if name not in known]
        for release in releases:
            broken += _check_release(context, release, extracts[release.extract_id], entries)
    return {
        "entries": report.size,
        "releases": len(releases),
        "checkpoint_size": report.size if report.checkpoints else 0,
        "broken": broken,
    }


def _check_release(
    context: Context,
    release: Release,
    extract: Extract,
    entries: dict[str, dict[str, Any]],
) -> list[str]:
    entry = entries.get(release.id)
    if entry is None or entry["index"] != release.entry_index:
        return [f"{release.id}: the log has no such entry at index {release.entry_index}"]
    try:
        manifest = open_manifest(context, release)
        if hashlib.sha256(manifest).hexdigest() != entry["manifest_sha256"]:
            return [f"{release.id}: the manifest isn't the one its entry names"]
        return _check_files(context, release, extract, json.loads(manifest))
    except (WeirError, OSError) as error:
        return [f"{release.id}: {error}"]


def _check_files(
    context: Context,
    release: Release,
    extract: Extract,
    manifest: dict[str, Any],
) -> list[str]:
    folder, broken = folder_of(context, extract.id), []
    if release.sealed_classes_key is not None:
        key = context.keys.content_key_unwrap(
            release.sealed_classes_key,
            f"release:{release.id}:classes",
        )
        if read_classes(folder / CLASSES, key).num_rows != manifest["rows"]:
            broken.append(f"{release.id}: the release ledger names other people than were released")
    if release.sealed_content_key is not None:
        key = context.keys.content_key_unwrap(
            release.sealed_content_key,
            f"release:{release.id}:content",
        )
        for part in (CONTENT, CODEBOOK):
            with SealedReader(folder / part, part_key(key, part)) as reader:
                if _digest(reader) != manifest[f"{part}_sha256"]:
                    broken.append(f"{release.id}: the {part} isn't the one its manifest names")
    return broken


def _digest(reader: SealedReader) -> str:
    digest = hashlib.sha256()
    while block := reader.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()
