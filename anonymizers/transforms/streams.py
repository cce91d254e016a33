"""Streams: random words that a key, a person and a value decide, the same every time.

A word is AES-256 in CBC-MAC over three blocks: the person's root, the value, and a counter or a
mark. On messages of one length CBC-MAC is a pseudorandom function where AES is one, so words of
different people, values, counters, marks or keys look independent and uniform.

Why the person and the value decide, and neither the release, the snapshot nor the record: whoever
asks again must get the same draw. A fresh one for each request would let a thousand requests
average it away, and a fresh one for each record would let one person's two hundred records do it.
A value that was corrected gets a draw of its own: with the old one, the difference of the two
releases would be the difference of the true values.

References:
    M. Bellare, J. Kilian, P. Rogaway, "The security of the cipher block chaining message
    authentication code", JCSS 61 (2000).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from anonymizers.pseudonyms import ROOT, root_bytes, tokens_binary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

Words = tuple["NDArray[np.uint64]", "NDArray[np.uint64]"]
WORD_BITS = 64


def random_words(key: bytes, people: pa.Array, values: NDArray[np.int64]) -> Iterator[Words]:
    """Yield pairs of words for each row, as many as are asked for.

    Args:
        key: 32 bytes.
        people: (n,) roots, binary(16).
        values: (n,) what is released of them, before the draw; zeros where it must not matter.

    Yields:
        Two arrays (n,) of uint64, uniform to whoever lacks the key.
    """
    state = _state(key, people, values)
    counter = 0
    while True:
        block = state.copy()
        block[:, 0] ^= np.uint64(counter)
        words = _encrypt(key, block)
        yield words[:, 0], words[:, 1]
        counter += 1


def marked_words(
    key: bytes, people: pa.Array, values: NDArray[np.int64], marks: Iterable[int]
) -> Iterator[NDArray[np.uint64]]:
    """Yield a word of each row for one mark after the other, whatever other marks there are.

    Args:
        key: 32 bytes.
        people: (n,) roots, binary(16).
        values: (n,) as above.
        marks: 1 to 2^64 - 1: none of them is a counter's word.

    Yields:
        An array (n,) of uint64 for each mark, uniform to whoever lacks the key.
    """
    state = _state(key, people, values)
    for mark in marks:
        block = state.copy()
        block[:, 1] ^= np.uint64(mark)
        yield _encrypt(key, block)[:, 0]


def threshold(numerator: int, denominator: int) -> np.uint64:
    """Return the word below which a share of all words lies, at most 2^-64 off.

    Args:
        numerator: of the share.
        denominator: of the share, which lies between 0 and 1; for 1 itself the largest word.
    """
    return np.uint64(min((numerator << WORD_BITS) // denominator, (1 << WORD_BITS) - 1))


def _state(key: bytes, people: pa.Array, values: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return the chain after two blocks, person and value: (n, 2)."""
    state = _encrypt(key, root_bytes(people).view("<u8").reshape(-1, 2))
    state[:, 0] ^= values.view(np.uint64)
    return _encrypt(key, state)


def _encrypt(key: bytes, blocks: NDArray[np.uint64]) -> NDArray[np.uint64]:
    plain = pa.Array.from_buffers(ROOT, len(blocks), [None, pa.py_buffer(blocks)])
    return root_bytes(tokens_binary(plain, key)).view("<u8").reshape(-1, 2).astype(np.uint64)
