from __future__ import annotations

import pytest
import yaml

from gateway.client.decisions import DecisionsError, read_decisions, write_decisions

ANSWER = {
    "id": "sub_1",
    "dataset": "cases",
    "undecided": {"harm": {"trabajo": 3, "no: sé #1": 1, "a\nb": 2}},
}


def test_a_file_of_decisions_names_words_rows_and_known_codes():
    text = write_decisions(ANSWER, {"harm": ["Labour", "Sexual"]})
    assert "# Labour, Sexual" in text
    assert '"trabajo": "?"  # in 3 rows' in text
    told = yaml.safe_load(text)
    assert told["codes"]["harm"] == {"trabajo": "?", "no: sé #1": "?", "a\nb": "?"}


def test_it_explains_itself_in_the_contributor_s_language():
    text = write_decisions(ANSWER, {}, "es")
    assert "Lo que usted debe decidir sobre el envío sub_1" in text
    assert '"a\\nb": "?"  # en 2 filas' in text
    assert yaml.safe_load(text) == yaml.safe_load(write_decisions(ANSWER, {}))


def test_what_is_left_open_is_named_unless_one_goes_on():
    text = write_decisions(ANSWER, {})
    with pytest.raises(DecisionsError, match="leaves 3 open"):
        read_decisions("f.yaml", text)
    filled = text.replace('"?"', "Labour", 1).replace('"?"', "null", 1)
    with pytest.raises(DecisionsError, match="leaves 1 open"):
        read_decisions("f.yaml", filled)
    on = filled.replace("go: false", "go: true")
    submission, decision = read_decisions("f.yaml", on)
    assert submission == "sub_1"
    assert decision == {"codes": {"harm": {"trabajo": "Labour", "no: sé #1": None}}, "go": True}


def test_a_draft_is_there_to_be_corrected():
    recipe = {"recipe": "draft", "dataset": "cases", "columns": {"age": {"from": "Edad"}}}
    answer = {"id": "sub_1", "dataset": "cases"}
    text = "recipe: draft\ndataset: cases\ncolumns:\n  # 0.50 why\n  age: {from: Edad}\n"
    answer["draft"] = {"recipe": recipe, "confidence": {"age": 0.5}, "text": text}
    _, decision = read_decisions("f.yaml", write_decisions(answer, {}))
    assert decision == {"recipe": recipe}


@pytest.mark.parametrize("text", ["", "[", "- 1", "submission: 5"])
def test_another_file_is_none(text):
    with pytest.raises(DecisionsError, match=r"f\.yaml isn't"):
        read_decisions("f.yaml", text)
