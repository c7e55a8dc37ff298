"""What mlo's hooks add to `git commit` and `git checkout` when nothing changed on 10,000 tracked files.

    tests/bench/hooks.py [--binary build/release/mlo] [--runs 21] [--files 10000]

Two clones of one repository, one with hooks and one without, in turn in one run; medians, their difference, the target.
"""
import argparse
import os
import pathlib
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET_MS = 30


def run(command, folder, variables):
    begin = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=variables, stdin=subprocess.DEVNULL, capture_output=True)
    spent = time.perf_counter() - begin
    if done.returncode:
        sys.exit(f"{command}: exit {done.returncode}\n{done.stdout.decode()}{done.stderr.decode()}")
    return spent * 1000


def make(folder, files, variables):
    folder.mkdir()
    git = ["git", "-c", "init.defaultBranch=trunk"]
    run([*git, "init", "-q"], folder, variables)
    for key, value in (("user.name", "Ana"), ("user.email", "ana@example.org"), ("gc.auto", "0")):
        run(["git", "config", key, value], folder, variables)
    source = random.Random(7)
    data = folder / "data"
    for number in range(files):
        part = data / f"{number // 500:02}"
        part.mkdir(parents=True, exist_ok=True)
        (part / f"{number}.bin").write_bytes(source.randbytes(source.randint(100, 2000)))
    (folder / ".gitignore").write_text("/data\n")
    run(["mlo", "init", "-q"], folder, variables)
    run(["mlo", "track", "data", "-q"], folder, variables)
    run(["git", "add", "."], folder, variables)
    run(["git", "commit", "-qm", "first"], folder, variables)
    run(["git", "branch", "side"], folder, variables)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--binary", default=ROOT / "build/release/mlo", type=pathlib.Path)
    options.add_argument("--runs", default=21, type=int)
    options.add_argument("--files", default=10_000, type=int)
    options = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="mlo-hooks-") as top:
        top = pathlib.Path(top)
        (top / "bin").mkdir()
        shutil.copy(options.binary, top / "bin/mlo")
        variables = {"PATH": f"{top}/bin:{os.environ['PATH']}", "HOME": str(top), "GIT_CONFIG_GLOBAL": "/dev/null",
                     "MLO_ACTOR": "ana"}
        folders = {"without": top / "without", "with": top / "with"}
        for side, folder in folders.items():
            make(folder, options.files, variables)
            if side == "with":
                run(["mlo", "hooks", "install", "-q"], folder, variables)
                run(["git", "add", ".gitattributes"], folder, variables)
                run(["git", "commit", "-qm", "hooks"], folder, variables)
                run(["git", "branch", "-f", "side"], folder, variables)
        missed = False
        for name, commands in (("git commit", [["git", "commit", "-q", "--allow-empty", "-m", "again"]]),
                               ("git checkout", [["git", "checkout", "-q", "side"], ["git", "checkout", "-q", "trunk"]])):
            times = {"without": [], "with": []}
            for turn in range(options.runs + 1):
                for side, folder in folders.items():
                    spent = sum(run(command, folder, variables) for command in commands) / len(commands)
                    if turn:
                        times[side].append(spent)
            plain, hooked = (statistics.median(times[side]) for side in ("without", "with"))
            missed |= hooked - plain > TARGET_MS
            print(f"{name:14} without {plain:6.1f} ms   with hooks {hooked:6.1f} ms   added {hooked - plain:5.1f} ms   "
                  f"target < {TARGET_MS} ms: {'reached' if hooked - plain < TARGET_MS else 'MISSED'}")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"{options.files} files, {options.runs} runs each; largest process {peak:.0f} MiB")
        sys.exit(missed)


main()
