"""Run the benchmarks and print one table.

    python tests/benchmarks/run.py [NAME ...] [--quick] [--peer-python PATH]

NAME is `search`, `corridor`, ...: all of them when none is given. Each runs in a process of its
own, one after the other. Other work on the machine only ever adds time: run it when it is idle.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from figures import from_lines, print_table

FOLDER = Path(__file__).parent
SCRIPTS = {file.stem.removeprefix("bench_"): file for file in sorted(FOLDER.glob("bench_*.py"))}
WITH_PEERS = ("aggregates", "local", "measure", "search")


def measure(names, options):
    """Yield every figure of the chosen benchmarks, as they come.

    Raises:
        SystemExit: one of them failed; what it said is on stderr.
    """
    for name in names:
        peer = ["--peer-python", options.peer_python] if options.peer_python else []
        command = [sys.executable, SCRIPTS[name], "--json", *(peer if name in WITH_PEERS else ())]
        command += ["--quick"] if options.quick else []
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
            yield from from_lines(running.stdout)
        if running.returncode:
            sys.exit(f"the benchmark {name} ended with status {running.returncode}")


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description="Run benchmarks and print one table.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SCRIPTS)}")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: do they run?")
    parser.add_argument("--peer-python", help="an interpreter that has anjana, anonypy and pycanon")
    options = parser.parse_args()
    unknown = set(options.names) - set(SCRIPTS)
    if unknown:
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there is: {', '.join(SCRIPTS)}")
    print_table(measure(options.names or SCRIPTS, options))


if __name__ == "__main__":
    main()
