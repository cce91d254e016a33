"""Decisions as a file: what a check asked, for a person to fill in with any editor."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

import yaml

from gateway.client.errors import ClientError
from gateway.client.session import read_object
from gateway.client.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.client.session import Session

OPEN, MOST_SHOWN = "?", 50
LEVELS = ("none", "aggregate", "anonymized", "pseudonymized")
LINE_WIDTH = 98


class DecisionsError(ClientError):
    """A file of decisions can't be read, or leaves something open."""


def known_codes(session: Session, dataset: str) -> Mapping[str, Sequence[str]]:
    """Return, by column, the codes that a dataset knows; levels where it asks for consent."""
    told = read_object(session.get(f"/v1/datasets/{dataset}"))
    columns = [column for offer in told.get("submits", ()) for column in offer["columns"]]
    listed = {column["name"]: column["codes"] for column in columns if column.get("codes")}
    return {**listed, **{one["name"]: LEVELS for one in columns if one["role"] == "consent"}}


def write_decisions(
    answer: Mapping[str, Any], codes: Mapping[str, Sequence[str]], language: str = "en"
) -> str:
    """Return the file to fill in.

    Args:
        answer: a submission that waits for a decision.
        codes: by column, those that the dataset knows.
        language: of what it explains: `en` or `es`.
    """
    say = Words(language)
    parts = [_note(say("decisions-head", id=answer["id"], dataset=answer["dataset"]))]
    parts.append(_yaml({"submission": answer["id"]}))
    if "draft" in answer:
        parts += [_part(say("decisions-draft")), "recipe:\n", *_indented(answer["draft"]["text"])]
    if "undecided" in answer:
        parts += [_part(say("decisions-codes")), "codes:\n"]
        parts += _columns(answer["undecided"], codes, say)
    if "corrections" in answer:
        parts += [_part(say("decisions-corrections")), _yaml({"corrections": OPEN})]
        shown = answer["corrections"][:MOST_SHOWN]
        parts += [f"#   {json.dumps(one, ensure_ascii=False)}\n" for one in shown]
        more = len(answer["corrections"]) - len(shown)
        parts += ["#   " + say("decisions-more", count=more) + "\n"] if more else []
    return "".join([*parts, _part(say("decisions-go")), _yaml({"go": False})])


def _part(text: str) -> str:
    return "\n" + _note(text)


def _note(text: str) -> str:
    return "".join(f"# {line}\n" for line in textwrap.wrap(text, LINE_WIDTH))


def _indented(text: str) -> Sequence[str]:
    return [f"  {line}\n" for line in text.splitlines()]


def _columns(
    undecided: Mapping[str, Mapping[str, int]], codes: Mapping[str, Sequence[str]], say: Words
) -> Sequence[str]:
    lines = []
    for column, words in undecided.items():
        known = f"  # {', '.join(codes[column])}" if column in codes else ""
        lines.append(f"  {_inline(column)}:{known}\n")
        for word, rows in words.items():
            found = say("decisions-rows", count=rows)
            lines.append(f'    {_inline(word)}: "{OPEN}"  # {found}\n')
    return lines


def _yaml(value: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(value), allow_unicode=True, sort_keys=False)


def _inline(word: str) -> str:
    """Return a word in quotes on one line, so that nothing in it ends a key or a comment."""
    quoted = yaml.safe_dump(word, allow_unicode=True, default_style='"', width=1 << 20)
    return str(quoted).strip()


def read_decisions(name: str, text: str) -> tuple[str, dict[str, Any]]:
    """Return the submission's id and the decision that a filled-in file holds.

    Args:
        name: of the file.
        text: what it says.

    Raises:
        DecisionsError: it isn't such a file, or something in it is still open.
    """
    try:
        told = yaml.safe_load(text)
    except yaml.YAMLError:
        told = None
    if not isinstance(told, dict) or not isinstance(told.get("submission"), str):
        raise DecisionsError(f"{name} isn't a file of decisions; run weir submit to get one")
    words = told.get("codes") or {}
    goes_on = told.get("go") is True
    open_words = [
        f"{column}: {word}"
        for column, listed in words.items()
        for word, code in listed.items()
        if code == OPEN
    ]
    if open_words and not goes_on:
        shown = "; ".join(open_words[:5])
        raise DecisionsError(
            f"{name} leaves {len(open_words)} open ({shown}): write codes, or null"
        )
    decided = {
        column: {word: code for word, code in listed.items() if code != OPEN}
        for column, listed in words.items()
    }
    decision = {
        "codes": {column: listed for column, listed in decided.items() if listed},
        "recipe": told.get("recipe"),
        "corrections": None if told.get("corrections") == OPEN else told.get("corrections"),
        "go": goes_on or None,
    }
    return told["submission"], {key: value for key, value in decision.items() if value}
