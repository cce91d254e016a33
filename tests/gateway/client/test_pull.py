"""A pull ends with four verified files, or with none."""

from __future__ import annotations

import json
import stat

import httpx
import pyarrow as pa
import pytest
from joserfc.jwk import import_key

from gateway.audit.verifier import verify_release
from gateway.client import (
    ExtractEndedError,
    OutputFileError,
    PinnedKeyError,
    StillWaitingError,
    UnreachableError,
    VerificationFailedError,
    Weir,
    WeirRequestError,
)

SUFFIXES = ["", ".codebook.csv", ".manifest.json", ".tlog-proof"]


def files_in(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != "keys")


def test_a_pull_leaves_four_files_that_verify(pull, gateway, tmp_path):
    pulled = pull()
    assert files_in(tmp_path) == sorted("cases.parquet" + suffix for suffix in SUFFIXES)
    assert pulled.files.file.read_bytes() == gateway.content
    assert pulled.files.manifest.read_bytes() == gateway.manifest
    assert pulled.manifest["rows"] == 1000
    assert pulled.verdict.file == str(tmp_path / "cases.parquet")
    verdict = verify_release(pulled.files.file, str(pulled.pin.file))
    assert (verdict.outcome, verdict.evidence.codebook) == ("verified", "matches")
    assert stat.S_IMODE(pulled.files.file.stat().st_mode) == 0o600


def test_the_request_says_what_was_asked(pull, gateway, tmp_path):
    pull(
        output=tmp_path / "cases.out",
        file_format="parquet",
        columns=["month"],
        where=["month from 2024-01", {"column": "noise", "in": [1]}],
    )
    posted = next(r for r in gateway.seen if r.url.path == "/v1/extracts")
    assert json.loads(posted.content) == {
        "dataset": "hotline-cases",
        "purpose": "research",
        "format": "parquet",
        "columns": ["month"],
        "where": [{"column": "month", "from": "2024-01"}, {"column": "noise", "in": [1]}],
    }


def test_the_format_is_read_from_the_ending_or_asked_for(pull, tmp_path, gateway):
    with pytest.raises(OutputFileError, match="name the format"):
        pull(output=tmp_path / "cases.data")
    assert gateway.seen == []


def test_an_elliptic_key_works_as_well(pull, gateway, key_file, elliptic, fake):
    key_file.write_bytes(fake.pem_of(elliptic))
    gateway.public_key = import_key(fake.pem_of(elliptic), "EC")
    assert pull().verdict.outcome == "verified"


def test_progress_is_told_stage_by_stage(pull, gateway):
    gateway.states = [
        {"state": "queued", "progress": 0},
        {"state": "running", "progress": 0.5},
        {"state": "in_review", "progress": 0.95},
        {"state": "ready", "progress": 1},
    ]
    told = []
    pull(on_progress=told.append)
    stages = list(dict.fromkeys(progress.state for progress in told))
    assert stages == ["queued", "running", "in_review", "ready", "downloading"]
    assert told[1].share == 0.5
    assert told[-1].share == 1.0


def test_waiting_ends_when_its_time_is_over(pull, gateway, tmp_path):
    gateway.states = [{"state": "in_review", "progress": 0.95}]
    with pytest.raises(StillWaitingError, match="ext_1 is in_review"):
        pull(wait_seconds=0)
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("state", ["refused", "failed", "expired", "recalled"])
def test_an_extract_that_ended_gives_its_reasons(pull, gateway, state):
    reasons = [{"rule": "permission-ended", "params": {}, "message": "The agreement ended"}]
    gateway.states = [{"state": state, "progress": 1, "reasons": reasons}]
    with pytest.raises(ExtractEndedError) as caught:
        pull()
    assert caught.value.state == state
    assert caught.value.lines() == ["The agreement ended"]


def test_a_state_of_a_later_version_is_named(pull, gateway):
    gateway.states = [{"state": "pondering"}]
    with pytest.raises(UnreachableError, match="pondering"):
        pull()


