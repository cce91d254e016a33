"""Strict YAML in: duplicate keys refused, dates that don't exist left to the fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import yaml

from policies.documents.base import Document, DocumentError, ProblemsError
from policies.documents.problems import validate
from policies.reasons import Reason

Model = TypeVar("Model", bound=Document)
Source = str | Mapping[str, Any]


class _StrictLoader(yaml.SafeLoader):
    """SafeLoader that refuses a key written twice, which YAML would let win silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                line = str(key.start_mark.line + 1)
                raise ProblemsError(
                    Reason("key-twice", {"path": "", "key": str(key.value), "line": line})
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_yaml_timestamp(self, node: yaml.ScalarNode) -> Any:
        try:
            return super().construct_yaml_timestamp(node)
        except ValueError:
            return self.construct_scalar(node)


_StrictLoader.add_constructor("tag:yaml.org,2002:timestamp", _StrictLoader.construct_yaml_timestamp)


def read_mapping(source: Source) -> dict[str, Any]:
    """Return the mapping that a file holds.

    Args:
        source: YAML text (JSON is YAML), or a mapping that was already read.

    Raises:
        DocumentError: not YAML, not a mapping, or a key stands twice.
    """
    data = _load(source) if isinstance(source, str) else dict(source)
    if not isinstance(data, dict):
        raise DocumentError((Reason("expected-mapping", {"path": ""}),))
    odd = [key for key in data if not isinstance(key, str)]
    if odd:
        raise DocumentError(tuple(Reason("expected-text", {"path": str(key)}) for key in odd))
    return data


def read_document(model: type[Model], data: Mapping[str, Any]) -> Model:
    """Return the document of that mapping; raises DocumentError with all problems."""
    try:
        return validate(model, dict(data))
    except ProblemsError as error:
        raise DocumentError(error.reasons) from None


def _load(text: str) -> Any:
    try:
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader
    except ProblemsError as error:
        raise DocumentError(error.reasons) from None
    except yaml.MarkedYAMLError as error:
        line = str(error.problem_mark.line + 1) if error.problem_mark else "?"
        raise DocumentError((Reason("not-yaml", {"path": "", "line": line}),)) from None
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        raise DocumentError((Reason("not-yaml", {"path": "", "line": "?"}),)) from None
