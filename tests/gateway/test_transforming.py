"""Changed columns over the whole way: policy, lint, corridor, recount, manifest, codebook."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections import Counter
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from anonymizers.promises import RecountError
from anonymizers.transforms.rounding import Rounding
from gateway.declaring import check_policy_file
from gateway.extracts import decide, view_extract
from gateway.manifests import LIMIT_OF_CHANCE, LIMIT_OF_JOINS
from gateway.previews import Audience, preview_policy
from gateway.releases import manifest_bytes, publish
from gateway.reviews import approve
from gateway.transforming import Transforms
from policies.documents import parse_policy
from policies.requests import parse_request
from tests.conftest import FixedClock
from tests.small_homes import NOON, copy_home, open_world, template_of

DATASET = """
dataset: debts
privacy_unit: person_id
record_key: [case_id]
consent: assumed
consent_basis: generated
columns:
  case_id:   {type: string,  role: direct_identifier, domain: case}
  person_id: {type: string,  role: direct_identifier, domain: person}
  state:     {type: string,  role: quasi_identifier, ladder: us-state}
  debt:      {type: decimal, role: sensitive, bounds: [0, 100000], unit: USD, scale: 2}
  months:    {type: integer, role: sensitive, bounds: [0, 600]}
  entered:   {type: date,    role: sensitive}
  left:      {type: date,    role: insensitive}
  harm:      {type: string,  role: sensitive, codes: [Labour, Sexual, Marriage]}
"""
POLICY = """
policy: debts-for-ngos
dataset: debts
classes: [ngo]
purposes: [research]
extract:
  columns:
    person_id: {pseudonymize: {epoch: year}}
    state:     {coarsen: {from: us-state}}
    debt:      {round: {base: 100}}
    months:    {limit: {top: 60, bottom: 1}}
    entered:   {shift_dates: {days: 30}}
    left:      {shift_dates: {days: 30}}
    harm:      {randomize: {keep: 0.6}}
  protect: {k: 3}
"""
_numbers = itertools.count(1)
REQUEST = {"dataset": "debts", "purpose": "research"}
NAMES = ["case_id", "person_id", "state", "debt", "months", "entered", "left", "harm"]


def case(number, **changes):
    """Return one case of one person; ten debts, ten lengths, in one state."""
    row = {
        "case_id": f"case-{number}",
        "person_id": f"person-{number}",
        "state": "CA",
        "debt": f"{1000 * (number % 10) + 37.5}",
        "months": str(10 * (number % 10)),
        "entered": f"2024-03-{1 + number % 28:02}",
        "left": f"2025-01-{1 + number % 28:02}",
        "harm": "Labour" if number % 2 else "Sexual",
        **changes,
    }
    return [row[name] for name in NAMES]


def load(world, rows):
    world.loads += 1
    file = world.folder / f"debts-{world.loads}.csv"
    out = io.StringIO()
    csv.writer(out).writerows([NAMES, *rows])
    file.write_text(out.getvalue())
    world.load_file(file, "debts")


@pytest.fixture(scope="module")
def debts(tmp_path_factory):
    """A home with sixty debts; each test adds partners and policies of its own."""
    path = copy_home(template_of(tmp_path_factory), tmp_path_factory.mktemp("debts"))
    with open_world(path, FixedClock(NOON)) as world:
        world.declare(DATASET)
        load(world, [case(number) for number in range(60)])
        yield world


@pytest.fixture
def pull(debts):
    """Apply a policy under the test's own name, and pull; an officer lets further views pass."""
    name = f"p{next(_numbers)}"

    def pull_with(partner=name, policy=name, chosen="csv", **changes):
        debts.apply(POLICY.replace("debts-for-ngos", policy), **changes)
        agreement = {"dataset": "debts", "policy": policy, "purposes": ["research"]}
        debts.partner(partner, agreement=agreement)
        made = debts.extract(partner, **REQUEST, format=chosen)
        if made.state == "in_review":
            approve(debts.context, made.id, officer="Ann", reason="a test")
            publish(debts.context, made.id)
            made = view_extract(debts.context, partner, made.id)
        assert made.state == "ready", made
        return made, debts.table(partner, made.id, chosen).to_pylist()

    pull_with.name = name
    return pull_with


def manifest(world, partner, made):
    text = manifest_bytes(world.context, partner, made.release_id)
    return json.loads(text), {column["name"]: column for column in json.loads(text)["columns"]}


