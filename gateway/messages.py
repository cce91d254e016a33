"""The one message catalogue: what every rule says in each language.

A rule is added by one line in each file of `gateway/messages/`: `rule: "text with {param}"`.
A part in [brackets] that names a param is left out when the param is empty; `{days:day|days}` is
the first word where the param is 1, and the second otherwise.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import yaml

from gateway.languages import DEFAULT, LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from policies.reasons import Reason

_PARAM = re.compile(r"\{([a-z_]+)(?::([^{}|]*)\|([^{}|]*))?\}")
_OPTIONAL = re.compile(r"\[([^\[\]]*\{[a-z_]+(?::[^{}]*)?\}[^\[\]]*)\]")


class CatalogueError(LookupError):
    """A rule has no text, or its text names a fact that the reason doesn't carry."""


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return every rule's text in a language.

    Raises:
        CatalogueError: there is no such language.
    """
    if language not in LANGUAGES:
        raise CatalogueError(f"no language {language!r}; there are {', '.join(LANGUAGES)}")
    file = resources.files("gateway") / "messages" / f"{language}.yaml"
    texts: dict[str, str] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return texts


def render(reason: Reason, language: str) -> str:
    """Return a reason in plain language, behind the place in the file where it has one.

    Raises:
        CatalogueError: the rule or one of its facts is missing; add it to every language.
    """
    text = catalogue(language).get(reason.rule)
    if text is None:
        raise CatalogueError(f"rule {reason.rule!r} has no text in {language}.yaml")
    message = _fill(_OPTIONAL.sub(lambda part: _optional(part[1], reason), text), reason)
    path = reason.params.get("path")
    return f"{path}: {message}" if path else message


def worded(reasons: Iterable[Reason]) -> list[str]:
    """Return reasons in plain English, for the operator."""
    return [render(reason, DEFAULT) for reason in reasons]


def params_of(text: str) -> frozenset[str]:
    """Return the facts that a text names."""
    return frozenset(match[1] for match in _PARAM.finditer(text))


def rules_table(language: str) -> str:
    """Return all rules with their texts as a Markdown table, for the documentation."""
    rows = sorted(catalogue(language).items())
    lines = (f"| `{rule}` | {text.replace('|', '/')} |" for rule, text in rows)
    return "\n".join(("| rule | text |", "|---|---|", *lines)) + "\n"


def _optional(part: str, reason: Reason) -> str:
    return part if all(_param(name, reason) for name in params_of(part)) else ""


def _fill(text: str, reason: Reason) -> str:
    return _PARAM.sub(lambda match: _filled(match, reason), text)


def _filled(match: re.Match[str], reason: Reason) -> str:
    name, one, many = match.groups()
    value = _param(name, reason)
    if one is None:
        return value
    return str(one if value == "1" else many)


def _param(name: str, reason: Reason) -> str:
    if name not in reason.params:
        raise CatalogueError(f"rule {reason.rule!r} names {{{name}}}, which it doesn't carry")
    return reason.params[name]
