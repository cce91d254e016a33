"""The single-file verifier says which link broke, and believes nobody it wasn't told to."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.audit import verifier
from gateway.audit.verifier import load_vkey, main, verify_release


def test_a_whole_release_verifies(release):
    verdict = verify_release(release.file, release.vkey)
    assert (verdict.outcome, verdict.exit_status) == ("verified", 0)
    assert verdict.evidence.release == "rel_1"
    assert (verdict.evidence.index, verdict.evidence.size) == (5, 9)
    assert verdict.evidence.codebook == "matches"
    assert verdict.evidence.fingerprint.startswith("SHA256:")


def test_without_a_key_the_signer_is_unknown(release, signer):
    verdict = verify_release(release.file)
    assert (verdict.outcome, verdict.exit_status) == ("signer-unknown", 1)
    assert "contents match, signer unknown" in verdict.message
    assert f"{signer.name}+{signer.vkey.key_id.hex()}" in verdict.message
    assert verdict.evidence.fingerprint is None


def test_another_key_is_refused(release, other_signer):
    verdict = verify_release(release.file, str(other_signer.vkey))
    assert (verdict.outcome, verdict.broken_link) == ("broken", "signature")


def test_the_key_of_another_log_is_refused(release, signer):
    namesake = str(verifier.VerifierKey("other.example/log", signer.vkey.public))
    verdict = verify_release(release.file, namesake)
    assert verdict.broken_link == "signature"
    assert "other.example/log" in verdict.message


def test_a_malformed_key_is_named(release):
    assert verify_release(release.file, "no key").broken_link == "key"


@pytest.mark.parametrize(
    ("part", "link"),
    [("file", "file"), ("manifest", "manifest"), ("receipt", "receipt")],
)
def test_a_missing_part_is_named(release, part, link):
    getattr(release, part).unlink()
    verdict = verify_release(release.file, release.vkey)
    assert (verdict.outcome, verdict.broken_link) == ("broken", link)
    assert verdict.remedy


def test_a_changed_file_breaks_the_file_link(release):
    release.file.write_bytes(release.file.read_bytes() + b"2024-04,18+\n")
    assert verify_release(release.file, release.vkey).broken_link == "file"


def test_a_changed_codebook_breaks_the_codebook_link(release):
    release.codebook.write_bytes(b"lies")
    assert verify_release(release.file, release.vkey).broken_link == "codebook"


def test_an_absent_codebook_is_said_but_breaks_nothing(release):
    release.codebook.unlink()
    verdict = verify_release(release.file, release.vkey)
    assert (verdict.exit_status, verdict.evidence.codebook) == (0, "absent")


def test_a_manifest_that_matches_a_changed_file_breaks_the_entry_link(release):
    release.file.write_bytes(b"forged\n")
    manifest = json.loads(release.manifest.read_bytes())
    manifest["content_sha256"] = verifier._sha256_of_file(release.file)
    release.manifest.write_bytes(verifier.canonical_json(manifest))
    assert verify_release(release.file, release.vkey).broken_link == "entry"


def test_an_entry_of_another_type_releases_nothing(make_release):
    files = make_release(entry_type="refusal")
    verdict = verify_release(files.file, files.vkey)
    assert verdict.broken_link == "entry"
    assert "not a release" in verdict.message


def test_an_entry_that_the_log_does_not_hold_breaks_the_inclusion_link(release, log):
    other = log.receipt(2).split(b"\n")
    ours = release.receipt.read_bytes().split(b"\n")
    release.receipt.write_bytes(b"\n".join([other[0], ours[1], *other[2:]]))
    assert verify_release(release.file, release.vkey).broken_link == "inclusion"


def test_a_damaged_checkpoint_is_named(release):
    head = release.receipt.read_bytes().partition(b"\n\n")[0]
    release.receipt.write_bytes(head + b"\n\nnonsense")
    assert verify_release(release.file, release.vkey).broken_link == "checkpoint"


def test_a_receipt_without_its_entry_is_named(release):
    lines = release.receipt.read_bytes().split(b"\n")
    release.receipt.write_bytes(b"\n".join(lines[:1] + lines[2:]))
    assert verify_release(release.file, release.vkey).broken_link == "receipt"


def test_a_receipt_of_endless_length_is_not_read(release, monkeypatch):
    monkeypatch.setattr(verifier, "MAX_RECEIPT_BYTES", 100)
    assert "larger than" in verify_release(release.file, release.vkey).message


@pytest.mark.parametrize("manifest", [b"[]", b"{}", b'{"content_sha256":"xyz"}', b"\xff"])
def test_a_manifest_of_another_form_is_named(release, manifest):
    release.manifest.write_bytes(manifest)
    assert verify_release(release.file, release.vkey).broken_link == "manifest"


def test_a_witness_line_changes_nothing(release):
    line = "\u2014 witness.example AAAAAAAAAAAAAAAA\n".encode()
    release.receipt.write_bytes(release.receipt.read_bytes() + line)
    assert verify_release(release.file, release.vkey).exit_status == 0


def test_the_key_may_be_text_or_a_file(release, tmp_path):
    stored = tmp_path / "weir.vkey"
    stored.write_text(release.vkey + "\n")
    assert load_vkey(str(stored)).strip() == load_vkey(release.vkey) == release.vkey
    assert verify_release(release.file, str(stored)).exit_status == 0


def test_a_file_that_is_too_large_is_no_key(release, tmp_path):
    (tmp_path / "large").write_bytes(b"x" * 5000)
    assert verify_release(release.file, str(tmp_path / "large")).broken_link == "key"


def test_the_command_prints_a_verdict_and_its_status(release, capsys):
    assert main([str(release.file), "--vkey", release.vkey]) == 0
    assert "verified" in capsys.readouterr().out
    assert main([str(release.file), "--json"]) == 1
    shown = json.loads(capsys.readouterr().out)
    assert shown["outcome"] == "signer-unknown"
    release.file.write_bytes(b"")
    assert main([str(release.file), "--vkey", release.vkey]) == 1
    assert "What to do" in capsys.readouterr().out


def test_the_file_runs_alone(release, tmp_path):
    """A copy in an empty folder, isolated from this project's packages."""
    alone = tmp_path / "elsewhere" / "verifier.py"
    alone.parent.mkdir()
    shutil.copy(Path(verifier.__file__), alone)
    command = [sys.executable, "-I", str(alone), str(release.file), "--vkey", release.vkey]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=alone.parent)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_file_imports_nothing_but_the_standard_library_and_cryptography():
    code = (
        "import runpy, sys; before = set(sys.modules); "
        f"runpy.run_path({verifier.__file__!r}); "
        "names = {n.partition('.')[0] for n in set(sys.modules) - before}; "
        "print(*sorted(names - set(sys.stdlib_module_names)))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) <= {"cryptography", "_cffi_backend", "_openssl"}