@pytest.mark.parametrize("chosen", ["csv", "parquet", "xlsx"])
def test_each_column_leaves_as_the_policy_says_in_every_format(pull, chosen):
    _, rows = pull(chosen=chosen)
    assert len(rows) == 60
    assert Counter(row["debt"] for row in rows) == {str(1000 * n): 6 for n in range(10)}
    assert Counter(row["months"] for row in rows) == {
        "1": 6,
        **{str(n): 6 for n in (10, 20, 30, 40, 50)},
        "60": 24,
    }
    lengths = {date.fromisoformat(r["left"]) - date.fromisoformat(r["entered"]) for r in rows}
    assert {length.days for length in lengths} == {306}  # both dates of one person moved together
    assert len({row["entered"] for row in rows}) > 28
    assert {row["harm"] for row in rows} == {"Labour", "Sexual", "Marriage", "other"}


def test_manifest_and_codebook_say_what_was_done(debts, pull):
    made, _ = pull()
    whole, columns = manifest(debts, pull.name, made)
    assert columns["debt"]["parameters"] == {"base": "100"}
    assert columns["months"]["parameters"] == {"bottom": "1", "top": "60"}
    assert columns["entered"]["parameters"] == {"days": 30}
    assert columns["harm"]["parameters"]["states"] == ["Labour", "Sexual", "Marriage", "other"]
    assert columns["harm"]["parameters"]["stays"] == 0.6
    assert columns["person_id"]["parameters"] == {"tokens": "derived"}
    assert columns["state"]["parameters"] == {}
    assert {LIMIT_OF_CHANCE, LIMIT_OF_JOINS} <= {*whole["limits"]}
    book = debts.codebook(pull.name, made.id).decode().splitlines()
    rows = {row["column"]: row for row in csv.DictReader(book)}
    assert rows["debt"]["released_as"] == "rounded to the nearest multiple of 100"
    assert rows["debt"]["type"] == "decimal"
    assert rows["debt"]["meaning"] == "sensitive, in USD"
    assert "stays with chance 0.6" in rows["harm"]["released_as"]
    assert rows["harm"]["values"] == "Labour; Sexual; Marriage; other"


def test_a_file_without_chance_has_no_word_of_it(debts, pull):
    made, _ = pull(harm="harm:      {randomize: {keep: 0.6}} -> harm: keep")
    assert LIMIT_OF_CHANCE not in manifest(debts, pull.name, made)[0]["limits"]


def test_a_file_without_tokens_has_no_word_of_joining_around_them(debts, pull):
    made, _ = pull(person_id="person_id: {pseudonymize: {epoch: year}} -> person_id: drop")
    limits = manifest(debts, pull.name, made)[0]["limits"]
    assert LIMIT_OF_CHANCE in limits
    assert LIMIT_OF_JOINS not in limits


def by_person(rows, column):
    """Return each person's released value by where the table's order puts them: by token."""
    return {row["person_id"]: row[column] for row in rows}


NOISE = "debt:      {round: {base: 100}} -> debt: {noise: {scale: 50}}"


def test_noise_is_the_same_under_a_new_policy_version_and_a_new_snapshot(debts, pull):
    first = by_person(pull(noise=NOISE)[1], "debt")
    later = by_person(pull(noise=NOISE, months="top: 60 -> top: 70")[1], "debt")
    assert later == first
    load(debts, [case(900, case_id="case-0", person_id="person-0", months="11")])  # an update
    again = by_person(pull(noise=NOISE, months="top: 60 -> top: 71")[1], "debt")
    same = [person for person in first if again.get(person) == first[person]]
    assert len(same) >= 59
    load(debts, [case(0)])


def test_another_scale_and_another_partner_have_noise_of_their_own(pull):
    first = sorted(Decimal(value) for value in by_person(pull(noise=NOISE)[1], "debt").values())
    wider = NOISE.replace("scale: 50", "scale: 51")
    other = pull(partner=f"{pull.name}-2", policy=f"{pull.name}-2", noise=NOISE)[1]
    assert sorted(Decimal(row["debt"]) for row in other) != first
    assert sorted(Decimal(row["debt"]) for row in pull(noise=wider)[1]) != first
    assert all(0 <= value <= 100_000 for value in first)


def test_micro_groups_are_made_of_the_rows_that_leave(debts, pull):
    made, rows = pull(means="debt:      {round: {base: 100}} -> debt: {microaggregate: {k: 11}}")
    counted = Counter(row["debt"] for row in rows)
    assert min(counted.values()) >= 11
    total = sum(Decimal(value) * people for value, people in counted.items())
    true = sum(Decimal(case(number)[3]) for number in range(60))
    assert abs(total - true) < 1  # means keep the sum, to half a cent each
    assert manifest(debts, pull.name, made)[1]["debt"]["parameters"] == {"k": 11}


