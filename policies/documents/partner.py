"""A partner file: who may ask, with which keys, and under which agreements."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from pydantic import Field, model_validator

from policies.documents.base import (
    Classes,
    Document,
    DocumentError,
    Flag,
    Kebab,
    Kebabs,
    PartnerClass,
    PlainDate,
    Text,
    raise_any,
)
from policies.documents.dataset import BudgetDocument
from policies.documents.reading import Source, read_document, read_mapping
from policies.plans import ConsentLevel
from policies.reasons import Reason

PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
KEY_TYPES = ("EC", "OKP", "RSA")


class AgreementDocument(Document):
    """One data-use agreement: what a partner may ask for, or what it hands in.

    Attributes:
        policy, purposes: of an agreement that lets the partner ask.
        submits: true makes the partner a contributor of the dataset instead.
        consent_max: caps the consent of every record it submits.
        share_with, share_for: classes and purposes its records may serve; empty is any.
        share_until: the last day on which its records may be in anything that is made; records
            outlive the agreement where it isn't set.
        budget: all that aggregates may ever spend on the people whose records it submits.
        starts, ends: plain dates in the home's zone, both days included.
    """

    agreement: Kebab
    dataset: Kebab
    policy: Kebab | None = None
    purposes: Kebabs = ()
    submits: Flag = False
    consent_max: ConsentLevel | None = None
    share_with: Classes = ()
    share_for: Kebabs = ()
    share_until: PlainDate | None = None
    budget: BudgetDocument | None = None
    starts: PlainDate
    ends: PlainDate

    @model_validator(mode="after")
    def _check(self) -> AgreementDocument:
        raise_any(self._problems())
        return self

    def _problems(self) -> Iterator[Reason]:
        if self.ends < self.starts:
            yield Reason("ends-before-start", {"path": "ends"})
        if self.submits:
            yield from self._refuse_set("agreement-submits", ("policy", "purposes"))
        else:
            yield from self._require_set(("policy", "purposes"))
            terms = ("consent_max", "share_with", "share_for", "share_until", "budget")
            yield from self._refuse_set("agreement-asks", terms)

    def _refuse_set(self, rule: str, names: tuple[str, ...]) -> Iterator[Reason]:
        return (Reason(rule, {"path": name}) for name in names if getattr(self, name))

    def _require_set(self, names: tuple[str, ...]) -> Iterator[Reason]:
        missing = (name for name in names if not getattr(self, name))
        return (Reason("missing-key", {"path": name, "key": name}) for name in missing)

    def is_in_force(self, today: date) -> bool:
        """Answer whether `today` lies within the agreement, its first and last day included."""
        return self.starts <= today <= self.ends


class PartnerDocument(Document):
    """An organisation that may ask or submit.

    Attributes:
        partner_class: `class` in the file.
        jwks: public keys as a JSON Web Key Set; `jwks_file` names a file of them.
    """

    partner: Kebab
    name: Text
    partner_class: PartnerClass = Field(alias="class")
    jwks_file: Text | None = None
    jwks: Mapping[str, Any] | None = None
    jwks_uri: Text | None = None
    dpop: Flag = False
    agreements: tuple[AgreementDocument, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> PartnerDocument:
        raise_any(self._problems())
        return self

    def _problems(self) -> Iterator[Reason]:
        if self.jwks_uri is not None:
            yield Reason("not-available-yet", {"path": "jwks_uri", "what": "jwks_uri"})
        elif (self.jwks is None) == (self.jwks_file is None):
            yield Reason("exactly-one-of", {"path": "", "allowed": "jwks_file, jwks"})
        if self.dpop:
            yield Reason("not-available-yet", {"path": "dpop", "what": "dpop: true"})
        if self.jwks is not None:
            yield from jwks_problems(self.jwks)
        names = [agreement.agreement for agreement in self.agreements]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield Reason("named-twice", {"path": "agreements", "value": name})


def jwks_problems(jwks: Mapping[str, Any]) -> Iterator[Reason]:
    """Yield what is wrong with a key set; never a member of a key."""
    keys = jwks.get("keys")
    if not isinstance(keys, list) or not keys or not all(isinstance(k, dict) for k in keys):
        yield Reason("jwks-without-keys", {"path": "jwks"})
        return
    for number, key in enumerate(keys):
        path = f"jwks.keys[{number}]"
        if PRIVATE_MEMBERS & key.keys():
            yield Reason("jwks-private-key", {"path": path})
        elif key.get("kty") not in KEY_TYPES:
            yield Reason("jwks-key-type", {"path": path, "allowed": ", ".join(KEY_TYPES)})
    kids = [str(key.get("kid", "")) for key in keys]
    if len(set(kids)) < len(kids):
        yield Reason("jwks-kid-twice", {"path": "jwks.keys"})


def parse_partner(
    source: Source, jwks_files: Callable[[str], str] | None = None
) -> PartnerDocument:
    """Return the partner, its key file read into `jwks`.

    Args:
        source: YAML text or a mapping.
        jwks_files: reads the text of a `jwks_file`; without it the name stays as it is.

    Raises:
        DocumentError: all problems of the file at once.
    """
    data = read_mapping(source)
    named = data.get("jwks_file")
    if jwks_files and isinstance(named, str) and "jwks" not in data:
        data = {key: value for key, value in data.items() if key != "jwks_file"}
        data["jwks"] = _read_jwks(jwks_files, named)
    return read_document(PartnerDocument, data)


def _read_jwks(jwks_files: Callable[[str], str], named: str) -> Any:
    try:
        return json.loads(jwks_files(named))
    except OSError:
        problem = Reason("file-not-readable", {"path": "jwks_file", "file": named})
    except ValueError:
        problem = Reason("not-json", {"path": "jwks_file", "file": named})
    raise DocumentError((problem,))
