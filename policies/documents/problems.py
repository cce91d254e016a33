"""From pydantic's errors to reasons with a path, in words that the catalogue translates."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError

from policies.documents.base import Document, ProblemsError
from policies.reasons import Reason

Model = TypeVar("Model", bound=Document)
Location = tuple[int | str, ...]

NEAR = 0.7  # of difflib's ratio, from where on two words are probably one; 1 is equal
MOST_LISTED = 20

SHAPES = MappingProxyType(
    {
        "string_type": "expected-text",
        "int_type": "expected-whole-number",
        "float_type": "expected-number",
        "float_parsing": "expected-number",
        "finite_number": "expected-number",
        "bool_type": "expected-true-or-false",
        "tuple_type": "expected-list",
        "dict_type": "expected-mapping",
        "mapping_type": "expected-mapping",
        "invalid_key": "expected-text",
        "model_type": "expected-mapping",
        "string_pattern_mismatch": "expected-language",
        "string_too_short": "must-not-be-empty",
        "too_short": "must-not-be-empty",
    },
)
LIMITS = MappingProxyType(
    {
        "greater_than": ("must-be-above", "gt"),
        "greater_than_equal": ("must-be-at-least", "ge"),
        "less_than": ("must-be-below", "lt"),
        "less_than_equal": ("must-be-at-most", "le"),
        "string_too_long": ("too-long", "max_length"),
        "too_long": ("too-long", "max_length"),
    },
)


def validate(model: type[Model], data: Any) -> Model:
    """Return the model of `data`; raises ProblemsError with every problem and its path."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise ProblemsError(*_reasons(model, error)) from None


def nearest(word: str, known: Sequence[str]) -> str:
    """Return the known word that `word` was probably meant to be; empty where none is like it.

    Capital letters, hyphens and underscores make no difference.
    """
    plain = {_plain(one): one for one in known}
    found = difflib.get_close_matches(_plain(word), plain, n=1, cutoff=NEAR)
    return plain[found[0]] if found else ""


def _plain(word: str) -> str:
    return word.casefold().replace("_", "-")


def suggested(word: str, known: Sequence[str]) -> dict[str, str]:
    """Return facts of a reason: the `nearest` word, or else those that are `known`."""
    near = nearest(word, known)
    return {"nearest": near, "known": "" if near else _listed(known)}


def _listed(words: Sequence[str]) -> str:
    further = ", ..." if len(words) > MOST_LISTED else ""
    return ", ".join(words[:MOST_LISTED]) + further


def join_path(*parts: int | str) -> str:
    """Return `columns.age.ladder`, with `[0]` for the items of lists."""
    path = ""
    for part in parts:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part:
            path += f".{part}" if path and not part.startswith("[") else part
    return path


def _reasons(model: type[Document], error: ValidationError) -> Iterator[Reason]:
    details = error.errors(include_url=False)
    for detail in (detail for detail in details if not _is_echo(detail)):
        location = _location(detail)
        raised = detail.get("ctx", {}).get("error")
        if isinstance(raised, ProblemsError):
            yield from (_at(location, reason) for reason in raised.reasons)
        else:
            yield _reason(model, location, detail)


def _location(detail: Any) -> Location:
    # pydantic ends the place of a mapping's key, rather than its value, with this mark.
    location: Location = detail["loc"]
    marked = location[-1:] == ("[key]",) and detail["type"] != "extra_forbidden"
    return location[:-1] if marked else location


def _is_echo(detail: Any) -> bool:
    """Answer whether a list is called empty only because its items were refused."""
    return detail["type"] == "too_short" and len(detail["input"]) > 0


def _at(location: Location, reason: Reason) -> Reason:
    path = join_path(*location, reason.params["path"])
    return replace(reason, params={**reason.params, "path": path})


def _reason(model: type[Document], location: Location, detail: Any) -> Reason:
    kind, context, path = detail["type"], detail.get("ctx", {}), join_path(*location)
    if kind == "extra_forbidden":
        return _unknown_key(model, location)
    if kind == "missing":
        return Reason("missing-key", {"path": path, "key": str(location[-1])})
    if kind == "literal_error":
        return _not_one_of(path, detail["input"], context["expected"])
    if kind in LIMITS:
        rule, name = LIMITS[kind]
        return Reason(rule, {"path": path, "limit": f"{context[name]:g}"})
    return Reason(SHAPES.get(kind, "not-understood"), {"path": path})


def _not_one_of(path: str, value: Any, expected: str) -> Reason:
    allowed = re.findall(r"'([^']*)'", expected)
    params = {"path": path, "value": str(value)[:80], "allowed": ", ".join(allowed)}
    return Reason("not-one-of", {**params, "nearest": nearest(str(value), allowed)})


def _unknown_key(model: type[Document], location: Location) -> Reason:
    key = str(location[-1])
    known = known_keys(_document_at(model, location[:-1]))
    params = {"path": join_path(*location), "key": key}
    return Reason("unknown-key", {**params, **suggested(key, known)})


def known_keys(model: type[Document]) -> tuple[str, ...]:
    """Return the keys of a document as files write them."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _document_at(model: type[Document], location: Location) -> Any:
    annotation: Any = model
    for part in location:
        annotation = _bare(_step(annotation, part))
    return annotation


def _step(annotation: Any, part: int | str) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, Document):
        fields = annotation.model_fields.items()
        return next(field.annotation for name, field in fields if part in (field.alias, name))
    arguments = get_args(annotation)
    return arguments[0] if isinstance(part, int) else arguments[1]


def _bare(annotation: Any) -> Any:
    if get_origin(annotation) not in (Annotated, Union, UnionType):
        return annotation
    return _bare(next(kind for kind in get_args(annotation) if kind is not NoneType))
