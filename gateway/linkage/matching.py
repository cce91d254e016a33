"""Matching: how probably two people are one, by the model of Fellegi and Sunter.

It runs on a DuckDB of its own that knows no file but its encrypted spill, and ends with it: what
comes out is numbers of people, a probability, and which columns agree.

How often values agree by chance (u) is measured on random pairs of the very people, the same of
the same, and declared where they are too few; how often they agree for one person (m) is declared.
How many of all pairs are one person is estimated from pairs that agree exactly in two ways.

References:
    I. P. Fellegi, A. B. Sunter, "A Theory for Record Linkage", JASA 64 (1969); R. Linacre et al.,
    "Splink: free software for probabilistic record linkage at scale", IJPDS 7 (2022).
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from gateway.errors import LinkageError
from gateway.lake import engine
from gateway.lake.connection import usual_memory
from gateway.lake.engine import explained

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

    from policies.documents import ComparedColumn, ProbabilisticLinkage

SEED = 5
LEAST_FOR_TRAINING = 2_000  # people
MOST_FOR_TRAINING = 200_000
_RANDOM_PAIRS = 2e6
_FOUND_EXACTLY = 0.6  # the share of one person's pairs that agree exactly in two ways
_THREADS = 4
_PEOPLE = "weir_people"
_FULL_NAME = "full_name"

# How often values agree exactly, nearly, ..., not at all: of one person, and by chance, where the
# people are too few to measure that on.
_NAMES = ([0.70, 0.04, 0.12, 0.05, 0.03, 0.03, 0.03], [5e-5, 5e-5, 5e-4, 1e-3, 4e-3, 4e-3, 0.9904])
_NAME = ([0.80, 0.08, 0.04, 0.03, 0.05], [4e-3, 2e-3, 5e-3, 2e-2, 0.969])
_DATE = ([0.80, 0.10, 0.04, 0.06], [5e-5, 1e-3, 1e-2, 0.98895])
_CONTACT = ([0.80, 0.10, 0.04, 0.06], [1e-6, 1e-6, 1e-5, 0.999988])
_EXACT = ([0.90, 0.10], [0.3, 0.7])


@dataclass(frozen=True)
class Matching:
    """What is compared, under names that are safe in every statement.

    Attributes:
        linkage: what the dataset declares.
        people: one row for each person: `number` (int64) and the columns of
            `linkage.columns()`, normalized text, NULL for what isn't known; dates in ISO form.
    """

    linkage: ProbabilisticLinkage
    people: pa.Table


def find_likely(matching: Matching, spill: Path, memory: str | None = None) -> pa.Table:
    """Find pairs of people that are one with the probability `review` at least.

    Args:
        matching: who, and by what.
        spill: a folder for what doesn't fit in memory; encrypted under a key that is nowhere else.
        memory: that may be used, as DuckDB writes it; as much as the lake when not given.

    Returns:
        `one`, `other` (int64 numbers of people), `probability` and `evidence`: lists of the
        columns whose values agree, nearly at least.

    Raises:
        LinkageError: the extra `linkage` isn't installed.
        LakeError, StorageFullError: as DuckDB says.
    """
    if matching.people.num_rows < len(("one", "other")):
        return _nothing()
    with _quiet(), explained(), _engine(spill, memory or usual_memory()) as connection:
        return _found(_Model(matching, connection))


def _nothing() -> pa.Table:
    kinds = {"one": pa.int64(), "other": pa.int64(), "probability": pa.float64()}
    return pa.schema({**kinds, "evidence": pa.list_(pa.string())}).empty_table()


@contextlib.contextmanager
def _engine(spill: Path, memory: str) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = engine.connect(spill, memory_limit=memory, threads=_THREADS)
    try:
        engine.lock_down(connection, spill)
        yield connection
    finally:
        connection.close()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what the model logs about values to itself; it may warn of its own libraries."""
    logger = logging.getLogger("splink")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


