from __future__ import annotations

import pytest

from policies.documents import parse_home


def test_every_field_of_a_home_parses():
    home = parse_home(
        "name: Harbor\norigin: harbor.example/log\ntimezone: America/New_York\n"
        "languages: [es]\npolicy_review: 1\ndownload_days: 7\nnoise: opendp\n"
    )
    assert (home.timezone, home.languages, home.noise) == ("America/New_York", ("es",), "opendp")
    assert (home.policy_review, home.download_days) == (1, 7)


def test_a_home_has_the_contract_s_defaults():
    home = parse_home({"name": "Harbor", "origin": "harbor"})
    assert (home.timezone, home.languages, home.noise) == ("UTC", ("en", "es"), "batch")
    assert (home.policy_review, home.download_days) == (0, 30)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"origin": "a b"}, ("origin-not-plain", "origin")),
        ({"origin": "a+b"}, ("origin-not-plain", "origin")),
        ({"timezone": "Nowhere"}, ("unknown-timezone", "timezone")),
        ({"languages": ["fr"]}, ("not-one-of", "languages[0]")),
        ({"languages": []}, ("must-not-be-empty", "languages")),
        ({"policy_review": -1}, ("must-be-at-least", "policy_review")),
        ({"download_days": 0}, ("must-be-at-least", "download_days")),
        ({"noise": "laplace"}, ("not-one-of", "noise")),
    ],
)
def test_a_home_s_settings_are_checked(problems, change, expected):
    assert problems(parse_home, {"name": "Harbor", "origin": "harbor", **change}) == [expected]
