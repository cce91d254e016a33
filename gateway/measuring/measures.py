"""One file measured: every figure of `anonymizers.measures` under one roof, as plain JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from anonymizers.measures.closeness import measure_ordered_t, measure_t
from anonymizers.measures.coded import Coded, code
from anonymizers.measures.diversity import measure_confidence, measure_l
from anonymizers.measures.holdings import each_value, everything, on_a_line, whole_sets
from anonymizers.measures.linkage import (
    Links,
    Register,
    link,
    register_of_file,
    register_of_people,
    register_of_population,
)
from anonymizers.measures.orders import ranks
from anonymizers.measures.partitions import (
    Partition,
    partition_people,
    partition_rows,
    persons,
)
from anonymizers.measures.populations import (
    Population,
    counted_population,
    estimated_population,
    measure_presence,
    no_population,
)
from anonymizers.measures.risks import (
    population_unique_share,
    prosecutor_risk,
    risk,
    unique_share,
)
from anonymizers.measures.sizes import (
    average_class_size,
    discernibility,
    distribution,
    normalized_class_size,
)
from anonymizers.measures.wp216 import Answer, Inferred, inference, linkability, singling_out
from gateway.errors import MeasureError
from gateway.measuring.beside import count_population, measure_losses
from gateway.measuring.files import Cells, read_cells
from gateway.measuring.questions import Question, completed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from gateway.measuring.beside import Counted


def measure_file(question: Question) -> dict[str, Any]:
    """Measure a file.

    Args:
        question: which; what isn't said is taken from the manifest beside it.

    Returns:
        The figures, JSON's types alone.

    Raises:
        MeasureError: a file can't be read, has no rows, or the columns don't fit.
    """
    full = completed(question)
    cells = read_cells(full.file, full.columns, full.delimiter)
    if not cells.rows:
        raise MeasureError(f"{full.file.name} has no rows to measure")
    return _Measured(full, cells).figures()


@dataclass(frozen=True)
class _Measured:
    """A file that was read."""

    question: Question
    cells: Cells

    def figures(self) -> dict[str, Any]:
        return {
            **self._about(),
            **self._classes(),
            "sensitive": self.sensitive,
            **self._risks(),
            "register": self._register(),
            "loss": measure_losses(self.question, self.cells),
            "wp216": {
                name: {**vars(answer), "figures": dict(answer.figures)}
                for name, answer in self._answers().items()
            },
        }

    def _about(self) -> dict[str, Any]:
        question = self.question
        return {
            "file": question.file.name,
            "rows": self.cells.rows,
            "unreadable_rows": self.cells.unreadable,
            "people": self.partition.people,
            "unit": question.unit or "row",
            "quasi_identifiers": list(question.quasi_identifiers),
            "asked_k": question.k,
        }

    def _classes(self) -> dict[str, Any]:
        sizes, k = self.partition.sizes, self.question.k
        return {
            "k": self.partition.k,
            "classes": len(sizes),
            "average_class_size": average_class_size(sizes),
            "normalized_class_size": normalized_class_size(sizes, k),
            "discernibility": discernibility(sizes),
            "sizes": [
                dict(zip(("from", "to", "classes", "people"), bucket, strict=True))
                for bucket in distribution(sizes, k)
            ],
        }

    @cached_property
    def quasi_identifiers(self) -> list[Coded]:
        return [code(self.cells.table[name]) for name in self.question.quasi_identifiers]

    @cached_property
    def person(self) -> NDArray[np.int64]:
        """Whose each row is."""
        if not self.question.unit:
            return np.arange(self.cells.rows, dtype=np.int64)
        return persons(code(self.cells.table[self.question.unit]))

    @cached_property
    def partition(self) -> Partition:
        rows = partition_rows(self.quasi_identifiers, self.cells.rows)
        return partition_people(rows, self.person) if self.question.unit else rows

    @cached_property
    def sensitive(self) -> dict[str, dict[str, Any]]:
        return {name: self._sensitive(name) for name in self.question.sensitive}

    def _sensitive(self, name: str) -> dict[str, Any]:
        column = code(self.cells.table[name], self.question.says_nothing.get(name, ()))
        found = measure_l(whole_sets(self.partition, column, self.person), self.partition.sizes)
        single = each_value(self.partition, column, self.person)
        return {
            "distinct_l": found.distinct,
            "entropy_l": found.entropy,
            "recursive_c": found.recursive_c,
            "alike": found.alike,
            "confidence": measure_confidence(single),
            "t": measure_t(everything(self.partition, column, self.person)),
            "ordered_t": self._ordered_t(column),
        }

    def _ordered_t(self, column: Coded) -> float | None:
        """Return t on a line; None where values aren't, or a person may have several."""
        places = None if self.question.unit else ranks(column)
        if places is None:
            return None
        return measure_ordered_t(on_a_line(self.partition, column, places))

    @cached_property
    def counted(self) -> Counted | None:
        """People of the population table, where there is one."""
        return count_population(self.question, self.cells, self.partition)

    @cached_property
    def population(self) -> Population:
        sizes = self.partition.sizes
        if self.counted is not None:
            return counted_population(sizes, self.counted.classes)
        if self.question.sampled_share:
            return estimated_population(sizes, self.question.sampled_share)
        return no_population(sizes)

    @property
    def _worst(self) -> float:
        """The highest chance to be right about somebody."""
        return risk(self.partition.sizes, self.population.chances, self.question.k).highest

    def _risks(self) -> dict[str, Any]:
        sizes, population, k = self.partition.sizes, self.population, self.question.k
        journalist = risk(sizes, population.chances, k)
        return {
            "risk": {
                "above": 1 / k,
                "prosecutor": asdict(prosecutor_risk(sizes, k)),
                "journalist": {**asdict(journalist), "population": population.source},
                "marketer": journalist.average,
                "population_lacks_classes": population.missing,
                "presence": self._presence(),
            },
            "unique": {
                "file": unique_share(sizes),
                "population": population_unique_share(sizes, population.alone),
            },
        }

    def _presence(self) -> dict[str, float] | None:
        """Return how surely somebody is known to be in the file; None without a population."""
        if self.counted is None:
            return None
        counted = self.counted
        return asdict(measure_presence(self.partition.sizes, counted.classes, counted.everybody))

    @cached_property
    def links(self) -> Links:
        rng = np.random.default_rng(self.question.seed)
        return link(self._known(rng), self.partition, rng)

    def _known(self, rng: np.random.Generator) -> Register:
        if self.counted is not None:
            held = np.maximum(self.counted.classes, self.partition.sizes)
            return register_of_population(self.partition, held, rng)
        if self.question.unit:
            return register_of_people(self.partition, rng)
        noise = self.question.noise
        return register_of_file(self.quasi_identifiers, self.partition, noise, rng)

    def _register(self) -> dict[str, Any]:
        return {
            **asdict(self.links),
            "noise": self.question.noise,
            "seed": self.question.seed,
            "promise": 1 / self.question.k,
            "kept": self.links.keeps(self.question.k),
        }

    def _answers(self) -> Mapping[str, Answer]:
        k = self.question.k
        inferred = {
            name: Inferred(column["distinct_l"], column["confidence"], column["alike"])
            for name, column in self.sensitive.items()
        }
        return {
            "singling_out": singling_out(self.partition, k, tokens=self.question.tokens),
            "linkability": linkability(
                self.links, k, tokens=self.question.tokens, worst=self._worst
            ),
            "inference": inference(inferred),
        }
