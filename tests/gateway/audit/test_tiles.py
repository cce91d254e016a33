"""Tiles hold exactly the hashes and leaves that c2sp.org/tlog-tiles names, at one path each."""

from __future__ import annotations

import pytest

from gateway.audit.tiles import (
    TilePath,
    bundle_bytes,
    parse_bundle,
    parse_tile_path,
    tile_bytes,
    tile_exists,
    tile_paths,
)
from gateway.audit.verifier import FormatError, leaf_hash


def test_a_log_of_70000_has_the_tiles_of_the_specification():
    tiles = [tile for tile in tile_paths(70_000) if tile.level is not None]
    by_level = [[tile for tile in tiles if tile.level == level] for level in range(3)]
    assert [sum(tile.width == 256 for tile in level) for level in by_level] == [273, 1, 0]
    assert [level[-1].width for level in by_level] == [112, 17, 1]
    assert len(tiles) == sum(map(len, by_level))


def test_a_log_of_256_has_one_full_tile_and_one_of_width_one():
    assert [str(tile) for tile in tile_paths(256)] == [
        "tile/0/000",
        "tile/1/000.p/1",
        "tile/entries/000",
    ]


def test_an_empty_log_has_no_tiles():
    assert tile_paths(0) == ()


def test_a_large_number_is_written_in_threes():
    assert str(TilePath(0, 1_234_067)) == "tile/0/x001/x234/067"


@pytest.mark.parametrize(
    "path",
    ["tile/0/000", "tile/1/x001/234.p/5", "tile/entries/x001/x234/067", "tile/entries/005.p/255"],
)
def test_a_path_is_read_as_it_was_written(path):
    assert str(parse_tile_path(path)) == path
    assert parse_tile_path("/" + path) == parse_tile_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0",
        "tile/0/x000/001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/00/000",
        "tile/8/000",
        "tile/0/001/002",
        "tile/0/../checkpoint",
        "tile/0/\u0661\u0661\u0661",
        "tile/0/000\n",
        "checkpoint",
    ],
)
def test_any_other_path_is_refused(path):
    with pytest.raises(FormatError):
        parse_tile_path(path)


def test_tiles_hold_subtrees_of_256_times_as_many_leaves(log):
    log.fill(300)
    assert tile_bytes(parse_tile_path("tile/0/001.p/44"), log.node) == b"".join(
        leaf_hash(sealed.leaf) for sealed in log.sealed[256:]
    )
    assert tile_bytes(parse_tile_path("tile/1/000.p/1"), log.node) == log.root(256)


def test_only_tiles_within_the_log_exist():
    assert tile_exists(TilePath(0, 1, 44), 300)
    assert tile_exists(TilePath(None, 1, 43), 300)
    assert not tile_exists(TilePath(0, 1, 45), 300)
    assert not tile_exists(TilePath(1, 0, 2), 300)


def test_bundles_give_back_their_leaves():
    leaves = (b"", b"a", b"b" * 65_535)
    assert parse_bundle(bundle_bytes(leaves)) == leaves


@pytest.mark.parametrize("data", [b"\x00", b"\x00\x02a"])
def test_a_bundle_that_ends_within_a_leaf_is_refused(data):
    with pytest.raises(FormatError):
        parse_bundle(data)


def test_a_leaf_too_long_for_its_length_is_refused():
    with pytest.raises(FormatError):
        bundle_bytes([b"x" * 65_536])


def test_a_bundle_has_no_hashes(log):
    with pytest.raises(FormatError):
        tile_bytes(TilePath(None, 0), log.node)
