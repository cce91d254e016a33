"""A backup that was changed, cut or made by somebody else is refused, and leaves nothing."""

from __future__ import annotations

import io
import tarfile

import pytest

from gateway.archives import INDEX, MAC
from gateway.errors import HomeError, KeysError
from gateway.restoring import restore_home
from tests.backed_up import nothing_left


def members(file):
    with tarfile.open(file) as archive:
        return {name: archive.extractfile(name).read() for name in archive.getnames()}


def rewritten(file, contents):
    with tarfile.open(file, "w") as archive:
        for name, data in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return file


def check_refused(changed, place, folder, name):
    """Neither is a changed archive restored, nor is anything left of it."""
    file = rewritten(folder / "changed", changed)
    with pytest.raises((HomeError, KeysError)):
        restore_home(file, place, None)
    file.unlink()
    assert nothing_left(place), name


def test_a_change_to_any_member_is_noticed(backed_up, place, tmp_path):
    whole = members(backed_up[0] / "old.backup")
    for name, data in whole.items():
        middle = len(data) // 2
        changed = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
        check_refused({**whole, name: changed}, place, tmp_path, name)


def test_a_member_that_is_taken_out_is_noticed(backed_up, place, tmp_path):
    whole = members(backed_up[0] / "old.backup")
    for name in whole:
        rest = {other: data for other, data in whole.items() if other != name}
        check_refused(rest, place, tmp_path, name)


def test_a_change_with_a_new_index_is_noticed_by_its_seal(backed_up, place, tmp_path):
    import hashlib
    import json

    whole = members(backed_up[0] / "old.backup")
    whole["home.yaml"] = whole["home.yaml"].replace(b"Small", b"Tall!")
    index = json.loads(whole[INDEX])
    index["files"]["home.yaml"] = hashlib.sha256(whole["home.yaml"]).hexdigest()
    file = rewritten(tmp_path / "x", {**whole, INDEX: json.dumps(index, sort_keys=True).encode()})
    with pytest.raises(HomeError, match="was changed or cut"):
        restore_home(file, place, None)
    assert MAC in whole


@pytest.mark.parametrize(
    "name", ["../escaped", "/tmp/escaped", "lake/../../escaped", "home.yaml/x"]
)
def test_a_member_never_lands_outside_the_home(backed_up, place, tmp_path, name):
    import json

    whole = members(backed_up[0] / "old.backup")
    index = json.loads(whole[INDEX])
    index["files"] = {name: "0" * 64, **index["files"]}
    changed = {**whole, name: b"x", INDEX: json.dumps(index).encode()}
    with pytest.raises(HomeError):
        restore_home(rewritten(tmp_path / "x", changed), place, None)
    assert not list(tmp_path.rglob("escaped"))


def test_a_backup_cut_anywhere_is_refused(backed_up, place, tmp_path):
    data = (backed_up[0] / "old.backup").read_bytes().rstrip(b"\0")  # a tar ends in padding
    for share in (0, 0.1, 0.5, 0.9, 0.999):
        cut = tmp_path / "cut"
        cut.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(HomeError, match="another backup"):
            restore_home(cut, place, None)
        cut.unlink()
        assert nothing_left(place)
