"""The log signs what it holds, and never a fork of what it signed."""

from __future__ import annotations

import pytest

from gateway.audit.checkpoints import (
    ForkError,
    issue_checkpoint,
    open_checkpoint,
    read_checkpoint_file,
    write_checkpoint_file,
)
from gateway.audit.notes import NoteSigner
from gateway.audit.verifier import FormatError, VerifierError, parse_checkpoint


def test_a_checkpoint_names_log_size_and_root(log, signer):
    log.fill(5)
    checkpoint = open_checkpoint(log.checkpoint(), signer.vkey)
    assert (checkpoint.origin, checkpoint.size) == (signer.name, 5)
    assert checkpoint.root == log.root()


def test_a_grown_log_is_signed_again(log, signer):
    log.fill(5)
    first = log.checkpoint()
    log.fill(4)
    assert open_checkpoint(log.checkpoint(last=first), signer.vkey).size == 9


def test_an_empty_log_can_be_signed(log, signer):
    assert open_checkpoint(log.checkpoint(), signer.vkey).size == 0


def test_a_shorter_log_is_never_signed(log):
    log.fill(5)
    last = log.checkpoint()
    with pytest.raises(ForkError, match="backup"):
        issue_checkpoint(4, log.node, log.signer, last)


def test_a_log_with_a_changed_entry_is_never_signed(log):
    log.fill(5)
    last = log.checkpoint()
    log.nodes[2, 0] = b"\x00" * 32
    log.fill(2)
    with pytest.raises(ForkError, match="not those"):
        log.checkpoint(last=last)


def test_a_checkpoint_of_another_key_is_no_last_checkpoint(log, other_signer):
    log.fill(2)
    foreign = issue_checkpoint(2, log.node, other_signer, None)
    with pytest.raises(VerifierError):
        log.checkpoint(last=foreign)


def test_a_key_speaks_for_the_log_of_its_name_only(log, signer):
    namesake = NoteSigner("other.example/log", signer.private)
    log.fill(1)
    note = log.checkpoint().replace(signer.name.encode() + b"\n", b"other.example/log\n", 1)
    with pytest.raises(VerifierError):
        open_checkpoint(note, signer.vkey)
    with pytest.raises(VerifierError):
        open_checkpoint(log.checkpoint(), namesake.vkey)


@pytest.mark.parametrize(
    "text",
    [
        "log\n1\n",
        "log\n01\n" + "A" * 43 + "=\n",
        "log\n-1\n" + "A" * 43 + "=\n",
        "log\n1\nAAAA\n",
        "\n1\n" + "A" * 43 + "=\n",
        "log\n1\n" + "A" * 43 + "=",
        "log\n1\n" + "A" * 43 + "=\n\n",
        "log\n\u0661\n" + "A" * 43 + "=\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(FormatError):
        parse_checkpoint(text)


def test_extension_lines_are_passed_over():
    assert parse_checkpoint("log\n1\n" + "A" * 43 + "=\nmore\n").size == 1


def test_the_kept_checkpoint_is_replaced_whole(tmp_path):
    path = tmp_path / "checkpoint"
    assert read_checkpoint_file(path) is None
    write_checkpoint_file(path, b"one")
    write_checkpoint_file(path, b"two")
    assert read_checkpoint_file(path) == b"two"
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint"]


def test_a_failed_write_leaves_the_kept_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "checkpoint"
    write_checkpoint_file(path, b"one")

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gateway.audit.checkpoints.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_checkpoint_file(path, b"two")
    assert read_checkpoint_file(path) == b"one"
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint"]
