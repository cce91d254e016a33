"""A pull from beginning to end: ask, wait, download, verify, publish."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from gateway.audit.verifier import Verdict, verify_release
from gateway.client.downloads import download
from gateway.client.errors import UnreachableError, VerificationFailedError
from gateway.client.extracts import OnProgress, Progress, Request, ask, wait
from gateway.client.outputs import OutputFiles, check_free, publish, staging
from gateway.client.pins import Pin, compare_pin, keep_pin
from gateway.files import create_exclusively

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gateway.client.session import Session


@dataclass(frozen=True)
class Pulled:
    """A verified release on this machine.

    Attributes:
        files: the released file, its codebook, manifest and receipt.
        manifest: parsed.
        verdict: `verified`, with its evidence.
        pin: the gateway's key; `is_new` if this pull pinned it.
    """

    files: OutputFiles
    manifest: Mapping[str, Any]
    verdict: Verdict
    pin: Pin


def run_pull(  # noqa: PLR0913 - a pull is named by all of these
    session: Session,
    request: Request,
    *,
    key_file: Path,
    output: Path,
    replace: bool = False,
    wait_seconds: float | None = None,
    on_progress: OnProgress | None = None,
) -> Pulled:
    """Pull one extract into four files.

    Guarantee: no file gets its name before the whole chain verifies under the gateway's pinned
    key, and the manifest answers this partner's request.

    Args:
        session: as whom, from which gateway.
        request: what is asked for.
        key_file: the partner's key; the gateway's is pinned beside it.
        output: name of the released file; the other three append to it.
        replace: whether files of these names may be replaced, once the new ones are verified.
        wait_seconds: how long to wait at most; None for as long as it takes.
        on_progress: told how far it is.

    Raises:
        ClientError: see the tree in `gateway.client.errors`.
    """
    report = on_progress or (lambda _progress: None)
    files = OutputFiles(output.absolute())
    check_free(files, replace=replace)
    pin = compare_pin(key_file, session.get("/vkey").text)
    links = wait(session, ask(session, request), report, wait_seconds)
    with staging(files) as staged:
        _fetch(session, links, staged, report)
        verdict, manifest = _verify(staged, pin)
        _check_answers(manifest, request, session.client_id)
        keep_pin(pin)
        publish(staged, files)
    named = dataclasses.replace(verdict, file=str(files.file))
    return Pulled(files, manifest, named, pin)


def _fetch(
    session: Session, links: Mapping[str, str], staged: OutputFiles, report: OnProgress
) -> None:
    """Download all four; the small ones first, so that the large one isn't fetched in vain."""
    for name, file in (("manifest", staged.manifest), ("receipt", staged.receipt)):
        create_exclusively(file, session.get(links[name]).content)
    download(session, links["codebook"], staged.codebook, lambda _share: None)
    on_share = partial(_report_share, report)
    download(session, links["content"], staged.file, on_share)


def _report_share(report: OnProgress, share: float) -> None:
    report(Progress("downloading", share))


def _verify(staged: OutputFiles, pin: Pin) -> tuple[Verdict, Mapping[str, Any]]:
    verdict = verify_release(staged.file, str(pin.vkey))
    if verdict.outcome != "verified":
        raise VerificationFailedError(verdict)
    return verdict, json.loads(staged.manifest.read_bytes())


def _check_answers(manifest: Mapping[str, Any], request: Request, client_id: str) -> None:
    """Refuse a release that is genuine but was made for another request or partner."""
    asked = {"dataset": request.dataset, "purpose": request.purpose, "partner": client_id}
    other = [name for name, value in asked.items() if manifest.get(name) != value]
    if other:
        raise UnreachableError(
            f"the gateway sent a release for another {' and '.join(other)}; it was thrown away. "
            "Tell its operator"
        )
