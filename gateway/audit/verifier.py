"""Check a released file against its manifest, its receipt and the log's key, offline.

This one file is all that an auditor needs beside Python 3.11 and the package `cryptography`::

    python verifier.py FILE [--vkey KEY_OR_FILE] [--json]

It reads FILE, FILE.manifest.json and FILE.tlog-proof (and FILE.codebook.csv, where the manifest
names its hash) and walks a chain. Each link holds the next:

    file -> manifest -> entry -> commitment -> leaf -> inclusion -> checkpoint -> signature

Answers in numbers are released as JSON. A table FILE.csv that was made of such an answer has no
manifest of its own: the chain of FILE.csv.json beside it is walked, and every value of the table
must be the answer's. So it is with the tables of a report, FOLDER/tables/NAME.csv, and
FOLDER/answers.json; FOLDER itself checks all of them. Pages and pictures aren't checked.

Exit status: 0 when every link holds, 1 when one is broken or the signer is unknown, 2 usage.

It is longer than our other files on purpose: it must be readable from top to bottom, and run,
with nothing else of this project at hand. The parts that produce what is checked here import
these primitives; nothing here imports them.

Errors::

    VerifierError
    ├── FormatError       bytes are not in the form that their standard prescribes
    ├── ProofError        hashes do not lead where they must
    ├── SignatureError    a signature is wrong, or none is by the key that was given
    └── BrokenLinkError   any of these, with the link of the chain and what to do

References:
    RFC 8785 (canonical JSON); RFC 6962 and RFC 9162, section 2.1 (Merkle tree);
    c2sp.org/signed-note, c2sp.org/tlog-checkpoint, c2sp.org/tlog-proof.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import csv
import hashlib
import io
import json
import math
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HASH_BYTES = 32
SALT_BYTES = 32
MAX_LEAF_BYTES = 65_535  # C2SP tiles prefix every entry with an unsigned 16-bit length
MAX_RECEIPT_BYTES = 1 << 20
MAX_MANIFEST_BYTES = 16 << 20
MAX_KEY_FILE_BYTES = 4096
MAX_TABLE_BYTES = 256 << 20
REPORTED = "answers.json"
MAX_SIGNATURES = 100  # as in Go's sumdb/note
MAX_PROOF_HASHES = 64  # a tree of 2^63 leaves needs 63
MAX_SAFE_INTEGER = 2**53 - 1  # beyond it JSON numbers, which are doubles, lose integers
KEY_ID_BYTES = 4
ED25519 = 1  # signature type of signed notes
PROOF_HEADER = "c2sp.org/tlog-proof@v1"
SIGNATURE_PREFIX = "\u2014 "

Link = Literal[
    "file",
    "table",
    "codebook",
    "manifest",
    "receipt",
    "entry",
    "inclusion",
    "checkpoint",
    "key",
    "signature",
]
Outcome = Literal["verified", "signer-unknown", "broken"]


class VerifierError(ValueError):
    """Something that should hold does not."""


class FormatError(VerifierError):
    """Bytes are not in the form that their standard prescribes."""


class ProofError(VerifierError):
    """The hashes of a proof do not lead to the signed root."""


class SignatureError(VerifierError):
    """A signature is wrong, or none is by the key that was given."""


class BrokenLinkError(VerifierError):
    """A link of the chain is broken; says which, and what to do."""

    def __init__(self, link: Link, message: str, remedy: str) -> None:
        """Name the link, the finding and the remedy."""
        super().__init__(message)
        self.link = link
        self.remedy = remedy


# --- Canonical JSON (RFC 8785) -------------------------------------------------------------------


def canonical_json(value: Any) -> bytes:
    """Write a JSON value in the one form that RFC 8785 gives it.

    Args:
        value: None, booleans, strings, finite numbers, lists, tuples and mappings of these;
            integers within ±(2^53 - 1).

    Raises:
        FormatError: the value has no canonical form.
    """
    try:
        return _encode(value).encode("utf-8")
    except UnicodeEncodeError as error:
        raise FormatError("a string holds half of a surrogate pair") from error


def parse_canonical(data: bytes) -> Any:
    """Read canonical JSON and refuse every other spelling of the same value.

    Guarantee: writing the result again gives the same bytes, so no bit of `data` is free.

    Raises:
        FormatError: not JSON, a key stands twice, or not canonical.
    """
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_unique_keys,
            parse_int=_parse_integer,
        )
        again = canonical_json(value)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"not canonical JSON: {error}") from error
    if again != data:
        raise FormatError("not canonical JSON (RFC 8785): the same value has another spelling")
    return value


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise FormatError("a key stands twice in one object")
    return members


def _parse_integer(text: str) -> int | float:
    # A double at or above 2^53 is written without a fraction (1e20 as 100000000000000000000).
    digits = len(text.lstrip("-"))
    number = int(text) if digits <= len(str(MAX_SAFE_INTEGER)) else float(text)
    return number if abs(number) <= MAX_SAFE_INTEGER else float(text)


_encode_plain = json.JSONEncoder(ensure_ascii=False).encode


def _encode(value: Any) -> str:
    match value:
        case None | bool() | str():
            return _encode_plain(value)
        case int():
            return _encode_integer(value)
        case float():
            return _encode_float(value)
        case Mapping():
            return _encode_object(value)
        case list() | tuple():
            return "[" + ",".join(map(_encode, value)) + "]"
    raise FormatError(f"{type(value).__name__} has no form in JSON")


def _encode_object(members: Mapping[Any, Any]) -> str:
    if not all(isinstance(key, str) for key in members):
        raise FormatError("a key of an object is not a string")
    # Keys are ordered by their UTF-16 code units (RFC 8785, section 3.2.3), not by code points.
    ordered = sorted(members, key=lambda key: key.encode("utf-16-be"))
    return "{" + ",".join(f"{_encode(key)}:{_encode(members[key])}" for key in ordered) + "}"


def _encode_integer(value: int) -> str:
    if abs(value) > MAX_SAFE_INTEGER:
        raise FormatError("an integer beyond 2^53 - 1 must be written as a string")
    return str(int(value))


def _encode_float(value: float) -> str:
    """Write a double as ECMAScript's Number::toString does.

    Python's `repr` gives the same shortest digits; only their layout differs.
    """
    if not math.isfinite(value):
        raise FormatError("NaN and Infinity have no form in JSON")
    if value == 0:
        return "0"
    sign, digit_tuple, exponent = Decimal(repr(value)).as_tuple()
    point = len(digit_tuple) + cast("int", exponent)
    digits = "".join(map(str, digit_tuple)).rstrip("0")
    return "-" * sign + _layout(digits, point)


def _layout(digits: str, point: int) -> str:
    """Place the decimal point: the value is 0.digits times ten to the power `point`."""
    if len(digits) <= point <= 21:  # noqa: PLR2004 - the bounds stand in ECMA-262, 6.1.6.1.20
        return digits + "0" * (point - len(digits))
    if 0 < point <= 21:  # noqa: PLR2004
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:  # noqa: PLR2004
        return "0." + "0" * -point + digits
    mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    return f"{mantissa}e{point - 1:+d}"


# --- Merkle tree (RFC 6962 hashes, RFC 9162 verification) ----------------------------------------


def leaf_hash(leaf: bytes) -> bytes:
    """Hash a leaf: SHA-256(00 ‖ leaf)."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash an inner node: SHA-256(01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def empty_root() -> bytes:
    """Return the root of the tree without leaves."""
    return hashlib.sha256(b"").digest()


