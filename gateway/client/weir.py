"""The client as programs use it: from a gateway into a table."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.client.aggregates import ask_aggregates, ask_budgets, ask_estimate
from gateway.client.contributing import Contributing
from gateway.client.pull import Pulled, pull_to_file
from gateway.client.questions import Question, accuracy, query, read_query

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    import pyarrow as pa

    from gateway.client.answers import Aggregated, AggregatedBatch, Estimate
    from gateway.client.extracts import OnProgress
    from gateway.client.measures import Keys, Measures
    from gateway.client.questions import Query
    from gateway.client.where import Where

MANIFEST_KEY, RECEIPT_KEY = b"weir.manifest", b"weir.receipt"


class Weir(Contributing):
    """A gateway, as one partner sees it."""

    def extract(  # noqa: PLR0913 - a request is named by all of these
        self,
        dataset: str,
        *,
        purpose: str,
        columns: Sequence[str] | None = None,
        where: Where | None = None,
        fill: Sequence[str] | None = None,
        wait_seconds: float | None = None,
        on_progress: OnProgress | None = None,
    ) -> pa.Table:
        """Ask for an extract, wait, download, verify, and return it as a table.

        The manifest and the receipt are attached to the table's schema, as metadata under
        `weir.manifest` and `weir.receipt`. The bytes pass through a temporary folder that only
        this user can read, and are gone from it afterwards.

        Args:
            dataset: as an agreement names it.
            purpose: likewise.
            columns: a choice of columns; None for all that the policy gives.
            where: filters, as `parse_where` reads them or as `{column, in}`, `{column, from, to}`.
            fill: a choice of the columns whose gaps the policy fills from a person's other
                records; None for all of them, () for none.
            wait_seconds: how long to wait at most; None for as long as it takes.
            on_progress: told how far it is.

        Raises:
            ClientError: see the tree in `gateway.client.errors`.
        """
        with tempfile.TemporaryDirectory(prefix="weir-") as folder:
            pulled = pull_to_file(
                self._url,
                client_id=self._client_id,
                key=self._key,
                dataset=dataset,
                purpose=purpose,
                output=Path(folder) / "extract.parquet",
                columns=columns,
                where=where,
                fill=fill,
                language=self._language,
                wait_seconds=wait_seconds,
                on_progress=on_progress,
                transport=self._transport,
            )
            return _read_table(pulled)

    def aggregate(  # noqa: PLR0913 - a request is named by all of these
        self,
        dataset: str,
        *,
        purpose: str,
        measures: Measures,
        group_by: Keys = (),
        where: Where | None = None,
        epsilon: float | None = None,
        rho: float | None = None,
        half_width: float | None = None,
        totals: bool = False,
        non_negative: bool = False,
        clipped_share: bool = False,
    ) -> Aggregated:
        """Ask for noised aggregates, verify what was released, and return it with its intervals.

        Privacy cost: as `estimate` says, from this partner's budget and the dataset's; asked
        again on the same snapshot, the same noise comes back at no price.

        Args:
            dataset: as an agreement names it.
            purpose: likewise.
            measures: such as `count_people`, `sum:wage_debt`, `quantile:age:0.25`, or as the
                contract writes them.
            group_by: keys, such as `exploitation` or `reported_on:year`.
            where: filters, as `parse_where` reads them or as `{column, in}`, `{column, from, to}`.
            epsilon: the price of the whole request; exactly one of this, `rho`, `half_width`.
            rho: the price under zCDP.
            half_width: how wide the intervals of counts and sums may be.
            totals: whether totals over the keys are answered as well.
            non_negative: whether values below 0 are shown as 0.
            clipped_share: whether a little is spent on how much the bounds leave out.

        Raises:
            ClientError: see the tree in `gateway.client.errors`.
        """
        table = query(measures, group_by, where, totals=totals)
        question = Question(
            dataset,
            purpose,
            (table,),
            accuracy(epsilon, rho, half_width),
            non_negative=non_negative,
            clipped_share=clipped_share,
        )
        with self._session() as session:
            return ask_aggregates(session, Path(self._key), question).single()

    def aggregates(  # noqa: PLR0913 - a request is named by all of these
        self,
        dataset: str,
        *,
        purpose: str,
        queries: Sequence[Query | Mapping[str, Any]],
        epsilon: float | None = None,
        rho: float | None = None,
        half_width: float | None = None,
        non_negative: bool = False,
        clipped_share: bool = False,
    ) -> AggregatedBatch:
        """Ask several tables as one batch: one price, one release, one receipt.

        Args:
            dataset: as an agreement names it.
            purpose: likewise.
            queries: of `gateway.client.query`, or `{name?, measures, group_by?, where?, totals?}`.
            epsilon: the price of all of it; exactly one of this, `rho`, `half_width`.
            rho: the price under zCDP.
            half_width: how wide the intervals of counts and sums may be.
            non_negative: whether values below 0 are shown as 0.
            clipped_share: whether a little is spent on how much the bounds leave out.

        Raises:
            ClientError: see the tree in `gateway.client.errors`.
        """
        question = Question(
            dataset,
            purpose,
            tuple(read_query(one) for one in queries),
            accuracy(epsilon, rho, half_width),
            batch=True,
            non_negative=non_negative,
            clipped_share=clipped_share,
        )
        with self._session() as session:
            return ask_aggregates(session, Path(self._key), question).batch()

    def estimate(  # noqa: PLR0913 - a request is named by all of these
        self,
        dataset: str,
        *,
        purpose: str,
        measures: Measures = (),
        group_by: Keys = (),
        where: Where | None = None,
        queries: Sequence[Query | Mapping[str, Any]] = (),
        epsilon: float | None = None,
        rho: float | None = None,
        half_width: float | None = None,
        totals: bool = False,
        clipped_share: bool = False,
    ) -> Estimate:
        """Say what a request would cost and how wide its intervals would be; nothing is spent.

        Args:
            dataset: as an agreement names it.
            purpose: likewise.
            measures: of one table, with its `group_by`, `where` and `totals`.
            group_by: its keys.
            where: its filters.
            queries: of a batch, instead of these.
            epsilon: the price; exactly one of this, `rho`, `half_width`.
            rho: the price under zCDP.
            half_width: how wide the intervals of counts and sums may be.
            totals: whether totals over the keys are answered as well.
            clipped_share: whether a little is spent on how much the bounds leave out.

        Raises:
            ClientError: see the tree in `gateway.client.errors`.
        """
        tables = [read_query(one) for one in queries] or [
            query(measures, group_by, where, totals=totals)
        ]
        question = Question(
            dataset,
            purpose,
            tuple(tables),
            accuracy(epsilon, rho, half_width),
            batch=bool(queries),
            clipped_share=clipped_share,
        )
        with self._session() as session:
            return ask_estimate(session, question)

    def budget(self) -> list[Mapping[str, Any]]:
        """Return this partner's budgets: `{dataset, policy, per, total, spent, remaining}` each.

        Raises:
            ClientError: see the tree in `gateway.client.errors`.
        """
        with self._session() as session:
            return ask_budgets(session)


def _read_table(pulled: Pulled) -> pa.Table:
    import pyarrow.parquet as pq

    table = pq.read_table(pulled.files.file)
    evidence = {
        MANIFEST_KEY: pulled.files.manifest.read_bytes(),
        RECEIPT_KEY: pulled.files.receipt.read_bytes(),
    }
    return table.replace_schema_metadata({**(table.schema.metadata or {}), **evidence})
