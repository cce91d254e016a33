"""How often each value occurs among generated cases: published figures where there are some.

Published, as facts:

- States: cases of the US National Human Trafficking Hotline by state, 2012 to 2016, from its
  state pages (24,430 cases).
- Years: the hotline's national cases a year: 7,572 (2016), 8,759 (2017), 10,949 (2018), 11,500
  (2019), 10,583 (2020), 10,359 (2021), rounded to hundreds; later years repeat the last one.
- Gender, age at known ages, and forms of exploitation by gender: Counter Trafficking Data
  Collaborative, k-anonymised Global Dataset of 14 April 2020 (48,773 records): 72.8 % female;
  of those with a known form, 77 % of female and 13 % of male victims sexually exploited.

Everything else (consent, funding, contacts a person, dirt) is an assumption, made so that every
rule of the gateway meets cases to work on. No record of a real person went into any of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Shares:
    """Values and how often each occurs.

    Attributes:
        forms: the values; None is a value that was never written down.
        weights: of any scale, one for each form.
    """

    forms: tuple[str | None, ...]
    weights: tuple[float, ...]

    @classmethod
    def of(cls, weights: Mapping[str | None, float]) -> Shares:
        """Make shares from a mapping of value to weight."""
        return cls(tuple(weights), tuple(float(weight) for weight in weights.values()))

    def positions(self, rng: np.random.Generator, count: int) -> NDArray[np.int64]:
        """Draw `count` positions into `forms`."""
        bounds = np.cumsum(self.weights)
        drawn: NDArray[np.int64] = np.searchsorted(
            bounds, rng.random(count) * bounds[-1], side="right"
        )
        return drawn

    def draw(self, rng: np.random.Generator, count: int) -> pa.Array:
        """Draw `count` values."""
        return pa.array(self.forms, pa.string()).take(pa.array(self.positions(rng, count)))


def chance(
    rng: np.random.Generator, count: int, share: float | NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Say yes for about that share of `count`."""
    yes: NDArray[np.bool_] = rng.random(count) < share
    return yes


def _counted(text: str) -> Shares:
    """Read shares written as `CA 4479, TX 2361`."""
    pairs = (part.split() for part in text.split(","))
    return Shares.of({form: float(weight) for form, weight in pairs})


STATES = _counted(
    "CA 4479, TX 2361, FL 1928, NY 1237, OH 1052, GA 856, MI 715, IL 706, NJ 703, VA 687, "
    "MD 633, NC 609, WA 594, PA 590, NV 543, AZ 469, LA 428, MO 384, CO 384, DC 360, TN 359, "
    "MA 336, OK 298, IN 293, KY 289, OR 275, SC 262, MN 235, WI 225, AL 210, KS 207, CT 184, "
    "IA 173, MS 171, AR 144, NM 134, HI 120, UT 105, NE 105, ND 68, MT 66, WV 58, RI 58, ME 56, "
    "SD 52, ID 49, DE 48, AK 37, NH 36, WY 35, VT 24"
)

YEARS = _counted(
    "2016 38, 2017 88, 2018 109, 2019 115, 2020 106, 2021 104, 2022 104, 2023 104, 2024 104, "
    "2025 104, 2026 52"
)
"""Half of 2016 and half of 2026: ten years of reports, July to June."""

GENDERS = _counted(
    "Feminine 7080, Masculine 2650, TransgenderFeminine 40, TransgenderMasculine 20, "
    "NonConforming 20, NonSpecifiedUnknown 190"
)

AGE_BANDS = ((0, 8), (9, 17), (18, 20), (21, 23), (24, 26), (27, 29), (30, 38), (39, 47), (48, 89))
"""First and last age of each band of the CTDC data sets; the last one is open above."""

FEMALE_AGES = Shares(
    tuple(f"{first}-{last}" for first, last in AGE_BANDS),
    (841, 6754, 4227, 3734, 2816, 1869, 4208, 1366, 865),
)
MALE_AGES = Shares(FEMALE_AGES.forms, (715, 1891, 221, 479, 648, 772, 2869, 1455, 695))
UNKNOWN_AGE_SHARE = 0.08

FEMALE_EXPLOITATION = Shares.of(
    {
        "SexualExploitation": 70,
        "ForcedLabour": 18,
        "Servitude": 3,
        "ForcedMarriage": 1,
        "Other": 2,
        None: 6,
    }
)
MALE_EXPLOITATION = Shares.of(
    {"SexualExploitation": 12, "ForcedLabour": 76, "ForcedBegging": 3, "Other": 3, None: 6}
)

CITIZENSHIPS = Shares.of(
    {
        "US": 640,
        "MX": 110,
        "GT": 34,
        "HN": 32,
        "SV": 24,
        "PH": 22,
        "CN": 20,
        "CO": 12,
        "VE": 12,
        "IN": 10,
        "CU": 8,
        "BR": 8,
        "TH": 7,
        "UA": 6,
        "NG": 5,
        "KR": 5,
        "RU": 4,
        "JM": 4,
        "KE": 3,
        "NP": 3,
        "RO": 2,
        None: 29,
    }
)
SPANISH_SPEAKING = ("MX", "GT", "HN", "SV", "CO", "VE", "CU")

INDUSTRIES = Shares.of(
    {
        "T_ActivitiesOfHouseholdsAsEmployers": 26,
        "A_AgricultureForestryAndFishing": 22,
        "F_Construction": 14,
        "I_AccommodationAndFoodServiceActivities": 14,
        "N_AdministrativeAndSupportServiceActivities": 8,
        "C_Manufacturing": 7,
        "S_OtherServiceActivities": 6,
        None: 3,
    }
)

CONTROLS = _counted(
    "PsychologicalAbuse 20, TakesEarnings 18, PhysicalAbuse 16, PhysicalThreats 14, "
    "DebtBondage 12, FalsePromises 12, RestrictsFinancialAccess 10, WithholdsDocuments 9, "
    "PsychoactiveSubstance 8, ExcessiveWorkingHours 8, ThreatsLawEnforcement 7, "
    "WithholdsNecessities 6, SexualAbuse 6, ThreatensChildrenFamily 5, RestrictsMedicalCare 3, "
    "Other 3"
)

CONSENTS = Shares.of(
    {"pseudonymized": 78, "anonymized": 10, "aggregate": 6, "none": 2, None: 4},
)
FUNDINGS = Shares.of({None: 86, "vawa": 6, "voca": 4, "fvpsa": 3, "VOCA;VAWA": 1})
SCOPED_SHARE = 0.5
"""Of records under restricted funding: those with written, scoped, time-limited consent."""

RECIPIENTS = Shares.of({None: 88, "ngo;government": 6, "ngo": 4, "government": 2})
PURPOSES = Shares.of({None: 94, "service-planning;research;statistics": 4, "research": 2})
