"""Matching: which column of a file is which of a dataset, by its name and by its values."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache, partial
from itertools import groupby
from typing import TYPE_CHECKING

from policies.reasons import Reason
from policies.recipes.folding import fold_name
from policies.recipes.glossary import term_key
from policies.recipes.kinds import SEPARATORS, number_of
from policies.recipes.vocabulary import vocabulary_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from policies.documents import ColumnDocument, DatasetDocument
    from policies.recipes.glossary import Glossary
    from policies.recipes.kinds import Kinds
    from policies.recipes.vocabulary import Vocabulary

ENOUGH = 0.5  # confidence from which on a column is mapped
_SAME_NAME, _SAME_LABEL, _SAME_CONCEPT, _SIMILAR = 1.0, 0.97, 0.95, 0.85
_OTHER_CONCEPT = 0.5
_SHARED_WORDS = 1.5  # exponent: words that aren't shared say that something else is meant
_ALIKE = 0.8  # of difflib's ratio: two spellings of one word
_PREFIX = 4
_BY_VALUES = 0.55
_HALF = 0.5
_IDENTIFYING = frozenset({"direct_identifier", "free_text"})


@dataclass(frozen=True)
class Wanted:
    """A declared column with its words.

    Attributes:
        concept: what its name or labels mean in the glossary; '' for nothing known.
        names: keys of its name and of those labels that no other column has.
        terms: `names`, and all terms of its concept.
        vocabulary: of its codes; None where anything may stand there.
    """

    name: str
    column: ColumnDocument
    concept: str
    names: tuple[str, ...]
    terms: tuple[str, ...]
    vocabulary: Vocabulary | None


@dataclass(frozen=True)
class Match:
    """How well a file's column fits a declared one.

    Attributes:
        confidence: from 0 to 1.
        why: names columns and concepts, never a value.
    """

    header: str
    column: str
    confidence: float
    why: Reason


def wanted_columns(dataset: DatasetDocument, glossary: Glossary) -> tuple[Wanted, ...]:
    """Return every declared column with its words."""
    labels: dict[str, int] = {}
    for column in dataset.columns.values():
        for label in set(map(term_key, column.label.values())):
            labels[label] = labels.get(label, 0) + 1
    return tuple(
        _wanted(name, column, {key for key, count in labels.items() if count == 1}, glossary)
        for name, column in dataset.columns.items()
    )


def _wanted(name: str, column: ColumnDocument, single: set[str], glossary: Glossary) -> Wanted:
    own = [term_key(label) for label in column.label.values()]
    names = tuple(dict.fromkeys((*name_keys(name), *(key for key in own if key in single))))
    concept = next((meant for key in names if (meant := glossary.meaning(key))), "")
    terms = tuple(dict.fromkeys((*names, *glossary.terms.get(concept, ()))))
    return Wanted(name, column, concept, names, terms, vocabulary_of(column, glossary))


def name_keys(name: str) -> tuple[str, ...]:
    """Return the keys of a column's name, with a short prefix as in `prs_Gender` and without."""
    prefix, mark, rest = name.partition("_")
    bare = [rest] if mark and rest and len(prefix) <= _PREFIX and prefix.islower() else []
    return tuple(filter(None, map(term_key, (name, *bare))))


def matches(
    kinds: Mapping[str, Kinds], wanted: Sequence[Wanted], glossary: Glossary
) -> list[Match]:
    """Return how well each pair fits, the best first; equal ones in the order of the dataset."""
    found = [_match(kind, one, glossary) for one in wanted for kind in kinds.values()]
    return sorted(found, key=lambda match: -match.confidence)


def assign(found: Sequence[Match]) -> dict[str, Match]:
    """Return the match of each declared column: the best pair first, each side once.

    Of pairs that fit equally well, those go first that leave the others most to choose from.
    """
    assigned: dict[str, Match] = {}
    headers: set[str] = set()
    good = (match for match in found if match.confidence >= ENOUGH)
    for _, equal in groupby(good, key=lambda match: match.confidence):
        free = [m for m in equal if m.column not in assigned and m.header not in headers]
        while free:
            match = min(free, key=partial(_rivals, free=free))
            assigned[match.column] = match
            headers.add(match.header)
            free = [m for m in free if m.column != match.column and m.header != match.header]
    return assigned


def _rivals(match: Match, free: Sequence[Match]) -> tuple[int, int]:
    """Return how many pairs want the side that fewer want, and how many want either."""
    column = sum(other.column == match.column for other in free)
    header = sum(other.header == match.header for other in free)
    return min(column, header), column + header


def ties(found: Sequence[Match], assigned: Mapping[str, Match]) -> Iterator[tuple[Match, Match]]:
    """Yield what was assigned with each header that is left and fits its column as well."""
    taken = {match.header for match in assigned.values()}
    for match in found:
        chosen = assigned.get(match.column)
        if match.header in taken or chosen is None:
            continue
        if match.confidence == chosen.confidence:
            yield chosen, match


def _match(kind: Kinds, wanted: Wanted, glossary: Glossary) -> Match:
    named, why = _name_score(kind.name, wanted, glossary)
    confidence = named
    fit = value_fit(kind, wanted)
    if fit is not None:
        confidence *= (0.7 + 0.3 * fit) if fit >= _HALF else fit
        if fit * _BY_VALUES > confidence and _tells(kind, wanted):
            confidence, why = fit * _BY_VALUES, "draft-by-values"
    if would_hide(kind, wanted, glossary):
        confidence, why = min(confidence, ENOUGH - 0.01), "draft-looks-like-identifier"
    facts = {"column": wanted.name, "header": kind.name}
    return Match(kind.name, wanted.name, round(confidence, 2), _reason(why, facts))


