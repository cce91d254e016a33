"""Names and numbers planted in free text: do they leave, in the file or in what is said about it?

Everybody who is released told something that names somebody. Dropped, which is the default, no
word of it is in content, codebook, manifest, receipt, log or state; redacted, nothing of what was
planted is. The control is the text itself: the same search finds everything in it.
"""

from __future__ import annotations

import json
import logging
import re

import pytest

from gateway.releases import manifest_bytes, receipt_text
from gateway.reviews import approve
from tests.benchmarks.told import TELLS_NOTHING, narratives, words
from tests.small_homes import as_csv, people

COUNT = 120
TOLD = list(narratives(COUNT, seed=7))
DRAWN = re.compile(r"[A-Za-z0-9+/=_-]{24,}")
NEVER = "zyxwordthatisnowhere"
REDACT = {
    "narrative": "    note:        keep -> "
    "    note:        keep\n    narrative:   {redact: {languages: [en, es]}}",
    "review": "retention_days: 365 -> retention_days: 365\nreview: {extract: 1}",
}


def everybody():
    rows = people(1, COUNT)
    return [
        {**row, "narrative": f"{NEVER} {one.text}"} for row, one in zip(rows, TOLD, strict=True)
    ]


PLANTED = {value for one in TOLD for _, value in one.planted}


def found_in(text):
    """Return which of the planted things a text holds, in whatever spelling.

    Keys, hashes and proofs are put aside: three letters between their digits spell any name.
    """
    said = " ".join(words(DRAWN.sub(" ", text)))
    return {value for value in PLANTED if " ".join(words(value)) in said}


def telling_words_in(texts):
    """Return the words and digits of planted things that are left anywhere in the texts."""
    left = set(words(" ".join(texts)))
    return {word for value in PLANTED for word in words(value) if word in left} - TELLS_NOTHING


def released(world, **asked):
    made = world.extract("harbor", **asked)
    if made.state == "in_review":
        approve(world.context, made.id, "olivia", "read")
    assert world.state(made.id) == "ready"
    return made.id


def everything_said(world, extract_id):
    """Return what the partner gets beside the file, and what the gateway keeps of it in words."""
    release = world.row(extract_id).id.replace("ext_", "rel_")
    context = world.context
    return "\n".join(
        (
            world.codebook("harbor", extract_id).decode(),
            manifest_bytes(context, "harbor", release).decode(),
            receipt_text(context, "harbor", release),
            json.dumps(world.entries()),
            world.row(extract_id).model_dump_json(exclude={"sealed_request", "sealed_outcome"}),
        )
    )


@pytest.fixture(scope="module")
def telling(shared):
    shared.load(everybody(), mode="replace")
    return shared


@pytest.mark.parametrize("chosen", ["csv", "jsonl"])
def test_by_default_no_word_of_a_text_leaves(telling, caplog, chosen):
    caplog.set_level(logging.DEBUG)
    made = released(telling, format=chosen)
    content = telling.content("harbor", made).decode()
    for text in (content, everything_said(telling, made), caplog.text):
        assert found_in(text) == set()
        assert NEVER not in text
        assert "narrative" not in content


def test_redacted_nothing_planted_leaves(telling, caplog):
    caplog.set_level(logging.DEBUG)
    telling.apply(**REDACT)
    made = released(telling)
    texts = telling.table("harbor", made)["narrative"].to_pylist()
    assert len(texts) == COUNT
    assert min(len(text.split()) for text in texts) > 10  # there is something left to read
    assert telling_words_in(texts) == set()
    for text in (*texts, everything_said(telling, made), caplog.text):
        assert NEVER not in text.casefold()
        assert found_in(text) == set()
    assert len(set(texts)) > COUNT / 2  # each person's own text, not one for all


def test_control_the_search_finds_everything_in_what_was_told():
    assert found_in(as_csv(everybody())) == PLANTED
    assert len(telling_words_in([one.text for one in TOLD])) > COUNT
    assert len(PLANTED) > 2 * COUNT
