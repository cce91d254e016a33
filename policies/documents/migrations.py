"""Migrations: what changed from one version of a dataset to the next, for those who map onto it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from policies.documents.base import Count, Document, Text, Texts


class MigrationDocument(Document):
    """The step from version `start` to the next one.

    Attributes:
        start: `from` in the file: the version before.
        rename: columns that are called otherwise now, by their old name.
        codes: codes that are written otherwise now, by column (as it is called afterwards); null
            where nothing took a code's place.
        drop: columns that are gone, by their old name.
    """

    start: Count = Field(alias="from")
    rename: Mapping[Text, Text] = Field(default_factory=dict)
    codes: Mapping[Text, Annotated[Mapping[Text, Text | None], Field(min_length=1)]] = Field(
        default_factory=dict
    )
    drop: Texts = ()
