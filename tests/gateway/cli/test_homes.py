"""`weir init`, `weir backup`, `weir restore`: what they say and refuse."""

from __future__ import annotations

import shutil

import pytest


def everything(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_home_is_made_with_its_key_beside_it(alone, here):
    made = alone("init", "--home", here / "new", "--name", "Hope Hotline")
    assert "audit log   hope-hotline-" in made.out
    assert "Without it nobody can\nopen this home again" in made.out
    assert f"Next: weir dataset add DATASET.yaml --home {here / 'new'}" in made.out
    assert (here / "new.key").stat().st_mode & 0o777 == 0o600
    assert (here / "new").stat().st_mode & 0o777 == 0o700
    assert not [path for path in everything(here / "new") if path.endswith(".key")]


def test_the_next_step_names_the_home_only_where_it_must(alone, here, monkeypatch):
    monkeypatch.delenv("WEIR_HOME")
    assert alone("init").out.endswith("Next: weir dataset add DATASET.yaml\n")
    monkeypatch.setenv("WEIR_HOME", str(here / "named"))
    assert alone("init").out.endswith("Next: weir dataset add DATASET.yaml\n")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--timezone", "Nowhere/Land"), "timezone: Nowhere/Land is no time zone"),
        (("--origin", "two words"), "origin: two words can't be the origin"),
        (("--name", ""), "name: "),
    ],
)
def test_settings_that_can_t_be_leave_nothing(alone, here, options, said):
    assert said in alone.refused("init", "--home", here / "new", *options)
    assert everything(here) == []


def test_a_home_is_never_made_over_another(alone, here):
    before = everything(alone.home)
    assert "is taken" in alone.refused("init")
    assert everything(alone.home) == before
    (here / "left.key").write_text("0" * 64)
    assert "move it to a safe place first" in alone.refused("init", "--home", here / "left")
    alone.file("file", "")
    assert "is taken" in alone.refused("init", "--home", here / "file")
    assert "file" in alone.refused("init", "--home", here / "file" / "below")
    assert everything(here) == ["file", "left.key"]


def test_a_named_master_key_is_said_and_kept_out(alone, here, monkeypatch):
    monkeypatch.setenv("WEIR_MASTER_KEY_FILE", str(here / "elsewhere"))
    assert f"master key  {here / 'elsewhere'}" in alone("init", "--home", here / "new").out
    assert not (here / "new.key").exists()
    monkeypatch.setenv("WEIR_MASTER_KEY_FILE", str(here / "other" / "inside"))
    assert "inside the home" in alone.refused("init", "--home", here / "other")
    assert not (here / "other").exists()


def test_commands_without_a_home_or_its_key_say_what_to_do(alone, here):
    said = alone.refused("dataset", "show", "cases", "--home", here / "absent")
    assert "name one with --home or WEIR_HOME, or make it with `weir init`" in said
    key = alone.home.with_name("home.key")
    kept = key.read_text()
    key.unlink()
    assert "no master key at" in alone.refused("release", "list")
    key.write_text("1" * 64)
    key.chmod(0o600)
    assert "doesn't belong to this home" in alone.refused("release", "list")
    key.write_text(kept)
    key.chmod(0o644)
    assert "run `chmod 600" in alone.refused("release", "list")


def test_a_backup_is_written_and_restored_elsewhere(alone, here, tmp_path):
    wrote = alone("backup", "kept.backup")
    assert "the log with 8 entries" in wrote.out
    assert "The master key isn't in it" in wrote.out
    other = tmp_path / "elsewhere" / "home"
    other.parent.mkdir()
    said = alone.refused("restore", "kept.backup", "--home", other)
    assert f"no master key at {other}.key" in said
    assert everything(other.parent) == []
    shutil.copy2(f"{alone.home}.key", f"{other}.key")
    restored = alone("restore", "kept.backup", "--home", other)
    assert "8 entries, 0 releases, all whole" in restored.out
    assert alone("dataset", "show", "cases", "--home", other, "--json").json["records"] == 40
    assert "where there is no home" in alone.refused("restore", "kept.backup", "--home", other)


def test_a_backup_has_to_go_to_a_new_file_in_a_folder_that_is_there(alone, here):
    alone.file("taken.backup", "")
    assert "name a new file" in alone.refused("backup", "taken.backup")
    assert "name a new file" in alone.refused("backup", here)
    assert "make it first" in alone.refused("backup", here / "absent" / "new.backup")
    assert "in the home itself" in alone.refused("backup", alone.home / "new.backup")
    assert everything(here) == ["taken.backup"]


def test_what_isn_t_a_backup_isn_t_restored(alone, here):
    shutil.copy2(f"{alone.home}.key", here / "new.key")
    for file in (alone.file("x", b"not a backup"), alone.file("y", b""), here / "absent", here):
        said = alone.refused("restore", file, "--home", here / "new")
        assert "isn't a backup" in said or "there is no file" in said
    assert "there is no file" in alone.refused(
        "restore", here / "x", "--home", here / "new", "--checkpoint", here / "absent"
    )
    assert everything(here) == ["new.key", "x", "y"]
