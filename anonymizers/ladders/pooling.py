"""The population floor: which places are named, and which are pooled until enough live there.

Levels are divided from the coarsest down. On each, the places inside one released form of the
level above are divided by themselves: those with enough people are named, the rest is one pool
with one form (`rest of TX`). Where the pool is too small, the smallest named place joins it, and
the next, until it is large enough; where nothing stays named, all of it keeps the form of the
level above (`TX`, and `*` for everything).

Why every form covers the floor, subtraction included: whoever sees `rest of TX` knows which places
of Texas are named, so a person there lives in the pool. A named place has the floor by itself; a
pool has it, or is all of the form above, which has it by the same argument, up to `*`, which
covers everybody. So a pool never goes alone up to `TX` while other places of Texas are named: the
form would say Texas, and mean the few people of the pool.

Why forms refine: each form is made inside one form of the level above.

Places take part by table alone, never by data, so a form tells nothing of who is in the data.

How many people places have together is asked of a function, never added up here: a table may list
a city and its district, or one town twice (`census.py`). So a pool that takes in a place can have
fewer people than the two by themselves, and is asked about as it is each time.

People are counted by country, and a set of places has as many as the country that has fewest
there: whoever knows a person's country as well finds at least the floor on their side of the
border. People of two countries are never added up.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anonymizers.ladders.base import TOP

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    People = Mapping[str, int]
    Together = Callable[[Collection[str]], int]

REST = "rest of "


@dataclass(frozen=True)
class Pool:
    """Places of one level that are released as one form.

    Attributes:
        form: what is released; members: the places, one where it is named.
    """

    form: str
    members: frozenset[str]

    @property
    def rest(self) -> str:
        """The form of what isn't named inside, where something is."""
        return self.form if self.form == TOP or self.form.startswith(REST) else REST + self.form


def covered(people: Iterable[People]) -> int:
    """Return how many people places have for certain: of the country with the fewest.

    Args:
        people: of places that don't overlap, by country; who lives in two is counted twice.
    """
    counted: Counter[str] = Counter()
    for by_country in people:
        counted.update(by_country)
    return min((n for n in counted.values() if n > 0), default=0)


def divide(pool: Pool, places: Collection[str], together: Together, floor: int) -> dict[str, Pool]:
    """Divide the places inside a pool: each is named, or in the rest.

    Args:
        pool: a form of the level above.
        places: all places of the next finer level inside it.
        together: how many people places among them have together for certain.
        floor: people who must live in a place before it is named; at least 1.

    Returns:
        For each place the pool in which it leaves.
    """
    sizes = {place: together([place]) for place in places}
    left = {place for place, size in sizes.items() if size < floor}
    named = sorted(sizes.keys() - left, key=lambda place: (sizes[place], place))
    while left and named and together(left) < floor:
        left.add(named.pop(0))
    rest = Pool(pool.rest if named else pool.form, frozenset(left))
    return {place: Pool(place, frozenset([place])) for place in named} | dict.fromkeys(left, rest)
