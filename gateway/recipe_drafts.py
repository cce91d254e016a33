"""Recipe drafts: a contributor's file in, a commented recipe out, for whoever knows the file.

A draft shows words of the file (in its table of codes, and those to decide about): it is for the
contributor that sent the file, and nobody else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from gateway.errors import DeclarationError
from gateway.lake.readers import FOUND, LAST_HEADER_ROW, read_header
from gateway.lake.sampling import sample_file
from gateway.lake.sources import SourceError
from gateway.languages import DEFAULT, LANGUAGES
from gateway.messages import render
from policies.documents import DocumentError, parse_dataset
from policies.reasons import Reason
from policies.recipes.drafting import draft_recipe
from policies.recipes.folding import fold_word
from policies.recipes.glossary import GlossaryError, load_glossary
from policies.recipes.matching import concept_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.lake.data_files import DataFile
    from policies.documents import DatasetDocument
    from policies.documents.recipe import FileLayout, RecipeColumn
    from policies.recipes.drafting import ColumnDraft, Draft
    from policies.recipes.glossary import Glossary

TEMPLATES = "htcds"  # the folder of dataset templates among the examples
_LONGEST_NAME = 63
_ENOUGH_NAMES = 3


@dataclass(frozen=True)
class FileDraft:
    """A draft for one file.

    Attributes:
        layout: sheet, separator and header row, as they were found.
        text: the recipe as YAML, with what is to be asked and why above each part.
        language: of the comments: the file's, where Weir speaks it.
    """

    draft: Draft
    layout: FileLayout
    text: str
    language: str


def draft_for_file(
    file: DataFile,
    dataset: DatasetDocument,
    glossary: Glossary,
    name: str = "",
    stated: FileLayout = FOUND,
) -> FileDraft:
    """Propose a recipe for a file; what isn't stated of its layout is found.

    Raises:
        SourceError: the file can't be read.
    """
    if stated.header_row is None:
        stated = _found_layout(file, dataset, glossary, stated)
    sample, layout = sample_file(file, stated)
    draft = draft_recipe(dataset, sample, glossary, name or recipe_name(file.name))
    twice = tuple(Reason("draft-named-twice", {"header": one}) for one in sample.twice)
    draft = replace(draft, questions=(*draft.questions, *twice))
    spoken = draft.recipe.file.language if draft.recipe is not None else None
    language = spoken if spoken in LANGUAGES else DEFAULT
    if draft.recipe is not None:
        found = {"sheet": layout.sheet, "header_row": layout.header_row}
        written = draft.recipe.file.model_copy(update=found)
        draft = replace(draft, recipe=draft.recipe.model_copy(update={"file": written}))
    return FileDraft(draft, layout, written_draft(draft, language), language)


def _found_layout(
    file: DataFile, dataset: DatasetDocument, glossary: Glossary, stated: FileLayout
) -> FileLayout:
    """Return the layout with the header row that has most names that mean something.

    Titles and blank lines stand above the header of many sheets. A row of which most names mean
    something is one: nothing further down is looked at.
    """
    best = read_header(file, stated)
    most = _known_names(best.names, dataset, glossary)
    for row in range(1, LAST_HEADER_ROW + 1):
        if most >= _ENOUGH_NAMES and 2 * most > sum(map(bool, best.names)):
            break
        try:
            header = read_header(file, stated.model_copy(update={"header_row": row}))
        except SourceError:
            continue
        known = _known_names(header.names, dataset, glossary)
        if known > most:
            best, most = header, known
    return best.layout


def _known_names(names: Sequence[str], dataset: DatasetDocument, glossary: Glossary) -> int:
    """Count names that mean something, whatever group of columns is named before them."""
    return sum(
        name in dataset.columns or any(concept_of(tail, glossary) for tail in _tails(name))
        for name in names
    )


def _tails(name: str) -> Iterator[str]:
    words = name.split()
    return (" ".join(words[first:]) for first in range(len(words)))


def read_glossary(files: Sequence[tuple[str, str]]) -> Glossary:
    """Return the shipped glossary and own files, given as name and text.

    Raises:
        DeclarationError: a line isn't `concept;term`.
    """
    for name, text in files:
        try:
            load_glossary((), [text])
        except GlossaryError as error:
            reason = Reason("glossary-line", {"line": str(error.line)})
            raise DeclarationError(name, (reason,)) from None
    return load_glossary(further=[text for _, text in files])


def recipe_name(file: str) -> str:
    """Return a recipe's name made of a file's: `Casos 2024.csv` becomes casos-2024."""
    stem = re.sub(r"[^a-z0-9]+", "-", fold_word(Path(file).stem)).strip("-")
    return stem[:_LONGEST_NAME].strip("-") or "recipe"


def templates() -> dict[str, Path]:
    """Return the shipped dataset templates by name."""
    folder = Path(str(resources.files("policies"))) / "examples" / TEMPLATES
    return {path.stem: path for path in sorted(folder.glob("*.yaml")) if _is_dataset(path)}


def _is_dataset(path: Path) -> bool:
    lines = path.read_text(encoding="utf-8").splitlines()
    return "columns:" in lines and any(line.startswith("dataset:") for line in lines)


def template_files(name: str) -> list[Path]:
    """Return a template and the files that its ladders name, all in one folder."""
    path = templates()[name]
    ladders = _read_template(path).ladders
    return [path, *(path.parent / ladder.file for ladder in ladders.values() if ladder.file)]


def shipped_template(name: str) -> DatasetDocument | None:
    """Return a shipped dataset template, without the files of its ladders; None for no such."""
    path = templates().get(name)
    return None if path is None else _read_template(path)


def _read_template(path: Path) -> DatasetDocument:
    return read_dataset_text(path.name, path.read_text(encoding="utf-8"), None)


def read_dataset_text(file: str, text: str, folder: Path | None) -> DatasetDocument:
    """Return the dataset of a file, with the ladders that lie beside it where a folder is given.

    Raises:
        DeclarationError: it isn't one.
    """

    def beside(name: str) -> str:
        return ((folder or Path()) / name).read_text(encoding="utf-8")

    try:
        return parse_dataset(text, None if folder is None else beside)
    except DocumentError as error:
        raise DeclarationError(file, error.problems) from None


def written_draft(draft: Draft, language: str) -> str:
    """Return a draft as YAML: what to look at first, then each column with how sure it is."""
    return "\n".join(_lines(draft, language)) + "\n"


def _lines(draft: Draft, language: str) -> Iterator[str]:
    for question in draft.questions:
        yield _comment(f"? {render(question, language)}")
    for guess in draft.guesses:
        yield _comment(
            f"{guess.confidence:.2f} {_shown(guess.reads[0])} → {guess.column}: "
            f"{render(guess.why, language)}"
        )
    if draft.recipe is None:
        yield _comment(render(Reason("draft-nothing", {}), language))
        return
    recipe = draft.recipe
    yield from _block({"recipe": recipe.recipe, "dataset": recipe.dataset}, 0)
    yield from _block({"dataset_version": recipe.dataset_version}, 0)
    layout = recipe.file.model_dump(exclude_none=True, exclude_defaults=True, mode="json")
    yield from _block({"file": layout} if layout else {}, 0)
    yield "columns:"
    for column in draft.columns:
        yield "  " + _comment(f"{column.confidence:.2f} {render(column.why, language)}")
        yield from _block({column.column: _rule(recipe.columns[column.column])}, 2)
        for word in (word for word in draft.undecided if word.column == column.column):
            near = f"  {word.nearest}? {word.confidence:.2f}" if word.nearest else ""
            yield "    " + _comment(f"? {_shown(word.word)}: ({word.count}){near}")
    if draft.unused:
        yield from _block({"ignore": list(draft.unused)}, 0)


def _rule(rule: RecipeColumn) -> dict[str, Any]:
    said = rule.model_dump(exclude_none=True, exclude_defaults=True, mode="json", by_alias=True)
    return {key: dict(value) if isinstance(value, dict) else value for key, value in said.items()}


def _block(data: dict[str, Any], indent: int) -> Iterator[str]:
    if not data:
        return
    text: str = yaml.dump(data, Dumper=_Writer, allow_unicode=True, sort_keys=False, width=10_000)
    yield from (" " * indent + line for line in text.rstrip("\n").split("\n"))


class _Writer(yaml.SafeDumper):
    """Writes texts with breaks or signs that can't be seen in quotes, on one line."""


