"""A contributor of a small home, and what it does with its submissions without HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from gateway.submissions.checking import check_submission, row_of
from gateway.submissions.deciding import decide, parse_decision
from gateway.submissions.receiving import finish_receiving, open_submission
from gateway.submissions.sealing import UploadFile, open_report
from gateway.submissions.terms import parse_terms
from gateway.submissions.uploads import UploadWriter
from gateway.submissions.viewing import SubmissionView, view_submission
from tests.small_homes import as_csv

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.small_homes import World


@dataclass
class Sent:
    """Sends files as one contributor."""

    world: World
    contributor: str

    def begin(self, *contents: bytes, **fields: str) -> str:
        """Upload files, and leave the upload open."""
        files = tuple(
            UploadFile(f"file-{number}.csv", len(content))
            for number, content in enumerate(contents)
        )
        reserved = sum(map(len, contents))
        terms = parse_terms({"dataset": "cases", **fields})
        opened = open_submission(self.world.context, self.contributor, terms, files, reserved)
        for file, content in zip(opened.files, contents, strict=True):
            writer = UploadWriter(file)
            writer.write(content)
            writer.close()
        return opened.id

    def receive(self, *contents: bytes, **fields: str) -> str:
        """Upload files whole; they aren't checked yet."""
        return finish_receiving(self.world.context, self.begin(*contents, **fields))

    def send(self, *contents: bytes, **fields: str) -> SubmissionView:
        """Upload files, and do what a worker does with them."""
        return self.check(self.receive(*contents, **fields))

    def rows(self, rows: Sequence[Mapping[str, str]], **fields: str) -> SubmissionView:
        """Send rows as one CSV file."""
        return self.send(as_csv(rows).encode(), **fields)

    def check(self, submission_id: str) -> SubmissionView:
        """Check a submission, and look at it."""
        check_submission(self.world.context, submission_id)
        return self.view(submission_id)

    def view(self, submission_id: str) -> SubmissionView:
        """Look at a submission."""
        return view_submission(self.world.context, self.contributor, submission_id)

    def decide(self, submission_id: str, **decision: Any) -> SubmissionView:
        """Decide, and let it be checked again."""
        told = parse_decision(decision)
        decide(self.world.context, self.contributor, submission_id, told)
        return self.check(submission_id)

    def report(self, submission_id: str) -> dict[str, Any]:
        """Return the stored report."""
        row = row_of(self.world.context, submission_id)
        assert row is not None
        return open_report(self.world.context.keys, row)

    @property
    def folders(self) -> list[str]:
        """The submissions of which files lie in the home."""
        folder = self.world.context.home.incoming_dir
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@pytest.fixture
def shelter(world):
    """A contributor in good standing."""
    return world.contributor("shelter")


@pytest.fixture
def sent(world, shelter):
    """What the contributor does."""
    return Sent(world, shelter)
