"""A private group-by by OpenDP's Polars frontend, in an interpreter that has it.

    python opendp_group_by.py FILE.parquet RECORDS MOST

Counts and clipped sums by state, year and kind at epsilon 1 each; at most RECORDS of a person,
amounts clipped to 0 ... MOST; the keys are known. Prints JSON: the median of three rounds, seconds.
"""

import json
import statistics
import sys
import time
import warnings

import opendp.prelude as dp
import polars as pl

KEYS = ["state", "year", "kind"]
dp.enable_features("contrib")
warnings.simplefilter("ignore")


def main():
    file, records, most = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    columns = ["person", *KEYS, pl.col("debt").cast(pl.Int64)]
    data = pl.read_parquet(file).select(columns).lazy()
    keys = data.select(KEYS).unique().collect().lazy()
    taken = [asked(data, keys, records, most) for _ in range(3)]
    print(json.dumps({"seconds": statistics.median(taken)}))


def asked(data, keys, records, most):
    begun = time.perf_counter()
    context = dp.Context.compositor(
        data=data,
        privacy_unit=dp.unit_of(contributions=1, identifier="person"),
        privacy_loss=dp.loss_of(epsilon=2.0),
        split_evenly_over=1,
        margins=[dp.polars.Margin(by=(), max_length=10_000_000)],
    )
    query = (
        context.query()
        .truncate_per_group(records)
        .group_by(KEYS)
        .agg(dp.len(), pl.col("debt").fill_null(0).dp.sum((0, most)))
        .with_keys(keys)
    )
    query.release().collect()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
