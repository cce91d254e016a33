"""People: the identities that links make one person, as connected components.

Guarantee:
    A person is named by the smallest of its identities, whatever order links came in. Two
    identities that an officer told apart are two people, whatever else links them: of the links
    between them the latest doesn't count. Links that depend on what one contributor gave only
    ever join people: without them everybody is in a part of the same person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class Pair:
    """Two identities of one domain, and what is known of them.

    Attributes:
        id: public; a keyed hash of domain and roots.
        left, right: roots of 16 bytes, the smaller one first.
        by_others: found in what others gave than the contributor whom it was asked for.
    """

    id: str
    left: bytes
    right: bytes
    by_others: bool = True


@dataclass(frozen=True)
class Pairs:
    """What counts of a domain's links.

    Attributes:
        linked: in the order in which they count: confirmed ones first, then as they came.
        apart: pairs that officers told apart.
    """

    linked: tuple[Pair, ...] = ()
    apart: tuple[Pair, ...] = ()


@dataclass(frozen=True)
class People:
    """Who is whose.

    Attributes:
        persons: by identity, the root of its person; identities that are alone aren't there.
        joining: the links that count.
    """

    persons: Mapping[bytes, bytes]
    joining: tuple[Pair, ...]

    def person_of(self, identity: bytes) -> bytes:
        """Return the root of the person whose identity that is."""
        return self.persons.get(identity, identity)


NOBODY_LINKED = People({}, ())


def resolve(pairs: Pairs) -> People:
    """Find the people of a domain."""
    groups = _Groups(pairs.apart)
    joining = tuple(pair for pair in pairs.linked if groups.join(pair.left, pair.right))
    return People(groups.people(), joining)


def without_own(people: People) -> People:
    """Find the people as if one contributor had given nothing: a part of each stays together."""
    return resolve(Pairs(tuple(pair for pair in people.joining if pair.by_others)))


def would_meet(pairs: Pairs, pair: Pair) -> Pair | None:
    """Return a pair told apart that one more link would join, None where there is none."""
    groups = _Groups(pairs.apart)
    for one in pairs.linked:
        groups.join(one.left, one.right)
    if groups.join(pair.left, pair.right):
        return None
    ends = {groups.find(pair.left), groups.find(pair.right)}
    return next(
        one for one in pairs.apart if {groups.find(r) for r in (one.left, one.right)} == ends
    )


class _Groups:
    """Union-find whose sets are named by their smallest member."""

    def __init__(self, apart: Iterable[Pair]) -> None:
        self._over: dict[bytes, bytes] = {}
        self._apart: dict[bytes, set[bytes]] = {}
        for pair in apart:
            self._apart.setdefault(pair.left, set()).add(pair.right)
            self._apart.setdefault(pair.right, set()).add(pair.left)

    def find(self, root: bytes) -> bytes:
        top = root
        while (over := self._over.get(top, top)) != top:
            top = over
        while (over := self._over.get(root, root)) != top:
            self._over[root], root = top, over
        return top

    def join(self, one: bytes, other: bytes) -> bool:
        """Join the sets of two, unless members of them are told apart."""
        low, high = sorted((self.find(one), self.find(other)))
        if any(self.find(far) == high for far in self._apart.get(low, ())):
            return False
        if low != high:
            self._over[high] = low
            if high in self._apart:
                self._apart[low] = self._apart.get(low, set()) | self._apart[high]
        self._over.setdefault(low, low)
        return True

    def people(self) -> dict[bytes, bytes]:
        persons = {root: self.find(root) for root in self._over}
        linked = {person for root, person in persons.items() if root != person}
        return {root: person for root, person in persons.items() if person in linked}
