"""Datasets, policies and partners from files: what is said, what is refused, what changes."""

from __future__ import annotations

import json
import re

import pytest

from tests.small_homes import DATASET, POLICY, PUBLIC_KEY, as_csv, people

PARTNER = {
    "partner": "pier",
    "name": "Pier",
    "class": "ngo",
    "jwks_file": "pier.jwks.json",
    "agreements": [
        {
            "agreement": "pier-2026",
            "dataset": "cases",
            "policy": "for-ngos",
            "purposes": ["research"],
            "starts": "2026-01-01",
            "ends": "2026-12-31",
        },
    ],
}


@pytest.fixture
def policy(weir):
    return weir.file("policy.yaml", POLICY)


def partner_file(weir, **changes):
    weir.file("pier.jwks.json", json.dumps({"keys": [PUBLIC_KEY]}))
    return weir.file("pier.yaml", json.dumps({**PARTNER, **changes}))


def entries(weir):
    """How long the log is: nothing declared, nothing logged."""
    return weir("audit", "check", "--json").json["entries"]


def test_a_dataset_is_added_changed_and_known(weir):
    file = weir.file("new.yaml", DATASET.replace("dataset: cases", "dataset: more"))
    added = weir("dataset", "add", file)
    assert "Dataset more added" in added.out
    assert "Next: weir dataset load more DATA.csv" in added.out
    assert "unchanged" in weir("dataset", "add", file).out
    file.write_text(file.read_text().replace("Cases", "More cases"))
    assert weir("dataset", "add", file, "--json").json["outcome"] == "changed"


def test_a_byte_order_mark_is_no_trouble(weir):
    file = weir.file(
        "new.yaml", b"\xef\xbb\xbf" + DATASET.replace("cases\n", "marked\n", 1).encode()
    )
    assert "added" in weir("dataset", "add", file).out


def test_ladders_are_found_beside_the_file_or_in_a_named_folder(weir, tmp_path):
    text = DATASET.replace("dataset: cases", "dataset: laddered").replace(
        "ladder: us-state}", "ladder: zones}"
    )
    file = weir.file("laddered.yaml", f"{text}ladders:\n  zones: {{file: zones.csv}}\n")
    said = weir.refused("dataset", "add", file)
    assert "zones.csv" in said
    assert str(weir.folder) in said
    elsewhere = tmp_path / "ladders"
    elsewhere.mkdir()
    (elsewhere / "zones.csv").write_text("CA;west\nNY;east\n")
    assert "added" in weir("dataset", "add", file, "--ladders", elsewhere).out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("k: 3", "k: three"), "extract.protect.k: This must be a whole number."),
        (("protect:", "protec:"), "Did you mean protect?"),
        (("classes: [ngo]", "classes: ngo"), "classes: This must be a list."),
        (("minors:", "minors: {"), "isn't valid YAML (line"),
        (("purposes:", "classes: [ngo]\npurposes:"), "The key classes stands twice"),
    ],
)
def test_a_file_that_can_t_be_understood_is_named_with_the_place(weir, change, said):
    before = entries(weir)
    file = weir.file("odd.yaml", POLICY.replace(*change))
    told = weir.refused("policy", "apply", file)
    assert "odd.yaml isn't accepted and nothing was changed; correct th" in told
    assert said in told
    assert entries(weir) == before


def test_a_file_of_another_kind_is_recognized(weir, policy):
    partner = partner_file(weir)
    assert "the file of a policy, not of a dataset" in weir.refused("dataset", "add", policy)
    assert "the file of a partner, not of a policy" in weir.refused("policy", "check", partner)
    assert "weir policy --help" in weir.refused("partner", "add", policy)


@pytest.mark.parametrize("command", [("dataset", "add"), ("policy", "check"), ("partner", "add")])
def test_files_that_aren_t_text_are_refused_by_name(weir, command):
    cases = {
        weir.folder / "absent.yaml": "there is no file",
        weir.folder: "is a folder; name a file",
        weir.file("latin.yaml", "name: España".encode("latin-1")): "isn't UTF-8 text",
        weir.file("wide.yaml", "name: a".encode("utf-16")): "isn't UTF-8 text",
        weir.file("empty.yaml", b""): "This must be a set of `key: value` lines.",
        weir.file("nul.yaml", b"a: \0"): "isn't valid YAML",
    }
    for file, said in cases.items():
        assert said in weir.refused(*command, file)


