"""Handing in data: send the files, wait until they are checked, and read what became of them."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.client.errors import StillWaitingError
from gateway.client.extracts import (
    FIRST_POLL_SECONDS,
    LONGEST_POLL_SECONDS,
    POLL_GROWTH,
    OnProgress,
    Progress,
)
from gateway.client.resumed import Memory, Upload, memory_file, upload_file
from gateway.client.session import Session, read_object

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

UPLOADING, DECISION, ACCEPTED = "uploading", "needs_decision", "accepted"
PAGE = 100
ENDINGS = (".yaml", ".yml", ".json")


@dataclass(frozen=True)
class Offered:
    """What is handed in.

    Attributes:
        files: one is uploaded so that it can go on; several are one form.
        recipe: a saved one's name, a file (YAML or JSON), or a document; None where the headers
            are the dataset's own, or a saved one fits.
        labels: who may see it, for what, until when, as the contract names them.
        mode: `append` or `replace`.
        corrections: `accept` or `leave` what is proposed; empty to be asked.
        again: give also people and records that were taken back before.
        relabel: the labels count also for records that had narrower ones before.
    """

    dataset: str
    files: Sequence[Path]
    recipe: str | Mapping[str, Any] | None = None
    labels: Mapping[str, Any] | None = None
    mode: str = "append"
    dry_run: bool = False
    corrections: str = ""
    again: bool = False
    relabel: bool = False


@dataclass(frozen=True)
class Submitted:
    """A submission as its contributor sees it.

    Attributes:
        answer: what the gateway says of it.
        report: the quality report; empty where there is none.
        repeated: whether the very same files had come before, and this is what became of those.
    """

    answer: Mapping[str, Any]
    report: Mapping[str, Any]
    repeated: bool = False

    @property
    def id(self) -> str:
        """Its public id."""
        return str(self.answer["id"])

    @property
    def state(self) -> str:
        """One of accepted, checked, needs_decision, refused, failed, cancelled."""
        return str(self.answer["state"])

    @property
    def counts(self) -> Mapping[str, int]:
        """Rows read, records accepted and updated, rows refused; empty before the check."""
        counts: Mapping[str, int] = self.answer.get("counts", {})
        return counts

    @property
    def problems(self) -> Sequence[Mapping[str, Any]]:
        """What was found, by kind and column: how often, where first, and what to do."""
        problems: Sequence[Mapping[str, Any]] = self.answer.get("problems", ())
        return problems

    @property
    def is_well(self) -> bool:
        """Whether it came in, or would have."""
        return self.state in {ACCEPTED, "checked"}


def submit(
    session: Session,
    key_file: Path,
    offered: Offered,
    on_progress: OnProgress,
    wait_seconds: float | None = None,
) -> Submitted:
    """Send files, wait until they are checked, and return what became of them.

    An upload that was interrupted, in this run or in an earlier one, goes on where it ended; the
    same files sent twice are one submission.

    Raises:
        ClientError: see the tree in `gateway.client.errors`.
    """
    fields = _fields(session, offered)
    if len(offered.files) == 1:
        upload = Upload(offered.files[0], fields)
        memory = Memory(memory_file(key_file))
        link = upload_file(
            session, upload, memory, lambda share: on_progress(Progress(UPLOADING, share))
        )
    else:
        on_progress(Progress(UPLOADING, 0.0))
        link = session.post_files("/v1/submissions", fields, offered.files)
    done = wait_for(session, link, on_progress, wait_seconds)
    return replace(done, repeated=not link.endswith(done.id))


def _fields(session: Session, offered: Offered) -> dict[str, str]:
    recipe = _saved_recipe(session, offered.recipe)
    labels = json.dumps(dict(offered.labels), sort_keys=True) if offered.labels else ""
    told = {
        "dataset": offered.dataset,
        "recipe": recipe,
        "labels": labels,
        "mode": "" if offered.mode == "append" else offered.mode,
        "dry_run": "true" if offered.dry_run else "",
        "corrections": offered.corrections,
        "again": "true" if offered.again else "",
        "relabel": "true" if offered.relabel else "",
    }
    return {name: value for name, value in told.items() if value}


def _saved_recipe(session: Session, recipe: str | Mapping[str, Any] | None) -> str:
    """Return the name of a recipe; one that lies in a file, or is a document, is saved first."""
    if recipe is None:
        return ""
    if isinstance(recipe, str) and not recipe.endswith(ENDINGS):
        return recipe
    from policies.documents.reading import read_mapping

    if isinstance(recipe, str):
        document = read_mapping(Path(recipe).read_text(encoding="utf-8-sig"))
    else:
        document = dict(recipe)
    name = str(document.get("recipe", ""))
    body = json.dumps(document, default=str).encode()
    headers = {"Content-Type": "application/json"}
    session.send("PUT", f"/v1/recipes/{name}", content=body, headers=headers)
    return name


def wait_for(
    session: Session, link: str, on_progress: OnProgress, wait_seconds: float | None = None
) -> Submitted:
    """Wait until a submission is settled, or waits for its contributor.

    Raises:
        StillWaitingError: the time is over; it is checked all the same.
    """
    started, pause = time.monotonic(), FIRST_POLL_SECONDS
    while True:
        seen = read_object(session.get(link))
        on_progress(Progress(str(seen.get("state")), float(seen.get("progress", 0.0))))
        if seen.get("settled_at") or seen.get("state") == DECISION:
            return _with_report(session, seen)
        if wait_seconds is not None and time.monotonic() - started >= wait_seconds:
            raise StillWaitingError(
                f"submission {seen.get('id')} is {seen.get('state')} after {wait_seconds:g} s; "
                "run the same again later to see what became of it"
            )
        time.sleep(pause)
        pause = min(pause * POLL_GROWTH, LONGEST_POLL_SECONDS)


def _with_report(session: Session, seen: Mapping[str, Any]) -> Submitted:
    link = seen.get("links", {}).get("report")
    return Submitted(seen, read_object(session.get(link)) if link else {})


def decide(
    session: Session,
    submission_id: str,
    decision: Mapping[str, Any],
    on_progress: OnProgress,
    wait_seconds: float | None = None,
) -> Submitted:
    """Say what a check asked, wait until the files are checked again, and return the outcome."""
    here = f"/v1/submissions/{submission_id}"
    session.post(f"{here}/decision", decision)
    return wait_for(session, here, on_progress, wait_seconds)


def read_submissions(session: Session) -> Iterator[Mapping[str, Any]]:
    """Yield one's own submissions, newest first, page by page."""
    cursor = ""
    while True:
        page = read_object(session.get(f"/v1/submissions?limit={PAGE}{cursor}"))
        yield from page["submissions"]
        if not page.get("cursor"):
            return
        cursor = f"&cursor={page['cursor']}"


def read_submission(session: Session, submission_id: str) -> Submitted:
    """Return what became of a submission so far."""
    return _with_report(session, read_object(session.get(f"/v1/submissions/{submission_id}")))


def cancel(session: Session, submission_id: str) -> None:
    """Cancel a submission that isn't accepted yet."""
    session.send("DELETE", f"/v1/submissions/{submission_id}")
