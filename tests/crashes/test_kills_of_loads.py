"""kill -9 at every stop of a load: never half a dataset, and the same file loads afterwards."""

from __future__ import annotations

import random
import time
from itertools import chain, islice
from typing import TYPE_CHECKING

from pyarrow import concat_tables, csv

from gateway.context import open_context
from gateway.demo.cases import generate_batches
from tests.crashes.homes import CASES, DATASET, load, make_home
from tests.crashes.kills import Kill, random_kills
from tests.crashes.promises import broken_promises, see

if TYPE_CHECKING:
    from pathlib import Path

SEED, SIZE = 2027, 100
LONGEST_SECONDS = 0.5
NEVER = Kill("gateway.backups:back_up")
# Each stop with what the same file, loaded again after the restart, is told.
STOPS = (
    (Kill("gateway.loading:_receive", "after"), "accepted"),
    (Kill("gateway.lake.deposits:Deposits.flush", "before"), "accepted"),
    (Kill("gateway.lake.deposits:Deposits.flush", "after"), "accepted"),
    (Kill("gateway.lake.ingest:_stage", "after"), "accepted"),
    (Kill("gateway.lake.loading:_insert", "before"), "accepted"),
    (Kill("gateway.lake.loading:_insert", "after"), "accepted"),
    (Kill("gateway.lake.loading:_note", "after"), "accepted"),
    (Kill("gateway.lake.ingest:load_staged", "after"), "loaded before"),
    (Kill("gateway.lake.vault:Vault.settle", "after"), "loaded before"),
    (Kill("gateway.loading:settle_submission", "before"), "loaded before"),
    (Kill("gateway.log:AuditLog.append", "before"), "loaded before"),
    (Kill("gateway.log:AuditLog.append", "after"), "loaded before"),
    (Kill("gateway.loading:settle_submission", "after"), "loaded before"),
    (Kill("gateway.log:AuditLog.sign", "before"), "loaded before"),
    (Kill("gateway.log:AuditLog.sign", "after"), "loaded before"),
)
RANDOM = "accepted or loaded before"


def plan_kills(effort):
    """Choose the kills, each with what a second load is told."""
    yield from STOPS if effort > 1 else STOPS[1::3]
    for kill in islice(random_kills(random.Random(SEED), LONGEST_SECONDS), 5 * effort - 4):
        yield kill, RANDOM


def write_loads(folder: Path, count: int) -> list[Path]:
    """Write files of which one half are new cases and the other half new words on old ones."""
    known = CASES // SIZE
    batches = list(generate_batches((known + count) * SIZE, SEED, batch=SIZE))
    files = [folder / f"load-{number}.csv" for number in range(count)]
    for number, file in enumerate(files):
        csv.write_csv(concat_tables([batches[number % known], batches[known + number]]), file)
    return files


def contents(home: Path) -> dict[str, object]:
    """Count what lake and vault hold."""
    with open_context(home) as context, context.vault.opened() as vault:
        records, people = context.lake.count(DATASET)
        rows = vault._connection.execute(
            "SELECT field, count(*) FROM vault.texts GROUP BY 1 UNION ALL "
            "SELECT domain, count(DISTINCT root) FROM vault.identifiers GROUP BY 1"
        )
        return {"records": records, "people": people, **dict(rows.fetchall())}


def test_no_kill_leaves_half_a_load(zygote, tmp_path, effort):
    kills = list(plan_kills(effort))
    files = write_loads(tmp_path, len(kills) + 1)
    home, calm = (make_home(folder) for folder in made(tmp_path / "killed", tmp_path / "calm"))
    killed, before, told, started = 0, [], "", time.perf_counter()
    for (kill, says), file in zip([*kills, (NEVER, "")], files, strict=True):
        life = zygote.live("load", kill, home=str(home), file=str(file), before=before)
        place = f"{kill}; it said {life.said}"
        assert life.ended == ("lived" if kill is NEVER else "killed") or not kill.place, place
        assert life.ended != "failed", place
        assert not any(chain(*life.heard("broken"))), place
        assert all(state in told for state in life.heard("again")), place
        assert broken_promises(see(home)) == [], place
        killed += life.ended == "killed"
        before, told = [str(file)], says
    print(f"{killed} kills of loads in {time.perf_counter() - started:.0f} s")
    with open_context(calm) as context:
        for file in files:
            load(context, file)
    assert contents(home) == contents(calm)


def made(*folders: Path) -> tuple[Path, ...]:
    """Make folders."""
    for folder in folders:
        folder.mkdir()
    return folders
