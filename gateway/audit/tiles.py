"""Tiles: the log as a finite set of files that anyone can fetch and cache (c2sp.org/tlog-tiles).

A tile at level L holds up to 256 hashes of complete subtrees of 256^L leaves; an entry bundle
holds up to 256 leaves. Both are addressed by a path: `/tile/<L>/<N>[.p/<W>]`, `/tile/entries/<N>`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.audit.verifier import MAX_LEAF_BYTES, FormatError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.audit.tree import NodeReader

TILE_WIDTH = 256
TILE_HEIGHT = 8
MAX_TILE_LEVEL = 7  # 256^8 leaves are more than any log will hold
LENGTH_BYTES = 2

_PATH = re.compile(
    r"/?tile/(?P<level>entries|[0-7])/(?P<number>(?:x[0-9]{3}/){0,4}[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


@dataclass(frozen=True)
class TilePath:
    """Which tile is meant.

    Attributes:
        level: of the tile; None for a bundle of entries, which lies beside level 0.
        number: position of the tile in its level.
        width: hashes or entries in it, 1 to 256; below 256 the tile is partial.
    """

    level: int | None
    number: int
    width: int = TILE_WIDTH

    def __str__(self) -> str:
        """Write the path, without a leading slash."""
        level = "entries" if self.level is None else str(self.level)
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{_encode_number(self.number)}{partial}"


def parse_tile_path(path: str) -> TilePath:
    """Read a tile's path; every tile has one spelling only.

    Raises:
        FormatError: it is no path of a tile.
    """
    match = _PATH.fullmatch(path)
    if match is None:
        raise FormatError("a tile's path reads tile/<L>/<N>[.p/<W>] or tile/entries/<N>[.p/<W>]")
    level = None if match["level"] == "entries" else int(match["level"])
    number = int(match["number"].replace("x", "").replace("/", ""))
    tile = TilePath(level, number, int(match["width"] or TILE_WIDTH))
    if str(tile) != path.removeprefix("/"):
        raise FormatError("a tile's number and width have one spelling: no padding beyond three")
    return tile


def tile_exists(tile: TilePath, size: int) -> bool:
    """Say whether a log of `size` leaves has this tile; narrower ones of the past included."""
    return tile.number * TILE_WIDTH + tile.width <= _hashes_at(tile.level, size)


def tile_paths(size: int) -> tuple[TilePath, ...]:
    """Return all tiles and bundles of a log of `size` leaves, partial ones at their full width."""
    levels = [level for level in range(MAX_TILE_LEVEL + 1) if _hashes_at(level, size)]
    return tuple(
        TilePath(level, number, min(TILE_WIDTH, _hashes_at(level, size) - number * TILE_WIDTH))
        for level in (*levels, *([None] if size else []))
        for number in range(-(-_hashes_at(level, size) // TILE_WIDTH))
    )


def tile_bytes(tile: TilePath, node: NodeReader) -> bytes:
    """Return a tile of hashes: complete subtrees of 256^level leaves, side by side.

    Raises:
        FormatError: the path names a bundle of entries.
    """
    if tile.level is None:
        raise FormatError("a bundle of entries holds no hashes")
    height, first = tile.level * TILE_HEIGHT, tile.number * TILE_WIDTH
    return b"".join(node(height, first + offset) for offset in range(tile.width))


def bundle_bytes(leaves: Sequence[bytes]) -> bytes:
    """Return a bundle of leaves, each after its length as two bytes, big end first.

    Raises:
        FormatError: a leaf is longer than 65,535 bytes.
    """
    if any(len(leaf) > MAX_LEAF_BYTES for leaf in leaves):
        raise FormatError(f"a leaf has at most {MAX_LEAF_BYTES} bytes")
    return b"".join(len(leaf).to_bytes(LENGTH_BYTES, "big") + leaf for leaf in leaves)


def parse_bundle(data: bytes) -> tuple[bytes, ...]:
    """Take a bundle of leaves apart.

    Raises:
        FormatError: it ends within a leaf.
    """
    leaves, position = list[bytes](), 0
    while position < len(data):
        start = position + LENGTH_BYTES
        position = start + int.from_bytes(data[start - LENGTH_BYTES : start], "big")
        if position > len(data) or start > len(data):
            raise FormatError("the bundle ends within a leaf")
        leaves.append(data[start:position])
    return tuple(leaves)


def _hashes_at(level: int | None, size: int) -> int:
    return size >> TILE_HEIGHT * (level or 0)


def _encode_number(number: int) -> str:
    parts = [f"{number % 1000:03}"]
    while number := number // 1000:
        parts.append(f"x{number % 1000:03}")
    return "/".join(reversed(parts))
