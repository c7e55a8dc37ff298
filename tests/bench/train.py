"""Pipelines of trivial steps in ten chains, beside ninja on the same graph."""
import itertools
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import time

from timing import interleaved, report, timed

CHAINS = 10


def command(source, target):
    return f"cat {source} > {target}"


def steps_of(count):
    """(name, input, output) of `count` steps in CHAINS chains."""
    for chain, place in itertools.product(range(CHAINS), range(count // CHAINS)):
        source = f"in/{chain}.txt" if place == 0 else f"out/{chain}_{place - 1}.txt"
        yield f"s{chain}_{place}", source, f"out/{chain}_{place}.txt"


def write_pipelines(context, count):
    """Fresh folders `ours` and `ninja` with the same graph; returns them and the two commands."""
    ours, peer = context.folder / "ours", context.folder / "ninja"
    for folder in (ours, peer):
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "in").mkdir(parents=True)
        for chain in range(CHAINS):
            (folder / f"in/{chain}.txt").write_text(f"{chain}\n")
    lines = ["project: chains", "params: {seed: 1}", "pipeline:"]
    rules = ["rule run", "  command = $cmd"]
    for name, source, target in steps_of(count):
        # One step in ten reads the param, so that a change of it makes a chain stale.
        params = ", params: [seed]" if name == "s0_0" else ""
        lines.append(f"  {name}: {{run: '{command(source, target)}', in: [{source}], out: [{target}]{params}}}")
        rules += [f"build {target}: run {source}", f"  cmd = {command(source, target)}"]
    (ours / "mlo.yaml").write_text("\n".join(lines) + "\n")
    (peer / "build.ninja").write_text("\n".join(rules) + "\n")
    subprocess.run([context.mlo, "init", "-q"], cwd=ours, env=context.variables, check=True)
    (peer / "out").mkdir()
    return ours, peer


def run_in(folder, *words):
    return ["env", "-C", str(folder), *words]


def train(context, folder, *words):
    return run_in(folder, context.mlo, "train", "-q", *words)


def first_run(context, count, target):
    """A fresh folder each time; both sides one step at a time and then two."""
    for jobs in ("1", "2"):
        times = {"ours": [], "peer": []}
        for _ in range(max(3, min(context.runs, 5))):
            ours, peer = write_pipelines(context, count)
            times["peer"].append(timed(run_in(peer, "ninja", f"-j{jobs}"), context.folder, context.variables, "peer"))
            times["ours"].append(timed(train(context, ours, "-j", jobs), context.folder, context.variables, "ours"))
        report(f"train, first run of {count:,}, -j {jobs}", statistics.median(times["ours"]), statistics.median(times["peer"]), "ninja", target)


def first_runs(context):
    first_run(context, 1000, 2)


def no_op(context):
    """Nothing to do; and what a step of a first run costs, which must not grow with their number."""
    a_step = {}
    for count in (100, 1000, 10000):
        first = []
        for _ in range(1 if count == 10000 else 5):
            ours, peer = write_pipelines(context, count)
            first.append(timed(train(context, ours, "-j", "2"), context.folder, context.variables) / count)
        a_step[count] = statistics.median(first)
        timed(run_in(peer, "ninja", "-j2"), context.folder, context.variables)
        mine, ninja = interleaved(train(context, ours), run_in(peer, "ninja"), context.runs, context.folder, context.variables)
        # The target against ninja is for 100 and 1,000; of 10,000 it asks for a time.
        report(f"train, nothing to do of {count:,}", mine, ninja, "ninja", 3 if count < 10000 else None)
        if count == 10000:
            print(f"{'':34} {mine * 1000:.1f} ms  target ≤ 200 ms: {'reached' if mine <= 0.2 else 'MISSED'}", flush=True)
    grown = a_step[10000] / a_step[100]
    print(f"{'train, a step of 10,000':34} {a_step[10000] * 1000:.2f} ms; of 100 {a_step[100] * 1000:.2f} ms   {grown:.2f} ×"
          f"  target ≤ 1.3 ×: {'reached' if grown <= 1.3 else 'MISSED'}", flush=True)


def one_input(context):
    """One of ten inputs changes: a tenth of 1,000 steps is stale."""
    ours, peer = write_pipelines(context, 1000)
    for folder, words in ((ours, train(context, ours)), (peer, run_in(peer, "ninja"))):
        timed(words, context.folder, context.variables)
    counter = itertools.count(100)

    def change(side):
        ((ours if side == "ours" else peer) / "in/3.txt").write_text(f"{next(counter)}\n")

    for jobs in ("1", "2"):
        mine, ninja = interleaved(train(context, ours, "-j", jobs), run_in(peer, "ninja", f"-j{jobs}"), min(context.runs, 7), context.folder,
                                  context.variables, before=change)
        report(f"train, 100 of 1,000 stale, -j {jobs}", mine, ninja, "ninja", 2)


def put_back(context):
    """A param is put back: mlo restores a chain of 100 outputs, ninja computes it again."""
    ours, peer = write_pipelines(context, 1000)
    for words in (train(context, ours), train(context, ours, "--param", "seed=2"), run_in(peer, "ninja")):
        timed(words, context.folder, context.variables)
    turn = itertools.cycle(("1", "2"))
    counter = itertools.count(100)

    def change(side):
        if side == "peer":
            (peer / "in/0.txt").write_text(f"{next(counter)}\n")
        else:
            text = (ours / "mlo.yaml").read_text().splitlines()
            text[1] = f"params: {{seed: {next(turn)}}}"
            (ours / "mlo.yaml").write_text("\n".join(text) + "\n")

    mine, ninja = interleaved(train(context, ours), run_in(peer, "ninja"), min(context.runs, 9), context.folder, context.variables, before=change)
    report("train, a param put back", mine, ninja, "ninja", 0.5)


def touched(context):
    """Inputs are touched, their content stays: how many steps run."""
    ours, _ = write_pipelines(context, 100)
    timed(train(context, ours), context.folder, context.variables)
    for chain in range(CHAINS):
        os.utime(ours / f"in/{chain}.txt")
    said = subprocess.run([context.mlo, "train", "--json"], cwd=ours, env=context.variables, capture_output=True, text=True, check=True).stdout
    ran = said.count('"status":"ran"')
    print(f"{'train, inputs touched':34} {ran} steps ran  target 0: {'reached' if ran == 0 else 'MISSED'}", flush=True)


def resumed(context):
    """kill -9 at 100 moments within 100 steps of which the first run takes about `whole` seconds; then both go on."""
    ours, peer = write_pipelines(context, 100)
    whole = timed(train(context, ours), context.folder, context.variables)
    times = {"ours": [], "peer": []}
    redone = 0
    for turn in range(min(context.runs * 5, 100)):
        ours, peer = write_pipelines(context, 100)
        process = subprocess.Popen(train(context, ours)[3:], cwd=ours, env=context.variables, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(whole * (0.1 + 0.8 * turn / 100))
        process.send_signal(signal.SIGKILL)
        process.wait()
        made = len(list((ours / "out").glob("*.txt"))) if (ours / "out").exists() else 0
        subprocess.run(["ninja", "-j1", *[f"out/{c}_{p}.txt" for c, p in itertools.islice(itertools.product(range(CHAINS), range(10)), made)]],
                       cwd=peer, stdout=subprocess.DEVNULL, check=True)
        times["peer"].append(timed(run_in(peer, "ninja", "-j1"), context.folder, context.variables, "peer"))
        begin = time.perf_counter()
        said = subprocess.run([context.mlo, "train", "--json"], cwd=ours, env=context.variables, capture_output=True, text=True)
        times["ours"].append(time.perf_counter() - begin)
        if said.returncode:
            sys.exit(f"train after kill -9: exit {said.returncode}\n{said.stderr}")
        redone = max(redone, said.stdout.count('"status":"ran"') - (100 - made))
    report("train, resumed after kill -9", statistics.median(times["ours"]), statistics.median(times["peer"]), "ninja", 2)
    print(f"{'':34} steps redone at most: {redone}  target ≤ 1: {'reached' if redone <= 1 else 'MISSED'}", flush=True)


def parallel(context):
    """20 steps of 50 ms: -j 2 against -j 1."""
    text = ["project: sleepers", "pipeline:"] + [f"  s{i}: {{run: 'sleep 0.05; echo {i} > {i}.txt', out: [{i}.txt]}}" for i in range(20)]
    times = {"1": [], "2": []}
    for _ in range(5):
        for jobs in times:
            folder = context.folder / "sleepers"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            (folder / "mlo.yaml").write_text("\n".join(text) + "\n")
            subprocess.run([context.mlo, "init", "-q"], cwd=folder, env=context.variables, check=True)
            times[jobs].append(timed(train(context, folder, "-j", jobs), context.folder, context.variables))
    gain = statistics.median(times["1"]) / statistics.median(times["2"])
    print(f"{'train -j 2, steps of 50 ms':34} {gain:.2f} × faster than -j 1  target ≥ 1.95 ×: {'reached' if gain >= 1.95 else 'MISSED'}", flush=True)


BENCHES = {"train-first": first_runs, "train-no-op": no_op, "train-one-input": one_input, "train-put-back": put_back,
           "train-touched": touched, "train-resume": resumed, "train-parallel": parallel}
