from __future__ import annotations

import pytest

from gateway.messages import render
from policies.recipes import HeaderError, match_header


def test_a_column_is_found_by_its_name_else_by_its_letters():
    header = ("Nº de caso", " FECHA_de_Ingreso", "Edad", "edad")
    wanted = ("Fecha de ingreso", "n.º de Caso", "Edad")
    assert match_header(wanted, header, "a.csv") == {
        "Fecha de ingreso": " FECHA_de_Ingreso",
        "n.º de Caso": "Nº de caso",
        "Edad": "Edad",
    }


@pytest.mark.parametrize(
    ("wanted", "header", "rule", "fact"),
    [
        (("Edad",), ("Edades", "Sexo"), "missing-column", ("nearest", "Edades")),
        (("Edad",), ("Sexo",), "missing-column", ("nearest", "")),
        (("#",), ("", "*"), "missing-column", ("nearest", "")),
        (("Edad",), ("Edad", "Edad"), "duplicate-column", ("column", "Edad")),
        (("EDAD",), ("Edad", "edad"), "duplicate-column", ("column", "edad")),
        (("EDAD", "edad "), ("Edad",), "duplicate-column", ("column", "Edad")),
    ],
)
def test_a_column_that_is_missing_or_could_be_several_is_refused(wanted, header, rule, fact):
    with pytest.raises(HeaderError) as caught:
        match_header(wanted, header, "a.csv")
    reason = caught.value.reason
    assert (reason.rule, reason.params[fact[0]]) == (rule, fact[1])
    assert "a.csv" in render(reason, "en")
