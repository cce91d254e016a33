"""What people allowed decides who is in which file, at the request and at every download.

Each person here stands for one rule and is named after it in a column that is released as it
is, in a class that is large enough without them.
"""

from __future__ import annotations

import pytest

from gateway.errors import ExpiredError
from gateway.loading import Load, load_dataset
from tests.small_homes import as_csv, people, person

ROWS = {"columns": ["age", "note"]}
WRITTEN = {
    "funding": "VAWA",
    "consent_ends": "2027-01-01",
    "share_with": "ngo",
    "share_for": "research",
}
BOTH, ROWS_ONLY, NEITHER = "both", "rows only", "neither"
ONE_RECORD = {
    "allows tokens": ({"consent": "pseudonymized"}, BOTH),
    "in capitals": ({"consent": " PSEUDONYMIZED "}, BOTH),
    "allows rows": ({"consent": "anonymized"}, ROWS_ONLY),
    "allows totals": ({"consent": "aggregate"}, NEITHER),
    "allows nothing": ({"consent": "none"}, NEITHER),
    "says nothing": ({"consent": ""}, NEITHER),
    "says something else": ({"consent": "yes"}, NEITHER),
    "ends tomorrow": ({"consent_ends": "2026-07-02"}, BOTH),
    "ends today": ({"consent_ends": "2026-07-01"}, NEITHER),
    "ended": ({"consent_ends": "2020-01-01"}, NEITHER),
    "for another class": ({"share_with": "government"}, NEITHER),
    "for this class too": ({"share_with": "government; NGO"}, BOTH),
    "for another purpose": ({"share_for": "planning"}, NEITHER),
    "for this purpose too": ({"share_for": "planning, research"}, BOTH),
    "paid by vawa": ({"funding": "vawa"}, NEITHER),
    "paid by fvpsa": ({"funding": "other; FVPSA"}, NEITHER),
    "paid by voca": ({"funding": "VOCA,x"}, NEITHER),
    "paid by vawa, written": (WRITTEN, BOTH),
    "paid by vawa, no end": ({**WRITTEN, "consent_ends": ""}, NEITHER),
    "paid by vawa, no class": ({**WRITTEN, "share_with": ""}, NEITHER),
    "paid by vawa, no purpose": ({**WRITTEN, "share_for": ""}, NEITHER),
    "paid by vawa, unwritten": ({**WRITTEN, "consent": ""}, NEITHER),
    "paid by somebody": ({"funding": "county"}, BOTH),
}
LATER = {
    "took tokens back": ("pseudonymized", "anonymized", ROWS_ONLY),
    "took all back": ("pseudonymized", "none", NEITHER),
    "said nothing new": ("pseudonymized", "", BOTH),
    "allows it now": ("none", "pseudonymized", BOTH),
}
GIVEN = {
    "contributor allows rows": ("gives-rows", ROWS_ONLY),
    "contributor names another class": ("gives-government", NEITHER),
    "contributor names this class": ("gives-ngo", BOTH),
    "contributor names another purpose": ("gives-planning", NEITHER),
    "contributor left": ("gives-no-more", NEITHER),
}


def load_everybody(world):
    """Load one person for each rule, on top of the forty that allow everything."""
    world.declare_notes("contradicts", *ONE_RECORD, *LATER, *GIVEN)
    world.contributor("gives-rows", consent_max="anonymized")
    world.contributor("gives-government", share_with=["government"])
    world.contributor("gives-ngo", share_with=["government", "ngo"])
    world.contributor("gives-planning", share_for=["planning"])
    world.contributor("gives-no-more")
    rows = [
        person(100 + number, note=rule, **{"age": "32", "harm": "Labour", **changes})
        for number, (rule, (changes, _)) in enumerate(ONE_RECORD.items())
    ]
    rows += [person(200, note="contradicts", person_id="c", harm="Labour", age="32")]
    rows += [person(201, note="contradicts", person_id="c", consent="none", age="32")]
    rows += [
        person(300 + number, note=rule, consent=first, age="32")
        for number, (rule, (first, _, _)) in enumerate(LATER.items())
    ]
    world.load(rows)
    world.load(
        [
            person(400 + number, person_id=f"person-{300 + number}", note=rule, consent=then)
            for number, (rule, (_, then, _)) in enumerate(LATER.items())
        ]
    )
    for number, (rule, (giver, _)) in enumerate(GIVEN.items()):
        world.load([person(500 + number, note=rule, age="32")], contributor=giver)
    world.partner("gives-no-more", agreements=[])


def expected(*kinds):
    """Return the rules whose person may be in a product."""
    rules = {rule: kind for rule, (_, kind) in ONE_RECORD.items()}
    rules |= {rule: kind for rule, (_, _, kind) in LATER.items()}
    rules |= {rule: kind for rule, (_, kind) in GIVEN.items()}
    return {rule for rule, kind in rules.items() if kind in kinds}


def test_each_rule_decides_for_its_person(world):
    load_everybody(world)
    other = world.partner("lantern")
    with_tokens = {row["note"] for row in world.rows("harbor")}
    without = {row["note"] for row in world.rows(other, **ROWS)}
    plain = {f"note {number}" for number in range(3)}
    assert with_tokens == expected(BOTH) | plain
    assert without == expected(BOTH, ROWS_ONLY) | plain


