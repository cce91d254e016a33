"""A dataset file: what the data is, and whose presence is protected."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from policies.documents.base import (
    Count,
    Delta,
    Document,
    DocumentError,
    Kebab,
    Positive,
    ProblemsError,
    Text,
    Texts,
    Translated,
    raise_any,
)
from policies.documents.column_checks import (
    OWN_LADDER_TYPES,
    column_name_problems,
    ladder_type_problems,
)
from policies.documents.columns import ColumnDocument
from policies.documents.linkage import LinkageDocument, linkage_problems
from policies.documents.migrations import MigrationDocument
from policies.documents.problems import suggested
from policies.documents.quality import QualityRule
from policies.documents.quality_checks import quality_problems
from policies.documents.reading import Source, read_document, read_mapping
from policies.reasons import Reason

ROW = "row"
SINGLE_ROLES = ("consent", "consent_end", "funding", "share_with", "share_for")
PLACE_LADDERS = ("us-state", "country", "us-postcode", "us-county", "city", "point")
BUILT_IN_LADDERS = ("date", "date-week", "age", "number", "codes", *PLACE_LADDERS)


class LadderDocument(Document):
    """An own taxonomy: the name of its file, or its text once the file is read."""

    file: Text | None = None
    text: Annotated[str, Field(strict=True, min_length=1)] | None = None

    @model_validator(mode="after")
    def _check(self) -> LadderDocument:
        if (self.file is None) == (self.text is None):
            raise ProblemsError(Reason("exactly-one-of", {"path": "", "allowed": "file, text"}))
        return self


class PopulationDocument(LadderDocument):
    """A table of a population for k-map: the name of its file, or its text once it is read."""


class BudgetDocument(Document):
    """All that aggregates may ever spend on people: of a dataset, or a contributor's."""

    epsilon: Positive
    delta: Delta