def test_a_policy_is_checked_without_a_change(weir):
    before = entries(weir)
    new = weir.file("new.yaml", POLICY.replace("k: 3", "k: 4"))
    checked = weir("policy", "check", new)
    assert "warning: extract.protect.k" in checked.out
    assert "may be applied" in checked.out
    assert "Next: weir policy preview" in checked.out
    assert entries(weir) == before


def test_a_policy_with_errors_is_neither_checked_good_nor_applied(weir):
    file = weir.file("loose.yaml", POLICY.replace("note:        keep", "narrative: keep"))
    checked = weir.run("policy", "check", file)
    assert checked.status == 1
    assert "error: extract.columns.narrative: narrative is free text" in checked.out
    assert weir.run("policy", "check", file, "--json").json["errors"]
    said = weir.refused("policy", "apply", file)
    assert "nothing was applied" in said
    assert "free text" in said


def test_a_policy_is_applied_replaced_and_known(weir, policy):
    own = policy.read_text().replace("for-ngos", "own")
    first, second = weir.file("first.yaml", own), weir.file("2.yaml", own.replace("k: 3", "k: 4"))
    assert weir("policy", "apply", first, "--json").json["outcome"] == "added"
    assert "active already" in weir("policy", "apply", first).out
    assert "the version before it is retired" in weir("policy", "apply", second).out
    assert weir("policy", "apply", first, "--json").json["outcome"] == "changed"


def test_a_policy_of_an_undeclared_dataset_says_what_to_do_first(weir):
    file = weir.file("p.yaml", POLICY.replace("dataset: cases", "dataset: absent"))
    for command in ("check", "apply"):
        assert "declare it first (weir dataset add FILE)" in weir.refused("policy", command, file)


def test_a_partner_is_added_with_its_keys(weir):
    added = weir("partner", "add", partner_file(weir))
    assert "Partner pier added" in added.out
    listed = weir("partner", "list").out
    assert "pier (Pier), ngo, active" in listed
    assert "asks under for-ngos for research" in listed
    assert [one["partner"] for one in weir("partner", "list", "--json").json] == [
        "harbor",
        "lantern",
        "pier",
    ]


@pytest.mark.parametrize(
    ("agreement", "said"),
    [
        ({"dataset": "absent"}, "names dataset absent, which isn't declared"),
        ({"policy": "for-ngo"}, "no active policy for-ngo. Did you mean for-ngos?"),
        ({"purposes": ["baking"]}, "isn't for the purpose baking"),
        ({"ends": "2025-12-31"}, "ends before it starts"),
        ({"ends": "soon"}, "soon is no date"),
    ],
)
def test_an_agreement_that_doesn_t_fit_is_refused(weir, agreement, said):
    before = entries(weir)
    agreements = [{**PARTNER["agreements"][0], **agreement}]
    assert said in weir.refused("partner", "add", partner_file(weir, agreements=agreements))
    assert entries(weir) == before


def test_agreements_that_hide_each_other_are_refused_or_said(weir):
    (asks,) = PARTNER["agreements"]
    twice = [asks, {**asks, "agreement": "again"}]
    said = weir.refused("partner", "add", partner_file(weir, agreements=twice))
    assert "No request could ever fall under again" in said
    renewed = [asks, {**asks, "agreement": "renewal", "starts": "2026-06-01", "ends": "2027-12-31"}]
    told = weir("partner", "add", partner_file(weir, partner="quay", agreements=renewed)).out
    assert "warning: agreements[0]: From 2026-06-01 to" in told
    assert "fall under renewal" in told


def test_a_partner_with_a_private_key_or_none_is_refused(weir):
    file = partner_file(weir)
    weir.file("pier.jwks.json", json.dumps({"keys": [{**PUBLIC_KEY, "d": "AAAA"}]}))
    assert "This is a private key" in weir.refused("partner", "add", file)
    (weir.folder / "pier.jwks.json").unlink()
    assert "pier.jwks.json" in weir.refused("partner", "add", file)


def test_a_partner_is_suspended_and_resumed(weir):
    assert "is suspended" in weir("partner", "suspend", "harbor").out
    assert "was suspended already" in weir("partner", "suspend", "harbor").out
    assert "suspended" in weir("partner", "list").out
    assert "may ask again" in weir("partner", "resume", "harbor").out
    assert "no partner 'nobody'; see `weir partner list`" in weir.refused(
        "partner", "resume", "nobody"
    )


