"""`home.yaml`: who runs this gateway, and how."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from policies.documents.base import Document, ProblemsError, Text, Timezone, Whole
from policies.documents.reading import Source, read_document, read_mapping
from policies.reasons import Reason


def _check_origin(value: str) -> str:
    # A signed note's key name: no white space and no plus sign.
    if "+" in value or value != "".join(value.split()):
        raise ProblemsError(Reason("origin-not-plain", {"path": "", "value": value[:80]}))
    return value


class HomeDocument(Document):
    """The settings of a home.

    Attributes:
        origin: name of the audit log, as its signed checkpoints carry it.
        timezone: where plain dates count.
        policy_review: officers who must approve a policy before it is active.
        download_days: how long the bytes of an extract stay readable.
        noise: what draws the noise of aggregates.
        erase_days: after how many days what was withdrawn is erased from everything kept.
    """

    name: Text
    origin: Annotated[Text, AfterValidator(_check_origin)]
    timezone: Timezone = "UTC"
    languages: Annotated[tuple[Literal["en", "es"], ...], Field(min_length=1)] = ("en", "es")
    policy_review: Annotated[Whole, Field(ge=0)] = 0
    download_days: Annotated[Whole, Field(ge=1)] = 30
    noise: Literal["batch", "diffprivlib", "opendp"] = "batch"
    erase_days: Annotated[Whole, Field(ge=0)] = 30


def parse_home(source: Source) -> HomeDocument:
    """Return the home's settings; raises DocumentError with all problems at once."""
    return read_document(HomeDocument, read_mapping(source))