class _Model:
    """The model of one matching; columns are called `c0`, `c1`, ... in it."""

    def __init__(self, matching: Matching, connection: duckdb.DuckDBPyConnection) -> None:
        self.linkage = matching.linkage
        self.named = {name: f"c{n}" for n, name in enumerate(self.linkage.columns())}
        columns = {c: matching.people[name] for name, c in self.named.items()}
        people = {"unique_id": matching.people["number"], **columns}
        if len(self._names) == len(("first", "last")):
            first, last = (columns[name] for name in self._names)
            people[_FULL_NAME] = pc.binary_join_element_wise(first, last, " ")
        self.people, self.connection = pa.table(people), connection
        self.compared = self._compared()

    @property
    def _names(self) -> list[str]:
        return [self.named[one.column] for one in self.linkage.compare if one.likeness == "name"]

    def _compared(self) -> list[tuple[tuple[str, ...], Any]]:
        """Return each comparison with the columns that it is of, two names as one."""
        comparisons = _Comparisons(measured=self._measured)
        paired = len(self._names) == len(("first", "last"))
        found: list[tuple[tuple[str, ...], Any]] = []
        if paired:
            found.append((tuple(self._names), comparisons.names(*self._names)))
        for one in self.linkage.compare:
            if not (paired and one.likeness == "name"):
                column = self.named[one.column]
                found.append(((column,), comparisons.of(one, column)))
        return found

    def predicted(self) -> Any:
        from splink import SettingsCreator, block_on

        keys = ([self.named[name] for name in key] for key in self.linkage.block_on)
        rules: list[Any] = [block_on(*key) for key in keys]
        settings = SettingsCreator(
            link_type="dedupe_only",
            comparisons=[comparison for _, comparison in self.compared],
            blocking_rules_to_generate_predictions=rules,
            retain_matching_columns=False,
            retain_intermediate_calculation_columns=True,
            linker_uid="weir",
        )
        linker = self._linker(self.people, self._trained(settings))
        self._estimate_share(linker)
        likely = linker.inference.predict(threshold_match_probability=self.linkage.review)
        return likely.as_duckdbpyrelation()

    def _trained(self, settings: Any) -> Any:
        """Return the settings with what random pairs show; as declared for few people."""
        if not self._measured:
            return settings
        linker = self._linker(self._sample(), settings)
        linker.training.estimate_u_using_random_sampling(max_pairs=_RANDOM_PAIRS, seed=SEED)
        linker.table_management.invalidate_cache()  # its tables are of the sample
        return _filled(linker.misc.save_model_to_json(None))

    def _linker(self, people: pa.Table, settings: Any) -> Any:
        from splink import DuckDBAPI, Linker

        return Linker(people, settings, DuckDBAPI(self.connection), set_up_basic_logging=False)

    @property
    def _measured(self) -> bool:
        """Whether there are enough people to measure agreement by chance on."""
        return int(self.people.num_rows) >= LEAST_FOR_TRAINING

    def _sample(self) -> pa.Table:
        """Return some of the people, the same of the same: every n-th by number."""
        step = -(-self.people.num_rows // MOST_FOR_TRAINING)
        return self.people.take(pa.array(range(0, self.people.num_rows, step), pa.int64()))

    def _estimate_share(self, linker: Any) -> None:
        from splink import block_on

        pairs = itertools.combinations([columns for columns, _ in self.compared], 2)
        linker.training.estimate_probability_two_random_records_match(
            [block_on(*one, *other) for one, other in pairs], recall=_FOUND_EXACTLY
        )


def _filled(model: dict[str, Any]) -> dict[str, Any]:
    """Give what no random pair showed the probability that half a pair would have."""
    for comparison in model["comparisons"]:
        for level in comparison["comparison_levels"]:
            if not level.get("is_null_level"):
                level.setdefault("u_probability", 0.5 / _RANDOM_PAIRS)
    return model


def _found(model: _Model) -> pa.Table:
    pairs = model.predicted()
    names = {column: name for name, column in model.named.items()}
    agreed = ", ".join(
        f"CASE WHEN bf_{'_'.join(columns)} > 1 "
        f"THEN [{', '.join(engine.literal(names[column]) for column in columns)}] ELSE [] END"
        for columns, _ in model.compared
    )
    return pairs.query(
        "pairs",
        "SELECT unique_id_l AS one, unique_id_r AS other, match_probability AS probability, "
        f"flatten([{agreed}])::VARCHAR[] AS evidence FROM pairs",
    ).to_arrow_table()


class _Comparisons:
    """What makes values alike; made when asked for, since the libraries are heavy."""

    def __init__(self, *, measured: bool) -> None:
        self._measured = measured
        try:
            from splink import comparison_library
        except ImportError:
            raise LinkageError(
                "people are compared by Splink, which isn't installed: pip install 'weir[linkage]'",
            ) from None
        self._library = comparison_library

    def names(self, first: str, last: str) -> Any:
        comparison = self._library.ForenameSurnameComparison(
            first, last, forename_surname_concat_col_name=_FULL_NAME
        )
        return self._declared(comparison, _NAMES)

    def of(self, one: ComparedColumn, column: str) -> Any:
        library = self._library
        match one.likeness:
            case "name":
                return self._declared(library.NameComparison(column), _NAME)
            case "exact":
                return self._declared(library.ExactMatch(column), _EXACT)
            case "date":
                return self._declared(library.DamerauLevenshteinAtThresholds(column, [1, 2]), _DATE)
            case _:
                return self._declared(
                    library.DamerauLevenshteinAtThresholds(column, [1, 2]), _CONTACT
                )

    def _declared(self, comparison: Any, shares: tuple[list[float], list[float]]) -> Any:
        """Give a comparison what is declared of its levels, chance only where few people are."""
        same, chance = shares
        measured = {} if self._measured else {"u_probabilities": chance}
        return comparison.configure(m_probabilities=same, **measured)