def _reason(why: str, facts: dict[str, str]) -> Reason:
    reasons = {
        "draft-same-name": Reason("draft-same-name", facts),
        "draft-same-label": Reason("draft-same-label", facts),
        "draft-same-concept": Reason("draft-same-concept", facts),
        "draft-by-values": Reason("draft-by-values", facts),
        "draft-looks-like-identifier": Reason("draft-looks-like-identifier", facts),
    }
    return reasons.get(why) or Reason("draft-similar-name", facts)


def _name_score(header: str, wanted: Wanted, glossary: Glossary) -> tuple[float, str]:
    if fold_name(header) == fold_name(wanted.name):
        return _SAME_NAME, "draft-same-name"
    keys = name_keys(header)
    if set(keys) & set(wanted.names):
        return _SAME_LABEL, "draft-same-label"
    concept = concept_of(header, glossary)
    if concept and concept == wanted.concept:
        return _SAME_CONCEPT, "draft-same-concept"
    near = max((similarity(a, b) for a in keys for b in wanted.terms), default=0.0)
    return near**_SHARED_WORDS * _SIMILAR * (
        _OTHER_CONCEPT if concept else 1.0
    ), "draft-similar-name"


def concept_of(header: str, glossary: Glossary) -> str:
    """Return what a header means in the glossary; '' for nothing known."""
    return next((meant for key in name_keys(header) if (meant := glossary.meaning(key))), "")


def similarity(one: str, other: str) -> float:
    """Return how many words two keys share, spelled about the same, from 0 to 1 (Dice's)."""
    ones, others = one.split(), other.split()
    both = sum(any(_same_word(a, b) for b in others) for a in ones)
    back = sum(any(_same_word(a, b) for a in ones) for b in others)
    return (both + back) / (len(ones) + len(others))


@cache
def _same_word(one: str, other: str) -> bool:
    if one == other:
        return True
    if min(len(one), len(other)) <= _PREFIX or one[0] != other[0]:
        return False
    return difflib.SequenceMatcher(None, one, other).ratio() >= _ALIKE


def value_fit(kind: Kinds, wanted: Wanted) -> float | None:
    """Return the share of values that a column can hold, from 0 to 1; None where nothing tells."""
    column = wanted.column
    if not kind.filled:
        return None
    if wanted.vocabulary is not None:
        known = _known_share(kind, wanted.vocabulary)
        return max(known, kind.yes_no) if column.role == "consent" else known
    if column.type in ("date", "timestamp"):
        return kind.dates
    if column.type in ("integer", "decimal"):
        return kind.share(lambda text: _in_bounds(text, column))
    if column.type == "boolean":
        return kind.yes_no
    return _text_fit(kind, column)


def _text_fit(kind: Kinds, column: ColumnDocument) -> float | None:
    if column.normalize == "e164" or column.domain == "phone":
        return kind.phones
    if column.domain == "email":
        return kind.emails
    if kind.dates > _HALF:
        return 1 - kind.dates
    return None


def _known_share(kind: Kinds, words: Vocabulary) -> float:
    settled = words.settle(kind.values)
    known = {text for text in kind.values if settled.code(text)}
    marks = [mark for mark in SEPARATORS if any(mark in text for text in kind.values)]
    parts = (
        kind.share(lambda text: text in known or _all_known(text, mark, settled))  # noqa: B023
        for mark in marks
    )
    return max((kind.share(known.__contains__), *parts))


def _all_known(text: str, mark: str, words: Vocabulary) -> bool:
    parts = split(text, mark)
    return bool(parts) and all(map(words.code, parts))


def split(text: str, mark: str) -> list[str]:
    """Return the parts of a cell with several codes, without blanks."""
    return [part.strip() for part in text.split(mark) if part.strip()]


def _in_bounds(text: str, column: ColumnDocument) -> bool:
    number = number_of(text)
    if number is None:
        return False
    ends = [float(bound) for bound in column.bounds or () if isinstance(bound, int)]
    return not ends or min(ends) <= number <= max(ends)


def _tells(kind: Kinds, wanted: Wanted) -> bool:
    """Answer whether values alone say what a column is: addresses, or codes that are no signs."""
    if wanted.column.domain == "email":
        return True
    codes = wanted.column.codes is not None and wanted.vocabulary is not None
    return codes and len(kind.values) > 1 and kind.yes_no < _HALF and kind.numbers < _HALF


def would_hide(kind: Kinds, wanted: Wanted, glossary: Glossary) -> bool:
    """Answer whether what identifies people would go where Weir doesn't protect it as that.

    Told by the values, and by what the header means: a name in a column of codes, or a passport
    number among places, would leave with every release.
    """
    role = wanted.column.role
    if role in _IDENTIFYING:
        return False
    if concept_of(kind.name, glossary) in IDENTIFIERS:
        return True
    loose = wanted.column.type == "string" and not (value_fit(kind, wanted) or 0) > _HALF
    return loose and kind.identifies


IDENTIFIERS = frozenset(
    {
        *("given-name", "middle-name", "family-name", "paternal-name", "maternal-name"),
        *("full-name", "alias", "identity-number", "email", "home-phone", "mobile-phone"),
        *("mailing-street", "case-number", "case-owner", "organisation-street", "event-street"),
        *("referring-worker", "referred-worker", "organisation-phone"),
    }
)
"""Concepts of what names a person or a record."""
