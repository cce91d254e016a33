"""What is suggested for a word that isn't known."""

from __future__ import annotations

import pytest

from policies.documents.problems import nearest, suggested

COLUMNS = ("case_id", "person_id", "reported_on", "age", "citizenship", "narrative")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("agee", "age"),
        ("AGE", "age"),
        ("reported-on", "reported_on"),
        ("Reported On", "reported_on"),
        ("citizenshp", "citizenship"),
        ("city", ""),
        ("note", ""),
        ("phone", ""),
        ("zzz", ""),
        ("", ""),
    ],
)
def test_only_what_was_probably_meant_is_suggested(word, meant):
    assert nearest(word, COLUMNS) == meant


def test_where_nothing_is_near_all_that_are_known_are_named_up_to_a_readable_number():
    assert suggested("agee", COLUMNS) == {"nearest": "age", "known": ""}
    assert suggested("zzz", COLUMNS) == {"nearest": "", "known": ", ".join(COLUMNS)}
    assert suggested("zzz", ()) == {"nearest": "", "known": ""}
    many = [f"column{number}" for number in range(21)]
    assert suggested("zzz", many)["known"].endswith("column19, ...")
    assert suggested("zzz", many[:20])["known"].endswith("column19")
