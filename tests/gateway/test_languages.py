from __future__ import annotations

import pytest

from gateway.languages import language_of


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("es", "es"),
        ("es-MX", "es"),
        ("ES-419;q=0.9", "es"),
        ("fr, es;q=0.5, en;q=0.4", "es"),
        ("en;q=0.4, es;q=0.5", "es"),
        ("es;q=0.5, en;q=0.5", "es"),
        ("en, es", "en"),
        ("fr", "en"),
        ("*", "en"),
        ("en;q=0, *", "es"),
        ("*;q=0.1, es;q=0.2", "es"),
        ("es;q=0", "en"),
        ("en;q=0, es;q=0", "en"),
        ("es;q=nan", "en"),
        ("es;q=7", "en"),
        ("es;x=1", "en"),
        (";;;,,,q=", "en"),
        ("es" * 10000, "en"),
    ],
)
def test_the_preferred_language_that_we_speak_is_chosen(header, language):
    assert language_of(header) == language
