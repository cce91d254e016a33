"""Pseudonyms: a root for each identifier, and each recipient's own token for each root.

A root is the first 128 bits of HMAC-SHA-256 under the key of its domain. A token is AES-256 of
the root under a key that HKDF derives for one partner, agreement, dataset, domain and epoch.

Guarantee:
    Without a key, roots and tokens are indistinguishable from random (HMAC and AES as
    pseudorandom functions): no list of candidate identifiers finds them, and tokens of two
    partners, agreements, datasets, domains or epochs can't be joined. Within one key, equal
    roots have equal tokens and different roots different ones (AES is a permutation).

Does not protect:
    Against who holds the secret. A token is still personal data: its records can be followed
    under it, and how often it occurs is visible.

References:
    RFC 2104 (HMAC), RFC 5869 (HKDF), FIPS 197 (AES), design.md "A token is AES of a root";
    EDPB guidelines 01/2025 on pseudonymisation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOT = pa.binary(16)
ROOT_BYTES = 16
KEY_BYTES = 32
TOKEN_CHARACTERS = 26
MAX_TEXT_BYTES = 2**31 - 1  # offsets of an Arrow string array are int32

_CROCKFORD = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = np.array([(high, low) for high in _CROCKFORD for low in _CROCKFORD], dtype=np.uint8)
_TEN_BITS = _PAIRS.reshape(-1).view(np.uint16)  # two characters for each 10-bit digit
_DIGITS = 13
_BLOCK_ROWS = 16_384  # of text at once: the working set stays in the processor's cache


def derive_key(secret: bytes, *parts: str) -> bytes:
    """Derive a 32-byte key for a purpose by HKDF-SHA256.

    Every part goes in with its length before it, so that ("ab", "c") and ("a", "bc") differ.

    Args:
        secret: 32 uniformly random bytes.
        parts: what the key is for, most general first.
    """
    encoded = [part.encode() for part in parts]
    info = b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
    return HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=info).derive(secret)


def token_key(  # noqa: PLR0913 - every part separates tokens
    secret: bytes, *, partner: str, agreement: str, dataset: str, domain: str, epoch: str
) -> bytes:
    """Derive the key of one recipient's tokens.

    Args:
        secret: 32 bytes, the home's secret for tokens.
        partner: who receives the tokens.
        agreement: under which it asked.
        dataset: whose people they name.
        domain: of the identifiers, `person` or `phone`.
        epoch: from when on they change: a year, a release, or the agreement itself.
    """
    return derive_key(secret, "weir token v1", partner, agreement, dataset, domain, epoch)


def roots(values: pa.Array, key: bytes) -> pa.Array:
    """Return the root of each identifier; NULL stays NULL.

    Args:
        values: strings, normalized (`anonymizers.normalization`).
        key: 32 bytes, of the identifiers' domain.

    Returns:
        binary(16), as long as `values`.
    """
    encoded = values.dictionary_encode()  # people recur: one HMAC for each distinct value
    keyed = hmac.HMAC(key, hashes.SHA256())
    digests = b"".join(_root(keyed, value) for value in encoded.dictionary.to_pylist())
    distinct = pa.Array.from_buffers(ROOT, len(encoded.dictionary), [None, pa.py_buffer(digests)])
    return distinct.take(encoded.indices)


def _root(keyed: hmac.HMAC, value: str) -> bytes:
    copy = keyed.copy()  # the key's two blocks are hashed once: three times as fast
    copy.update(value.encode())
    return copy.finalize()[:ROOT_BYTES]


def tokens_binary(roots: pa.Array, key: bytes) -> pa.Array:
    """Return the token of each root as 16 bytes; a NULL root has a NULL token.

    Args:
        roots: binary(16).
        key: from `token_key`.
    """
    encrypted = _encrypt(roots, key)
    return pa.Array.from_buffers(ROOT, len(roots), [_validity(roots), pa.py_buffer(encrypted)])


def tokens_text(roots: pa.Array, key: bytes, domain: str) -> pa.Array:
    """Return the token of each root as text: `domain_` and 26 characters of Crockford base32.

    The 128 bits stand right-aligned in the 130 that 26 characters hold, as in a ULID, so the
    first character is 0 to 7.

    Args:
        roots: binary(16), one batch: at most 2 GiB of text.
        key: from `token_key`.
        domain: of the identifiers, as the dataset names it.
    """
    return write_tokens(tokens_binary(roots, key), domain)


def write_tokens(tokens: pa.Array, domain: str) -> pa.Array:
    """Return tokens as text, however they were made; NULL stays NULL.

    Args:
        tokens: binary(16), one batch: at most 2 GiB of text.
        domain: of the identifiers, as the dataset names it.
    """
    prefix = np.frombuffer(f"{domain}_".encode(), dtype=np.uint8)
    width = len(prefix) + TOKEN_CHARACTERS
    if len(tokens) * width > MAX_TEXT_BYTES:
        raise ValueError(f"{len(tokens)} tokens are too many for one array: split the batch")
    text = np.empty((len(tokens), width), dtype=np.uint8)
    text[:, : len(prefix)] = prefix
    words = root_bytes(tokens).view(">u8").reshape(-1, 2)
    for start in range(0, len(tokens), _BLOCK_ROWS):
        block = slice(start, start + _BLOCK_ROWS)
        text[block, len(prefix) :] = _base32(words[block])
    offsets = np.arange(0, (len(tokens) + 1) * width, width, dtype=np.int32)
    buffers = [_validity(tokens), pa.py_buffer(offsets), pa.py_buffer(text)]
    return pa.Array.from_buffers(pa.string(), len(tokens), buffers)


def keyed_order(roots: pa.Array, key: bytes) -> NDArray[np.int64]:
    """Return the permutation that sorts roots by their AES under a key.

    Without the key the order is a uniformly random one that says nothing about the input's;
    with it, the same roots come in the same order again. Equal roots keep their order.

    Args:
        roots: binary(16) without NULL.
        key: 32 bytes.
    """
    words = _order_words(roots, key)
    high = np.ascontiguousarray(words[:, 0], dtype=np.uint64)
    order = np.argsort(high)
    ordered = high[order]
    if (ordered[1:] == ordered[:-1]).any():  # equal roots, or one pair in 2^64: compare whole words
        order = np.lexsort((words[:, 1].astype(np.uint64), high))
    return order.astype(np.int64, copy=False)


def keyed_buckets(roots: pa.Array, key: bytes, bits: int) -> NDArray[np.uint16]:
    """Return for each root the first bits of its place in the keyed order.

    Buckets sorted one by one with `keyed_order`, and put one after the other in the order of
    their numbers, are sorted as a whole; they fill evenly, whatever the roots.

    Args:
        roots: binary(16) without NULL.
        key: 32 bytes, as for `keyed_order`.
        bits: 0 to 16; there are 2 to that power of buckets.
    """
    words = _order_words(roots, key)[:, 0].astype(np.uint64)
    return ((words >> np.uint64(32)) >> np.uint64(32 - bits)).astype(np.uint16)


def _order_words(roots: pa.Array, key: bytes) -> NDArray[np.uint64]:
    """Return the AES of each root as (n, 2) big-endian words."""
    if roots.null_count:
        raise ValueError("a NULL root has no place in a keyed order: leave it out first")
    return _encrypt(roots, key).view(">u8").reshape(-1, 2)


def root_bytes(roots: pa.Array) -> NDArray[np.uint8]:
    """Return all roots one after the other, 16 bytes each, a NULL root as zeros; no copy.

    Args:
        roots: binary(16).
    """
    if not roots.type.equals(ROOT):
        raise TypeError(f"roots are binary(16), not {roots.type}")
    if roots.null_count:  # what lies under a NULL is unspecified: make it zero
        roots = roots.fill_null(bytes(ROOT_BYTES))
    stored = np.frombuffer(roots.buffers()[1] or b"", dtype=np.uint8)
    return stored[roots.offset * ROOT_BYTES :][: len(roots) * ROOT_BYTES]


def _encrypt(roots: pa.Array, key: bytes) -> NDArray[np.uint8]:
    """Encrypt every root with AES-256, each as one block of its own (no mode, no padding)."""
    plain = root_bytes(roots)
    size = len(plain)
    # ECB is right here and only here: one random-looking block, encrypted as a permutation.
    encryptor = Cipher(algorithms.AES256(key), modes.ECB()).encryptor()  # noqa: S305
    encrypted = np.empty(size + ROOT_BYTES - 1, dtype=np.uint8)  # what update_into asks for
    encryptor.update_into(plain.data, encrypted.data)
    return encrypted[:size]


def _validity(array: pa.Array) -> pa.Buffer | None:
    return array.is_valid().buffers()[1] if array.null_count else None


def _base32(words: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Write (n, 2) big-endian words as (n, 26) characters, ten bits at a time."""
    high, low = (words[:, column].astype(np.uint64) for column in (0, 1))
    digits = np.empty((len(words), _DIGITS), dtype=np.uint16)
    for place in range(_DIGITS):
        digits[:, _DIGITS - 1 - place] = _TEN_BITS[_ten_bits(high, low, 10 * place)]
    return digits.view(np.uint8)


def _ten_bits(high: NDArray[np.uint64], low: NDArray[np.uint64], shift: int) -> NDArray[np.intp]:
    """Return ten bits of the 128, from bit `shift` up; bits beyond the top are 0."""
    if shift >= 64:  # noqa: PLR2004 - bits of a word
        bits = high >> np.uint64(shift - 64)
    elif shift > 64 - 10:
        bits = (low >> np.uint64(shift)) | (high << np.uint64(64 - shift))
    else:
        bits = low >> np.uint64(shift)
    return (bits & np.uint64(1023)).astype(np.intp)
