"""Links in the lake: loads that bring them, what follows them, and what undoing gives back."""

from __future__ import annotations

import pytest

from anonymizers.pseudonyms import roots
from gateway.lake.links import Run, append_evidence, append_word, link_id, read_pair, read_pairs
from gateway.lake.relinking import Relinking
from policies.documents import parse_dataset

CALLS = """
dataset: calls
privacy_unit: person_id
record_key: [call]
columns:
  call:      {type: string, role: direct_identifier, domain: call}
  person_id: {type: string, role: direct_identifier, domain: person}
  name:      {type: string, role: direct_identifier, domain: name}
  born:      {type: date,   role: quasi_identifier, ladder: date, bounds: [1900-01-01, 2026-12-31]}
  phone:     {type: string, role: direct_identifier, domain: phone, normalize: e164, region: US}
  consent:   {type: string, role: consent}
linkage:
  deterministic: [[name, born], [phone]]
"""
HEADER = "call,person_id,name,born,phone,consent"
TABLE = "lake.main.calls"


@pytest.fixture
def calls():
    return parse_dataset(CALLS)


@pytest.fixture
def give(load, calls):
    """Load calls, each a text of its values."""

    def loaded(*lines, document=calls, **terms):
        return load(document, lines, header=HEADER, **terms)

    return loaded


@pytest.fixture
def root(keys):
    return lambda text: roots_of(keys, text)


def roots_of(keys, text):
    import pyarrow as pa

    (found,) = roots(pa.array([text]), keys.domain("person")).to_pylist()
    return found


@pytest.fixture
def people(rows):
    """Return for each identity its person, and every person's ranks, sorted."""

    def read(table=TABLE):
        found = rows(f"SELECT weir_identity, weir_person, weir_rank FROM {table} ORDER BY ALL")
        ranks = {}
        for _, person, rank in found:
            ranks.setdefault(person, []).append(rank)
        return {identity: person for identity, person, _ in found}, {
            person: sorted(own) for person, own in ranks.items()
        }

    return read


@pytest.fixture
def say(lake, keys):
    """Let an officer speak of the pair of two identities."""

    def said(kind, one, other, *, undone=False, datasets=("calls",)):
        left, right = sorted((roots_of(keys, one), roots_of(keys, other)))
        link = link_id(keys, "person", left, right)
        run = Run(f"act_{kind}{undone}", "2026-01-15T12:00:00Z", "person", "calls", "olivia", "why")
        relinking = Relinking(lake, keys, "person", datasets)
        relinking.change(
            "links", lambda cursor: append_word(cursor, run, link, kind, undone=undone)
        )
        return link

    return said


def test_who_agrees_on_a_whole_key_is_one_person(give, people, root):
    give("1,ana,Ana García,1990-01-02,,", "2,x7,ANA  GARCÍA,1990-01-02,202-555-0101,")
    give("3,shelter-9,Ana G.,,(202) 555-0101,")
    give("4,bea,Ana García,1991-01-02,,", "5,carla,,,,")
    whose, ranks = people()
    one = min(map(root, ("ana", "x7", "shelter-9")))
    assert {whose[root(name)] for name in ("ana", "x7", "shelter-9")} == {one}
    assert ranks[one] == [1, 2, 3]
    assert whose[root("bea")] == root("bea")
    assert whose[root("carla")] == root("carla")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("unknown,1990-01-02,", "UNKNOWN,1990-01-02,"),  # says nothing
        ("Ana,,", "Ana,,"),  # a part isn't known
        ("Ana,1890-01-02,", "Ana,1890-01-02,"),  # out of bounds
        ("Ana,1990-01-02,", "Ana,1990-01-03,"),
        (",,n/d", ",,n/d"),
    ],
)
def test_who_doesnt_agree_on_a_whole_known_key_is_two(give, people, first, second):
    give(f"1,p1,{first},", f"2,p2,{second},")
    whose, _ = people()
    assert len(set(whose.values())) == 2


def test_a_phone_of_a_whole_shelter_links_nobody_of_it(give, people):
    lines = [f"{n},p{n},,,2025550101," for n in range(11)]
    give(*lines, contributor="shelter")
    assert len(set(people()[0].values())) == 11
    give("20,x,,,2025550101,", "21,y,,,2025550101,", contributor="hotline")
    whose, _ = people()
    assert len(set(whose.values())) == 12  # the hotline's two are one, whatever the shelter says


def test_a_load_of_another_dataset_finds_its_people_by_links(give, people, calls, root):
    other = parse_dataset(CALLS.replace("dataset: calls", "dataset: visits").split("linkage:")[0])
    give("1,ana,Ana,1990-01-02,,", "2,x7,Ana,1990-01-02,,")
    give("1,ana,,,,", "2,x7,,,,", "3,zoe,,,,", document=other)
    whose, ranks = people("lake.main.visits")
    one = min(root("ana"), root("x7"))
    assert whose[root("ana")] == whose[root("x7")] == one
    assert ranks == {one: [1, 2], root("zoe"): [1]}


