from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from gateway.messages import render
from policies.documents import DocumentError, parse_dataset, parse_policy
from policies.lint import lint

EXAMPLES = Path(__file__).parents[2] / "policies" / "examples"


@pytest.fixture
def say():
    """Word reasons in both languages, so that every rule is known and carries its facts."""

    def say_all(reasons):
        for reason in reasons:
            assert render(reason, "en") != render(reason, "es")
        return [reason.rule for reason in reasons]

    return say_all


@pytest.fixture
def problems(say):
    """Parse what can't be parsed and return (rule, path) of each problem."""

    def parse(parser, *arguments):
        with pytest.raises(DocumentError) as caught:
            parser(*arguments)
        say(caught.value.problems)
        return [(problem.rule, problem.params["path"]) for problem in caught.value.problems]

    return parse


def put(document, path, value):
    """Put a value into a mapping of mappings, at a path with dots."""
    *parents, last = path.split(".")
    for parent in parents:
        document = document[parent]
    document[last] = value


def example_text(name):
    return (EXAMPLES / name).read_text(encoding="utf-8")


def hotline_mapping():
    return yaml.safe_load(example_text("hotline/hotline-cases.yaml"))


def research_mapping():
    return yaml.safe_load(example_text("hotline/ngo-research.yaml"))


def hotline_file(name):
    return example_text(f"hotline/{name}")


@pytest.fixture
def hotline():
    """The hotline's dataset as a mapping that a test may change."""
    return hotline_mapping()


@pytest.fixture
def research():
    """The research policy as a mapping that a test may change."""
    return research_mapping()


@pytest.fixture
def parsed_hotline(hotline):
    return parse_dataset(hotline, hotline_file)


@pytest.fixture
def parsed_research(research):
    return parse_policy(research)


@pytest.fixture
def read_example():
    return example_text


@pytest.fixture
def found(hotline, research, say):
    """Lint the fixtures as they are at the call; (rule, path) of errors and of warnings."""

    def pairs(reasons):
        say(reasons)
        return [(reason.rule, reason.params["path"]) for reason in reasons]

    def lint_both():
        dataset = parse_dataset(hotline, lambda _: "eng;English\nspa;Spanish\n")
        findings = lint(parse_policy(research), dataset)
        return pairs(findings.errors), pairs(findings.warnings)

    return lint_both
