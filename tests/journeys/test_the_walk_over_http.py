"""The whole walk over real HTTP with the real client, on SQLite and on PostgreSQL."""

from __future__ import annotations

import csv
import json
import time
from functools import partial

import psycopg
import pytest

from gateway.audit.verifier import verify_release
from gateway.client import (
    ExtractEndedError,
    StillWaitingError,
    WeirRequestError,
)
from gateway.client.weir import MANIFEST_KEY, RECEIPT_KEY
from gateway.errors import RemoteError
from tests.journeys.served_homes import load
from tests.racing import at_once

AGES = ["age in 30-34"]


def test_a_partner_pulls_a_file_that_anybody_can_verify(served):
    pulled = served.pull("harbor", "cases.csv")
    with pulled.files.file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == pulled.manifest["rows"] == 40
    assert {row["age"] for row in rows} == {"30-34", "40-44"}
    assert pulled.manifest["partner"] == "harbor"
    names = {path.name for path in served.folder.glob("cases.csv*")}
    assert names == {
        "cases.csv",
        "cases.csv.codebook.csv",
        "cases.csv.manifest.json",
        "cases.csv.tlog-proof",
    }
    assert verify_release(pulled.files.file, served.get("/vkey").text.strip()).exit_status == 0


@pytest.mark.parametrize("chosen", ["parquet", "jsonl", "xlsx"])
def test_every_format_comes_without_review(served, chosen):
    pulled = served.pull("harbor", f"cases.{chosen}")
    assert pulled.manifest["rows"] == 40
    assert pulled.files.codebook.stat().st_size > 100


def test_a_program_gets_a_table_with_its_evidence(served):
    table = served.weir("harbor").extract("cases", purpose="research")
    assert table.num_rows == 40
    assert json.loads(table.schema.metadata[MANIFEST_KEY])["partner"] == "harbor"
    assert b"tlog-proof" in table.schema.metadata[RECEIPT_KEY]
    assert set(table.to_pandas()["age"]) == {"30-34", "40-44"}


def test_the_same_pull_twice_brings_the_same_bytes(served):
    first = served.pull("harbor", "once.csv")
    again = served.pull("harbor", "twice.csv")
    assert first.files.file.read_bytes() == again.files.file.read_bytes()
    assert first.files.manifest.read_bytes() == again.files.manifest.read_bytes()


def test_many_pulls_at_once_are_one_release(served):
    files = [f"at-once-{number}.csv" for number in range(4)]
    pulled = at_once(*(partial(served.pull, "shelter", file) for file in files))
    assert [one for one in pulled if isinstance(one, Exception)] == []
    assert len({one.manifest["release"] for one in pulled}) == 1


