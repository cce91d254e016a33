"""Hands for tests of transforms: people, and one change of one batch."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa

from anonymizers.transforms.base import Seen, Start

KEY = hashlib.sha256(b"a test's key").digest()
OTHER_KEY = hashlib.sha256(b"another").digest()


def roots_of(*names):
    """Return the root of each name."""
    digests = [hashlib.sha256(str(name).encode()).digest()[:16] for name in names]
    return pa.array(digests, pa.binary(16))


def crowd(count, of="person"):
    """Return so many people."""
    return roots_of(*(f"{of} {number}" for number in range(count)))


def seen_of(units):
    """Return the distinct units with their people."""
    distinct, people = np.unique(np.array(units, dtype=np.int64), return_counts=True)
    return Seen(distinct, people.astype(np.int64))


def change(transform, values, people=None, key=KEY, *, seen=None, everybody=None):
    """Change one batch; each value is another person's where nobody is named."""
    people = crowd(len(values)) if people is None else people
    return transform.begin(Start(key, seen, everybody))(values, people)
