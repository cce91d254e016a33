"""Names of countries in English and Spanish, with the two letters of each (ISO 3166-1)."""

from __future__ import annotations

import gettext

import pycountry


def country_names() -> dict[str, str]:
    """Return the two letters of each country by its codes and names; the first country wins."""
    spanish = gettext.translation(
        "iso3166-1", pycountry.LOCALES_DIR, languages=["es"], fallback=True
    ).gettext
    names: dict[str, str] = {}
    for country in pycountry.countries:
        said = (country.name, getattr(country, "common_name", ""), spanish(country.name))
        for name in (country.alpha_2, country.alpha_3, *said):
            names.setdefault(name, country.alpha_2)
            names.setdefault(name.partition(",")[0], country.alpha_2)
    names.pop("", None)
    return names
