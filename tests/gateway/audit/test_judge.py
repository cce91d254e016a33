"""Go's own `sumdb/note` and `sumdb/tlog` accept our notes, proofs and tiles, and no forgery."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.audit.checkpoints import issue_checkpoint
from gateway.audit.tiles import tile_bytes, tile_paths

JUDGE = Path(__file__).parents[3] / ".ci" / "judge" / "main.go"
GOPATH = Path("/usr/share/gocode")
SIZES = (1, 2, 7, 256, 300)


def b64(data):
    return base64.b64encode(data).decode()


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    """Build the judge once; in CI its absence is a failure, elsewhere a reason to skip."""
    if not shutil.which("go") or not (GOPATH / "src/golang.org/x/mod/sumdb").is_dir():
        missing = "the judge needs Debian's golang-go and golang-golang-x-mod-dev"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    folder = tmp_path_factory.mktemp("judge")
    environment = os.environ | {
        "GO111MODULE": "off",
        "GOPATH": str(GOPATH),
        "GOCACHE": str(folder / "cache"),
        "GOFLAGS": "",
    }
    binary = folder / "judge"
    command = ["go", "build", "-o", str(binary), str(JUDGE)]
    subprocess.run(command, check=True, env=environment, capture_output=True)

    def run(case):
        done = subprocess.run(
            [str(binary)], input=json.dumps(case), capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout)

    return run


@pytest.fixture
def grown(log):
    log.fill(max(SIZES))
    return log


def case_of(log):
    return {
        "vkey": str(log.signer.vkey),
        "checkpoints": {str(size): b64(log.checkpoint(size)) for size in SIZES},
        "records": [
            record(log, index, size) for size in SIZES for index in {0, size // 2, size - 1}
        ],
        "trees": [tree(log, old, new) for new in SIZES for old in SIZES if old <= new],
        "tilings": [tiling(log, size) for size in SIZES],
    }


def record(log, index, size):
    return {
        "name": f"{index} in {size}",
        "checkpoint": str(size),
        "index": index,
        "leaf": b64(log.sealed[index].leaf),
        "proof": [b64(hash_) for hash_ in log.inclusion(index, size)],
    }


def tree(log, old, new):
    proof = [b64(hash_) for hash_ in log.consistency(old, new)]
    return {"name": f"{old} to {new}", "old": str(old), "new": str(new), "proof": proof}


def tiling(log, size):
    tiles = [tile for tile in tile_paths(size) if tile.level is not None]
    return {
        "name": str(size),
        "checkpoint": str(size),
        "tiles": {str(tile): b64(tile_bytes(tile, log.node)) for tile in tiles},
        "leaves": [b64(sealed.leaf) for sealed in log.sealed[:size]],
    }


def test_go_accepts_every_checkpoint_proof_and_tile(judge, grown):
    verdicts = judge(case_of(grown))
    assert len(verdicts) > 30
    assert {name: said for name, said in verdicts.items() if said} == {}


def test_go_refuses_a_checkpoint_of_another_key(judge, grown, other_signer):
    case = case_of(grown)
    foreign = issue_checkpoint(7, grown.node, other_signer, None)
    case["checkpoints"]["7"] = b64(foreign)
    assert judge(case)["checkpoint 7"]


@pytest.mark.parametrize("part", ["leaf", "proof", "index"])
def test_go_refuses_a_tampered_record(judge, grown, part):
    case = case_of(grown)
    forged = record(grown, 3, 7) | {"name": "forged"}
    other = {"leaf": b64(b"x"), "proof": forged["proof"][::-1], "index": 4}
    case["records"] = [forged | {part: other[part]}]
    assert judge(case)["record forged"]


def test_go_refuses_a_rewritten_history(judge, grown, signer):
    fork = type(grown)(signer)
    fork.fill(2)
    fork.append(grown.sealed[0])
    fork.fill(297)
    case = case_of(grown)
    case["checkpoints"]["300"] = b64(fork.checkpoint(300))
    case["trees"] = [tree(fork, 7, 300)]
    assert judge(case)["tree 7 to 300"]


def test_go_refuses_a_tampered_tile(judge, grown):
    case = case_of(grown)
    tiles = case["tilings"][-1]["tiles"]
    tiles["tile/0/000"] = b64(bytes(32) + base64.b64decode(tiles["tile/0/000"])[32:])
    assert judge(case)["tiling 300"]