def test_a_request_without_a_location_is_named(pull, gateway):
    gateway.location = ""
    with pytest.raises(UnreachableError, match="named no extract"):
        pull()


# Downloads


def ranges_of(gateway):
    content = [r for r in gateway.seen if r.url.path.endswith("/content")]
    return [request.headers.get("range") for request in content]


def test_a_broken_download_goes_on_where_it_broke(pull, gateway):
    gateway.breaks = [700, 300, 0]
    pulled = pull()
    assert ranges_of(gateway) == [None, "bytes=700-", "bytes=1000-", "bytes=1000-"]
    assert pulled.files.file.read_bytes() == gateway.content


def test_a_download_that_changed_meanwhile_starts_again(pull, gateway, monkeypatch):
    gateway.breaks = [700]
    plain = gateway._bytes

    def changing(request, data, breaks=None):
        gateway.etag = '"v2"' if request.headers.get("range") else gateway.etag
        return plain(request, data, breaks)

    monkeypatch.setattr(gateway, "_bytes", changing)
    assert pull().files.file.read_bytes() == gateway.content


def test_a_gateway_without_ranges_still_gives_the_whole_file(pull, gateway):
    gateway.ranges, gateway.breaks = False, [700, 900]
    assert pull().files.file.read_bytes() == gateway.content


def test_a_wrong_range_is_not_put_into_the_file(pull, gateway, monkeypatch):
    gateway.breaks = [700]
    plain, lies = gateway._bytes, [True]

    def lying(request, data, breaks=None):
        answer = plain(request, data, breaks)
        if answer.status_code == 206 and lies:
            lies.pop()
            answer.headers["Content-Range"] = f"bytes 5-{len(data) - 1}/{len(data)}"
        return answer

    monkeypatch.setattr(gateway, "_bytes", lying)
    assert pull().files.file.read_bytes() == gateway.content


def test_a_refused_range_starts_again(pull, gateway, fake, monkeypatch):
    gateway.breaks = [700]
    plain = gateway._bytes

    def refusing(request, data, breaks=None):
        if request.headers.get("range"):
            return fake.problem(416, "range-not-satisfiable", "No such range")
        return plain(request, data, breaks)

    monkeypatch.setattr(gateway, "_bytes", refusing)
    assert pull().files.file.read_bytes() == gateway.content


def test_a_download_that_breaks_forever_is_given_up(pull, gateway, tmp_path):
    gateway.breaks = [0] * 50
    with pytest.raises(UnreachableError, match="in a row"):
        pull()
    assert files_in(tmp_path) == []


def test_an_expired_download_says_so(pull, gateway, fake, monkeypatch):
    answer = fake.problem(410, "expired", "Expired")
    monkeypatch.setattr(gateway, "_bytes", lambda *_: answer)
    with pytest.raises(WeirRequestError) as caught:
        pull()
    assert caught.value.problem == "expired"


def test_a_token_that_ends_while_downloading_is_renewed(pull, gateway, monkeypatch):
    gateway.breaks = [700]
    plain = gateway._bytes

    def revoking(request, data, breaks=None):
        gateway.valid_token = "revoked" if breaks else gateway.valid_token
        return plain(request, data, breaks)

    monkeypatch.setattr(gateway, "_bytes", revoking)
    assert pull().files.file.read_bytes() == gateway.content
    assert gateway.tokens == 2


# Verification


@pytest.mark.parametrize("part", ["content", "codebook", "manifest", "receipt"])
def test_nothing_is_kept_of_a_download_that_does_not_verify(pull, gateway, tmp_path, part):
    good = getattr(gateway, part)
    gateway.tamper[part] = good[:-2] + bytes([good[-2] ^ 1]) + good[-1:]
    with pytest.raises(VerificationFailedError) as caught:
        pull()
    assert caught.value.verdict.outcome == "broken"
    assert caught.value.lines() != [""]
    assert files_in(tmp_path) == []
    assert files_in(tmp_path / "keys") == ["harbor.pem"]


