"""JSON bodies, read strictly: UTF-8, one object, no key twice, nothing too deep."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from gateway.errors import InvalidRequestError
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH = 12
_MAX_NAMED_CHARACTERS = 64


def read_json_object(body: bytes) -> dict[str, Any]:
    """Return the one JSON object that a body is.

    Raises:
        InvalidRequestError: it isn't one, or could be understood in two ways.
    """
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_unique_keys,
            parse_constant=_refuse_constant,
        )
        # A lone surrogate passes the parser and fails wherever it is written later.
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise _refusal("body-not-json") from None
    if not isinstance(value, dict):
        raise _refusal("body-not-object")
    if _depth(value) > MAX_DEPTH:
        raise _refusal("body-too-deep", limit=str(MAX_DEPTH))
    return value


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys: dict[str, Any] = {}
    for key, value in pairs:
        if key in keys:
            raise _refusal("body-key-twice", key=key[:_MAX_NAMED_CHARACTERS])
        keys[key] = value
    return keys


def _refuse_constant(_name: str) -> NoReturn:
    """Refuse NaN and the infinities: the parser takes them, JSON has none."""
    raise ValueError


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level:
        depth, level = depth + 1, [child for node in level for child in _children(node)]
    return depth - 1


def _children(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _refusal(rule: str, **params: str) -> InvalidRequestError:
    return InvalidRequestError((Reason(rule, params),))
