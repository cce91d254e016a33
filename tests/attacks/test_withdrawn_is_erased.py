"""After erasing, somebody with every key decrypts everything that a home kept, and finds nobody.

The same search, before erasing, finds the person in each place where something has to be erased:
a search that finds nothing proves nothing by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from gateway.audit_check import check_everything
from gateway.backups import back_up
from gateway.erasing import erase_now
from gateway.homes import Home
from gateway.keys import Keys
from gateway.withdrawals import withdraw
from tests.attacks.kept import Needle, everything_kept, kept_in_backup, places_of
from tests.conftest import FixedClock
from tests.small_homes import NOON, copy_home, open_world, people, person, template_of

if TYPE_CHECKING:
    from pathlib import Path

VAULTED = "{epoch: year} -> {epoch: agreement, tokens: vaulted}"
TEXT = "a sentence that nobody else said"
OTHERS_TOO = "known-to-two"


def silent(text, share):
    del text, share


@dataclass
class Story:
    """One home: given, withdrawn, erased; what it kept after each.

    Attributes:
        person, case, phone: of the planted person, whom the contributor alone knows.
        shared, shared_case: of somebody whom the operator knows too.
    """

    path: Path
    name: str
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    inodes: dict[str, set[int]] = field(default_factory=dict)
    backup: dict[str, Any] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def needle(self, domain, value):
        return Needle(Keys.open(Home.open(self.path)), domain, value)

    @property
    def person(self):
        return self.needle("person", self.name)

    @property
    def case(self):
        return self.needle("case", "planted-case")

    @property
    def phone(self):
        return self.needle("phone", "+12025550199")

    def look(self, moment):
        with (
            open_world(self.path, FixedClock(NOON)) as world,
            world.context.lake.cursor() as cursor,
        ):
            # Lists of deleted places that newer ones replaced: no key opens them any more.
            cursor.execute(
                "CALL ducklake_cleanup_old_files('lake', cleanup_all => true)"
            ).fetchall()
        home = Home.open(self.path)
        files = (home.vault_file, home.token_vault_file, home.catalog_file)
        self.inodes[moment] = {file.stat().st_ino for file in files}
        for file in files:  # kept by another name, so that no new file gets its number
            (self.path.parent / f"{moment}-{file.name}").hardlink_to(file)
        self.kept[moment] = everything_kept(self.path)

    def places(self, moment, needle):
        return places_of(needle, self.kept[moment])


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """Let a contributor hand two people in, release, back up, withdraw both, erase."""
    folder = tmp_path_factory.mktemp("erased")
    path = copy_home(template_of(tmp_path_factory), folder)
    keys = Keys.open(Home.open(path))
    # The smallest root of all, so that statistics of columns name it.
    name = min((f"planted-{number}" for number in range(400)), key=smallest(keys))
    told = Story(path, name)
    with open_world(path, FixedClock(NOON)) as world:
        world.apply(tokens=VAULTED)
        world.contributor("giver")
        planted = person(
            60, person_id=name, case_id="planted-case", phone="202-555-0199", narrative=TEXT
        )
        shared = person(61, person_id=OTHERS_TOO, case_id="shared-case")
        world.load([person(62, person_id=OTHERS_TOO)])
        world.load([planted, shared, *people(51, 58)], contributor="giver")
        assert world.extract("harbor").state == "ready"
        back_up(world.context, folder / "before.backup", silent)
    told.look("given")
    told.backup = kept_in_backup(
        folder / "before.backup", folder / "restored", path.with_name("home.key")
    )
    with open_world(path, FixedClock(NOON)) as world:
        for one in (name, OTHERS_TOO):
            body = {"dataset": "cases", "person": {"domain": "person", "value": one}}
            assert withdraw(world.context, "giver", body).records == 1
    told.look("withdrawn")
    with open_world(path, FixedClock(NOON)) as world:
        assert erase_now(world.context, silent) == {"erased": 2, "backups_to_destroy": []}
        told.broken = check_everything(world.context)["broken"]
    told.look("erased")
    return told


def smallest(keys):
    return lambda name: Needle(keys, "person", name).root


def test_nothing_that_is_kept_names_the_person(story):
    for needle in (story.person, story.case, story.phone):
        assert story.places("erased", needle) == set()
    assert not any(TEXT in text for text in story.kept["erased"].values() if isinstance(text, str))
    assert not (story.path.parent / "before.backup").exists()
    assert story.broken == []


def test_control_before_the_search_finds_the_person_wherever_it_has_to_be_erased(story):
    assert story.places("given", story.person) == {"ledgers", "lake", "vault", "tokens"}
    assert {"lake", "vault"} <= story.places("given", story.case)
    assert {"lake", "vault"} <= story.places("given", story.phone)
    assert TEXT in story.kept["given"]["vault"]
    assert {"lake", "vault", "ledgers"} <= places_of(story.person, story.backup)


def test_what_is_withdrawn_leaves_the_vault_at_once_and_the_rest_later(story):
    assert story.places("withdrawn", story.person) == {"ledgers", "lake", "store", "tokens"}
    assert TEXT not in story.kept["withdrawn"]["vault"]


def test_statistics_of_columns_name_nobody(story):
    said = f"'min_value': '{story.person.hex.upper()}"
    assert said in story.kept["given"]["lake"]
    assert said not in story.kept["erased"]["lake"]


def test_the_files_of_vaults_and_catalog_are_new_ones(story):
    assert not story.inodes["erased"] & story.inodes["withdrawn"]
    assert not any(name.endswith((".wal", ".new")) for name in story.kept["erased"]["raw files"])


def test_whom_others_know_stays_theirs_and_is_the_contributors_no_longer(story):
    shared, case = (story.needle("person", OTHERS_TOO), story.needle("case", "shared-case"))
    assert {"vault", "lake"} <= story.places("erased", shared)
    assert story.places("erased", case) == set()
