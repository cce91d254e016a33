"""What a manifest says of risk and utility beyond the model: derived figures, all of them rounded.

Who holds the file can count its classes; who holds the manifest alone can't, and manifests are
shown to more people than files. An exact sum over classes would also differ from one release to
the next by what a single person changes (2 n + 1 in the discernibility of a class of n). So sums
and means carry two digits, risks rounded up, and what depends on people who were left out is
rounded up to a percent as the suppressed share is.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anonymizers.recount import Recount
    from gateway.deciding import Decided
    from policies.plans import Protection

DIGITS = 2


def risk_figures(counted: Recount) -> dict[str, Any]:
    """Return the risks of a written file, for the manifest's `protection`.

    `journalist_risk` is at most this: no population is known here, and with one it is lower.
    `marketer_risk` is the share of a register of the file's own people that is linked rightly.
    """
    average = rounded_up(counted.classes / counted.people)
    return {
        "journalist_risk": 1 / counted.smallest_class,
        "average_risk": average,
        "marketer_risk": average,
        "unique_share": percent_up(counted.unique / counted.people),
    }


def class_figures(counted: Recount) -> dict[str, Any]:
    """Return what the sizes of classes cost, for the manifest's `utility`."""
    return {
        "average_class_size": rounded_down(counted.people / counted.classes),
        "discernibility": rounded_up(counted.squares),
    }


def loss_figures(decided: Decided, protection: Protection) -> dict[str, Any]:
    """Return ARX's loss for `utility`: exact, or rounded up to a percent.

    Exact is what other tools print, and it counts everybody whom the search left out as lost, so
    that it says how many they were and no more. Where levels are chosen by k alone, l and t leave
    classes out that it counts as kept: exact, it could be solved with the file at hand for the
    very class that had too few values, whose people would share one.
    """
    later = protection.levels_by == "k" and protection.recoding == "full-domain"
    shown = percent_up if later and protection.model.sensitive else float
    return {
        "loss": shown(decided.loss),
        "loss_by_column": {name: shown(lost) for name, lost in decided.loss_by_column.items()},
    }


def entropy_figures(by_column: Mapping[str, float]) -> dict[str, Any]:
    """Return the information lost beyond the policy's floor, 0 to 1, for `utility`."""
    return {"entropy_loss_by_column": {name: percent_up(lost) for name, lost in by_column.items()}}


def percent_up(share: float) -> float:
    """Round a share up to a percent; what rounding errors add doesn't count."""
    return math.ceil(100 * share - 1e-9) / 100


def rounded_up(number: float) -> float:
    """Round a positive number up to two digits."""
    unit = _unit(number)
    return _plain(math.ceil(number / unit - 1e-9), unit)


def rounded_down(number: float) -> float:
    """Round a positive number down to two digits."""
    unit = _unit(number)
    return _plain(math.floor(number / unit + 1e-9), unit)


def _unit(number: float) -> float:
    return 10.0 ** (math.floor(math.log10(number)) - DIGITS + 1)


def _plain(units: int, unit: float) -> float:
    """Multiply without leaving digits behind: 17 units of 0.001 are 0.017."""
    return float(f"{units * unit:.{DIGITS}g}")