def test_a_release_made_for_somebody_else_is_not_kept(pull, gateway, tmp_path):
    gateway.manifest_changes = {"partner": "other", "purpose": "gossip"}
    with pytest.raises(UnreachableError, match="another purpose and partner"):
        pull()
    assert files_in(tmp_path) == []


# The pinned key


def test_the_first_pull_pins_the_key_and_the_next_one_trusts_it(pull, gateway, key_file, tmp_path):
    first = pull()
    pinned = key_file.with_name("harbor.pem.vkey")
    assert first.pin.is_new
    assert pinned.read_text() == f"{gateway.signer.vkey}\n"
    assert stat.S_IMODE(pinned.stat().st_mode) == 0o644
    assert not pull(output=tmp_path / "again.parquet").pin.is_new


def test_a_changed_key_stops_the_pull_before_anything_is_asked(
    pull, gateway, other_signer, tmp_path
):
    pull()
    gateway.signer = other_signer
    before = len(gateway.paths("POST"))
    with pytest.raises(PinnedKeyError, match="Ask its operator") as caught:
        pull(output=tmp_path / "again.parquet")
    assert other_signer.vkey.fingerprint in str(caught.value)
    assert gateway.paths("POST")[before:] == ["/oauth/token"]


@pytest.mark.parametrize("text", ["", "nonsense", "a+b+c"])
def test_a_damaged_pin_is_named(pull, key_file, text):
    key_file.with_name("harbor.pem.vkey").write_text(text)
    with pytest.raises(PinnedKeyError, match="holds no log key"):
        pull()


def test_a_gateway_without_a_key_is_named(pull, gateway, monkeypatch):
    plain = gateway._resource

    def keyless(request, path):
        return httpx.Response(200, text="?") if path == "/vkey" else plain(request, path)

    monkeypatch.setattr(gateway, "_resource", keyless)
    with pytest.raises(PinnedKeyError, match="no usable log key"):
        pull()


# Files that are there already


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_is_there_is_never_lost(pull, gateway, tmp_path, suffix):
    taken = tmp_path / f"cases.parquet{suffix}"
    taken.write_text("mine")
    with pytest.raises(OutputFileError, match="already there"):
        pull()
    assert taken.read_text() == "mine"
    assert gateway.seen == []


def test_files_may_be_replaced_on_request(pull, gateway):
    pull()
    gateway.table = pa.table({"month": ["2025-01"]})
    del gateway._manifest
    pulled = pull(replace=True)
    assert pulled.manifest["rows"] == 1
    assert verify_release(pulled.files.file, str(pulled.pin.file)).exit_status == 0


def test_a_failed_replacement_leaves_the_old_files(pull, gateway):
    pulled = pull()
    gateway.tamper["content"] = b"forged"
    with pytest.raises(VerificationFailedError):
        pull(replace=True)
    assert verify_release(pulled.files.file, str(pulled.pin.file)).exit_status == 0


def test_a_missing_folder_is_named(pull, tmp_path):
    with pytest.raises(OutputFileError, match="no folder"):
        pull(output=tmp_path / "nowhere" / "cases.csv")


def test_a_full_disk_keeps_nothing(pull, tmp_path, monkeypatch):
    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gateway.client.downloads.os.fsync", full)
    with pytest.raises(OutputFileError, match="No space"):
        pull()
    assert files_in(tmp_path) == []


# As a table


def test_an_extract_is_a_table_with_its_receipt(gateway, key_file, naps, fake):
    weir = Weir(fake.url, fake.partner, key_file, transport=gateway.transport)
    table = weir.extract("hotline-cases", purpose="research")
    assert isinstance(table, pa.Table)
    assert table.equals(gateway.table)
    assert table.schema.metadata[b"weir.manifest"] == gateway.manifest
    assert table.schema.metadata[b"weir.receipt"].startswith(b"c2sp.org/tlog-proof@v1\n")
    assert list(table.to_pandas().columns) == ["month", "noise"]
