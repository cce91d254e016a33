"""Large extracts take another way through the machine, and are the same."""

import random

import pytest

from gateway import buckets, corridor, release_parts
from gateway.errors import ExtractFailedError, StorageFullError
from gateway.extracts import view_extract
from gateway.lake import selection
from gateway.outcomes import SPILL, folder_of
from gateway.previews import Audience, preview_policy
from gateway.recovery import recover
from policies.documents import parse_policy
from tests.conftest import FixedClock
from tests.small_homes import NOON, POLICY, copy_home, open_world, people, template_of


@pytest.fixture
def small_everything(monkeypatch):
    """Make a small extract go the way of a large one: windows, batches, buckets."""
    monkeypatch.setattr(selection, "BATCH_ROWS", 7)
    monkeypatch.setattr(selection, "WINDOW_ROWS", 16)
    monkeypatch.setattr(buckets, "BUCKET_ROWS", 4)


def spills(world):
    home = world.context.home
    return [*home.releases_dir.glob(f"*/{SPILL}"), *home.temp_dir.glob("preview-*")]


def content(world, partner="harbor", **changes):
    made = world.extract(partner, **changes)
    assert made.state == "ready", made
    return world.content(partner, made.id)


@pytest.fixture
def twin(tmp_path_factory, tmp_path):
    """Another copy of the home that `world` is a copy of, with the same keys."""
    clock = FixedClock(NOON)
    with open_world(copy_home(template_of(tmp_path_factory), tmp_path / "twin"), clock) as twin:
        yield twin


@pytest.mark.parametrize("chosen", ["csv", "parquet", "jsonl", "xlsx"])
def test_an_extract_in_buckets_has_the_bytes_of_one_in_memory(world, twin, monkeypatch, chosen):
    begun = []
    put_away = buckets.Buckets._put_away
    monkeypatch.setattr(
        buckets.Buckets, "_put_away", lambda rows: begun.append(1) or put_away(rows)
    )
    whole = content(world, format=chosen)
    assert not begun
    monkeypatch.setattr(selection, "BATCH_ROWS", 7)
    monkeypatch.setattr(selection, "WINDOW_ROWS", 16)
    monkeypatch.setattr(buckets, "BUCKET_ROWS", 4)
    assert content(twin, format=chosen) == whole
    assert len(begun) > 3
    assert not spills(twin)


def test_the_order_of_rows_is_not_that_of_the_load(world, twin, small_everything):
    rows = people(500, 560)
    world.load(rows)
    random.Random(3).shuffle(rows)
    twin.load(rows)
    assert content(world) == content(twin)


def test_progress_grows_and_ends_before_it_is_ready(world, small_everything, monkeypatch):
    said = []
    monkeypatch.setattr(
        corridor, "report_progress", lambda _context, _id, share: said.append(share)
    )
    content(world)
    assert said == sorted(said)
    assert len(set(said)) > 10
    assert said[0] > 0
    assert said[-1] == pytest.approx(0.94)


def test_a_failure_in_the_middle_leaves_no_spill(world, small_everything, monkeypatch):
    def fail(_self, _rows):
        assert spills(world)
        raise RuntimeError

    monkeypatch.setattr(release_parts.Releaser, "part", fail)
    asked = world.ask("harbor")
    with pytest.raises(ExtractFailedError):
        corridor.make(world.context, asked.id)
    assert world.state(asked.id) == "failed"
    assert not spills(world)


def test_a_full_disk_in_the_middle_of_spilling_is_said_and_leaves_nothing(
    world, small_everything, monkeypatch
):
    def full(_bucket, _rows):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(buckets._File, "add", full)
    asked = world.ask("harbor")
    with pytest.raises(ExtractFailedError):
        corridor.make(world.context, asked.id)
    (reason,) = view_extract(world.context, "harbor", asked.id).reasons
    assert reason.params == {"problem": StorageFullError.slug}
    assert not spills(world)


def test_a_stop_in_the_middle_leaves_no_spill(world, small_everything, monkeypatch):
    part = release_parts.Releaser.part

    def stop(self, rows):
        world.context.stopping.set()
        return part(self, rows)

    asked = world.ask("harbor")
    with monkeypatch.context() as stopping:
        stopping.setattr(release_parts.Releaser, "part", stop)
        with pytest.raises(corridor.StoppedError):
            corridor.make(world.context, asked.id)
    assert world.state(asked.id) == "running"
    assert not spills(world)
    world.context.stopping.clear()
    world.work(asked.id)
    assert world.state(asked.id) == "ready"


def test_what_a_kill_left_is_gone_after_the_next_start(world):
    made = world.extract("harbor")
    home = world.context.home
    left = [folder_of(world.context, made.id) / SPILL, home.temp_dir / "preview-0123"]
    for folder in left:
        folder.mkdir(parents=True)
        (folder / "0").write_bytes(b"noise")
    recover(world.context)
    assert not spills(world)
    assert world.content("harbor", made.id)


def test_a_preview_in_buckets_shows_the_same(world, monkeypatch):
    def preview():
        document = parse_policy(POLICY)
        audience = Audience("harbor", "")
        return preview_policy(world.context, document, audience, 5, lambda _text, _share: None)

    whole = preview()
    monkeypatch.setattr(buckets, "BUCKET_ROWS", 4)
    assert preview() == whole
    assert not spills(world)
