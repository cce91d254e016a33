from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.notes import NoteSigner
from gateway.audit.verifier import load_vkey

TRUE = str(NoteSigner("weir.example/log", Ed25519PrivateKey.generate()).vkey)
FALSE = str(NoteSigner("weir.example/log", Ed25519PrivateKey.generate()).vkey)


def test_a_file_named_like_the_key_does_not_stand_in_for_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    planted = tmp_path / TRUE
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.write_text(FALSE, encoding="utf-8")
    assert load_vkey(TRUE) == TRUE


def test_a_file_gives_the_key_it_holds(tmp_path):
    file = tmp_path / "gateway.vkey"
    file.write_text(TRUE + "\n", encoding="utf-8")
    assert load_vkey(str(file)).strip() == TRUE
