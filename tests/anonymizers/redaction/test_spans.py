from anonymizers.redaction.spans import Span, merged, patterns

KINDS = ("FIRST", "SECOND")


def test_overlapping_finds_are_one_of_the_kind_that_stands_first():
    found = [
        Span(4, 9, "FIRST"),
        Span(0, 5, "SECOND"),
        Span(20, 22, "SECOND"),
        Span(1, 2, "SECOND"),
    ]
    assert merged(found, KINDS) == [Span(0, 9, "FIRST"), Span(20, 22, "SECOND")]


def test_finds_that_touch_stay_two_and_empty_ones_say_nothing():
    found = [Span(0, 2, "FIRST"), Span(2, 4, "SECOND"), Span(7, 7, "FIRST")]
    assert merged(found, KINDS) == [Span(0, 2, "FIRST"), Span(2, 4, "SECOND")]


def test_a_find_within_another_adds_nothing():
    assert merged([Span(0, 9, "SECOND"), Span(2, 4, "SECOND")], KINDS) == [Span(0, 9, "SECOND")]


def test_an_expression_with_a_value_finds_the_value_alone():
    numbered = patterns("FIRST", r"no\.\s(?P<value>\d+)", r"x\d")
    assert list(numbered.find("No. 12 and X3")) == [Span(4, 6, "FIRST"), Span(11, 13, "FIRST")]
