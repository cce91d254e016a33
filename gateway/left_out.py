"""Who is left out beyond what was asked: `max_suppressed` binds the choice of levels alone.

What l and t take out afterwards never refuses a release, for that would depend on sensitive values
(the minimality attack). So it can be much; then whoever decides is told.
"""

from __future__ import annotations

from policies.reasons import Reason


def beyond_asked(people: int, by_search: int, left_out: int, most_share: float) -> list[Reason]:
    """Return the warning that more people are left out than the policy's `max_suppressed`.

    Args:
        people: whom the choice of levels saw.
        by_search: of them, those whom it left out.
        left_out: of them, those left out in the end, by l and t as well.
        most_share: the policy's `max_suppressed`, 0 to 1.
    """
    if left_out <= by_search or left_out <= most_share * people:
        return []
    shares = {
        "share": _percent(left_out / people),
        "later": _percent((left_out - by_search) / people),
        "most": _percent(most_share),
    }
    return [Reason("left-out-beyond-asked", shares)]


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"