def until_one_waits(served, partner, seconds=60):
    """Return the partner's newest extract in review; making it takes as long as it takes."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        waiting = [i for i in served.command("review.list") if i.get("partner") == partner]
        if waiting:
            return waiting[-1]
        time.sleep(0.1)
    return pytest.fail("nothing waits for review")


def test_a_second_view_waits_until_an_officer_decides(served):
    served.pull("lantern", "first.csv")
    with pytest.raises(StillWaitingError):
        served.pull("lantern", "second.csv", where=AGES, wait_seconds=1.5)
    waiting = until_one_waits(served, "lantern")
    decided = served.command(
        "review.approve", item=waiting["id"], officer="olivia", reason="checked"
    )
    assert decided["state"] == "ready"
    pulled = served.pull("lantern", "second.csv", where=AGES)
    assert pulled.manifest["rows"] == 20
    assert pulled.manifest["guard"]["reviewed_as_second_view"] is True


def test_a_view_that_an_officer_refuses_ends_for_its_partner(served):
    served.pull("lantern", "held.csv")
    with pytest.raises(StillWaitingError):
        served.pull("lantern", "third.csv", columns=["age"], wait_seconds=1.5)
    waiting = until_one_waits(served, "lantern")
    served.command("review.refuse", item=waiting["id"], officer="olivia", reason="no")
    with served.session("lantern") as session:
        seen = session.get(f"/v1/extracts/{waiting['id']}").json()
    assert seen["state"] == "refused"
    assert [reason["rule"] for reason in seen["reasons"]] == ["review-refused"]


def test_a_request_that_no_policy_allows_is_refused_with_its_reasons(served):
    with pytest.raises(WeirRequestError) as caught:
        served.pull("harbor", "none.csv", where=["age in 32"], purpose="gossip")
    rules = {reason.rule for reason in caught.value.reasons}
    assert rules == {"purpose-not-agreed", "purpose-not-in-policy", "where-finer-than-floor"}
    assert not (served.folder / "none.csv").exists()


def test_what_protects_nobody_is_refused_after_a_look(served):
    with pytest.raises(ExtractEndedError) as caught:
        served.pull("beacon", "none.csv", where=["state in TX"])
    assert [reason.rule for reason in caught.value.reasons] == ["nothing-safe"]


def test_a_suspended_partner_stops_at_its_next_request(served):
    token = served.token("shelter")
    assert served.get("/v1/releases", token).status_code == 200
    served.command("partner.suspend", partner="shelter")
    try:
        answer = served.get("/v1/releases", token)
        assert answer.status_code == 401
        with pytest.raises(WeirRequestError) as caught:
            served.token("shelter")
        assert caught.value.problem == "invalid_client"
    finally:
        served.command("partner.resume", partner="shelter")
    assert served.get("/v1/releases", token).status_code == 200


def test_each_partner_sees_its_own_and_the_others_as_absent(served):
    for name in ("harbor", "lantern"):
        served.pull(name, f"own-{name}.csv")
    token = {name: served.token(name) for name in ("harbor", "lantern")}
    held = served.get("/v1/releases", token["lantern"]).json()["releases"]
    theirs = held[0]["id"]
    extract = theirs.replace("rel_", "ext_")
    paths = [f"/v1/releases/{theirs}{part}" for part in ("", "/manifest", "/receipt")]
    paths += [f"/v1/extracts/{extract}{part}" for part in ("", "/content", "/codebook")]
    never = served.get(f"/v1/releases/rel_{'0' * 20}", token["harbor"])
    assert never.status_code == 404
    for path in paths:
        assert served.get(path, token["lantern"]).status_code == 200
        answer = served.get(path, token["harbor"])
        assert (answer.status_code, answer.content) == (404, never.content)


def test_calls_without_a_token_are_no_entries_and_refusals_are(served):
    def entries():
        return served.command("audit.check")["entries"]

    before = entries()
    assert served.get("/v1/releases").status_code == 401
    assert served.get("/v1/releases", "not-a-token").status_code == 401
    with served.session("harbor") as session, pytest.raises(WeirRequestError):
        session.post("/v1/extracts", {"dataset": 7})
    assert entries() == before
    with pytest.raises(WeirRequestError):
        served.pull("harbor", "none.csv", purpose="gossip")
    assert entries() == before + 1


def test_the_log_is_public_and_whole(served):
    served.pull("harbor", "logged.csv")
    size = int(served.get("/checkpoint").text.splitlines()[1])
    assert size >= 8
    leaves = served.get(f"/tile/entries/000.p/{size}").content
    assert b'"commitment"' in leaves
    assert b"harbor" not in leaves
    checked = served.command("audit.check")
    assert checked["broken"] == []
    assert checked["releases"] >= 1


def test_commands_run_inside_the_gateway_that_owns_the_home(served):
    listed = served.command("release.list")
    assert {release["partner"] for release in listed} <= {"harbor", "lantern", "shelter"}
    assert served.command("dataset.show", dataset="cases")["people"] == 40
    with pytest.raises(RemoteError):
        served.command("release.show", release="rel_none")
    with pytest.raises(RemoteError):
        served.command("no.such.operation")


def test_jobs_live_beside_the_store(served):
    assert served.path.joinpath("jobs.sqlite").exists() == (served.jobs_database == "sqlite")
    if served.jobs_database != "sqlite":
        with psycopg.connect(served.jobs_database) as connection:
            row = connection.execute(
                "SELECT count(*) FROM dbos.workflow_status WHERE status = 'SUCCESS'"
            ).fetchone()
        assert row is not None
        assert row[0] >= 1


def test_a_load_while_serving_makes_a_new_snapshot_that_waits(served):
    served.pull("harbor", "before.csv")
    assert load(served, 41, 60)["accepted"] == 20
    with pytest.raises(StillWaitingError):
        served.pull("harbor", "after.csv", wait_seconds=1.5)
