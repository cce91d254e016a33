"""What the client itself says to a contributor, in its language."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.messages import render
from policies.reasons import Reason


@dataclass(frozen=True)
class Words:
    """Sentences of the message catalogue in one language: `en` or `es`."""

    language: str

    def __call__(self, rule: str, **facts: str | int) -> str:
        """Return a sentence; of a number `{n}` it also knows `{n_is}`, to choose words by."""
        numbers = {f"{name}_is": str(fact) for name, fact in facts.items() if isinstance(fact, int)}
        shown = {
            name: f"{fact:,}" if isinstance(fact, int) else fact for name, fact in facts.items()
        }
        return render(Reason(rule, {**shown, **numbers}), self.language)
