"""A pull from beginning to end: ask, wait, download, verify, publish."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.audit.verifier import Verdict, verify_release
from gateway.client.downloads import download
from gateway.client.errors import OutputFileError, UnreachableError, VerificationFailedError
from gateway.client.extracts import CONNECTING, OnProgress, Progress, Request, ask, wait
from gateway.client.outputs import OutputFiles, check_free, publish, staging
from gateway.client.pins import Pin, compare_pin, keep_pin
from gateway.client.private_keys import load_partner_key
from gateway.client.session import Session
from gateway.client.where import Where, read_conditions
from gateway.files import create_exclusively

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import httpx

FORMATS = ("csv", "parquet", "jsonl", "xlsx")


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


def pull_to_file(  # noqa: PLR0913 - a pull is named by all of these
    url: str,
    *,
    client_id: str,
    key: str | Path,
    dataset: str,
    purpose: str,
    output: Path,
    file_format: str | None = None,
    columns: Sequence[str] | None = None,
    where: Where | None = None,
    fill: Sequence[str] | None = None,
    replace: bool = False,
    language: str = "en",
    wait_seconds: float | None = None,
    on_progress: OnProgress | None = None,
    transport: httpx.BaseTransport | None = None,
) -> Pulled:
    """Ask for an extract, wait, download, verify, and keep it as four files.

    Guarantee: no file gets its name before the whole chain verifies under the gateway's pinned
    key, and the manifest answers this partner's request.

    Args:
        url: of the gateway, as its operator gave it.
        client_id: the partner's name at the gateway.
        key: file with the partner's private key (PEM); the gateway's log key is pinned beside it.
        dataset: as an agreement names it.
        purpose: likewise.
        output: name of the released file; `.codebook.csv`, `.manifest.json` and `.tlog-proof`
            append to it.
        file_format: csv, parquet, jsonl or xlsx; None for what the output's ending says.
        columns: a choice of columns; None for all that the policy gives.
        where: filters, as `parse_where` reads them or as `{column, in}`, `{column, from, to}`.
        fill: a choice of the columns whose gaps the policy fills from a person's other records;
            None for all of them, () for none.
        replace: whether files of these names may be replaced, once the new ones are verified.
        language: of reasons: `en` or `es`.
        wait_seconds: how long to wait at most; None for as long as it takes, a review included.
        on_progress: told how far it is.
        transport: another way to send; for tests.

    Raises:
        ClientError: see the tree in `gateway.client.errors`.
    """
    chosen = file_format or format_of(output)
    request = Request(dataset, purpose, chosen, columns, read_conditions(where), fill)
    files = OutputFiles(output.absolute())
    check_free(files, replace=replace)
    partner_key = load_partner_key(Path(key))
    report = on_progress or (lambda _progress: None)
    with Session(
        url,
        client_id,
        partner_key,
        language=language,
        transport=transport,
        on_unreachable=lambda: report(Progress(CONNECTING, 0.0)),
    ) as session:
        return _Pull(session, request, partner_key.file, files, report).run(wait_seconds)


def format_of(output: Path) -> str:
    """Tell the format from a file's ending.

    Raises:
        OutputFileError: the ending names none.
    """
    ending = output.suffix.removeprefix(".").lower()
    if ending not in FORMATS:
        raise OutputFileError(
            f"{output.name} doesn't end in {', '.join(FORMATS)}; name the format as well"
        )
    return ending


@dataclass(frozen=True)
class _Pull:
    """One pull on its way."""

    session: Session
    request: Request
    key_file: Path
    files: OutputFiles
    report: OnProgress

    def run(self, wait_seconds: float | None) -> Pulled:
        pin = compare_pin(self.key_file, self.session.get("/vkey").text)
        links = wait(self.session, ask(self.session, self.request), self.report, wait_seconds)
        with staging(self.files) as staged:
            self._fetch(links, staged)
            verdict, manifest = _verify(staged, pin)
            asked = self.request
            check_answers(
                self.session.client_id, asked.dataset, asked.purpose, staged.manifest.read_bytes()
            )
            keep_pin(pin)
            publish(staged, self.files)
        named = dataclasses.replace(verdict, file=str(self.files.file))
        return Pulled(self.files, manifest, named, pin)

    def _fetch(self, links: Mapping[str, str], staged: OutputFiles) -> None:
        """Download all four; the small ones first, so that the large one isn't got in vain."""
        for name, file in (("manifest", staged.manifest), ("receipt", staged.receipt)):
            create_exclusively(file, self.session.get(links[name]).content)
        download(self.session, links["codebook"], staged.codebook, lambda _share: None)
        download(self.session, links["content"], staged.file, self._report_share)

    def _report_share(self, share: float) -> None:
        self.report(Progress("downloading", share))


def check_answers(client_id: str, dataset: str, purpose: str, manifest: bytes) -> None:
    """Refuse a release that is genuine but was made for another request or partner.

    Raises:
        UnreachableError: it was.
    """
    said = json.loads(manifest)
    asked = {"dataset": dataset, "purpose": purpose, "partner": client_id}
    other = [name for name, value in asked.items() if said.get(name) != value]
    if other:
        raise UnreachableError(
            f"the gateway sent a release for another {' and '.join(other)}; it was thrown "
            "away. Tell its operator"
        )


def _verify(staged: OutputFiles, pin: Pin) -> tuple[Verdict, Mapping[str, Any]]:
    verdict = verify_release(staged.file, str(pin.vkey))
    if verdict.outcome != "verified":
        raise VerificationFailedError(verdict)
    return verdict, json.loads(staged.manifest.read_bytes())
