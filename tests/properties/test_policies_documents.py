from __future__ import annotations

import copy
from pathlib import Path

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.messages import render
from policies.aggregates.requests import parse_aggregate_request
from policies.documents import (
    DocumentError,
    parse_dataset,
    parse_home,
    parse_partner,
    parse_policy,
)
from policies.requests import RequestError, parse_request
from policies.versions import canonical_document, document_sha256

EXAMPLES = Path(__file__).parents[2] / "policies" / "examples" / "hotline"
SOURCES = {
    parse_dataset: yaml.safe_load((EXAMPLES / "hotline-cases.yaml").read_text()),
    parse_policy: yaml.safe_load((EXAMPLES / "ngo-research.yaml").read_text()),
    parse_partner: yaml.safe_load((EXAMPLES / "harbor-network.yaml").read_text()),
    parse_home: {"name": "Harbor", "origin": "harbor.example/log", "languages": ["en"]},
    parse_request: {
        "dataset": "hotline-cases",
        "purpose": "research",
        "columns": ["age"],
        "where": [{"column": "age", "in": ["20-24"]}, {"column": "age", "from": 20}],
    },
    parse_aggregate_request: {
        "dataset": "hotline-cases",
        "purpose": "research",
        "measures": ["count_people", {"quantile": {"column": "age", "q": 0.25}}],
        "group_by": ["state", {"column": "age", "level": "10-years"}],
        "epsilon": 0.5,
    },
}
REQUESTS = (parse_request, parse_aggregate_request)
WORDS = ["keep", "codes", "age", "from", "row", "none", "assumed", "k", "2026-01-01", "UTC", "*"]

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-3, 2**70)
    | st.floats()
    | st.dates()
    | st.datetimes()
    | st.text(max_size=8)
    | st.sampled_from(WORDS)
)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=5), inner, max_size=3)
        | st.dictionaries(scalars, inner, max_size=2)
    ),
    max_leaves=6,
)


def places(value, path=()):
    yield path
    if isinstance(value, dict | list):
        steps = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in steps:
            yield from places(item, (*path, key))


@st.composite
def spoiled(draw):
    """A parser and its example with one value replaced, or one key added or taken away."""
    parser = draw(st.sampled_from(list(SOURCES)))
    document = copy.deepcopy(SOURCES[parser])
    path = draw(st.sampled_from([p for p in places(document) if p]))
    parent = document
    for step in path[:-1]:
        parent = parent[step]
    match draw(st.sampled_from(["replace", "remove", "add"])):
        case "replace":
            parent[path[-1]] = draw(anything)
        case "remove":
            del parent[path[-1]]
        case "add" if isinstance(parent, dict):
            parent[draw(st.text(min_size=1, max_size=6))] = draw(anything)
        case _:
            parent.append(draw(anything))
    return parser, document


def check_words(reasons):
    assert reasons
    for reason in reasons:
        assert "path" in reason.params
        assert render(reason, "en")
        assert render(reason, "es")


@settings(max_examples=300, deadline=None)
@given(spoiled())
def test_a_spoiled_file_is_read_or_refused_with_words(case):
    parser, document = case
    try:
        parser(document)
    except DocumentError as error:
        check_words(error.problems)
    except RequestError as error:
        check_words(error.reasons)


@settings(max_examples=150, deadline=None)
@given(spoiled())
def test_what_is_read_comes_back_from_its_canonical_bytes(case):
    parser, document = case
    if parser in REQUESTS:
        return
    try:
        read = parser(document)
    except DocumentError:
        return
    again = parser(canonical_document(read).decode())
    assert again == read
    assert document_sha256(again) == document_sha256(read)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(list(SOURCES)), st.text(max_size=60) | st.from_regex(r"[\[{&*!|>:\- a]{1,12}")
)
def test_any_text_is_read_or_refused_with_words(parser, text):
    if parser in REQUESTS:
        return
    try:
        parser(text)
    except DocumentError as error:
        check_words(error.problems)
