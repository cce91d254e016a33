"""What several records for one person cost on the generated cases, as a table.

    python tests/benchmarks/histories.py [--cases 35000] [--policy FILE]

The last lines are the control: the same people with their rows protected one by one, at the levels
that one record for each person needs, and at the policy's floors.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import demo_home
import yaml

from anonymizers.grouping import group, pack
from anonymizers.hierarchies import Hierarchy
from gateway.client.new_keys import make_key_pair
from gateway.context import open_context
from gateway.contributors import given_terms
from gateway.declarations import add_partner, declare_dataset
from gateway.demo.cases import write_csv
from gateway.demo.declarations import demo_files
from gateway.founding import found_home
from gateway.lake.lookups import Lookup
from gateway.lake.selection import Selection
from gateway.loading import Load, load_dataset
from gateway.previews import Audience, _plan, preview_policy
from gateway.sequences import read_people
from policies.documents import parse_dataset, parse_partner, parse_policy
from policies.ladders import column_ladder

HISTORIES = Path(__file__).parents[2] / "policies" / "examples" / "hotline" / "case-histories.yaml"
TITLES = (
    *("records of a person", "people", "records kept", "left out: differing and further"),
    *("loss", "levels", "smallest class", "seconds"),
)


def found(folder, cases, policy):
    """Found a home with generated cases and a partner that may use the policy."""
    found_home(folder / "home", name="Histories", origin="", timezone="UTC")
    make_key_pair(demo_home.PARTNER, folder)
    write_csv(folder / "cases.csv", cases)
    with open_context(folder / "home") as context:
        files = demo_files(context.clock.today("UTC"))
        declare_dataset(
            context, parse_dataset(files[f"{demo_home.DATASET}.yaml"], files.__getitem__)
        )
        load = Load(demo_home.DATASET, (folder / "cases.csv",))
        load_dataset(context, load, lambda _text, _share: None)
        agreement = {
            **demo_home.TERM,
            "agreement": "histories",
            "dataset": demo_home.DATASET,
            "policy": policy["policy"],
            "purposes": policy["purposes"],
        }
        added = {
            "partner": demo_home.PARTNER,
            "name": "Harbor",
            "class": policy["classes"][0],
            "jwks": json.loads((folder / f"{demo_home.PARTNER}.jwks.json").read_text()),
            "agreements": [agreement],
        }
        add_partner(context, parse_partner(added))


def with_most(policy, most):
    """Return the policy with that many records for one person."""
    extract = {**policy["extract"], "max_records_per_person": most}
    extract["sequence"] = [] if most == 1 else policy["extract"]["sequence"]
    return parse_policy({**policy, "extract": extract})


def line(context, policy, most):
    """Return the figures of one cap, and the levels that were found."""
    start = time.perf_counter()
    audience = Audience(demo_home.PARTNER, "")
    seen = preview_policy(context, with_most(policy, most), audience, 0, lambda _t, _s: None)
    seconds = time.perf_counter() - start
    levels = {c["name"]: c["leaves_as"] for c in seen["columns"] if c["loss"] is not None}
    people = seen["people"] + seen["left_out"]
    records = seen["records_left_out"]
    permitted = people_records(context, policy)[0]
    cells = (
        f"up to {most}" if most > 1 else "1",
        f"{seen['people']:,} of {people:,}",
        f"{seen['records']:,} of {permitted:,} ({seen['records'] / permitted:.0%})",
        f"{records.get('differing-records', 0):,} and {records.get('further-records', 0):,}",
        f"{seen['loss']:.3f}",
        ", ".join(levels.values()),
        f"{seen['smallest_class']}",
        f"{seconds:.1f}",
    )
    return cells, levels


def people_records(context, policy, levels=None):
    """Return all permitted records, and of people with several how many are alone with theirs."""
    document = with_most(policy, 100)
    dataset = context.registry.dataset(document.dataset)
    plan = _plan(context, document, dataset, context.registry.partner(demo_home.PARTNER), "")
    with Selection(
        context.lake,
        dataset.document,
        plan,
        snapshot=context.lake.dataset_snapshot(plan.dataset),
        today=context.clock.today("UTC"),
        terms=given_terms(context, dataset.document),
    ) as selection:
        records = selection.count() + selection.left_out.get("differing-records", 0)
        if levels is None:
            return records, None
        return records, share_alone(selection, dataset.document, plan, levels)


def share_alone(selection, document, plan, levels):
    """Return how many people with several records have a set of rows that nobody else has."""
    columns = [column for column in plan.columns if column.quasi_identifier]
    lookups, ladders = {}, {}
    for column in columns:
        ladder = column_ladder(document, column.name, column.min_population)
        climb = ladder.climb(selection.distinct(column.name))
        ladders[column.name] = Hierarchy.between(climb, column.floor, column.ceiling)
        lookups[column.name] = Lookup(climb.values, climb.rung(column.floor).codes)
    table, chosen = read_people(selection, lookups, {}, lambda _rows: None).table, []
    for name, floors in zip(table.columns, table.codes, strict=True):
        level = 0 if levels[name] is None else ladders[name].levels.index(levels[name])
        chosen.append((ladders[name].codes_at(level, floors), len(ladders[name].forms[level])))
    places = group(pack([c for c, _ in chosen], [size for _, size in chosen], table.places)[1])
    alike = group(table.sequences.moved(places.class_of_rows()).keys(len(places.starts)))
    sizes = alike.sums(table.heads.people)[alike.class_of_rows()]
    several = table.sequences.sizes > 1
    total = int(table.heads.people[several].sum())
    return int(table.heads.people[several & (sizes == 1)].sum()), total


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description="Show what case histories cost.")
    parser.add_argument("--cases", type=int, default=35_000)
    parser.add_argument("--policy", type=Path, default=HISTORIES)
    options = parser.parse_args()
    policy = yaml.safe_load(options.policy.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        found(Path(folder), options.cases, policy)
        with open_context(Path(folder) / "home") as context:
            print(f"| {' | '.join(TITLES)} |\n|{'---|' * len(TITLES)}")
            first = None
            for most in (1, 2, 3, 5):
                cells, levels = line(context, policy, most)
                first = first or levels
                print(f"| {' | '.join(cells)} |")
            controls = [first, dict.fromkeys(first)]
            shares = [people_records(context, policy, levels)[1] for levels in controls]
    (alone, total), (at_floors, _) = shares
    print(
        f"\nControl: of {total:,} people with two or more records, {alone:,} ({alone / total:.0%})"
    )
    print("are alone with their set of rows where rows are protected one by one, and at the")
    print(f"policy's floors {at_floors:,} ({at_floors / total:.0%}).")


if __name__ == "__main__":
    main()
