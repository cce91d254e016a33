from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from gateway.errors import WeirError
from gateway.languages import LANGUAGES
from gateway.messages import CatalogueError, catalogue, params_of, render, rules_table
from gateway.problems import _HTTP_SLUGS
from policies.documents.problems import LIMITS, SHAPES
from policies.lint.columns import ALLOWED
from policies.reasons import Reason

ROOT = Path(__file__).parents[2]
PACKAGES = ("anonymizers", "policies", "gateway")


def calls():
    """Yield every `Reason("rule", {...})` of the code, with its keys where they stand there."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Reason":
                    yield path, node


def literal_rules():
    for path, node in calls():
        if node.args and isinstance(node.args[0], ast.Constant):
            facts = node.args[1] if len(node.args) > 1 else None
            yield f"{path.relative_to(ROOT)}:{node.lineno}", node.args[0].value, facts


def keys_of(facts):
    """Return the keys of a literal mapping; None where a part of them is computed."""
    if facts is None:
        return set()
    if not isinstance(facts, ast.Dict) or None in facts.keys:
        return None
    return {key.value for key in facts.keys}


def error_slugs(error=WeirError):
    """Yield the slugs of the gateway's errors; the client's are never answered over HTTP."""
    yield error.slug
    for child in error.__subclasses__():
        if child.__module__ == WeirError.__module__:
            yield from error_slugs(child)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_in_the_code_has_a_text(language):
    texts = catalogue(language)
    missing = [f"{place} {rule}" for place, rule, _ in literal_rules() if rule not in texts]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_names_only_facts_that_its_rule_carries(language):
    texts = catalogue(language)
    wrong = [
        f"{place} {rule}"
        for place, rule, facts in literal_rules()
        if (keys := keys_of(facts)) is not None and not params_of(texts.get(rule, "")) <= keys
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_rules_from_tables_have_a_text(language):
    rules = {*SHAPES.values(), *(rule for rule, _ in LIMITS.values())}
    rules |= {rule for _, rule in ALLOWED.values()}
    rules |= {f"problem-{slug}" for slug in (*error_slugs(), *_HTTP_SLUGS.values())}
    assert sorted(rules - catalogue(language).keys()) == []


def test_all_languages_say_the_same():
    texts = {language: catalogue(language) for language in LANGUAGES}
    rules = {rule for rules in texts.values() for rule in rules}
    for rule in sorted(rules):
        assert len({params_of(said[rule]) for said in texts.values()}) == 1, rule
        assert len({said[rule] for said in texts.values()}) == len(LANGUAGES), rule


def test_every_text_belongs_to_a_rule_of_the_code():
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
    )
    known = [rule for rule in catalogue("en") if not rule.startswith("problem-")]
    assert [rule for rule in known if f'"{rule}"' not in code] == []


def test_every_problem_title_belongs_to_a_problem():
    slugs = {*error_slugs(), *_HTTP_SLUGS.values()}
    titles = {rule for rule in catalogue("en") if rule.startswith("problem-")}
    assert titles == {f"problem-{slug}" for slug in slugs}


def test_a_reason_is_worded_in_each_language():
    reason = Reason("agreement-ended", {"agreement": "harbor-2026"})
    assert render(reason, "en").startswith("The agreement harbor-2026 has ended.")
    assert render(reason, "es").startswith("El acuerdo harbor-2026 ha terminado.")


def test_the_place_in_a_file_stands_before_the_words():
    reason = Reason("missing-key", {"path": "columns.age.ladder", "key": "ladder"})
    assert render(reason, "en") == "columns.age.ladder: The key ladder is missing. Add it."


def test_a_path_of_the_whole_file_adds_nothing():
    assert not render(Reason("policy-gives-nothing", {"path": ""}), "en").startswith(":")


def test_a_part_without_its_fact_is_left_out():
    params = {"file": "a.csv", "column": "age"}
    told = render(Reason("missing-column", {**params, "nearest": "ages"}), "en")
    untold = render(Reason("missing-column", {**params, "nearest": ""}), "en")
    assert "nearest there is ages" in told
    assert untold == "The file a.csv has no column age."


def test_brackets_and_braces_that_name_no_fact_stay():
    assert "[one, two]" in render(Reason("expected-list", {}), "en")
    assert '{"keys": [...]}' in render(Reason("jwks-without-keys", {}), "en")


def test_facts_are_never_read_as_templates():
    text = render(Reason("unknown-dataset", {"dataset": "{path}[{dataset}]"}), "en")
    assert "{path}[{dataset}]" in text


def test_an_unknown_rule_is_an_error_not_a_silence():
    with pytest.raises(CatalogueError, match="no-such-rule"):
        render(Reason("no-such-rule"), "en")


def test_a_missing_fact_is_an_error_not_a_silence():
    with pytest.raises(CatalogueError, match="agreement"):
        render(Reason("agreement-ended"), "en")


def test_an_unknown_language_is_an_error():
    with pytest.raises(CatalogueError, match="en, es"):
        catalogue("fr")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_of_rules_is_made_from_the_catalogue(language):
    lines = rules_table(language).splitlines()
    assert len(lines) == 2 + len(catalogue(language))
    assert all(line.count("|") == 3 for line in lines)


@pytest.mark.parametrize(
    ("days", "en", "es"),
    [("1", "runs 1 day, ", "dura 1 día, "), ("30", "runs 30 days, ", "dura 30 días, ")],
)
def test_a_number_has_its_noun_in_the_right_form(days, en, es):
    params = {"path": "", "agreement": "a", "days": days, "retention_days": "1"}
    reason = Reason("retention-outlives-agreement", params)
    assert en in render(reason, "en")
    assert render(reason, "en").endswith("for 1 day.")
    assert es in render(reason, "es")
    assert render(reason, "es").endswith("los datos 1 día.")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_counts_one_of_several(language):
    """Where a fact may be 1, the noun that follows it in the plural has a singular too."""
    nouns = {
        "en": "people|days|values|codes|records|inhabitants|requests",
        "es": "personas|días|valores|códigos|registros|habitantes|solicitudes",
    }
    fixed = {"records-too-many", "too-many-values", "keep-below-chance"}  # never 1
    plural = re.compile(rf"\{{[a-z_]+\}} (?:different )?(?:{nouns[language]})\b")
    found = [rule for rule, text in catalogue(language).items() if plural.search(text)]
    assert {*found} <= fixed


def test_a_part_with_a_noun_is_left_out_with_its_number():
    params = {"column": "age", "t": "", "l": "1"}
    told = render(Reason("gets-kept-diverse", params), "en")
    assert told == "age: as it is, with at least 1 different value in every group."
    assert render(Reason("gets-kept-diverse", {**params, "l": ""}), "en") == "age: as it is."
