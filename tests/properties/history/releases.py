"""The oracle's judgement of one release: who is in it, in which form, under which tokens."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.properties.history import evidence
from tests.properties.history.consent import words_in_force
from tests.properties.history.forms import OTHER, between, form
from tests.properties.history.protection import (
    is_minor,
    known,
    limit,
    looks,
    may_be_in,
    searched,
    select,
    stay,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from gateway.context import Context
    from tests.properties.history.asking import Permitted
    from tests.properties.history.protection import Levels, Made
    from tests.properties.history.world import Record, World


@dataclass(frozen=True)
class Released:
    """What the oracle found in a release.

    `people` are in the file's order, `may_end` is the first day on which a consent of anybody
    who was looked at ends.
    """

    manifest: Mapping[str, Any]
    people: tuple[tuple[str, Record], ...]
    levels: Levels
    may_end: date | None


def judge(context: Context, extract_id: str, permitted: Permitted, made: Made) -> Released:
    """Hold a release's ledger and manifest against what the oracle would have released."""
    told = evidence.manifest(context, permitted.partner, extract_id)
    assert tuple(column["name"] for column in told["columns"]) == permitted.columns
    levels = {c["name"]: c["level"] for c in told["columns"] if c["quasi_identifier"]}
    assert levels.keys() == permitted.protected.keys()
    for name, level in levels.items():
        assert level in between(name, *permitted.protected[name])
    selected = select(permitted, made)
    by_root = {
        evidence.person_root(context.keys, person): (person, record)
        for person, record in selected.items()
    }
    rows = evidence.ledger(context, extract_id, told)
    assert by_root.keys() >= {person for person, _, _ in rows}, "somebody may not be in it"
    people = tuple(by_root[person] for person, _, _ in rows)
    _check_people(context, permitted, selected, people, rows, levels)
    assert told["rows"] == len(rows)
    said = [
        record.consent_ends for record in made.world.records.values() if record.person in selected
    ]
    said += [one.ends for person in selected for one in words_in_force(made.world, person)]
    ends = [end for end in said if end and end > made.day]
    return Released(told, people, levels, min(ends, default=None))


def _check_people(  # noqa: PLR0917 - one look at everything
    context: Context,
    permitted: Permitted,
    selected: Mapping[str, Record],
    people: tuple[tuple[str, Record], ...],
    rows: list[tuple[bytes, bytes, int]],
    levels: Levels,
) -> None:
    assert rows
    names = [person for person, _ in people]
    assert len(set(names)) == len(names), "a person has two rows"
    for (_, record), (_, root, _) in zip(people, rows, strict=True):
        key = (record.giver, record.key)
        assert evidence.record_root(context.keys, key) == root, "another record stands for a person"
    kept = stay(permitted, selected, levels, permitted.distinct)
    assert set(names) <= kept, "somebody stands out"
    assert set(names) == kept, "somebody was left out for nothing"
    by_search = stay(permitted, selected, levels, searched(permitted))
    assert len(selected) - len(by_search) <= limit(permitted, len(selected))
    classes = defaultdict(set)
    for (_, record), (_, _, number) in zip(people, rows, strict=True):
        classes[number].add(looks(permitted, record, levels))
    assert all(len(forms) == 1 for forms in classes.values())


def check_content(content: bytes, permitted: Permitted, released: Released, format_: str) -> None:
    """Recount a downloaded file: every cell, every class."""
    assert hashlib.sha256(content).hexdigest() == released.manifest["content_sha256"]
    rows = evidence.read_file(content, format_)
    assert [*rows[0]] == [*permitted.columns]
    for row, (_, record) in zip(rows, released.people, strict=True):
        seen = looks(permitted, record, released.levels)
        assert tuple(row[name] for name in released.levels) == seen
        if "harm" in row:
            assert row["harm"] == form(permitted.dataset, "harm", record.harm, "exact")
            assert row["harm"] in (None, OTHER, *permitted.dataset.codes)
    _recount(rows, permitted, released)


def _recount(rows: evidence.Cells, permitted: Permitted, released: Released) -> None:
    """Count k, l and the k of minors on the file's own text."""
    sizes: Counter[tuple[str | None, ...]] = Counter()
    minors, said = set(), defaultdict(set)
    for row, (_, record) in zip(rows, released.people, strict=True):
        look = tuple(row[name] for name in released.levels)
        sizes[look] += 1
        said[look].add(row.get("harm"))
        if is_minor(permitted, record):
            minors.add(look)
    for look, size in sizes.items():
        assert size >= permitted.policy.k
        assert look not in minors or size >= permitted.policy.minors_k > 0
        assert len(known(said[look])) >= permitted.distinct


def still_holds(permitted: Permitted, released: Released, world: World, today: date) -> bool:
    """Whether everybody in a release still permits it, as things are now."""
    return all(
        (now := world.records.get((record.giver, record.key))) is not None
        and now.person == person
        and may_be_in(permitted, world, now, today)
        for person, record in released.people
    )


@dataclass
class Tokens:
    """Every token that ever left, under the key it must have been made with."""

    of_person: dict[tuple[str, ...], dict[str, str]] = field(default_factory=dict)
    used_by: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def check(self, cells: evidence.Cells, permitted: Permitted, released: Released) -> None:
        """One token for one person under one key, and no token under two."""
        if "person_id" not in permitted.columns:
            assert not released.manifest["epoch"]
            return
        epoch = released.manifest["epoch"]["person_id"]
        key = (permitted.partner, permitted.agreement.name, permitted.policy.tokens, epoch)
        mine = self.of_person.setdefault(key, {})
        for row, (person, _) in zip(cells, released.people, strict=True):
            token = str(row["person_id"])
            assert token.startswith("person_")
            assert len(token) == len("person_") + 26
            assert mine.setdefault(person, token) == token, "a second token"
            user = self.used_by.setdefault(token, (*key, person))
            assert user == (*key, person), "a token that joins two releases"
