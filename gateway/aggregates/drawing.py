"""Drawing: noise is added to exact values, once, and what is kept of it is noisy alone."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anonymizers.accounting.charges import Charge, distance_delta, pure_delta
from anonymizers.noise.samplers import make_sampler
from gateway.aggregates.key_codes import forms_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from anonymizers.noise.samplers import Sampler
    from gateway.aggregates.tallying import Tallying
    from gateway.context import Context
    from policies.aggregates.components import Component


@dataclass(frozen=True)
class Noisy:
    """The noisy values of one component.

    Attributes:
        values: integers in units, cell by cell, the last key moving fastest.
        named: with private keys, the forms of each cell that was named, one tuple a value.
    """

    values: tuple[int, ...]
    named: tuple[tuple[str, ...], ...] | None = None

    def sealed_form(self) -> bytes:
        """Return it as JSON, to be sealed."""
        return json.dumps({"values": self.values, "named": self.named}).encode()

    @classmethod
    def read(cls, form: bytes) -> Noisy:
        """Read it back."""
        told = json.loads(form)
        named = told["named"]
        names = None if named is None else tuple(tuple(one) for one in named)
        return cls(tuple(told["values"]), names)


def sampler_of(context: Context) -> Sampler:
    """Return what draws noise in this home; its randomness is the system's."""
    return make_sampler(context.home.document.noise, os.urandom)


def charge_of(part: Component, sampler: Sampler, widest_epsilon: Fraction) -> Charge:
    """Return what a component costs, what its sampler lacks in exactness included.

    Only cells that one privacy unit can change cost that: where two neighbours have the same
    cell, its noise is the same, however inexact.

    Args:
        part: priced.
        sampler: that draws it.
        widest_epsilon: of the largest cap that it is charged to.
    """
    distance = sampler.distance(part.mechanism) * part.sensitivity.cells
    if part.price.epsilon is not None:
        delta = part.price.delta + pure_delta(distance, part.price.epsilon)
        return Charge.of_epsilon(part.price.epsilon, delta)
    assert part.price.rho is not None  # noqa: S101 - a price is one of the two
    delta = part.price.delta + distance_delta(distance, widest_epsilon)
    return Charge.of_rho(part.price.rho, delta)


def draw(tallying: Tallying, components: Sequence[Component], sampler: Sampler) -> list[Noisy]:
    """Count exactly, add noise, and forget what was exact."""
    drawn = []
    for part, values in zip(components, tallying.exact(components), strict=True):
        noise = sampler.draw(part.mechanism, len(values)).tolist()
        noisy = [value + more for value, more in zip(values.tolist(), noise, strict=True)]
        if part.threshold is None:
            drawn.append(Noisy(tuple(noisy)))
        else:
            passed = [n >= part.threshold and v > 0 for n, v in zip(noisy, values, strict=True)]
            drawn.append(_named(tallying, part, noisy, passed))
    return drawn


def _named(
    tallying: Tallying, part: Component, noisy: Sequence[int], passed: Sequence[bool]
) -> Noisy:
    """Of private keys, name those that somebody has and whose noisy count passes the threshold.

    A key that nobody has under the conditions is never named: that it occurs elsewhere in the data
    is nobody's to know.
    """
    values = tallying.prepared.values
    forms = [forms_of(tallying.document, key, values[key.column]) for key in part.group_by]
    kept = [place for place, does in enumerate(passed) if does]
    named = tuple(_forms_at(forms, place) for place in kept)
    return Noisy(tuple(noisy[place] for place in kept), named)


def _forms_at(forms: Sequence[tuple[str, ...]], place: int) -> tuple[str, ...]:
    named = []
    for column in reversed(forms):
        place, at = divmod(place, len(column))
        named.append(column[at])
    return tuple(reversed(named))