def test_a_partner_makes_its_keys_without_a_home(weir, monkeypatch):
    monkeypatch.setenv("WEIR_HOME", str(weir.folder / "absent"))
    made = weir("partner", "keygen", "harbor", "--json").json
    assert (weir.folder / made["private"]).stat().st_mode & 0o777 == 0o600
    keys = json.loads((weir.folder / made["jwks"]).read_text())["keys"]
    assert all("d" not in key for key in keys)
    assert "exists; move it away" in weir.refused("partner", "keygen", "harbor")
    assert "can't be a partner's name" in weir.refused("partner", "keygen", "../harbor")
    assert "no folder" in weir.refused("partner", "keygen", "harbor", "--folder", "absent")


def test_loads_report_what_was_left_out_and_never_a_value(weir):
    rows = people(100, 103)
    rows[1]["person_id"] = ""
    rows[2]["age"] = "thirty-nine"
    rows[3]["harm"] = "Unheard-of"
    file = weir.file("more.csv", as_csv(rows))
    told = weir("dataset", "load", "cases", file).out
    assert "Loaded 2 of 4 rows into cases" in told
    assert "more.csv  csv, utf-8, separated by commas" in told
    assert "more.csv, row 3: person_id says whose record it is, and is empty" in told
    assert "more.csv, row 4: age needs a whole number" in told
    assert "taken, but look" in told
    assert "thirty-nine" not in told
    assert "Unheard-of" not in told
    assert "are part of cases already" in weir("dataset", "load", "cases", file).out


def test_an_update_is_said(weir):
    before = weir("dataset", "show", "cases", "--json").json["records"]
    file = weir.file("again.csv", as_csv(people(1, 3, note="again")))
    assert "3 updated a known record" in weir("dataset", "load", "cases", file).out
    assert weir("dataset", "show", "cases", "--json").json["records"] == before


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-8-sig"])
def test_other_encodings_are_read_and_named(weir, encoding):
    rows = people(100, 101, note="señal")
    file = weir.file("odd.csv", as_csv(rows).encode(encoding))
    report = weir("dataset", "load", "cases", file, "--json").json
    assert report["accepted"] == 2
    assert report["files"][0]["encoding"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "The file empty.csv is empty"),
        ("header.csv", as_csv([]).encode(), "Not one record could be taken"),
        ("short.csv", b"case_id,person_id\n1,2\n", "has no column phone"),
        ("book.csv", b"PK\x03\x04....", "book.csv"),
        ("null.csv", as_csv(people(1, 1, person_id="")).encode(), "says whose record it is"),
    ],
)
def test_a_load_that_brings_nothing_changes_nothing(weir, name, content, said):
    shown = weir("dataset", "show", "cases").out
    refusal = weir.refused("dataset", "load", "cases", weir.file(name, content))
    assert "nothing was loaded" in refusal
    assert said in refusal
    assert weir("dataset", "show", "cases").out == shown


def test_a_load_names_the_file_the_dataset_or_the_contributor_that_isn_t_there(weir):
    file = weir.file("more.csv", as_csv(people(100, 101)))
    assert "there is no file absent.csv" in weir.refused("dataset", "load", "cases", "absent.csv")
    assert "is a folder" in weir.refused("dataset", "load", "cases", weir.folder)
    assert "there is: cases" in weir.refused("dataset", "load", "case", file)
    assert "no partner 'x'" in weir.refused("dataset", "load", "cases", file, "--contributor", "x")
    said = weir.refused("dataset", "load", "cases", file, "--contributor", "harbor")
    assert "no agreement in force to hand in data" in said


def test_a_dataset_is_shown_with_what_is_in_it(weir):
    shown = weir("dataset", "show", "cases").out
    assert re.search(
        r"^cases, version \w{12}: \d+ records of \d+ people from \d+ loads?$", shown, re.MULTILINE
    )
    assert "whose presence is protected: by person_id" in shown
    assert "policies: for-ngos" in shown
    assert "there is: cases" in weir.refused("dataset", "show", "case")


def test_a_declaration_that_doesn_t_fit_the_data_is_refused(weir):
    file = weir.file("new.yaml", DATASET.replace("privacy_unit: person_id", "privacy_unit: row"))
    assert "holds data" in weir.refused("dataset", "add", file)