def _written_text(writer: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if text.isprintable() else '"'
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style)


_Writer.add_representer(str, _written_text)


def _shown(text: str) -> str:
    """Return a text of the file on one line, so that no comment can end early."""
    quoted: str = yaml.safe_dump(text, allow_unicode=True, default_style='"', width=100_000)
    return quoted.strip()


def _comment(text: str) -> str:
    flat = " ".join(text.split())
    return "# " + "".join(mark if mark.isprintable() else "?" for mark in flat)


def described(made: FileDraft) -> dict[str, Any]:
    """Return a draft as plain data, for commands and HTTP."""
    draft = made.draft
    return {
        "recipe": made.text,
        "language": made.language,
        "columns": [_described(column, made.language) for column in draft.columns],
        "guesses": [_described(guess, made.language) for guess in draft.guesses],
        "unused": list(draft.unused),
        "undecided": [
            {
                "column": word.column,
                "word": word.word,
                "count": word.count,
                "nearest": word.nearest,
                "confidence": word.confidence,
            }
            for word in draft.undecided
        ],
        "questions": [render(question, made.language) for question in draft.questions],
    }


def _described(column: ColumnDraft, language: str) -> dict[str, Any]:
    return {
        "column": column.column,
        "reads": list(column.reads),
        "confidence": column.confidence,
        "why": render(column.why, language),
    }
