"""The ladders `us-state` and `country`: a place and the region that holds it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from anonymizers.ladders.tables import TableLadder

STATE_LEVELS = ("us-state", "us-region")
COUNTRY_LEVELS = ("country", "un-region")


class StateLadder(TableLadder):
    """`us-state`: USPS codes (states, DC, territories) and census regions."""

    def __init__(self) -> None:
        """Read the table that ships with the package."""
        super().__init__("us-state", STATE_LEVELS, _read_table("us_regions.csv"))

    def normalize(self, value: str) -> str:
        """Return the code in capitals, without surrounding space."""
        return value.strip().upper()


class CountryLadder(TableLadder):
    """`country`: ISO 3166-1 alpha-2 codes and the regions of UN M49."""

    def __init__(self) -> None:
        """Read the table that ships with the package."""
        super().__init__("country", COUNTRY_LEVELS, _read_table("un_regions.csv"))

    def normalize(self, value: str) -> str:
        """Return the alpha-2 code of an alpha-2, alpha-3 or English name, never by likeness."""
        return _spellings().get(value.strip().casefold(), "")


@cache
def _read_table(name: str) -> tuple[tuple[str, ...], ...]:
    text = files("anonymizers.ladders").joinpath("data", name).read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return tuple(tuple(line.split(";")) for line in lines)


@cache
def _spellings() -> dict[str, str]:
    """Map every spelling that ISO 3166-1 gives a country, in lower case, to its alpha-2."""
    import pycountry

    fields = ("alpha_2", "alpha_3", "name", "common_name", "official_name")
    return {
        getattr(country, field).casefold(): country.alpha_2
        for country in pycountry.countries
        for field in fields
        if hasattr(country, field)
    }
