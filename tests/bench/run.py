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
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def timed(command, folder, variables):
    begin = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=variables, stdin=subprocess.DEVNULL, capture_output=True)
    spent = time.perf_counter() - begin
    if done.returncode:
        sys.exit(f"{command}: exit {done.returncode}\n{done.stderr.decode()}")
    return spent


def interleaved(ours, peer, runs, folder, variables, before=None):
    """Medians of `ours` and `peer`, run in turn after one warm-up each; `before(side)` sets the stage."""
    times = {"ours": [], "peer": []}
    for turn in range(runs + 1):
        for side, command in (("ours", ours), ("peer", peer)):
            if before:
                before(side)
            spent = timed(command, folder, variables)
            if turn:
                times[side].append(spent)
    return statistics.median(times["ours"]), statistics.median(times["peer"])


def report(name, ours, peer, peer_name, target):
    ratio = ours / peer
    verdict = "" if target is None else f"  target ≤ {target} ×: {'reached' if ratio <= target else 'MISSED'}"
    print(f"{name:34} mlo {ours * 1000:9.2f} ms   {peer_name} {peer * 1000:9.2f} ms   {ratio:5.2f} ×{verdict}")


def start_up(context):
    ours, peer = interleaved([context.mlo, "--version"], ["git", "--version"], max(context.runs, 101), context.folder,
                             context.variables)
    report("start-up (--version)", ours, peer, "git --version", 2)


def small_files(context):
    """1,000 files of 1–20 KB into a new store, durable; the raw limit of a copy beside it. First form: one fsync a file."""
    data = context.folder / "data"
    data.mkdir()
    for number in range(1000):
        (data / f"{number}.bin").write_bytes(os.urandom(1000 + number * 19))

    def before(side):
        shutil.rmtree(context.folder / ".mlo", ignore_errors=True)
        (context.folder / "mlo.lock").unlink(missing_ok=True)
        shutil.rmtree(context.folder / "copy", ignore_errors=True)
        if side == "ours":
            timed([context.mlo, "init"], context.folder, context.variables)

    ours, peer = interleaved([context.mlo, "track", "data"], ["sh", "-c", "cp -r data copy && sync copy"],
                             min(context.runs, 5), context.folder, context.variables, before)
    report("track 1,000 files, new store", ours, peer, "cp -r, sync", None)


def no_op_status(context):
    """`mlo status` with nothing changed beside `git status` on the same 1,000 files."""
    data = context.folder / "data"
    data.mkdir(exist_ok=True)
    for number in range(1000):
        (data / f"{number}.bin").write_bytes(b"x" * (1000 + number))
    shutil.rmtree(context.folder / ".mlo", ignore_errors=True)
    for command in (["git", "init", "-q"], ["git", "add", "data"], [context.mlo, "init"], [context.mlo, "track", "data"]):
        timed(command, context.folder, context.variables)
    time.sleep(0.1)
    ours, peer = interleaved([context.mlo, "status"], ["git", "status"], context.runs, context.folder, context.variables)
    report("status, 1,000 files unchanged", ours, peer, "git status", None)


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


BENCHES = {"start-up": start_up, "small-files": small_files, "status": no_op_status, "quickstart": quickstart}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=ROOT / "build/release/mlo", type=pathlib.Path)
    parser.add_argument("--runs", default=21, type=int)
    parser.add_argument("names", nargs="*")
    context = parser.parse_args()
    context.mlo = str(context.binary.resolve())
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