def test_swapped_values_are_the_very_same_and_other_peoples(debts, pull):
    made, rows = pull(swap="debt:      {round: {base: 100}} -> debt: {swap: {share: 0.5}}")
    true = sorted(Decimal(case(number)[3]) for number in range(60))
    assert sorted(Decimal(row["debt"]) for row in rows) == true
    assert manifest(debts, pull.name, made)[1]["debt"]["parameters"] == {"share": 0.5}
    again = pull(swap="debt:      {round: {base: 100}} -> debt: {swap: {share: 0.5}}")[1]
    assert by_person(again, "debt") == by_person(rows, "debt")


def test_l_is_counted_on_what_is_released(debts, pull):
    """Rounded to 100,000 all debts are one value: no class has two of them."""
    coarse = {
        "base": "base: 100} -> base: 100000}",
        "protect": "protect: {k: 3} -> protect: {k: 3, l: {debt: 2}}",
    }
    debts.apply(POLICY.replace("debts-for-ngos", pull.name), **coarse)
    agreement = {"dataset": "debts", "policy": pull.name, "purposes": ["research"]}
    debts.partner(pull.name, agreement=agreement)
    assert debts.extract(pull.name, **REQUEST).state == "refused"
    finer = f"{pull.name}-2"
    made, _ = pull(partner=finer, policy=finer, protect=coarse["protect"])
    assert made.state == "ready"


def test_a_preview_shows_changed_values_beside_stored_ones(debts, pull):
    agreement = {"dataset": "debts", "policy": pull.name, "purposes": ["research"]}
    debts.partner(pull.name, agreement=agreement)
    document = parse_policy(POLICY.replace("debts-for-ngos", pull.name))
    seen = preview_policy(
        debts.context, document, Audience(pull.name), 60, lambda _text, _share: None
    )
    about = {column["name"]: column["leaves_as"] for column in seen["columns"]}
    assert about["debt"] == "rounded to the nearest multiple of 100"
    for row in seen["rows"]:
        assert abs(Decimal(row["stored"]["debt"]) - Decimal(row["leaves"]["debt"])) <= 50
        before, after = (date.fromisoformat(row[side]["left"]) for side in ("stored", "leaves"))
        assert 1 <= abs((after - before).days) <= 30


def test_the_command_that_checks_policies_warns_of_chance_and_intervals(debts):
    result = check_policy_file(debts.context, file="p.yaml", text=POLICY)
    said = " ".join(result["warnings"])
    assert "no differential privacy guarantee" in said
    assert "four for 98 %" in said


def test_a_file_that_breaks_its_promise_does_not_leave(debts, pull, monkeypatch):
    monkeypatch.setattr(Rounding, "begin", lambda _self, _start: lambda values, _people: values)
    debts.apply(POLICY.replace("debts-for-ngos", pull.name))
    agreement = {"dataset": "debts", "policy": pull.name, "purposes": ["research"]}
    debts.partner(pull.name, agreement=agreement)
    with pytest.raises(Exception, match="RecountError"):
        debts.extract(pull.name, **REQUEST)
    assert issubclass(RecountError, Exception)


def test_groups_are_the_same_whatever_the_batches(debts, pull):
    """Counting goes batch by batch; the lookup is one."""
    pull(means="debt:      {round: {base: 100}} -> debt: {microaggregate: {k: 3}}")
    plan = decided(debts, pull.name)
    document = debts.context.registry.dataset("debts").document
    amounts = pa.array([Decimal(n) for n in (1, 2, 3, 4, 50, 60, 60)], pa.decimal128(18, 2))
    people = pa.array([bytes(16)] * 7, pa.binary(16))
    released = []
    for size in (7, 2):
        transforms = Transforms(debts.context.keys, plan, document)
        for start in range(0, 7, size):
            end = start + size
            rows = {"debt": amounts[start:end], "weir_person": people[start:end]}
            transforms.look(pa.table(rows))
        released.append(transforms.released("debt", amounts, people).to_pylist())
    assert released[0] == released[1]
    assert [str(value) for value in released[0]] == ["2.50"] * 4 + ["56.67"] * 3


def decided(world, partner):
    return decide(world.context, partner, parse_request(REQUEST)).plan
