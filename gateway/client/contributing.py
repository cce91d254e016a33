"""What a contributor asks of a gateway: hand in data, see what became of it, take it back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gateway.client.connected import Connected
from gateway.client.submissions import (
    Offered,
    Submitted,
    cancel,
    read_submission,
    read_submissions,
    submit,
)
from gateway.client.uses import ask_uses
from gateway.client.withdrawals import ask_withdrawal, withdrawal_body

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from gateway.client.extracts import OnProgress


class Contributing(Connected):
    """A gateway, as one that gives data to it sees it."""

    def submit(  # noqa: PLR0913 - a submission is named by all of these
        self,
        dataset: str,
        files: str | Path | Sequence[str | Path],
        *,
        recipe: str | Mapping[str, Any] | None = None,
        labels: Mapping[str, Any] | None = None,
        replace: bool = False,
        dry_run: bool = False,
        again: bool = False,
        relabel: bool = False,
        wait_seconds: float | None = None,
        on_progress: OnProgress | None = None,
    ) -> Submitted:
        """Hand in data, wait until it is checked, and return what became of it.

        Args:
            dataset: as an agreement that lets this partner submit names it.
            files: one, or several that are one submission.
            recipe: a saved one's name, a file of one, or a document; it is saved then.
            labels: who may see the records, for what, until when: `share_with`, `share_for`,
                `share_until`, `consent_max`, `funding`.
            replace: take the place of all that this partner gave before.
            dry_run: only check; nothing is kept.
            again: give also people and records that were taken back before.
            relabel: the labels count also for records that had narrower ones before.
            wait_seconds: how long to wait at most; None for as long as it takes.
            on_progress: told how far it is.

        Raises:
            ClientError: see the tree in `gateway.client.errors`.
        """
        listed = [files] if isinstance(files, str | Path) else list(files)
        mode = "replace" if replace else "append"
        paths = [Path(file) for file in listed]
        offered = Offered(
            *(dataset, paths, recipe, labels, mode, dry_run), again=again, relabel=relabel
        )
        report = on_progress or (lambda _progress: None)
        with self._session() as session:
            return submit(session, Path(self._key), offered, report, wait_seconds)

    def submissions(self) -> list[Mapping[str, Any]]:
        """Return all submissions of this contributor, newest first, as the gateway tells them.

        Raises:
            ClientError: see the tree in `gateway.client.errors`.
        """
        with self._session() as session:
            return list(read_submissions(session))

    def submission(self, submission_id: str) -> Submitted:
        """Return what became of a submission so far; nothing is waited for.

        Raises:
            ClientError: see the tree in `gateway.client.errors`.
        """
        with self._session() as session:
            return read_submission(session, submission_id)

    def cancel_submission(self, submission_id: str) -> None:
        """Cancel a submission that isn't accepted yet; nothing of it is kept.

        Raises:
            ClientError: see the tree in `gateway.client.errors`.
        """
        with self._session() as session:
            cancel(session, submission_id)

    def uses(self, dataset: str) -> list[Mapping[str, Any]]:
        """Return what was made of a dataset, with up to how many records of this contributor's.

        Returns:
            `{month, kind, class, purpose, k, records_up_to, fewer_than}` each, newest first;
            `records_up_to` is None where they are fewer than `fewer_than`.

        Raises:
            ClientError: see the tree in `gateway.client.errors`.
        """
        with self._session() as session:
            return ask_uses(session, dataset)

    def withdraw(
        self,
        dataset: str,
        *,
        person: tuple[str, str] | None = None,
        record: Mapping[str, str] | None = None,
        submission: str | None = None,
        everything: bool = False,
    ) -> Mapping[str, Any]:
        """Take back what this contributor gave; exactly one of the four is named.

        Args:
            dataset: as an agreement names it.
            person: domain and value of one of the person's identifiers.
            record: the value of each column of the dataset's record key.
            submission: its id.
            everything: all that this contributor gave to the dataset.

        Returns:
            `{id, dataset, withdraws, state, records, requested_at, links}`; the same whether or
            not anybody else knows the person.

        Raises:
            ClientError: see the tree in `gateway.client.errors`.
        """
        body = withdrawal_body(
            dataset, person=person, record=record, submission=submission, everything=everything
        )
        return self.withdraw_body(body)

    def withdraw_body(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Take back what a body of `POST /v1/withdrawals` names.

        Raises:
            ClientError: see the tree in `gateway.client.errors`.
        """
        with self._session() as session:
            return ask_withdrawal(session, body)
