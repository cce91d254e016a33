"""What proves an answer, in words: its release, its entry, the key, by when it must be deleted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer

from gateway.cli.tables import harmless

if TYPE_CHECKING:
    from gateway.client import Evidence


def describe_evidence(evidence: Evidence) -> dict[str, Any]:
    """Return what proves a verified answer."""
    manifest, found = json.loads(evidence.manifest), evidence.verdict.evidence
    return {
        "release": manifest.get("release"),
        "delete_by": manifest.get("delete_by"),
        "verified": evidence.verdict.outcome == "verified",
        "log": found.log if found else None,
        "entry": found.index if found else None,
        "vkey": str(evidence.pin.file),
        "fingerprint": evidence.pin.vkey.fingerprint,
        "first_contact": evidence.pin.is_new,
    }


def print_evidence(said: Mapping[str, Any]) -> None:
    """Print the same for people."""
    typer.echo(harmless(f"verified: release {said['release']} is entry {said['entry']} of the log"))
    typer.echo(harmless(f"          {said['log']}, signed by {said['fingerprint']}"))
    if said["first_contact"]:
        typer.echo(f"pinned that key in {said['vkey']}: compare its fingerprint with the")
        typer.echo("          gateway's operator, by another way than this connection")
    if said["delete_by"]:
        typer.echo(harmless(f"delete it by {said['delete_by']}"))