def test_assumed_consent_lets_everybody_through_and_says_so(world):
    import json

    from gateway.releases import manifest_bytes

    columns = ("consent:      ", "consent_ends:", "funding:", "share_with:", "share_for:")
    from tests.small_homes import DATASET, POLICY

    kept = [line for line in DATASET.splitlines() if not line.strip().startswith(columns)]
    text = "\n".join(kept).replace(
        "record_key:", "consent: assumed\nconsent_basis: a survey\nrecord_key:"
    )
    world.declare(text, name="dataset: cases -> dataset: survey")
    world.apply(POLICY, name="dataset: cases -> dataset: survey", policy="for-ngos -> for-survey")
    world.partner("harbor", agreement={"dataset": "survey", "policy": "for-survey"})
    file = world.folder / "survey.csv"
    file.write_text(as_csv(people(1, 40, consent="none")))
    load_dataset(world.context, Load("survey", (file,)), lambda _t, _s: None)
    made = world.extract("harbor", dataset="survey")
    assert world.table("harbor", made.id).num_rows == 40
    manifest = json.loads(manifest_bytes(world.context, "harbor", made.release_id))
    assert manifest["consent"] == {"needed": "pseudonymized", "assumed": "a survey"}


def gone(world, extract_id, partner="harbor"):
    """Download what must be gone, look for what is left of it, and return the reasons."""
    with pytest.raises(ExpiredError) as caught:
        world.content(partner, extract_id)
    assert world.state(extract_id) == "expired"
    assert world.row(extract_id).sealed_outcome is None
    left = {path.name for path in (world.context.home.releases_dir / extract_id).iterdir()}
    assert left == {"classes"}
    with pytest.raises(ExpiredError):
        world.codebook(partner, extract_id)
    return [reason.rule for reason in caught.value.reasons]


def test_the_bytes_are_gone_on_the_day_the_first_consent_ends(world):
    world.load([person(41, consent_ends="2026-07-10")])
    made = world.extract("harbor")
    world.clock.moment = world.clock.moment.fromisoformat("2026-07-10T03:59:59+00:00")
    assert world.content("harbor", made.id)
    world.clock.move(seconds=1)  # midnight where the home is
    assert gone(world, made.id) == ["consent-changed"]


def test_the_partner_must_delete_before_the_first_consent_ends(world):
    import json

    from gateway.releases import manifest_bytes

    world.load([person(41, consent_ends="2026-07-10"), person(42, consent_ends="2026-08-10")])
    made = world.extract("harbor")
    manifest = json.loads(manifest_bytes(world.context, "harbor", made.release_id))
    assert manifest["delete_by"] == "2026-07-10"


def test_an_end_on_another_record_of_a_person_counts_too(world):
    """The record that leaves has no end; the newest statement, on another one, has."""
    world.load([person(41, consent_ends="2026-07-10", person_id="person-1")])
    made = world.extract("harbor")
    world.clock.move(days=9)
    assert gone(world, made.id) == ["consent-changed"]


def test_the_bytes_are_gone_after_a_load_that_takes_consent_back(world):
    made = world.extract("harbor")
    world.load([person(41, person_id="person-7", consent="none")])
    assert gone(world, made.id) == ["consent-changed"]
    assert world.extract("harbor").state == "in_review"


def test_the_bytes_are_gone_after_a_released_record_is_replaced_away(world):
    made = world.extract("harbor")
    world.load(people(2, 40), mode="replace")
    assert gone(world, made.id) == ["consent-changed"]


def test_the_bytes_stay_after_a_load_that_concerns_nobody_in_them(world):
    made = world.extract("harbor")
    content = world.content("harbor", made.id)
    world.load(people(41, 60, consent="none"))
    assert world.content("harbor", made.id) == content


def test_rows_without_tokens_stay_when_only_tokens_are_taken_back(world):
    made = world.extract("harbor", **ROWS)
    world.load([person(41, person_id="person-7", consent="anonymized")])
    assert world.content("harbor", made.id)
    world.load([person(42, person_id="person-7", consent="aggregate")])
    assert gone(world, made.id) == ["consent-changed"]


@pytest.mark.parametrize(
    "terms", [{"consent_max": "aggregate"}, {"share_with": ["government"]}, {"share_for": ["x"]}]
)
def test_the_bytes_are_gone_when_a_contributor_narrows_its_terms(world, terms):
    world.contributor("shelter")
    world.load([person(41)], contributor="shelter")
    made = world.extract("harbor")
    world.contributor("shelter", **terms)
    assert gone(world, made.id) == ["consent-changed"]


def test_the_bytes_stay_when_a_contributors_agreement_ends(world):
    world.contributor("shelter", ends="2026-07-01")
    world.load([person(41)], contributor="shelter")
    made = world.extract("harbor")
    world.clock.move(days=2)
    assert world.content("harbor", made.id)


def test_the_bytes_are_gone_when_their_partner_becomes_another_class(world):
    world.apply(classes="classes: [ngo] -> classes: [ngo, government]")
    world.load([person(41, share_with="ngo")])
    made = world.extract("harbor")
    world.partner("harbor", **{"class": "government"})
    assert gone(world, made.id) == ["consent-changed"]


def test_bytes_in_review_are_rechecked_when_they_leave(world):
    world.extract("harbor")
    waiting = world.extract("harbor", columns=["person_id", "age"])
    world.load([person(41, person_id="person-7", consent="none")])
    from gateway.reviews import approve

    approve(world.context, waiting.id, "olivia", "looks fine")
    assert gone(world, waiting.id) == ["consent-changed"]