def root_from_inclusion(hash_: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """Climb from a leaf's hash to the root that the proof claims.

    Args:
        hash_: the leaf's hash.
        index: the leaf's position, from 0.
        size: number of leaves in the tree.
        proof: sibling hashes from the leaf upwards.

    Raises:
        ProofError: the proof has not the length that index and size demand.

    References:
        RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size:
        raise ProofError(f"index {index} is outside a log of {size} entries")
    position, last, climbed = index, size - 1, hash_
    for sibling in proof:
        if last == 0:
            raise ProofError("the inclusion proof is too long")
        if position & 1 or position == last:
            climbed = node_hash(sibling, climbed)
            position, last = _skip_missing_levels(position, last)
        else:
            climbed = node_hash(climbed, sibling)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise ProofError("the inclusion proof is too short")
    return climbed


def verify_inclusion(
    hash_: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Check that a leaf stands at `index` in the tree of `size` leaves with `root`.

    Raises:
        ProofError: it does not.
    """
    if root_from_inclusion(hash_, index, size, proof) != root:
        raise ProofError("the inclusion proof does not lead to the checkpoint's root")


def verify_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the tree of `new_size` leaves only appended to the one of `old_size`.

    Raises:
        ProofError: it did not, or the proof does not show it.

    References:
        RFC 9162, section 2.1.4.2; the sizes 0 and `old_size == new_size`, which the RFC leaves
        out, take an empty proof.
    """
    if not 0 <= old_size <= new_size:
        raise ProofError(f"a log of {new_size} entries does not extend one of {old_size}")
    if old_size in {0, new_size}:
        _verify_trivial_consistency(old_size, old_root, new_size, new_root, proof)
        return
    if _roots_from_consistency(old_size, old_root, new_size, proof) != (old_root, new_root):
        raise ProofError("the consistency proof does not lead from the old root to the new one")


def _verify_trivial_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    if proof:
        raise ProofError("the consistency proof should be empty")
    if old_size == 0 and old_root != empty_root():
        raise ProofError("the root of the empty log is wrong")
    if old_size == new_size and old_root != new_root:
        raise ProofError("two roots for one size: the log was forked")


def _roots_from_consistency(
    old_size: int, old_root: bytes, new_size: int, proof: Sequence[bytes]
) -> tuple[bytes, bytes]:
    # Where the old tree is one complete subtree, its root starts the path and is not repeated.
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    if not path:
        raise ProofError("the consistency proof is too short")
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofError("the consistency proof is too long")
        if position & 1 or position == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            position, last = _skip_missing_levels(position, last)
        else:
            new = node_hash(new, sibling)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise ProofError("the consistency proof is too short")
    return old, new


def _skip_missing_levels(position: int, last: int) -> tuple[int, int]:
    """Pass the levels on which the rightmost node has no sibling."""
    while position and not position & 1:
        position, last = position >> 1, last >> 1
    return position, last


# --- Signed notes (c2sp.org/signed-note) ---------------------------------------------------------


@dataclass(frozen=True)
class VerifierKey:
    """A log's public key with its name: `name+keyid+base64(type ‖ public)`."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes that say which key made a signature."""
        encoded = bytes([ED25519]) + self.public
        return hashlib.sha256(self.name.encode() + b"\n" + encoded).digest()[:KEY_ID_BYTES]

    @property
    def fingerprint(self) -> str:
        """All of the key's SHA-256, to be compared by people; the key id is too short for that."""
        digest = hashlib.sha256(str(self).encode()).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")

    def __str__(self) -> str:
        """Write the key as Go's `note.NewVerifier` reads it."""
        encoded = base64.b64encode(bytes([ED25519]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"


@dataclass(frozen=True)
class NoteSignature:
    """One signature line of a note."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True)
class Note:
    """A signed text; not to be believed before `verify_note`."""

    text: str
    signatures: tuple[NoteSignature, ...]


def parse_vkey(text: str) -> VerifierKey:
    """Read a verifier key and check that its key id belongs to it.

    Raises:
        FormatError: malformed, another signature type, or a key id of another key.
    """
    parts = text.strip().split("+", 2)
    if len(parts) != 3 or not is_key_name(parts[0]):  # noqa: PLR2004 - name, key id, key
        raise FormatError("a verifier key reads name+keyid+key, as the gateway's /vkey gives it")
    encoded = decode_base64(parts[2])
    if encoded[:1] != bytes([ED25519]) or len(encoded) != 1 + HASH_BYTES:
        raise FormatError("the verifier key is no Ed25519 key (type 01)")
    key = VerifierKey(name=parts[0], public=encoded[1:])
    if key.key_id.hex() != parts[1]:
        raise FormatError(f"the verifier key's id is {parts[1]}, its bytes say {key.key_id.hex()}")
    return key


def load_vkey(key_or_file: str) -> str:
    """Return the verifier key given, or the one that the named file holds.

    What reads as a key is one: a key may hold slashes, and a file of that name, put there by
    whoever delivered the release, must not stand in for it.

    Raises:
        FormatError: the file is too large to hold a key.
    """
    try:
        return str(parse_vkey(key_or_file))
    except VerifierError:
        pass  # not a key: the name of a file that holds one
    try:
        return _read(Path(key_or_file), MAX_KEY_FILE_BYTES).decode()
    except (OSError, UnicodeDecodeError):
        return key_or_file  # not a readable file: parse_vkey says whether it is a key


def parse_note(data: bytes) -> Note:
    """Take a signed note apart without believing it.

    Raises:
        FormatError: it is no signed note.
    """
    text = _decode_note(data)
    body, separator, block = text.rpartition("\n\n")
    if not separator or not block.endswith("\n"):
        raise FormatError("a signed note has a text, an empty line and signature lines")
    lines = block[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise FormatError(f"the note has more than {MAX_SIGNATURES} signatures")
    return Note(text=body + "\n", signatures=tuple(map(_parse_signature, lines)))


def verify_note(note: Note, key: VerifierKey) -> None:
    """Check that `key` signed the note; signatures by unknown keys are passed over.

    Raises:
        SignatureError: no signature is by this key, or one that claims to be is wrong.
    """
    ours = [s for s in note.signatures if (s.name, s.key_id) == (key.name, key.key_id)]
    if not ours:
        raise SignatureError(f"the key {key.name}+{key.key_id.hex()} did not sign")
    public = Ed25519PublicKey.from_public_bytes(key.public)
    try:
        for line in ours:
            public.verify(line.signature, note.text.encode())
    except InvalidSignature as error:
        raise SignatureError(f"the signature of {key.name}+{key.key_id.hex()} is wrong") from error


def is_key_name(name: str) -> bool:
    """Say whether signed notes allow this name: not empty, no spaces, no plus, no controls."""
    return bool(name) and not any(char.isspace() or char == "+" or char < " " for char in name)


def decode_base64(text: str) -> bytes:
    """Decode standard base64 and refuse a second spelling of the same bytes.

    Decoders ignore the unused bits of the last character; here they must be zero.

    Raises:
        FormatError: not base64, or not in its one canonical spelling.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise FormatError("not base64") from error
    if base64.b64encode(data).decode() != text:
        raise FormatError("base64 with stray bits")
    return data


def _decode_note(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError("a signed note is UTF-8") from error
    if any(char < " " and char != "\n" for char in text):
        raise FormatError("a signed note has no control characters")
    return text


def _parse_signature(line: str) -> NoteSignature:
    name, separator, encoded = line.removeprefix(SIGNATURE_PREFIX).partition(" ")
    if not line.startswith(SIGNATURE_PREFIX) or not separator or not is_key_name(name):
        raise FormatError("a signature line reads: dash, key name, base64")
    blob = decode_base64(encoded)
    if len(blob) <= KEY_ID_BYTES:
        raise FormatError("a signature line holds no signature")
    return NoteSignature(name, blob[:KEY_ID_BYTES], blob[KEY_ID_BYTES:])


# --- Checkpoints and proofs (c2sp.org/tlog-checkpoint, c2sp.org/tlog-proof) ----------------------


@dataclass(frozen=True)
class Checkpoint:
    """What a log signs: its name, how many entries it has, and the root over them."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True)
class InclusionProof:
    """A parsed `tlog-proof@v1`; nothing in it is believed yet."""

    extra: bytes | None
    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint note; extension lines are allowed and passed over.

    Raises:
        FormatError: it is no checkpoint.
    """
    origin, *rest = text.removesuffix("\n").split("\n")
    if not text.endswith("\n") or len(rest) < 2 or not all([origin, *rest]):  # noqa: PLR2004
        raise FormatError("a checkpoint has the lines origin, size and root")
    return Checkpoint(origin=origin, size=_parse_decimal(rest[0]), root=_parse_hash(rest[1]))


def parse_proof(data: bytes) -> InclusionProof:
    """Read a receipt file.

    Raises:
        FormatError: it is no `c2sp.org/tlog-proof@v1`.
    """
    head, separator, checkpoint = data.partition(b"\n\n")
    if not separator:
        raise FormatError("a receipt has an empty line before its checkpoint")
    header, *lines = _decode_note(head).split("\n")
    if header != PROOF_HEADER:
        raise FormatError(f"a receipt begins with {PROOF_HEADER}")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = decode_base64(lines.pop(0).removeprefix("extra "))
    return _parse_path(extra, lines, checkpoint)


def _parse_path(extra: bytes | None, lines: list[str], checkpoint: bytes) -> InclusionProof:
    if not lines or not lines[0].startswith("index "):
        raise FormatError("a receipt names its entry's index")
    if len(lines) > 1 + MAX_PROOF_HASHES:
        raise FormatError("the inclusion proof is longer than any tree is high")
    return InclusionProof(
        extra=extra,
        index=_parse_decimal(lines[0].removeprefix("index ")),
        hashes=tuple(map(_parse_hash, lines[1:])),
        checkpoint=checkpoint,
    )


def _parse_decimal(text: str) -> int:
    if not re.fullmatch(r"0|[1-9][0-9]{0,17}", text):
        raise FormatError("a decimal number without leading zeros was expected")
    return int(text)


def _parse_hash(text: str) -> bytes:
    value = decode_base64(text)
    if len(value) != HASH_BYTES:
        raise FormatError("a hash has 32 bytes")
    return value


# --- Entries, commitments, leaves ----------------------------------------------------------------


@dataclass(frozen=True)
class SealedEntry:
    """An entry with the salt that opens its commitment."""

    entry: bytes
    salt: bytes

    @property
    def commitment(self) -> bytes:
        """SHA-256(salt ‖ entry): binds to the entry, and without the salt says nothing of it."""
        return hashlib.sha256(self.salt + self.entry).digest()

    @property
    def leaf(self) -> bytes:
        """What stands in the log and is public: canonical JSON with the commitment alone."""
        return canonical_json({"commitment": self.commitment.hex(), "v": 1})


def parse_sealed(extra: bytes) -> SealedEntry:
    """Read the extra line of a receipt: canonical JSON `{"entry": ..., "salt": base64}`.

    Raises:
        FormatError: it is something else.
    """
    value = parse_canonical(extra)
    if not isinstance(value, dict) or set(value) != {"entry", "salt"}:
        raise FormatError("the receipt's extra line holds an entry and its salt, nothing else")
    salt = decode_base64(value["salt"]) if isinstance(value["salt"], str) else b""
    if len(salt) != SALT_BYTES or not isinstance(value["entry"], dict):
        raise FormatError("the receipt's entry is an object, its salt 32 bytes")
    return SealedEntry(entry=canonical_json(value["entry"]), salt=salt)


# --- The whole chain -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Evidence:
    """What a chain without a broken link shows.

    Attributes:
        release: the release's id.
        time: when the entry says it was made.
        content_sha256: hash of the file.
        log: the log's origin.
        index: position of the entry in the log.
        size: number of entries under the checkpoint.
        key: name and key id of the signer; a claim only while the signer is unknown.
        codebook: `matches`, `absent` (named by the manifest, not beside the file) or `not named`.
        fingerprint: of the key that verified the signature; None while the signer is unknown.
    """

    release: str
    time: str
    content_sha256: str
    log: str
    index: int
    size: int
    key: str
    codebook: str
    fingerprint: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What came of a verification, for people and for programs."""

    outcome: Outcome
    file: str
    message: str
    remedy: str = ""
    broken_link: Link | None = None
    evidence: Evidence | None = None

    @property
    def exit_status(self) -> int:
        """0 only if every link holds, the signature under a known key included."""
        return 0 if self.outcome == "verified" else 1

    def to_dict(self) -> dict[str, Any]:
        """Give the verdict as plain values, for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        """Say the verdict in a few lines."""
        lines = [f"{self.file}: {self.message}"]
        if self.evidence:
            lines += [f"  {name}: {value}" for name, value in asdict(self.evidence).items()]
        if self.remedy:
            lines.append(f"  What to do: {self.remedy}")
        return "\n".join(lines)


def verify_release(file: Path, vkey: str | None = None) -> Verdict:
    """Verify a released file with its manifest and receipt, which lie beside it.

    Guarantee: with a verifier key, the outcome `verified` means that the holder of that key put
    an entry into its log that names exactly this manifest, and the manifest exactly this file; or,
    of a table without a manifest, exactly the answer beside it, of which the table has the values,
    all of them and no others.

    Does not protect: against a key that came from whoever forged the files (get it, or its
    fingerprint, by another way), and not against a log that shows two histories (witnesses do).

    Args:
        file: the released file; `.manifest.json` and `.tlog-proof` are appended to its name. Or
            the table of an answer, whose name with `.json` behind it is the released file's. Or
            the folder of a report, or one of its tables.
        vkey: the log's verifier key, or the name of a file that holds it; None leaves the signer
            unknown.
    """
    try:
        return _walk_from(Path(file), vkey)
    except BrokenLinkError as broken:
        message = f"NOT VERIFIED: {broken}"
        return Verdict("broken", str(file), message, broken.remedy, broken.link)


def _walk_from(file: Path, vkey: str | None) -> Verdict:
    if file.is_dir():
        return _walk_report(file, vkey)
    answer = _answer_beside(file)
    if answer is None or _beside(file, ".manifest.json").exists():
        return _walk(file, vkey)
    verdict = _walk(answer, vkey)
    _check_table(file, answer)
    message = f"{verdict.message}; its values are those of {answer.name}"
    return replace(verdict, file=str(file), message=message)


def _answer_beside(file: Path) -> Path | None:
    """Return the answer that a table was made of."""
    folder = file.absolute().parent
    reported = [folder.parent / REPORTED] if folder.name == "tables" else []
    return next((path for path in (_beside(file, ".json"), *reported) if path.exists()), None)


def _walk_report(folder: Path, vkey: str | None) -> Verdict:
    """Verify what a report was made of, and each of its tables by that."""
    verdict = _walk(folder / REPORTED, vkey)
    tables = sorted(folder.glob("tables/*.csv"))
    for table in tables:
        _check_table(table, folder / REPORTED)
    _check_none_missing(folder / REPORTED, {table.stem for table in tables})
    checked = f"{REPORTED}, and the values of all tables ({len(tables)})"
    message = f"{verdict.message}; {checked}; page, charts and codebook aren't checked"
    return replace(verdict, file=str(folder), message=message)


def _check_none_missing(answer: Path, there: set[str]) -> None:
    remedy = f"A table was taken out, or renamed: make the report again from {answer.name}."
    with _link("table", remedy):
        if missing := sorted(_names_of(answer) - there):
            raise ProofError(f"of {answer.name} there is no table {', '.join(missing)}")


def _walk(file: Path, vkey: str | None) -> Verdict:
    manifest_bytes, manifest = _open_manifest(file)
    _check_content(file, manifest)
    codebook = _check_codebook(file, manifest)
    proof, sealed = _open_receipt(file)
    entry = _check_entry(sealed, manifest_bytes)
    note, checkpoint = _open_checkpoint(proof)
    _check_inclusion(sealed, proof, checkpoint)
    evidence = Evidence(
        release=str(manifest.get("release", "")),
        time=str(entry.get("time", "")),
        content_sha256=str(manifest["content_sha256"]),
        log=checkpoint.origin,
        index=proof.index,
        size=checkpoint.size,
        key=_claimed_key(note, checkpoint),
        codebook=codebook,
    )
    return _judge_signer(file, note, evidence, vkey)


def _open_manifest(file: Path) -> tuple[bytes, dict[str, Any]]:
    with _link("manifest", "Download the manifest again; it must lie beside the file, unedited."):
        data = _read(_beside(file, ".manifest.json"), MAX_MANIFEST_BYTES)
        manifest = parse_canonical(data)
        if not isinstance(manifest, dict) or not _is_sha256(manifest.get("content_sha256")):
            raise FormatError("the manifest names no content_sha256")
        return data, manifest


def _check_content(file: Path, manifest: Mapping[str, Any]) -> None:
    with _link("file", "The file changed after its release, or is another one: download it again."):
        if _sha256_of_file(file) != manifest["content_sha256"]:
            raise ProofError("the file is not the one that the manifest describes")


def _check_table(file: Path, answer: Path) -> None:
    remedy = f"The table was changed, or is of another answer: make it again from {answer.name}."
    with _link("table", remedy):
        if not _same_values(_table_of(file), _answer_of(answer, file.stem)):
            raise ProofError(f"the values of {file.name} are not those of {answer.name}")


def _check_codebook(file: Path, manifest: Mapping[str, Any]) -> str:
    codebook = _beside(file, ".codebook.csv")
    if "codebook_sha256" not in manifest:
        return "not named"
    if not codebook.exists():
        return "absent"
    with _link("codebook", "The codebook changed after its release: download it again."):
        if _sha256_of_file(codebook) != manifest["codebook_sha256"]:
            raise ProofError("the codebook is not the one that the manifest names")
    return "matches"


def _open_receipt(file: Path) -> tuple[InclusionProof, SealedEntry]:
    with _link("receipt", "Download the receipt again; it must lie beside the file, unedited."):
        proof = parse_proof(_read(_beside(file, ".tlog-proof"), MAX_RECEIPT_BYTES))
        if proof.extra is None:
            raise FormatError("the receipt carries no entry")
        return proof, parse_sealed(proof.extra)


def _check_entry(sealed: SealedEntry, manifest_bytes: bytes) -> dict[str, Any]:
    with _link("entry", "Manifest and receipt are of different releases: download both again."):
        entry = cast("dict[str, Any]", parse_canonical(sealed.entry))
        if entry.get("type") != "release":
            raise ProofError("the receipt's entry is not a release")
        if entry.get("manifest_sha256") != hashlib.sha256(manifest_bytes).hexdigest():
            raise ProofError("the receipt's entry names another manifest")
        return entry


def _open_checkpoint(proof: InclusionProof) -> tuple[Note, Checkpoint]:
    with _link("checkpoint", "Download the receipt again; its last part is damaged."):
        note = parse_note(proof.checkpoint)
        return note, parse_checkpoint(note.text)


def _check_inclusion(sealed: SealedEntry, proof: InclusionProof, checkpoint: Checkpoint) -> None:
    remedy = "The log does not contain this entry: keep all files and ask the gateway's operator."
    with _link("inclusion", remedy):
        hash_ = leaf_hash(sealed.leaf)
        verify_inclusion(hash_, proof.index, checkpoint.size, proof.hashes, checkpoint.root)


def _claimed_key(note: Note, checkpoint: Checkpoint) -> str:
    """Name the keys that claim to have signed for the log."""
    named = [s.key_id.hex() for s in note.signatures if s.name == checkpoint.origin]
    return ", ".join(f"{checkpoint.origin}+{key_id}" for key_id in named) or "none"


def _judge_signer(file: Path, note: Note, evidence: Evidence, vkey: str | None) -> Verdict:
    if vkey is None:
        remedy = "Get the gateway's key (its /vkey) by a way you trust and give it with --vkey."
        message = f"contents match, signer unknown (the receipt names {evidence.key})"
        return Verdict("signer-unknown", str(file), message, remedy, evidence=evidence)
    with _link("key", "Give the key as the gateway's /vkey shows it, or a file that holds it."):
        key = parse_vkey(load_vkey(vkey))
    remedy = "Not signed by the key you trust: keep all files and ask the gateway's operator."
    with _link("signature", remedy):
        if key.name != evidence.log:
            raise SignatureError(f"the receipt is from {evidence.log}, the key of {key.name}")
        verify_note(note, key)
    known = {"key": f"{key.name}+{key.key_id.hex()}", "fingerprint": key.fingerprint}
    proven = Evidence(**(asdict(evidence) | known))
    return Verdict("verified", str(file), "verified", evidence=proven)


@contextmanager
def _link(name: Link, remedy: str) -> Iterator[None]:
    """Give whatever goes wrong inside the link's name and remedy."""
    try:
        yield
    except FileNotFoundError as error:
        message = f"there is no {Path(str(error.filename)).name}"
        told = "Name the released file; what proves it lies beside it, under its name."
        raise BrokenLinkError(name, f"{name}: {message}", told) from error
    except (VerifierError, OSError) as error:
        raise BrokenLinkError(name, f"{name}: {error}", remedy) from error


def _beside(file: Path, suffix: str) -> Path:
    return file.with_name(file.name + suffix)


def _is_sha256(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{64}", value) is not None


def _read(path: Path, limit: int) -> bytes:
    with path.open("rb") as stream:
        data = stream.read(limit + 1)
    if len(data) > limit:
        raise FormatError(f"{path.name} is larger than {limit} bytes")
    return data


def _sha256_of_file(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


# --- Tables of answers ---------------------------------------------------------------------------

# What is put before a text that a spreadsheet could take for a formula is an apostrophe.
_GUARDED = re.compile("'(?='*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20])")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
Cells = dict[str, Any]


def _table_of(file: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file by the names of their columns, guards taken off."""
    text = _read(file, MAX_TABLE_BYTES)
    try:
        lines = csv.reader(io.StringIO(text.decode("utf-8"), newline=""), strict=True)
        names, *rows = [[_GUARDED.sub("", cell, count=1) for cell in line] for line in lines]
        if len(set(names)) != len(names):
            raise FormatError("a column stands twice in the table")
        return [dict(zip(names, row, strict=True)) for row in rows]
    except (ValueError, csv.Error) as error:
        raise FormatError(f"{file.name} is no CSV as it was written: {error}") from error


def _names_of(answer: Path) -> set[str]:
    """Return the names of the tables that a batch's answer is made into."""
    try:
        return {
            f"{one['name']}{end}"
            for one in json.loads(answer.read_bytes())["queries"]
            for end, _ in _tables_of(one["rows"], apart=True)
        }
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise FormatError(f"{answer.name} isn't an answer to a batch") from error


def _answer_of(answer: Path, name: str) -> list[list[Cells]]:
    """Return the tables that can be made of an answer, of a batch those that have this name."""
    document = json.loads(answer.read_bytes(), parse_int=Decimal, parse_float=Decimal)
    try:
        if "queries" not in document:
            return [table for _, table in _tables_of(document["rows"])]
        return [
            table
            for one in document["queries"]
            for end, table in _tables_of(one["rows"], apart=True)
            if f"{one['name']}{end}" == name
        ]
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise FormatError(f"{answer.name} isn't an answer in numbers") from error


def _tables_of(
    rows: Sequence[Mapping[str, Any]], *, apart: bool = False
) -> list[tuple[str, list[Cells]]]:
    """Return a question's tables with what their names end in: of its measures, of a histogram.

    Args:
        rows: of the answer.
        apart: whether histograms have tables where there are other measures, too.
    """
    first = rows[0] if rows else {}
    histograms = [name for name, entry in first.items() if isinstance(entry, list)]
    tables = []
    if len(first) - 1 > len(histograms) or not rows:
        tables.append(("", [_row(row, histograms) for row in rows]))
    if apart or not tables:
        for name in histograms:
            bins = [bin_ for row in rows for bin_ in _bins(row, name)]
            tables.append((f"-{name.split(':')[1]}", bins))
    return tables


def _row(row: Mapping[str, Any], left_out: Sequence[str]) -> Cells:
    figures = [
        _figure(name, entry) for name, entry in row.items() if name not in {"keys", *left_out}
    ]
    return dict(row["keys"]) | {name: value for figure in figures for name, value in figure.items()}


def _bins(row: Mapping[str, Any], histogram: str) -> list[Cells]:
    column = histogram.split(":")[1]
    return [
        dict(row["keys"]) | {column: entry["form"]} | _figure("count", entry)
        for entry in row[histogram]
    ]


def _figure(name: str, entry: Mapping[str, Any]) -> Cells:
    low, high = entry.get("interval") or (None, None)
    return {name: entry["value"], f"{name}_low": low, f"{name}_high": high}


def _same_values(table: list[dict[str, str]], tables: list[list[Cells]]) -> bool:
    """Answer whether the table is one of these, row by row, however its columns are ordered."""
    return any(
        len(table) == len(rows)
        and all(
            written.keys() == cells.keys()
            and all(_is(written[name], value) for name, value in cells.items())
            for written, cells in zip(table, rows, strict=True)
        )
        for rows in tables
    )


def _is(written: str, value: Any) -> bool:
    if value is None:
        return not written
    if isinstance(value, Decimal):
        return _NUMBER.fullmatch(written) is not None and Decimal(written) == value
    return bool(written == value)


# --- Command line --------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify one file and print the verdict."""
    parser = argparse.ArgumentParser(prog="verifier.py", description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path, help="the released file")
    parser.add_argument("--vkey", help="the gateway's verifier key, or a file that holds it")
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON")
    options = parser.parse_args(arguments)
    verdict = verify_release(options.file, options.vkey)
    shown = json.dumps(verdict.to_dict(), ensure_ascii=False) if options.json else str(verdict)
    sys.stdout.write(shown + "\n")
    return verdict.exit_status


if __name__ == "__main__":
    sys.exit(main())
