"""Names of countries in English and Spanish, with the two letters of each (ISO 3166-1)."""

from __future__ import annotations

import gettext
from collections import defaultdict

import pycountry


def country_names() -> dict[str, str]:
    """Return the two letters of each country by its codes and names.

    A name up to its comma counts where it means one country: `Bolivia`, but neither `Korea` nor
    `Virgin Islands`. A whole name goes before: `Congo` isn't the Democratic Republic.
    """
    spanish = gettext.translation(
        "iso3166-1", pycountry.LOCALES_DIR, languages=["es"], fallback=True
    ).gettext
    names: dict[str, str] = {}
    short: dict[str, set[str]] = defaultdict(set)
    for country in pycountry.countries:
        said = {country.name, getattr(country, "common_name", country.name), spanish(country.name)}
        names |= dict.fromkeys((country.alpha_2, country.alpha_3, *said), country.alpha_2)
        for name in said:
            short[name.partition(",")[0]].add(country.alpha_2)
    single = {name: codes.pop() for name, codes in short.items() if len(codes) == 1}
    return {**single, **names}
