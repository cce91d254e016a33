"""One run of anjana's k-anonymity, l-diversity or t-closeness on Adult, where anjana is installed.

    python anjana_adult.py FOLDER K LIMIT_PERCENT [--l SENSITIVE L] [--t SENSITIVE T] COLUMN...

anjana goes up for k first, then up further, always the column with the most values, until l or t
holds; it measures t against the file as it then is, with the equal distance for text.

Prints JSON: seconds, loss, left_out, and l or t of what it released where it was asked.
"""

import argparse
import json
import time

import pandas as pd
import pycanon.anonymity
from anjana.anonymity import k_anonymity, l_diversity, t_closeness


def read(folder, columns, sensitive=None):
    wanted = [*columns, *([sensitive] if sensitive else [])]
    rows = pd.read_csv(f"{folder}/adult.csv", sep=";", dtype=str)[wanted]
    hierarchies = {}
    for name in columns:
        lines = pd.read_csv(f"{folder}/adult_hierarchy_{name}.csv", sep=";", header=None, dtype=str)
        hierarchies[name] = {level: lines[level].to_numpy() for level in lines.columns}
    return rows, hierarchies


def loss(released, people, hierarchies):
    """ARX's loss: a cell costs (leaves - 1) / (domain - 1), a person who is missing 1 a cell."""
    total = 0.0
    for name, levels in hierarchies.items():
        domain = len(levels[0])
        leaves = {}
        for forms in levels.values():
            found = pd.Series(forms).value_counts().to_dict()
            leaves = {**found, **leaves}
        costs = released[name].map(lambda form, n=domain, of=leaves: (of[form] - 1) / (n - 1))
        total += (costs.sum() + people - len(released)) / people
    return total / len(hierarchies)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("k", type=int)
    parser.add_argument("percent", type=float)
    parser.add_argument("--l", nargs=2)
    parser.add_argument("--t", nargs=2)
    parser.add_argument("columns", nargs="+")
    return parser.parse_args()


def release(asked, rows, hierarchies):
    columns, k, percent = asked.columns, asked.k, asked.percent
    if asked.l:
        sensitive, least = asked.l
        return l_diversity(rows, [], columns, sensitive, k, int(least), percent, hierarchies)
    if asked.t:
        sensitive, most = asked.t
        return t_closeness(rows, [], columns, sensitive, k, float(most), percent, hierarchies)
    return k_anonymity(rows, [], columns, k, percent, hierarchies)


def main():
    asked = arguments()
    sensitive = (asked.l or asked.t or [None])[0]
    rows, hierarchies = read(asked.folder, asked.columns, sensitive)
    people = len(rows)
    begun = time.perf_counter()
    released = release(asked, rows.copy(), dict(hierarchies))
    seconds = time.perf_counter() - begun
    fresh = read(asked.folder, asked.columns)[1]
    said = {
        "seconds": seconds,
        "loss": loss(released, people, fresh),
        "left_out": people - len(released),
    }
    if asked.l:
        said["l"] = int(pycanon.anonymity.l_diversity(released, asked.columns, [sensitive]))
    if asked.t:
        said["t"] = pycanon.anonymity.t_closeness(released, asked.columns, [sensitive])
    print(json.dumps(said))


if __name__ == "__main__":
    main()
