"""One run of anonypy's Mondrian on Adult, in an interpreter that has anonypy.

    python anonypy_adult.py FOLDER K ROWS COLUMN...

It knows no hierarchies: ages become ranges, everything else sets of values. The loss counts both as
leaves, (values under the form - 1) / (domain - 1). Prints JSON: seconds, loss, people.
"""

import json
import sys
import time
from pathlib import Path

import anonypy
import pandas as pd

SENSITIVE = "nothing"


def read(folder, columns, rows):
    table = pd.read_csv(f"{folder}/adult.csv", sep=";", dtype=str)[columns].head(rows)
    for name in columns:
        table[name] = table[name].astype(int) if name == "age" else table[name].astype("category")
    table[SENSITIVE] = pd.Series("x", index=table.index).astype("category")
    return table


def width(form):
    """Return how many leaves lie under a form, less one: of a range, or of a set of values."""
    text = str(form[0]) if isinstance(form, list) else str(form)
    ends = text.split("-")
    if all(end.isdigit() for end in ends):
        return int(ends[-1]) - int(ends[0])
    return len(text.split(",")) - 1


def loss(released, columns, folder):
    total = 0.0
    people = released["count"].sum()
    for name in columns:
        domain = len(Path(folder, f"adult_hierarchy_{name}.csv").read_text().splitlines())
        total += (released[name].map(width) * released["count"]).sum() / (domain - 1) / people
    return total / len(columns)


def main():
    folder, k, rows, columns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    table = read(folder, columns, rows)
    begun = time.perf_counter()
    released = pd.DataFrame(anonypy.Preserver(table, columns, SENSITIVE).anonymize_k_anonymity(k))
    seconds = time.perf_counter() - begun
    print(
        json.dumps(
            {
                "seconds": seconds,
                "loss": loss(released, columns, folder),
                "people": int(released["count"].sum()),
            }
        )
    )


if __name__ == "__main__":
    main()
