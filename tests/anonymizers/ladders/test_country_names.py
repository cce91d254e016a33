"""Names of countries: in two languages, by code, and each of one country alone."""

from __future__ import annotations

import gettext

import pycountry
import pytest

from anonymizers.ladders.country_names import country_names


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("MX", "MX"),
        ("MEX", "MX"),
        ("Mexico", "MX"),
        ("México", "MX"),
        ("Bolivia, Plurinational State of", "BO"),
        ("Bolivia", "BO"),
        ("Spain", "ES"),
        ("España", "ES"),
        ("Vietnam", "VN"),
        ("Estados Unidos", "US"),
        ("Congo", "CG"),
        ("Niger", "NE"),
    ],
)
def test_a_country_is_known_by_its_codes_and_names(name, code):
    assert country_names()[name] == code


def test_a_short_name_of_several_countries_is_none():
    names = country_names()
    assert not {"Korea", "Corea", "Virgin Islands", "Islas Vírgenes"} & names.keys()


def test_no_two_countries_share_a_name():
    """A whole name or code of two would leave only the last of them."""
    spoken = [country.name for country in pycountry.countries]
    spoken += [
        country.common_name for country in pycountry.countries if hasattr(country, "common_name")
    ]
    assert len(spoken) == len({*spoken})


def test_every_country_is_known_by_its_codes_and_nothing_is_known_by_no_name():
    names = country_names()
    assert "" not in names
    assert {country.alpha_2 for country in pycountry.countries} == {*names.values()}
    for country in pycountry.countries:
        assert names[country.alpha_2] == names[country.alpha_3] == country.alpha_2


def test_without_the_spanish_names_the_english_ones_are_known(monkeypatch):
    monkeypatch.setattr(gettext, "find", lambda *_, **__: None)
    names = country_names()
    assert names["Spain"] == "ES"
    assert "España" not in names