class DatasetDocument(Document):
    """A dataset and its columns.

    Attributes:
        privacy_unit: column that names the person whose presence is protected; `row` where
            each row is one person; None can't release records.
        record_key: columns that name a record; a known key updates it.
        consent: `assumed` where no column says what people allowed.
        consent_basis: why it may be assumed; every manifest repeats it.
        consent_default: for an empty consent value.
        consent_after_end: what a record counts as from its consent end on.
        ladders: own taxonomies by name.
        populations: how many people there are, by name, for k-map.
        linkage: how people are recognized under several identifiers; None: by one alone.
        version: of the schema, as recipes name it; it grows when columns or codes change.
        migrations: what changed from each version to the next, so that recipes can follow.
        quality: what must hold in a submission's records, beyond each cell by itself.
    """

    dataset: Kebab
    title: Translated = Field(default_factory=dict)
    privacy_unit: Text | None = None
    record_key: Texts = ()
    consent: Literal["assumed"] | None = None
    consent_basis: Text | None = None
    consent_default: Literal["none", "aggregate"] = "none"
    consent_after_end: Literal["none", "aggregate"] = "none"
    budget: BudgetDocument | None = None
    budget_group: Kebab | None = None
    columns: Annotated[Mapping[Text, ColumnDocument], Field(min_length=1)]
    ladders: Mapping[Kebab, LadderDocument] = Field(default_factory=dict)
    populations: Mapping[Kebab, PopulationDocument] = Field(default_factory=dict)
    linkage: LinkageDocument | None = None
    version: Count = 1
    migrations: tuple[MigrationDocument, ...] = ()
    quality: tuple[QualityRule, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> DatasetDocument:
        raise_any(self._problems())
        return self

    def _problems(self) -> Iterator[Reason]:
        yield from column_name_problems(tuple(self.columns))
        yield from self._key_problems()
        yield from self._role_problems()
        yield from self._consent_problems()
        yield from self._ladder_problems()
        if self.linkage is not None:
            unit = None if self.privacy_unit == ROW else self.privacy_unit
            yield from linkage_problems(self.linkage, self.columns, unit)
        yield from quality_problems(self)

    def _key_problems(self) -> Iterator[Reason]:
        unit = self.privacy_unit
        if unit not in (None, ROW):
            yield from self._unknown_column("privacy_unit", str(unit))
            column = self.columns.get(str(unit))
            if column is not None and column.role != "direct_identifier":
                yield Reason("unit-not-identifier", {"path": "privacy_unit", "column": str(unit)})
        for number, name in enumerate(self.record_key):
            yield from self._unknown_column(f"record_key[{number}]", name)

    def _unknown_column(self, path: str, name: str) -> Iterator[Reason]:
        if name not in self.columns:
            like = suggested(name, tuple(self.columns))
            yield Reason("unknown-column", {"path": path, "column": name, **like})

    def _role_problems(self) -> Iterator[Reason]:
        for role in SINGLE_ROLES:
            names = [name for name, column in self.columns.items() if column.role == role]
            if len(names) > 1:
                params = {"path": "columns", "role": role, "columns": ", ".join(names)}
                yield Reason("role-twice", params)

    def _consent_problems(self) -> Iterator[Reason]:
        declared = self.column_of("consent") is not None
        ends = self.column_of("consent_end") is not None
        if self.consent and (declared or ends):
            yield Reason("consent-both", {"path": "consent"})
        if not declared and not self.consent:
            yield Reason("consent-missing", {"path": "consent"})
        if self.consent and not self.consent_basis:
            yield Reason("missing-key", {"path": "consent_basis", "key": "consent_basis"})
        if self.consent_basis and not self.consent:
            yield Reason("basis-without-assumed", {"path": "consent_basis"})

    def _ladder_problems(self) -> Iterator[Reason]:
        for name in self.ladders:
            if name in BUILT_IN_LADDERS:
                yield Reason("ladder-name-taken", {"path": f"ladders.{name}", "ladder": name})
        known = (*BUILT_IN_LADDERS, *self.ladders)
        for name, column in self.columns.items():
            path, ladder = f"columns.{name}.ladder", column.ladder
            if ladder is not None and ladder not in known:
                like = suggested(ladder, known)
                yield Reason("unknown-ladder", {"path": path, "ladder": ladder, **like})
            if ladder in self.ladders:
                yield from ladder_type_problems(path, column, OWN_LADDER_TYPES)

    @property
    def record_column(self) -> str | None:
        """The one column that names a record; None where several do together, or none."""
        return self.record_key[0] if len(self.record_key) == 1 else None

    @property
    def person_domain(self) -> str | None:
        """The domain whose roots name its people; None where each row is a person of its own."""
        column = self.columns.get(self.privacy_unit or "")
        return None if column is None else column.domain

    def column_of(self, role: str) -> str | None:
        """Return the name of the first column of that role, None where there is none."""
        return next((name for name, column in self.columns.items() if column.role == role), None)


def parse_dataset(
    source: Source, ladder_files: Callable[[str], str] | None = None
) -> DatasetDocument:
    """Return the dataset, its further files read into `text` so that its hash covers them.

    Args:
        source: YAML text or a mapping.
        ladder_files: reads the text of a ladder's or population's `file`; without it the names
            stay.

    Raises:
        DocumentError: all problems of the file at once.
    """
    data = read_mapping(source)
    for kind in ("ladders", "populations"):
        named = data.get(kind)
        if ladder_files and isinstance(named, dict):
            data[kind] = {
                name: _read_file(ladder_files, f"{kind}.{name}", entry)
                for name, entry in named.items()
            }
    return read_document(DatasetDocument, data)


def _read_file(files: Callable[[str], str], path: str, entry: Any) -> Any:
    if not isinstance(entry, dict) or not isinstance(entry.get("file"), str) or "text" in entry:
        return entry
    try:
        text = files(entry["file"])
    except (OSError, UnicodeDecodeError):
        params = {"path": f"{path}.file", "file": entry["file"]}
        raise DocumentError((Reason("file-not-readable", params),)) from None
    rest = {key: value for key, value in entry.items() if key != "file"}
    return {**rest, "text": text}
