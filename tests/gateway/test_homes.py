import pytest

from gateway.errors import HomeError
from gateway.homes import Home


def make(path):
    return Home.create(path, name="Harbor", origin="harbor.example/log", timezone="Europe/Madrid")


def test_a_new_home_opens_with_its_settings(tmp_path):
    make(tmp_path / "home")
    document = Home.open(tmp_path / "home").document
    assert (document.name, document.origin) == ("Harbor", "harbor.example/log")
    assert document.timezone == "Europe/Madrid"
    assert document.download_days == 30


def test_a_home_is_for_its_owner_alone(tmp_path):
    home = make(tmp_path / "home")
    for folder in (home.path, home.lake_dir, home.data_dir, home.releases_dir, home.temp_dir):
        assert folder.stat().st_mode & 0o777 == 0o700
    assert home.home_file.stat().st_mode & 0o777 == 0o600


def test_what_must_survive_the_loss_of_a_home_lies_beside_it(tmp_path):
    home = make(tmp_path / "home")
    assert home.key_file == tmp_path / "home.key"
    assert home.checkpoint_file == tmp_path / "home.checkpoint"


def test_everything_else_lies_in_the_home(tmp_path):
    home = make(tmp_path / "home")
    names = [name for name in vars(Home) if name.endswith(("_file", "_dir"))]
    places = [getattr(home, name) for name in names]
    assert len(places) == len(set(places)) >= 12
    outside = [place for place in places if not place.is_relative_to(home.path)]
    assert outside == [home.key_file, home.checkpoint_file]


def test_a_home_is_found_by_any_way_of_naming_it(tmp_path, monkeypatch):
    make(tmp_path / "home")
    monkeypatch.chdir(tmp_path / "home" / "lake")
    assert Home.open(tmp_path / "home" / "lake" / "..").key_file == tmp_path / "home.key"


def test_a_taken_folder_is_left_as_it_is(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "letter.txt").write_text("keep me")
    with pytest.raises(HomeError, match="taken"):
        make(folder)
    assert [file.name for file in folder.iterdir()] == ["letter.txt"]


def test_a_key_of_an_earlier_home_stops_a_new_one(tmp_path):
    (tmp_path / "home.key").write_text("precious")
    with pytest.raises(HomeError, match="earlier home"):
        make(tmp_path / "home")
    assert not (tmp_path / "home").exists()


def test_a_wrong_setting_makes_no_home(tmp_path):
    with pytest.raises(HomeError, match=r"home\.yaml"):
        Home.create(tmp_path / "home", name="H", origin="h.example", timezone="Mars/Olympus")
    assert not (tmp_path / "home").exists()


def test_an_absent_home_says_how_to_make_one(tmp_path):
    with pytest.raises(HomeError, match="weir init"):
        Home.open(tmp_path / "nowhere")


@pytest.mark.parametrize("damage", [b"name: [", b"nmae: H\n", b"\xff\xfe\x00"])
def test_a_damaged_home_file_is_named(tmp_path, damage):
    home = make(tmp_path / "home")
    home.home_file.write_bytes(damage)
    with pytest.raises(HomeError, match=r"home\.yaml"):
        Home.open(home.path)