def test_a_link_that_comes_later_resolves_other_datasets_in_the_same_snapshot(
    give, people, lake, load, calls
):
    other = parse_dataset(CALLS.replace("dataset: calls", "dataset: visits").split("linkage:")[0])
    give("1,ana,,,,", "2,x7,,,,", document=other)
    before = lake.dataset_snapshot("visits")
    load.sharing = ("visits",)
    done = give("1,ana,Ana,1990-01-02,,", "2,x7,Ana,1990-01-02,,")
    assert len(set(people("lake.main.visits")[0].values())) == 1
    assert lake.dataset_snapshot("visits") == lake.dataset_snapshot("calls") == done.snapshot
    nobody = give("9,zoe,Zoe,1990-01-02,,")
    assert lake.dataset_snapshot("visits") == nobody.snapshot > before  # whoever it was, if anybody


def test_undoing_gives_back_exactly_what_was_there(give, people, say, rows):
    everything = f"SELECT * FROM {TABLE} ORDER BY weir_record"
    said = "SELECT * FROM lake.weir.statements ORDER BY ALL"
    give(*(f"{n},ana,,,,anonymized" for n in range(5)))
    give(*(f"{n + 10},bea,Bea,1990-01-02,,none" for n in range(3)))
    give("20,carla,,,,")
    give("4,ana,,,,", "30,bea,Bea,1990-01-02,,")  # an update keeps its place
    before = rows(everything), rows(said)
    link_them(say, give)
    _, ranks = people()
    assert sorted(map(len, ranks.values())) == [1, 9]
    say("confirmed", "ana", "bea", undone=True)
    assert (rows(everything), rows(said)) == before


def link_them(say, give):
    """Let an officer link ana and bea, of whom a run said that they may be one."""
    say.probable("ana", "bea")
    say("confirmed", "ana", "bea")


@pytest.fixture(autouse=True)
def _probable(say, lake, keys):
    import pyarrow as pa

    from gateway.lake.agreeing import EVIDENCE

    def probable(one, other, givers=("", "")):
        left, right = sorted((roots_of(keys, one), roots_of(keys, other)))
        row = {
            "left_root": left,
            "right_root": right,
            "left_giver": givers[0],
            "right_giver": givers[1],
            "kind": "probable",
            "probability": 0.9,
            "evidence": ["name"],
        }
        run = Run("lrn_1", "2026-01-15T12:00:00Z", "person", "calls")
        with lake.cursor() as cursor:
            append_evidence(cursor, keys, run, pa.Table.from_pylist([row], schema=EVIDENCE))
        return link_id(keys, "person", left, right)

    say.probable = probable


def test_a_probable_link_counts_for_nothing_until_it_is_confirmed(give, people, say, rows):
    give("1,ana,,,,", "2,bea,,,,")
    link = say.probable("ana", "bea")
    give("3,ana,,,,")
    assert len(set(people()[0].values())) == 2
    assert say("confirmed", "ana", "bea") == link
    assert len(set(people()[0].values())) == 1
    give("4,bea,,,,")
    assert [*people()[1].values()] == [[1, 2, 3, 4]]


def test_an_undone_link_isnt_made_again_by_the_next_load(give, people, say, lake):
    give("1,ana,Ana,1990-01-02,,", "2,bea,Ana,1990-01-02,,")
    link = say("deterministic", "ana", "bea", undone=True)
    give("3,ana,Ana,1990-01-02,,", contributor="hotline")
    assert len(set(people()[0].values())) == 2
    with lake.cursor() as cursor:
        assert read_pair(cursor, link)["state"] == "apart"
        assert [pair.id for pair in read_pairs(cursor, "person").apart] == [link]
    say("confirmed", "ana", "bea")
    assert len(set(people()[0].values())) == 1


def test_the_same_load_again_says_nothing_new(give, rows, say):
    lines = ("1,ana,Ana,1990-01-02,2025550101,", "2,bea,Ana,1990-01-02,2025550101,")
    give(*lines)
    assert rows("SELECT count(*) FROM lake.weir.links") == [(2,)]  # by name and birth, by phone
    give(*lines)
    assert rows("SELECT count(*) FROM lake.weir.links") == [(2,)]


def test_links_hold_names_of_columns_and_no_values(give, rows):
    give("1,ana,Ana,1990-01-02,,", "2,bea,Ana,1990-01-02,,", contributor="shelter")
    (row,) = rows(
        "SELECT kind, probability, evidence, left_giver, right_giver, officer, undone, domain "
        "FROM lake.weir.links"
    )
    assert row == (
        "deterministic",
        1.0,
        ["name", "born"],
        "shelter",
        "shelter",
        "",
        False,
        "person",
    )


def test_a_replaced_load_leaves_ranks_without_gaps(give, people):
    give("1,ana,Ana,1990-01-02,,", "2,bea,Ana,1990-01-02,,", contributor="shelter")
    give("3,ana,,,,", "4,carla,,,,", contributor="hotline")
    give("9,zoe,,,,", contributor="shelter", mode="replace")
    assert sorted(people()[1].values()) == [[1], [1], [1]]
