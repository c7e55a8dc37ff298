"""Kills the real binary (SIGKILL) at every durable step of init, track, train and promote, as a power cut would.

    kill.py MLO

For each command the story before it is replayed, the command is run with MLO_CRASH_AT=<step>:<n> for n = 1, 2, …
until a run survives, and after each death: the ledger verifies, status answers, what was recorded before can be
put back, and the same command, typed again, completes.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

MLO = str(pathlib.Path(sys.argv[1]).resolve())
MODEL = pathlib.Path(__file__).resolve().parents[1] / "support/models/sum.onnx"
STEPS = ["key.rename", "exclude.rename", "object.rename", "lock.rename", "ledger.commit", "format.rename", "project.rename", "ignore.rename",
         "schema.rename", "restore.rename", "deliver.rename", "run.begin", "run.step", "run.secure", "run.close"]
PROJECT = """
project: demo
params: {seed: 1}
pipeline:
  a: {run: cp data/in.csv a.csv, in: [data/in.csv], out: [a.csv], params: [seed]}
  b: {run: cp ready.onnx model.onnx, in: [a.csv, ready.onnx], out: [model.onnx]}
models:
  m: {path: model.onnx, validate: {scan: false}, deliver: {production: {folder: {path: released}}}}
"""
STORY = [["init"], ["track", "data"], ["train", "b"], ["promote", "m", "--to", "production", "-m", "why"],
         ["checkout", "--force"]]


def mlo(folder, *arguments, crash=None):
    variables = {**os.environ, "HOME": str(folder / "home"), "MLO_ACTOR": "ana", "NO_COLOR": "1"}
    variables.pop("XDG_CONFIG_HOME", None)
    if crash:
        variables["MLO_CRASH_AT"] = crash
    return subprocess.run([MLO, *arguments], cwd=folder, env=variables, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=60)


def must(folder, *arguments, codes=(0,)):
    done = mlo(folder, *arguments)
    assert done.returncode in codes, f"mlo {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def prepare(top, upto):
    """A fresh folder in which the story up to command number `upto` has been told."""
    folder = pathlib.Path(tempfile.mkdtemp(dir=top))
    (folder / "data").mkdir()
    (folder / "data/in.csv").write_text("x,y\n1,2\n3,4\n")
    (folder / "mlo.yaml").write_text(PROJECT)
    shutil.copy(MODEL, folder / "ready.onnx")
    for command in STORY[:upto]:
        must(folder, *command)
    if STORY[upto] == ["checkout", "--force"]:
        shutil.rmtree(folder / "data")
        (folder / "a.csv").unlink()
    return folder


def look_after(folder, number, place):
    if number == 0 and not (folder / ".mlo/format").exists():
        # A half-made repository says so, and is out of the way with one command.
        assert mlo(folder, "status").returncode in (3, 5), place
        shutil.rmtree(folder / ".mlo", ignore_errors=True)
    else:
        must(folder, "audit", "verify")
        must(folder, "status")
    must(folder, *STORY[number], codes=(0, 4) if number == 0 else (0,))
    must(folder, "audit", "verify")
    if number >= 2:
        must(folder, "checkout", "--force")
    assert not list((folder / ".mlo").glob("*.tmp")), place


def main():
    deaths = 0
    with tempfile.TemporaryDirectory(prefix="mlo-crash-") as top:
        for number, command in enumerate(STORY):
            base = prepare(top, number)
            for step in STEPS:
                for count in range(1, 40):
                    folder = pathlib.Path(tempfile.mkdtemp(dir=top)) / "copy"
                    shutil.copytree(base, folder, symlinks=True)
                    place = f"mlo {' '.join(command)} at {step}:{count}"
                    done = mlo(folder, *command, crash=f"{step}:{count}")
                    if done.returncode != -signal.SIGKILL:
                        assert done.returncode == 0, f"{place}: exit {done.returncode}\n{done.stderr}"
                        break
                    deaths += 1
                    try:
                        look_after(folder, number, place)
                    except AssertionError as problem:
                        sys.exit(f"after {place}: {problem}")
    print(f"{deaths} deaths, each survived")
    sys.exit(deaths < 20)


main()
