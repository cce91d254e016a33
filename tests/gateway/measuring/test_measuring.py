"""Files of every kind measured: what is counted, beside what, and what is refused."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest

from anonymizers.measures.populations import expected_chance
from gateway.errors import MeasureError
from gateway.measuring.chart import risk_chart
from gateway.measuring.files import column_names
from gateway.measuring.measures import measure_file
from gateway.measuring.questions import Question
from gateway.measuring.words import because, register_sentence
from gateway.outputs.formats import FORMATS

ROWS = "age,town,harm\n" + "30-39,north,x\n" * 3 + "30-39,north,y\n" * 2 + "40-49,,x\n" * 2
AGES = "31;30-39;*\n32;30-39;*\n41;40-49;*\n42;40-49;*\n43;40-49;*\n"


@pytest.fixture
def file(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def asked(path, **changed):
    return Question(path, **{"quasi_identifiers": ("age", "town"), "k": 3, **changed})


def test_groups_risks_and_answers_of_a_small_file(file):
    found = measure_file(asked(file("a.csv", ROWS), sensitive=("harm",)))
    assert (found["rows"], found["k"], found["classes"]) == (7, 2, 2)
    assert found["discernibility"] == 25 + 4
    assert found["risk"]["prosecutor"] == {
        "highest": 0.5,
        "average": pytest.approx(2 / 7),
        "share_above": pytest.approx(2 / 7),
    }
    assert found["risk"]["journalist"]["population"] == "none"
    assert found["sensitive"]["harm"]["distinct_l"] == 1
    assert found["sensitive"]["harm"]["alike"] == 2
    assert found["wp216"]["singling_out"]["because"] == "too-few"
    assert found["wp216"]["inference"]["possible"] == "yes"
    assert sum(bucket["people"] for bucket in found["sizes"]) == 7
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("kind", [*FORMATS])
def test_every_format_that_weir_writes_is_measured_alike(tmp_path, kind):
    table = pa.table({"age": ["30-39"] * 4 + ["40-49"], "town": ["n", "n", "n", None, "=s"]})
    path = tmp_path / f"a.{kind}"
    with path.open("wb") as out:
        FORMATS[kind].write([table], out, title="t")
    assert column_names(path) == ["age", "town"]
    found = measure_file(asked(path))
    assert (found["rows"], found["classes"], found["k"]) == (5, 3, 1)


def test_people_with_several_rows_count_once(file):
    path = file("a.csv", "who,age,town\n" + "p,1,a\np,2,a\nq,1,a\nq,2,a\nr,1,a\n,1,a\n")
    found = measure_file(asked(path, unit="who", sensitive=()))
    assert (found["rows"], found["people"], found["k"], found["classes"]) == (6, 4, 2, 2)
    assert measure_file(asked(path))["k"] == 2
    assert found["register"]["matched"] == 4


def test_a_manifest_beside_it_says_what_the_columns_are(file):
    path = file("a.csv", "who," + ROWS.replace("\n", "\nt,").removesuffix("t,"))
    columns = [
        {"name": "who", "role": "direct_identifier", "action": "pseudonymize"},
        {"name": "age", "role": "quasi_identifier", "quasi_identifier": True},
        {"name": "harm", "role": "sensitive", "action": "keep", "quasi_identifier": False},
    ]
    manifest = {"columns": columns, "protection": {"k": 2}}
    file("a.csv.manifest.json", json.dumps(manifest))
    found = measure_file(Question(path))
    assert found["quasi_identifiers"] == ["age"]
    assert [*found["sensitive"]] == ["harm"]
    assert found["asked_k"] == 2
    assert found["wp216"]["linkability"]["because"] == "tokens"
    file("a.csv.manifest.json", "{}")
    with pytest.raises(MeasureError, match="isn't a manifest"):
        measure_file(Question(path))


def test_values_that_say_nothing_count_for_no_diversity(file):
    path = file("a.csv", ROWS)
    quasi = {"name": "age", "role": "quasi_identifier", "quasi_identifier": True}
    harm = {"name": "harm", "role": "sensitive", "parameters": {"says_nothing": ["y"]}}

    def diverse(**asks):
        found = measure_file(Question(path, quasi_identifiers=("age",), **asks))
        return found["sensitive"]["harm"]["distinct_l"]

    assert diverse(sensitive=("harm",)) == 1
    assert diverse(sensitive=("harm",), says_nothing={"harm": ("x",)}) == 0
    file("a.csv.manifest.json", json.dumps({"columns": [quasi, harm]}))
    assert diverse(says_nothing={"harm": ("z",)}) == 1
    assert diverse(says_nothing={"harm": ("x",)}) == 0
    harm["parameters"]["says_nothing"] = ["x"]
    file("a.csv.manifest.json", json.dumps({"columns": [quasi, harm]}))
    assert diverse() == 0
    with pytest.raises(MeasureError, match="did you mean harm"):
        diverse(says_nothing={"harms": ("x",)})


def test_a_hierarchy_tells_the_loss_and_the_original_who_is_left_out(file):
    path, ages = file("a.csv", ROWS), file("ages.csv", AGES)
    original = file("o.csv", "age,town\n" + "31,north\n" * 4 + "32,north\n41,\n42,\n43,\n")
    found = measure_file(asked(path, hierarchies={"age": ages}))["loss"]
    assert found["by_column"] == {
        "age": {"loss": pytest.approx((5 / 4 + 2 * 2 / 4) / 7), "level": "level-1"}
    }
    assert (found["loss"], found["left_out"], found["entropy_by_column"]) == (None, None, {})
    beside = measure_file(asked(path, hierarchies={"age": ages}, original=original))["loss"]
    assert beside["left_out"] == 1
    assert beside["by_column"]["age"]["loss"] == pytest.approx((5 / 4 + 2 * 2 / 4 + 1) / 8)
    assert 0 < beside["entropy_by_column"]["age"] < 1
    assert beside["entropy_by_column"]["town"] > 0
    alone = Question(path, ("age",), hierarchies={"age": ages})
    assert measure_file(alone)["loss"]["loss"] == pytest.approx((5 / 4 + 2 * 2 / 4) / 7)


def test_local_recoding_has_no_level_and_no_entropy(file):
    path, ages = file("a.csv", "age\n31\n40-49\n*\n"), file("ages.csv", AGES)
    original = file("o.csv", "age\n31\n41\n42\n")
    question = Question(path, ("age",), hierarchies={"age": ages}, original=original)
    found = measure_file(question)["loss"]
    assert found["by_column"]["age"]["level"] is None
    assert found["entropy_by_column"] == {}


def test_everything_left_out_lost_all_information(file):
    ages = file("ages.csv", AGES)
    path, original = file("a.csv", "age\n*\n*\n"), file("o.csv", "age\n31\n41\n\n42\n")
    question = Question(path, ("age",), hierarchies={"age": ages}, original=original)
    found = measure_file(question)["loss"]
    assert found["by_column"]["age"]["loss"] == 1
    assert found["entropy_by_column"]["age"] == 1


def test_a_column_in_other_forms_than_the_original_has_no_entropy(file):
    path, original = file("a.csv", "age\n30-39\n"), file("o.csv", "age\n31\n32\n")
    question = Question(path, ("age",), original=original)
    assert measure_file(question)["loss"]["entropy_by_column"] == {}


def test_a_population_lowers_the_journalist_s_risk(file):
    path, ages = file("a.csv", ROWS), file("ages.csv", AGES)
    counted = file("p.csv", "age,town,people\n30-39,north,40\n40-49,,1\n")
    found = measure_file(asked(path, population=counted))
    assert found["risk"]["journalist"] == {
        "highest": 0.5,
        "average": pytest.approx((5 / 40 + 2 / 2) / 7),
        "share_above": pytest.approx(2 / 7),
        "population": "table",
    }
    assert found["risk"]["population_lacks_classes"] == 1
    assert found["risk"]["presence"] == {"lowest": 5 / 40, "highest": 1.0}
    assert found["register"]["rows"] == 42
    exact = file("e.csv", "age,town\n" + "31,north\n32,north\n" * 10 + "41,\n42,\n43,\n")
    by_level = measure_file(asked(path, population=exact, hierarchies={"age": ages}))
    assert by_level["risk"]["journalist"]["average"] == pytest.approx((5 / 20 + 2 / 3) / 7)
    elsewhere = file("w.csv", "age,town,people\n30-39,north,40\n40-49,,4\n80-89,west,3\n")
    presence = measure_file(asked(path, population=elsewhere))["risk"]["presence"]
    assert presence == {"lowest": 0.0, "highest": 0.5}


def test_without_a_population_a_share_estimates_it(file):
    found = measure_file(asked(file("a.csv", ROWS), sampled_share=0.1))
    chances = 5 * expected_chance(5, 0.1) + 2 * expected_chance(2, 0.1)
    assert found["risk"]["journalist"]["average"] == pytest.approx(chances / 7)
    assert found["risk"]["journalist"]["population"] == "estimate"
    assert found["risk"]["presence"] is None


def test_rows_that_can_t_be_read_are_counted(file):
    found = measure_file(asked(file("a.csv", ROWS + "1,2\n")))
    assert (found["rows"], found["unreadable_rows"]) == (7, 1)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"quasi_identifiers": ()}, "--quasi-identifiers a,b,c. a.csv has: age, town, harm"),
        ({"quasi_identifiers": ("ages",)}, "has no column ages; did you mean age"),
        ({"quasi_identifiers": ("zzz",)}, "has no column zzz; there is: age, town, harm"),
        ({"sensitive": ("age",)}, "age can't be a quasi-identifier and sensitive at once"),
        ({"hierarchies": {"harm": "h.csv"}}, "a hierarchy is for a quasi-identifier"),
        (
            {"hierarchies": {"town": "ages.csv"}},
            "1 value of town stands on no level of ages.csv, 'n",
        ),
        (
            {"hierarchies": {"age": "bad.csv"}},
            "as many columns as the first: 1, not 2",
        ),
        ({"hierarchies": {"age": "latin.csv"}}, "isn't UTF-8 text"),
        ({"original": "few.csv"}, "has fewer rows than a.csv"),
        ({"original": "odd.csv", "hierarchies": {"age": "ages.csv"}}, "has the value '99'"),
        ({"population": "p.csv"}, "the column people of p.csv must hold whole numbers"),
        ({"population": "few.csv", "unit": "harm"}, "one row for each person"),
        ({"original": "xx.csv"}, "no column age"),
        ({"original": "no.xlsx"}, "is damaged"),
    ],
)
def test_what_doesn_t_fit_says_what_to_change(tmp_path, file, changed, told):
    path = file("a.csv", ROWS)
    file("ages.csv", AGES)
    file("bad.csv", "31;30-39\n32\n")
    (tmp_path / "latin.csv").write_bytes(b"31;caf\xe9\n")
    file("few.csv", "age,town\n31,north\n")
    file("odd.csv", "age,town\n" + "99,north\n" * 8)
    file("p.csv", "age,town,people\n30-39,north,many\n")
    file("xx.csv", "a,b\n1,2\n")
    (tmp_path / "no.xlsx").write_bytes(b"PK\x03\x04 and no more")
    named = {
        key: {column: tmp_path / name for column, name in value.items()}
        if key == "hierarchies"
        else tmp_path / value
        if key in {"original", "population"}
        else value
        for key, value in changed.items()
    }
    with pytest.raises(MeasureError) as caught:
        measure_file(asked(path, **named))
    assert told in str(caught.value)


def test_a_file_without_rows_isn_t_measured(file):
    with pytest.raises(MeasureError, match="no rows"):
        measure_file(asked(file("a.csv", "age,town\n")))


def test_a_workbook_that_lacks_a_column_says_so(tmp_path):
    path = tmp_path / "a.xlsx"
    with path.open("wb") as out:
        FORMATS["xlsx"].write([pa.table({"age": ["1"]})], out, title="t")
    with pytest.raises(MeasureError, match="has no column town"):
        measure_file(asked(path))


def test_a_workbook_whose_xml_defines_entities_isn_t_read(tmp_path):
    path = tmp_path / "a.xlsx"
    with path.open("wb") as out:
        FORMATS["xlsx"].write([pa.table({"age": ["1"]})], out, title="t")
    assert measure_file(Question(path, ("age",)))["rows"] == 1
    bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbb">]><a>&b;</a>'
    with zipfile.ZipFile(path, "a") as book:
        book.writestr("xl/further.xml", bomb)
    with pytest.raises(MeasureError, match="unpacks to far more"):
        measure_file(Question(path, ("age",)))


def test_a_manifest_that_nests_without_end_is_none(file):
    path = file("a.csv", ROWS)
    path.with_name("a.csv.manifest.json").write_text("[" * 200_000)
    with pytest.raises(MeasureError, match="isn't a manifest"):
        measure_file(Question(path, ()))


def test_a_large_file_s_picture_names_the_largest_groups(file):
    found = measure_file(asked(file("a.csv", "age,town\n" + "1,a\n" * 5), k=2))
    found["sizes"][-1]["people"] = 5
    text = json.dumps(risk_chart(found))
    assert "100,000 or more" in text
    assert "everybody is one of at least 5" in text


def test_the_picture_holds_counts_and_risks_and_no_value(file):
    text = json.dumps(risk_chart(measure_file(asked(file("a.csv", ROWS), sensitive=("harm",)))))
    assert "fewer than 3" in text
    assert "smallest group 2, asked for 3" in text
    assert "north" not in text
    assert "30-39" not in text


def test_every_reason_has_its_sentence(file):
    answers = measure_file(asked(file("a.csv", ROWS), sensitive=("harm",)))["wp216"]
    assert all(because(answer).endswith(".") for answer in answers.values())


def test_luck_in_the_experiment_does_not_hide_groups_that_are_too_small(file):
    found = measure_file(asked(file("a.csv", "age,town\n" + "30,n\n" * 50 + "31,n\n"), k=11))
    assert found["register"]["kept"]
    assert found["wp216"]["linkability"]["because"] == "few"
    assert "at worst 100.0% of guesses" in because(found["wp216"]["linkability"])
    assert "Some groups are too small for one in 11" in register_sentence(found)
    whole = measure_file(asked(file("b.csv", "age,town\n" + "30,n\n" * 50), k=11))
    assert whole["wp216"]["linkability"]["because"] == "groups"
    assert "The promise of one in 11 holds" in register_sentence(whole)


def test_a_folder_is_no_file(tmp_path):
    for folder in (tmp_path, Path()):
        with pytest.raises(MeasureError, match="is a folder"):
            measure_file(asked(folder))
