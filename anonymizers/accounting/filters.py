"""The filter: whether a charge still fits under a cap. The reference of the ledger's SQL.

A reservation passes while both hold:

1. **either** everything charged so far, this charge included, was pure and the sum of epsilon is
   at most `limit.epsilon`, **or** the sum of rho, over everything, is at most `limit.rho`, which
   converts to the budget's epsilon at half of its delta;
2. the sum of delta, of samplers and thresholds, is at most `limit.delta`: the other half.

**Guarantee.** All answers together, adaptively asked for, are (epsilon, delta)-DP, whoever asked.

**Argument.** Let M be the whole interaction: whoever asks chooses each question by the answers so
far, the filter stops what doesn't fit. First, delta. In every transcript the deltas of all answers
sum to at most delta / 2, by 2, which decides before anything is drawn.

- Gaussian answers: let M1 be M with ideal noise in them. The two differ by the sum of their
  distances, on D and on D'; where M1 is (epsilon, d)-DP, M is
  (epsilon, d + (1 + e^epsilon) * distances)-DP, and so much was charged (`distance_delta`).
- Pure answers are (epsilon_i, delta_i)-DP as they are drawn (`pure_delta`), and a key that passes a
  threshold is named for one person alone with a probability of at most its delta. Such answers on D
  and D' are mixtures with the same weights: 1 - delta_i of a pair that is as pure, or as
  concentrated, as the price says, and delta_i of anything (Kairouz, Oh, Viswanath 2015). Let M' be
  the interaction that only ever meets the first; M1 leaves it with a probability of at most the
  sum of these deltas.

Both together take delta / 2 once. So it is enough to show that M' is (epsilon, delta / 2)-DP.

A transcript says which branch of 1 holds at its end, since prices are in it. Let P be the
transcripts that are pure with a sum of at most epsilon at their end, Z all others.

- On P, for neighbours D and D': the probability of a transcript is a product of conditional
  probabilities, one for each answer, and each factor changes by e^(its epsilon) at most. So
  Pr[M'(D) = y] <= e^epsilon Pr[M'(D') = y] for each y in P, without any delta.
- On Z the sum of rho is at most `limit.rho` at the end; sums only grow, so it is so at every step.
  Let N ask the same and stop where the sum of rho would pass `limit.rho`: a zCDP filter (rho can be
  chosen by answers so far; Feldman and Zrnic 2021, Whitehouse et al. 2023), hence
  (epsilon, delta / 2)-DP by conversion. Every y in Z is a transcript of N with the same probability
  as of M'.

So for any set S: Pr[M'(D) in S] = Pr[M'(D) in S & P] + Pr[N(D) in S & Z]
<= e^epsilon Pr[M'(D') in S & P] + e^epsilon Pr[N(D') in S & Z] + delta / 2
= e^epsilon Pr[M'(D') in S] + delta / 2.

**Does not protect.** Extracts of the same people: they have no finite epsilon.

References:
    Kairouz, Oh, Viswanath: The Composition Theorem for Differential Privacy, 2015.
    Rogers, Roth, Ullman, Vadhan: Privacy Odometers and Filters, 2016.
    Feldman, Zrnic: Individual Privacy Accounting via a Renyi Filter, 2021.
    Whitehouse, Ramdas, Rogers, Wu: Fully-Adaptive Composition in Differential Privacy, 2023.
"""

from __future__ import annotations

from math import isqrt
from typing import TYPE_CHECKING

from anonymizers.accounting.charges import EPSILON_UNITS, LARGEST, RHO_UNITS, Charge

if TYPE_CHECKING:
    from anonymizers.accounting.limits import Limit


def fits(spent: Charge, charge: Charge, limit: Limit) -> bool:
    """Answer whether a charge may be added to what was spent under a cap.

    Args:
        spent: the sum of all charges so far.
        charge: what is asked for.
        limit: of the cap, now.
    """
    epsilon, rho = spent.epsilon + charge.epsilon, spent.rho + charge.rho
    pure = spent.pure and charge.pure and epsilon <= limit.epsilon
    storable = max(epsilon, rho) <= LARGEST
    return storable and (pure or rho <= limit.rho) and spent.delta + charge.delta <= limit.delta


def times(spent: Charge, charge: Charge, limit: Limit) -> int:
    """Return how many such charges still fit, one after the other.

    If n of them fit, so do fewer: all sums only grow. So n is found by bisection.

    Args:
        spent: the sum of all charges so far.
        charge: not nothing.
        limit: of the cap, now.
    """
    fewest, too_many = 0, LARGEST // max(charge.epsilon, charge.rho, charge.delta) + 1
    while too_many - fewest > 1:
        middle = (fewest + too_many) // 2
        if fits(spent, _several(charge, middle), limit):
            fewest = middle
        else:
            too_many = middle
    return fewest


def remaining(spent: Charge, limit: Limit) -> tuple[int, int]:
    """Return the largest epsilon, and the largest rho, that one further answer may have.

    Returns:
        In units of charges; deltas aside, which are what a sampler and thresholds make them.
    """
    rho = max(limit.rho - spent.rho, 0)
    by_rho = _epsilon_of(rho)
    by_epsilon = limit.epsilon - spent.epsilon if spent.pure else 0
    return max(by_rho, min(by_epsilon, _epsilon_of(LARGEST - spent.rho))), rho


def _epsilon_of(rho: int) -> int:
    """Return the largest epsilon whose rho, epsilon^2 / 2, isn't more than that."""
    return isqrt(2 * rho * (EPSILON_UNITS**2 // RHO_UNITS))


def _several(charge: Charge, count: int) -> Charge:
    return Charge(charge.epsilon * count, charge.rho * count, charge.delta * count, charge.pure)
