"""A reason: the permanent tag of a rule and the facts that its message needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Reason:
    """Why something was refused, or what a lint found.

    Attributes:
        rule: permanent kebab-case tag; its wording in every language is in the catalogue.
        params: facts named in the wording; never a value from protected data.
    """

    rule: str
    params: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
