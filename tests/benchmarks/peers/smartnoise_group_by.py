"""A private group-by by SmartNoise SQL, in an interpreter that has it.

    python smartnoise_group_by.py FILE.parquet RECORDS MOST

Counts and clipped sums by state, year and kind at epsilon 1 each; at most RECORDS of a person,
amounts clipped to 0 ... MOST; rare keys aren't censored. Prints JSON: seconds of one round.
"""

import json
import sys
import time
import warnings

import pandas as pd
import snsql

warnings.simplefilter("ignore")
KEYS = ("state", "period", "kind")
QUERY = "SELECT {keys}, COUNT(*) AS n, SUM(debt) AS s FROM bench.debts GROUP BY {keys}"


def main():
    file, records, most = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    rows = pd.read_parquet(file).rename(columns={"year": "period"})  # `year` is a word of its SQL
    columns = {name: {"type": "string"} for name in KEYS}
    table = {
        "max_ids": records,
        "censor_dims": False,
        "clamp_counts": False,
        "row_privacy": False,
        "person": {"type": "int", "private_id": True},
        **columns,
        "debt": {"type": "int", "lower": 0, "upper": most},
    }
    privacy = snsql.Privacy(epsilon=1.0, delta=1e-6)
    reader = snsql.from_df(rows, privacy=privacy, metadata={"": {"bench": {"debts": table}}})
    begun = time.perf_counter()
    reader.execute(QUERY.format(keys=", ".join(KEYS)))
    print(json.dumps({"seconds": time.perf_counter() - begun}))


if __name__ == "__main__":
    main()
