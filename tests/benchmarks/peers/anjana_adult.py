"""One run of anjana's k-anonymity on Adult, in an interpreter that has anjana.

    python anjana_adult.py FOLDER K LIMIT_PERCENT COLUMN...

Prints JSON: seconds, loss, left_out.
"""

import json
import sys
import time

import pandas as pd
from anjana.anonymity import k_anonymity


def read(folder, columns):
    rows = pd.read_csv(f"{folder}/adult.csv", sep=";", dtype=str)[columns]
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


def main():
    folder, k, percent, columns = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4:]
    rows, hierarchies = read(folder, columns)
    people = len(rows)
    begun = time.perf_counter()
    released = k_anonymity(rows.copy(), [], columns, k, percent, dict(hierarchies))
    seconds = time.perf_counter() - begun
    fresh = read(folder, columns)[1]
    print(
        json.dumps(
            {
                "seconds": seconds,
                "loss": loss(released, people, fresh),
                "left_out": people - len(released),
            }
        )
    )


if __name__ == "__main__":
    main()
