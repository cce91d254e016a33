import pytest

from gateway.errors import KeysError
from gateway.homes import Home
from gateway.master_key import create_master_key, load_master_key


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.delenv("WEIR_MASTER_KEY_FILE", raising=False)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    return Home.create(tmp_path / "home", name="H", origin="h.example", timezone="UTC")


def test_the_key_is_32_bytes_in_a_file_for_its_owner_alone(home):
    key = create_master_key(home)
    assert len(key) == 32
    assert home.key_file.stat().st_mode & 0o777 == 0o600
    assert home.key_file.read_text() == key.hex() + "\n"
    assert load_master_key(home) == key


def test_a_key_is_never_overwritten(home):
    key = create_master_key(home)
    with pytest.raises(KeysError, match="isn't overwritten"):
        create_master_key(home)
    assert load_master_key(home) == key


def test_a_missing_key_says_what_is_lost_without_it(home):
    with pytest.raises(KeysError, match="nothing in this home can be read"):
        load_master_key(home)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_can_read_is_refused(home, mode):
    create_master_key(home)
    home.key_file.chmod(mode)
    with pytest.raises(KeysError, match="chmod 600"):
        load_master_key(home)


@pytest.mark.parametrize("text", ["", "00" * 31, "00" * 33, "zz" * 32, "\u00e9"])
def test_what_is_no_key_is_refused(home, text):
    home.key_file.write_text(text, encoding="utf-8")
    home.key_file.chmod(0o600)
    with pytest.raises(KeysError, match="64 hexadecimal digits"):
        load_master_key(home)


def test_a_named_file_wins(home, tmp_path, monkeypatch):
    beside = create_master_key(home)
    monkeypatch.setenv("WEIR_MASTER_KEY_FILE", str(tmp_path / "elsewhere.key"))
    named = create_master_key(home)
    assert named != beside
    assert load_master_key(home) == named


def test_a_named_file_that_holds_a_key_is_taken(home, tmp_path, monkeypatch):
    file = tmp_path / "given.key"
    file.write_text("ab" * 32)
    file.chmod(0o600)
    monkeypatch.setenv("WEIR_MASTER_KEY_FILE", str(file))
    assert create_master_key(home) == b"\xab" * 32
    assert not home.key_file.exists()


def test_a_key_inside_the_home_is_refused(home, monkeypatch):
    monkeypatch.setenv("WEIR_MASTER_KEY_FILE", str(home.path / "master.key"))
    with pytest.raises(KeysError, match="inside the home"):
        create_master_key(home)


def test_a_file_that_cannot_be_written_is_named(home, tmp_path, monkeypatch):
    monkeypatch.setenv("WEIR_MASTER_KEY_FILE", str(tmp_path / "no" / "such" / "key"))
    with pytest.raises(KeysError, match="can't be written"):
        create_master_key(home)


def test_a_file_that_cannot_be_read_is_named(home, tmp_path, monkeypatch):
    (tmp_path / "folder").mkdir()
    monkeypatch.setenv("WEIR_MASTER_KEY_FILE", str(tmp_path / "folder"))
    with pytest.raises(KeysError, match="can't be read"):
        load_master_key(home)


def test_a_systemd_credential_is_taken_even_with_an_access_list(home, tmp_path, monkeypatch):
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "weir-master-key").write_text("cd" * 32)
    (folder / "weir-master-key").chmod(0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    assert create_master_key(home) == load_master_key(home) == b"\xcd" * 32


def test_credentials_of_other_services_change_nothing(home, tmp_path, monkeypatch):
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    create_master_key(home)
    assert home.key_file.exists()
