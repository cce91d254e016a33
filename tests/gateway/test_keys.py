import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.errors import KeysError, SealedFileError
from gateway.homes import Home
from gateway.keys import Keys


@pytest.fixture(autouse=True)
def _no_provider(monkeypatch):
    monkeypatch.delenv("WEIR_MASTER_KEY_FILE", raising=False)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)


def make(path):
    return Home.create(path, name="H", origin="h.example", timezone="UTC")


@pytest.fixture
def home(tmp_path):
    return make(tmp_path / "home")


def secrets_of(keys):
    return {name: key.secret for name, key in keys._keys.items()}


def test_keys_open_as_they_were_made(home):
    made = Keys.create(home)
    assert secrets_of(Keys.open(home)) == secrets_of(made)


def test_every_key_is_another_one(home):
    keys = Keys.create(home)
    assert len(set(secrets_of(keys).values())) == len(secrets_of(keys))
    assert len({key.kid for key in keys._keys.values()}) == len(keys._keys)
    assert keys.catalog() != keys.vault()
    assert keys.tokens() != keys.order()


def test_no_secret_is_in_the_home(home):
    keys = Keys.create(home)
    stored = home.keys_file.read_bytes() + home.home_file.read_bytes()
    for secret in (*secrets_of(keys).values(), bytes.fromhex(home.key_file.read_text())):
        assert secret not in stored
        assert secret.hex().encode() not in stored


def test_keys_file_is_for_its_owner_alone_and_says_what_each_key_is(home):
    Keys.create(home)
    assert home.keys_file.stat().st_mode & 0o777 == 0o600
    document = json.loads(home.keys_file.read_bytes())
    assert document["version"] == 1
    assert all(set(key) == {"name", "kid", "created", "wrapped"} for key in document["keys"])


def test_keys_are_never_made_twice(home):
    made = Keys.create(home)
    with pytest.raises(KeysError, match="isn't overwritten"):
        Keys.create(home)
    assert secrets_of(Keys.open(home)) == secrets_of(made)


def test_the_master_key_of_another_home_is_recognized(home, tmp_path):
    Keys.create(home)
    other = make(tmp_path / "other")
    Keys.create(other)
    home.key_file.write_bytes(other.key_file.read_bytes())
    with pytest.raises(KeysError, match="doesn't belong to this home"):
        Keys.open(home)


def change_wrapped(document):
    wrapped = document["keys"][2]["wrapped"]
    document["keys"][2]["wrapped"] = ("B" if wrapped[0] == "A" else "A") + wrapped[1:]


def swap_names(document):
    first, second = document["keys"][:2]
    first["name"], second["name"] = second["name"], first["name"]


def swap_wrapped(document):
    first, second = document["keys"][:2]
    first["wrapped"], second["wrapped"] = second["wrapped"], first["wrapped"]


def change_kid(document):
    document["keys"][0]["kid"] = "0" * 16


def drop_key(document):
    del document["keys"][0]


def drop_field(document):
    del document["keys"][0]["wrapped"]


@pytest.mark.parametrize(
    "change", [change_wrapped, swap_names, swap_wrapped, change_kid, drop_key, drop_field]
)
def test_a_changed_keys_file_is_noticed(home, change):
    Keys.create(home)
    document = json.loads(home.keys_file.read_bytes())
    change(document)
    home.keys_file.write_text(json.dumps(document))
    with pytest.raises(KeysError, match="was changed"):
        Keys.open(home)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1}', "not json"])
def test_a_damaged_keys_file_is_named(home, text):
    Keys.create(home)
    home.keys_file.write_text(text)
    with pytest.raises(KeysError, match="restore"):
        Keys.open(home)


def test_a_keys_file_of_a_later_version_is_not_guessed_at(home):
    Keys.create(home)
    home.keys_file.write_text('{"version": 2, "keys": []}')
    with pytest.raises(KeysError, match="newer Weir"):
        Keys.open(home)


def test_a_home_without_keys_says_so(home):
    with pytest.raises(KeysError, match="weir init"):
        Keys.open(home)


def test_no_text_form_of_a_key_shows_its_secret(home):
    keys = Keys.create(home)
    for key in keys._keys.values():
        shown = repr(key) + str(key) + repr(keys.store_cipher()) + repr(keys)
        assert key.secret.hex() not in shown
        assert repr(key.secret)[2:-1] not in shown


def test_domains_have_keys_of_their_own_that_last(home):
    keys = Keys.create(home)
    assert keys.domain("person") != keys.domain("phone")
    assert Keys.open(home).domain("person") == keys.domain("person")


def test_a_sealed_value_opens_in_its_place_alone(home):
    cipher = Keys.create(home).store_cipher()
    sealed = cipher.seal(b"root", "release:1:classes")
    assert Keys.open(home).store_cipher().open(sealed, "release:1:classes") == b"root"
    with pytest.raises(SealedFileError, match="changed or moved"):
        cipher.open(sealed, "release:2:classes")


def test_equal_values_are_sealed_differently(home):
    cipher = Keys.create(home).store_cipher()
    assert cipher.seal(b"root", "c") != cipher.seal(b"root", "c")


def test_every_changed_bit_of_a_sealed_value_is_noticed(home):
    cipher = Keys.create(home).store_cipher()
    sealed = cipher.seal(b"root", "c")
    for place in range(len(sealed)):
        changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(SealedFileError):
            cipher.open(changed, "c")


def test_every_cut_sealed_value_is_noticed(home):
    cipher = Keys.create(home).store_cipher()
    sealed = cipher.seal(b"root", "c")
    for length in range(len(sealed)):
        with pytest.raises(SealedFileError):
            cipher.open(sealed[:length], "c")


def test_a_content_key_opens_for_its_release_alone(home):
    keys = Keys.create(home)
    wrapped = keys.content_key_wrap(b"k" * 32, "release:1:content")
    assert Keys.open(home).content_key_unwrap(wrapped, "release:1:content") == b"k" * 32
    with pytest.raises(SealedFileError):
        keys.content_key_unwrap(wrapped, "release:2:content")
    with pytest.raises(SealedFileError):
        keys.store_cipher().open(wrapped, "release:1:content")


def test_a_fingerprint_lasts_and_is_another_homes_secret(home, tmp_path):
    keys = Keys.create(home)
    other = Keys.create(make(tmp_path / "other"))
    assert keys.fingerprint(b"7") == Keys.open(home).fingerprint(b"7") != other.fingerprint(b"7")


def test_the_log_signer_is_ed25519_and_lasts(home):
    def public(keys):
        return keys.log_signer().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    assert public(Keys.create(home)) == public(Keys.open(home))
    assert len(public(Keys.open(home))) == 32


def test_access_tokens_are_signed_on_p256_under_a_kid(home):
    made, opened = Keys.create(home).token_signing(), Keys.open(home).token_signing()
    assert isinstance(made.private.curve, SECP256R1)
    assert made.kid == opened.kid
    assert made.private.private_numbers() == opened.private.private_numbers()
