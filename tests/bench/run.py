"""Ours and the peer (or the raw limit) in one run, in turn; prints the medians, their ratio and the target.

    tests/bench/run.py [--binary build/release/mlo] [--runs 21] [NAME...]

Nothing here runs in the gate: timings of a busy machine prove nothing.
"""
import argparse
import os
import pathlib
import platform
import re
import resource
import statistics
import subprocess
import sys
import tempfile

import data
import ledger
import ledger_proof
import runs
import store
import tracking
import train
from timing import interleaved, report

ROOT = pathlib.Path(__file__).resolve().parents[2]


def start_up(context):
    ours, peer = interleaved([context.mlo, "--version"], ["git", "--version"], max(context.runs, 101), context.folder,
                             context.variables)
    report("start-up (--version)", ours, peer, "git --version", 2)


def quickstart(context):
    """The README's loop: wall time of its mlo commands less the user's own Python in them. The peer (DVC, MLflow,
    Evidently: 78–144 s) is too long for a run of this; the limit is the 3 s that the project set itself."""
    spent_s, python_s = [], []
    for turn in range(min(context.runs, 5)):
        done = subprocess.run([ROOT / "examples/quickstart.sh", "--binary", context.mlo, context.folder / str(turn)],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        last = re.search(r"commands; mlo ([\d.]+) s, the user's own Python ([\d.]+) s", done.stdout)
        if done.returncode or not last:
            sys.exit(f"quickstart: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        spent_s.append(float(last[1]))
        python_s.append(float(last[2]))
    ours = statistics.median(spent_s)
    print(f"{'quickstart, mlo alone':34} mlo {ours * 1000:9.2f} ms   the user's Python {statistics.median(python_s):.2f} s beside it"
          f"   target ≤ 3 s: {'reached' if ours <= 3 else 'MISSED'}")


BENCHES = {"start-up": start_up, **store.BENCHES, **train.BENCHES, **data.BENCHES, **runs.BENCHES, **ledger.BENCHES, **ledger_proof.BENCHES, **tracking.BENCHES,
           "quickstart": quickstart}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=ROOT / "build/release/mlo", type=pathlib.Path)
    parser.add_argument("--runs", default=21, type=int)
    parser.add_argument("--raw", default=ROOT / "build/dev/tests/bench_raw", type=pathlib.Path, help="the raw limits, target bench_raw of the dev build")
    parser.add_argument("--ledger", default=ROOT / "build/release/tests/bench_ledger", type=pathlib.Path, help="target bench_ledger of the release build")
    parser.add_argument("--raw-runs", default=ROOT / "build/dev/tests/bench_runs", type=pathlib.Path, help="makes runs, target bench_runs of the dev build")
    parser.add_argument("--mlflow", help="the Python of an environment with MLflow, the peer of runs")
    parser.add_argument("names", nargs="*")
    context = parser.parse_args()
    context.mlo = str(context.binary.resolve())
    context.raw = str(context.raw.resolve())
    context.ledger = str(context.ledger.resolve())
    context.raw_runs = str(context.raw_runs.resolve())
    unknown = set(context.names) - set(BENCHES)
    if unknown:
        sys.exit(f"no benchmark {', '.join(sorted(unknown))}; there are: {', '.join(BENCHES)}")
    print(f"{platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}")
    for name, bench in BENCHES.items():
        if context.names and name not in context.names:
            continue
        with tempfile.TemporaryDirectory(prefix="mlo-bench-") as top:
            context.folder = pathlib.Path(top)
            context.variables = {**os.environ, "HOME": top, "MLO_ACTOR": "bench", "GIT_CONFIG_GLOBAL": "/dev/null"}
            bench(context)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"largest process: {peak:.0f} MiB")


main()
