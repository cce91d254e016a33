"""Names, phones and addresses that nobody has: invented families, fictional numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from gateway.demo.proportions import chance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GIVEN = (
    *("Amber", "Aster", "Birch", "Cedar", "Clover", "Coral", "Dahlia", "Ember", "Fern", "Flint"),
    *("Garnet", "Hazel", "Heather", "Indigo", "Ivy", "Jade", "Juniper", "Laurel", "Lilac"),
    *("Linden", "Maple", "Marigold", "Olive", "Opal", "Pearl", "Poppy", "Quartz", "Reed"),
    *("Acacia", "Ámbar", "Azucena", "Begoña", "Camelia", "Coralina", "Dalia", "Estrella"),
    *("Jacinto", "Jazmín", "Laurelina", "Lirio", "Lucero", "Margarita", "Olmo", "Perla"),
    *("Río", "Romero", "Rubí", "Sauce", "Violeta", "Zafiro"),
)
"""Plants, stones and skies, in English and Spanish."""

FAMILY = (
    *("Examplesson", "Sampleton", "Fictionby", "Placeholder-Reed", "Madeupsky", "Notreal"),
    *("Inventado", "Ficticio", "De Ejemplo", "Imaginario", "Supuesto", "Sinpersona"),
    *("Demoville", "Fabler", "Pretendwood", "Testerfield", "Mockingham", "Imaginez"),
    *("Fabricado", "Muestra", "O'Sample", "Núñez-Ficción", "Generata", "Synthova"),
)
"""Names that say of themselves that they were made up."""

_AREA_CODES = (
    "AL 205, AK 907, AZ 602, AR 501, CA 213, CO 303, CT 203, DE 302, DC 202, FL 305, GA 404, "
    "HI 808, ID 208, IL 312, IN 317, IA 515, KS 316, KY 502, LA 504, ME 207, MD 410, MA 617, "
    "MI 313, MN 612, MS 601, MO 314, MT 406, NE 402, NV 702, NH 603, NJ 201, NM 505, NY 212, "
    "NC 704, ND 701, OH 216, OK 405, OR 503, PA 215, RI 401, SC 803, SD 605, TN 615, TX 713, "
    "UT 801, VT 802, VA 703, WA 206, WV 304, WI 414, WY 307"
)
AREA_CODES = dict(pair.split() for pair in _AREA_CODES.split(", "))
"""One telephone area code for each state."""

MARK = "GEN-"
"""Every person and case id starts with it: a generated record says so wherever it goes."""


def draw_given_names(rng: np.random.Generator, count: int) -> pa.Array:
    """Draw given names, some shared by many people."""
    return pa.array(GIVEN).take(pa.array(rng.integers(0, len(GIVEN), count)))


def draw_family_names(rng: np.random.Generator, count: int) -> pa.Array:
    """Draw family names, one or two of them."""
    first, second = (
        pa.array(FAMILY).take(pa.array(rng.integers(0, len(FAMILY), count))) for _ in range(2)
    )
    return pc.if_else(chance(rng, count, 0.2), _concat(first, " ", second), first)


def draw_phones(rng: np.random.Generator, states: pa.Array) -> pa.Array:
    """Draw phones in E.164 form from 555-0100 to 555-0199, reserved for fiction.

    A hundred numbers for each state: people share phones, as families and shelters do.
    """
    known = pa.array(tuple(AREA_CODES))
    area = pa.array(tuple(AREA_CODES.values())).take(pc.index_in(states, known))
    line = pc.utf8_lpad(pa.array(rng.integers(0, 100, len(states))).cast(pa.string()), 2, "0")
    return _concat("+1", area, "55501", line)


def addresses(given: pa.Array, numbers: NDArray[np.int64]) -> pa.Array:
    """Return e-mail addresses in a domain reserved for examples."""
    plain = pc.utf8_lower(pc.replace_substring_regex(given, "[^A-Za-z]", "x"))
    return _concat(plain, ".", pa.array(numbers).cast(pa.string()), "@example.org")


def marked(numbers: NDArray[np.int64], *, width: int, letter: str = "") -> pa.Array:
    """Return ids that carry the mark, as `GEN-00000042`."""
    digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
    return _concat(MARK + letter, digits)


def _concat(*parts: object) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")
