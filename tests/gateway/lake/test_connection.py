"""The lake as a file: encrypted, locked down, owned by one process, silent about keys."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from gateway.errors import LakeError, StorageFullError
from gateway.homes import Home
from gateway.keys import Keys
from gateway.lake import engine
from gateway.lake.connection import Lake

ROW = "c1,p1,2024-03-05,30,CA,Other,text,anonymized,,,,"


def test_the_catalog_opens_with_its_key_alone(home, lake):
    lake.close()
    with pytest.raises(duckdb.Error):
        duckdb.connect(str(home.catalog_file)).execute("SHOW TABLES")


def test_another_home_s_key_is_refused_without_naming_it(home, lake, tmp_path):
    lake.close()
    other = Keys.create(
        Home.create(tmp_path / "other", name="Other", origin="other.example", timezone="UTC")
    )
    with pytest.raises(LakeError) as caught:
        Lake.open(home, other)
    assert other.catalog() not in _everything_said(caught.value)


def test_no_error_quotes_the_catalog_s_key(lake, keys):
    for statement in (
        f"ATTACH 'x' AS y (ENCRYPTION_KEY '{keys.catalog()}'",
        f"SELECT '{keys.catalog()}'::INTEGER",
        f"SELECT * FROM missing_{keys.catalog()}",
    ):
        with pytest.raises(LakeError) as caught, lake.cursor() as cursor:
            cursor.execute(statement)
        assert keys.catalog() not in _everything_said(caught.value)


def _everything_said(error):
    said = []
    while error is not None:
        said.append(f"{error!r} {error.args}")
        error = error.__cause__ or error.__context__
    return " ".join(said)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('/etc/hostname')",
        "COPY (SELECT 1) TO '/tmp/weir-outside.csv'",
        "ATTACH '/tmp/weir-outside.duckdb' AS outside",
        "SET enable_external_access = true",
        "SET memory_limit = '64GB'",
        "INSTALL spatial",
    ],
)
def test_nothing_outside_the_home_can_be_reached(lake, statement):
    with pytest.raises(LakeError), lake.cursor() as cursor:
        cursor.execute(statement)


def test_spill_files_are_encrypted(rows):
    assert rows("SELECT value FROM duckdb_settings() WHERE name = 'temp_file_encryption'") == [
        ("true",)
    ]


def test_a_second_process_gets_a_clear_error(home, lake):
    script = (
        "import sys; from pathlib import Path\n"
        "from gateway.homes import Home; from gateway.keys import Keys\n"
        "from gateway.lake.connection import Lake\n"
        "home = Home.open(Path(sys.argv[1])); Lake.open(home, Keys.open(home))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(home.path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=os.getcwd(),  # noqa: PTH109 - the checkout, so that the packages are found
    )
    assert done.returncode == 1
    assert "open in another process" in done.stderr.splitlines()[-1]


def test_a_dataset_s_snapshot_moves_only_with_its_own_loads(lake, load, cases):
    assert lake.dataset_snapshot("hotline-cases") == 0
    first = load(cases, [ROW]).snapshot
    other = cases.model_copy(update={"dataset": "other-cases"})
    load(other, [ROW])
    assert lake.dataset_snapshot("hotline-cases") == first < lake.snapshot_now()
    assert lake.dataset_snapshot("other-cases") > first


def test_counts_are_of_records_and_people(lake, load, cases):
    assert lake.count("hotline-cases") == (0, 0)
    load(cases, [ROW, ROW.replace("c1", "c2")])
    assert lake.count("hotline-cases") == (2, 1)


def test_orphan_files_are_cleared_at_start(home, keys, lake, load, cases):
    load(cases, [ROW])
    known = next(home.data_dir.rglob("*.parquet"))
    orphan = known.with_name("ducklake-orphan.parquet")
    orphan.write_bytes(known.read_bytes())
    lake.close()
    Lake.open(home, keys).close()
    assert known.exists()
    assert not orphan.exists()


def test_a_home_that_was_moved_opens_with_its_records(home, keys, lake, load, cases):
    load(cases, [ROW])
    lake.close()
    moved = Home.open(home.path.rename(home.path.with_name("moved")))
    opened = Lake.open(moved, keys, threads=1)
    assert opened.count("hotline-cases") == (1, 1)
    opened.close()


def test_spill_files_of_a_killed_process_are_cleared_at_start(home, keys, lake):
    left = home.temp_dir / "lake" / "duckdb_temp_block-1.block"
    left.write_bytes(b"left behind")
    lake.close()
    Lake.open(home, keys).close()
    assert not left.exists()


def test_a_copy_taken_at_rest_is_whole(home, keys, lake, load, cases, tmp_path):  # noqa: PLR0917 - fixtures
    load(cases, [ROW])
    copied = Home.create(tmp_path / "copy", name="Copy", origin="test.example", timezone="UTC")
    with lake.at_rest():
        copied.catalog_file.write_bytes(home.catalog_file.read_bytes())
    lake.close()
    secret = keys.catalog()
    connection = duckdb.connect()
    engine.load_extension(connection, "httpfs")
    connection.execute(
        f"ATTACH '{copied.catalog_file}' AS copy (ENCRYPTION_KEY '{secret}', READ_ONLY)"
    )
    assert connection.execute("SELECT count(*) FROM copy.ducklake_data_file").fetchone()[0] > 0


def test_a_full_disk_is_said_with_what_to_do():
    with pytest.raises(StorageFullError, match="make room"), engine.explained():
        raise duckdb.IOException("IO Error: Could not write file: No space left on device")


def test_threads_each_get_whole_answers(lake, load, cases):
    from concurrent.futures import ThreadPoolExecutor

    load(cases, [ROW.replace("c1", f"c{n}") for n in range(500)])

    def count(_):
        with lake.engine() as backend:
            table = backend.sql("SELECT weir_record FROM lake.hotline_cases")
            return backend.to_pyarrow(table).num_rows

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(count, range(24))) == {500}


@pytest.fixture
def another_extension(tmp_path, monkeypatch):
    """An extension whose signature isn't its own."""
    wheel = engine.resources.files("duckdb_extension_httpfs")
    name = Path("extensions") / f"v{duckdb.__version__}" / "httpfs.duckdb_extension"
    changed = tmp_path / name
    changed.parent.mkdir(parents=True)
    content = bytearray((Path(str(wheel)) / name).read_bytes())
    content[-1] ^= 1  # the signature stands at the end
    changed.write_bytes(content)
    monkeypatch.setattr(engine.resources, "files", lambda _package: tmp_path)
    return engine.connect(tmp_path / "spill", memory_limit="1GB", threads=1)


@pytest.mark.usefixtures("signatures_checked")
def test_an_extension_that_isn_t_signed_is_not_loaded(request):
    with pytest.raises(duckdb.Error, match="signature"):
        engine.load_extension(request.getfixturevalue("another_extension"), "httpfs")


def test_control_without_the_check_it_is(another_extension):
    engine.load_extension(another_extension, "httpfs")
