"""What the machine can do to mlo: a full disk, read-only and forbidden places, Ctrl-C; with the real binary.

    bad_places.py MLO

A full disk is a small tmpfs in a mount namespace of this test's own; permission bits do not hold for root, so
those parts run as nobody. Where the machine permits neither, the part says so and is left out.
"""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

MLO = str(pathlib.Path(sys.argv[1]).resolve())
MODEL = pathlib.Path(__file__).resolve().parents[1] / "support/models/sum.onnx"
ROOT = os.geteuid() == 0
NOBODY = 65534
LOST_NOTHING = "hint: free some space and run the command again: nothing that was stored is lost"
PROJECT = """
project: demo
pipeline:
  a: {run: cp data/in.csv a.csv, in: [data/in.csv], out: [a.csv]}
  b: {run: cp ready.onnx model.onnx, in: [a.csv, ready.onnx], out: [model.onnx]}
models:
  m: {path: model.onnx, validate: {scan: false}, deliver: {production: {folder: {path: released}}}}
"""
STORY = [["init"], ["track", "data"], ["train", "b"], ["promote", "m", "--to", "production", "-m", "why"]]


def as_nobody():
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def mlo(folder, *arguments, nobody=False, **options):
    variables = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "MLO_ACTOR": "ana", "NO_COLOR": "1"}
    return subprocess.run([PUBLIC if nobody else MLO, *arguments], cwd=folder, env=variables,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
                          preexec_fn=as_nobody if nobody and ROOT else None, **options)


def must(folder, *arguments, code=0, says=(), nobody=False):
    done = mlo(folder, *arguments, nobody=nobody)
    seen = done.stdout + done.stderr
    assert done.returncode == code, f"mlo {' '.join(arguments)}: exit {done.returncode}, not {code}\n{seen}"
    for words in says:
        assert words in seen, f"mlo {' '.join(arguments)} does not say {words!r}:\n{seen}"
    return seen


def furnish(folder):
    (folder / "data").mkdir(parents=True)
    (folder / "home").mkdir()
    (folder / "data/in.csv").write_text("x,y\n" + "1,2\n" * 20_000)
    (folder / "mlo.yaml").write_text(PROJECT)
    shutil.copy(MODEL, folder / "ready.onnx")


def full_disk(top):
    """Each command with 0, 8, 24, … KB left: done, or a clear error; then what was there is whole, and with
    room again the same command is done."""
    disk = top / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)], check=True)
    refused = 0
    try:
        for number, command in enumerate(STORY):
            for left_kb in (0, 8, 24, 48, 80, 128, 192, 256, 384):
                folder = disk / "work"
                furnish(folder)
                for before in STORY[:number]:
                    must(folder, *before)
                with open(disk / "filler", "wb") as filler, contextlib.suppress(OSError):
                    while True:
                        os.write(filler.fileno(), bytes(4096))
                size = (disk / "filler").stat().st_size
                os.truncate(disk / "filler", max(0, size - left_kb * 1024))
                done = mlo(folder, *command)
                place = f"mlo {' '.join(command)} with {left_kb} KB left: exit {done.returncode}\n{done.stderr}"
                assert done.returncode in (0, 7), place
                if number and left_kb == 0:
                    # What is there can be read all the same.
                    for reading in (["log"], ["status"], ["audit", "verify"]):
                        must(folder, *reading)
                if done.returncode == 7:
                    refused += 1
                    # A step of the pipeline that finds no room fails by itself, in its own words.
                    assert LOST_NOTHING in done.stderr or "No space left on device" in done.stderr, place
                (disk / "filler").unlink()
                if number:
                    must(folder, "audit", "verify")
                elif done.returncode:
                    assert not (folder / ".mlo").exists(), place
                if done.returncode:
                    must(folder, *command)
                must(folder, "audit", "verify")
                assert not list((folder / ".mlo").glob("*.tmp")), place
                shutil.rmtree(folder)
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    assert refused >= 8, f"only {refused} commands met the full disk"
    return f"{refused} commands met a full disk, none lost anything"


def read_only_mount(top):
    """A repository on a read-only file system can be read; writing is refused with the reason."""
    folder = top / "mounted"
    furnish(folder)
    for command in STORY:
        must(folder, *command)
    must(folder, "untrack", "data")
    must(folder, "track", "data/in.csv")
    killed = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "MLO_ACTOR": "ana", "MLO_CRASH_AT": "run.step"}
    assert subprocess.run([MLO, "train", "--force", "-q"], cwd=folder, env=killed, check=False).returncode == -signal.SIGKILL
    must(folder, "status")  # takes into the database what the killed one had only logged
    with open(folder / "data/in.csv", "a", encoding="utf-8") as table:
        table.write("3,4\n")
    subprocess.run(["mount", "--bind", str(folder), str(folder)], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
    try:
        for reading in (["audit", "verify"], ["audit", "log"], ["log"], ["models", "list"], ["runs", "list"],
                        ["lineage", "model.onnx"], ["status"]):
            must(folder, *reading)
        must(folder, "diff", says=["20,000  20,001"])
        # Nobody can record here that the last run was cut off; it is told all the same.
        must(folder, "runs", "list", "status = interrupted", says=["interrupted"])
        for writing in (["track", "data"], ["train"], ["checkout", "--force"]):
            must(folder, *writing, code=6, says=["hint: its file system is mounted read-only"])
    finally:
        subprocess.run(["umount", str(folder)], check=True)
    must(folder, "audit", "verify")
    return "a read-only file system: read, and not written"


def forbidden_places(top):
    folder = top / "forbidden"
    furnish(folder)
    ours = {"nobody": True}
    if ROOT:
        subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", str(folder)], check=True)
    must(folder, "init", **ours)
    hint = ["Permission denied", "hint: see who may: namei -l '"]

    with shut(folder / "data/in.csv"):
        must(folder, "track", "data/in.csv", code=6, says=hint, **ours)
        must(folder, "profile", "data/in.csv", code=6, **ours)
    with shut(folder / "data"):
        must(folder, "track", "data", code=6, says=["hint: see who may: namei -l '"], **ours)
    must(folder, "track", "data", **ours)
    with shut(folder / "mlo.yaml"):
        must(folder, "train", code=6, says=hint, **ours)
    with shut(folder / ".mlo/mlo.db"):
        must(folder, "log", code=6, says=["hint: see who may: namei -l '"], **ours)
    with shut(folder / ".mlo", 0o555):
        must(folder, "audit", "verify", **ours)
        must(folder, "audit", "log", **ours)
    with shut(folder, 0o555):
        must(folder, "profile", "data/in.csv", "--html", "out.html", code=6, says=hint, **ours)
    homeless = top / "homeless"
    (homeless / "home").mkdir(parents=True)
    if ROOT:
        os.chown(homeless, NOBODY, NOBODY)
    with shut(homeless / "home", 0o555):
        must(homeless, "init", code=7, says=["hint: export XDG_CONFIG_HOME=FOLDER"], **ours)
        assert not (homeless / ".mlo").exists(), "a half-made repository was left behind"
    (folder / "data/in.csv").unlink()
    with shut(folder / "data", 0o555):
        # Which file, and which folder: not the name that it has until it is whole.
        must(folder, "checkout", "data", code=6,
             says=[f"cannot write 'in.csv' into the folder '{folder}/data': Permission denied", "namei -l"], **ours)
    must(folder, "checkout", "data", **ours)
    outside = top / "closed"
    outside.mkdir(mode=0o555)
    must(folder, "init", str(outside), code=6, says=hint, **ours)
    must(folder, "audit", "verify", **ours)
    must(folder, "train", "b", **ours)
    return "forbidden files and folders: each refused with the place to look at"


@contextlib.contextmanager
def shut(path, mode=0):
    before = path.stat().st_mode & 0o7777
    path.chmod(mode)
    try:
        yield
    finally:
        path.chmod(before)


def interrupted(top):
    """Ctrl-C while a command works: exit 130 within a second or so, and the next one finds all as it was."""
    folder = top / "stopped"
    furnish(folder)
    must(folder, "init")
    must(folder, "track", "data/in.csv")
    big = folder / "big"
    big.mkdir()
    for number in range(40):
        (big / f"{number}.bin").write_bytes(os.urandom(1 << 20) * 4)
    (folder / "wide.csv").write_text("x,y\n" + "".join(f"{n},{n % 7}\n" for n in range(400_000)))
    stopped = 0
    for command in (["track", "big"], ["track", "wide.csv"], ["validate"], ["profile", "wide.csv"]):
        for delay_s in (0.02, 0.1, 0.3):
            variables = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "MLO_ACTOR": "ana"}
            process = subprocess.Popen([MLO, *command], cwd=folder, env=variables, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            time.sleep(delay_s)
            process.send_signal(signal.SIGINT)
            asked = time.monotonic()
            _, said = process.communicate(timeout=60)
            place = f"mlo {' '.join(command)} stopped after {delay_s} s: exit {process.returncode}\n{said}"
            # Before the handler stands the kernel ends it; after its last step it is simply done.
            assert process.returncode in (0, 1, 130, -signal.SIGINT), place
            if process.returncode == 130:
                stopped += 1
                assert "interrupted" in said, place
            assert time.monotonic() - asked < 20, place
            must(folder, "audit", "verify")
            assert not list((folder / ".mlo/objects").rglob("*tmp*")), place
            assert not list((folder / ".mlo").glob("*.tmp")), place
    assert stopped >= 2, f"only {stopped} commands were stopped"
    must(folder, "track", "big", "wide.csv")
    must(folder, "status")
    return f"{stopped} commands stopped by Ctrl-C, nothing left behind"


def stopped_in_one_file(top):
    """Ctrl-C within one large file: the rest of it is not waited for, and nothing of it stays."""
    folder = top / "large"
    furnish(folder)
    must(folder, "init")
    large = folder / "large.bin"
    large.touch()

    def press(*command):
        variables = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "MLO_ACTOR": "ana"}
        process = subprocess.Popen([MLO, *command], cwd=folder, env=variables, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        asked = time.monotonic()
        _, said = process.communicate(timeout=60)
        took_s = time.monotonic() - asked
        place = f"mlo {' '.join(command)}: exit {process.returncode} {took_s:.1f} s after Ctrl-C\n{said}"
        assert process.returncode == 130 and "interrupted" in said and took_s < 2, place
        assert not list((folder / ".mlo/objects").rglob("*tmp*")), place
        assert not list(folder.glob(".mlo-restore-*")), place

    os.truncate(large, 8 << 30)
    press("track", "large.bin")
    must(folder, "log", says=["Nothing is recorded yet"])
    os.truncate(large, 2 << 30)
    must(folder, "track", "large.bin")
    large.unlink()
    press("checkout")
    assert not large.exists(), "half a file was put in place"
    must(folder, "fsck")
    return "Ctrl-C within one large file: stopped there, nothing left behind"


def inside_a_namespace():
    """Runs this test again where it may mount, and says whether that could be had."""
    ask = ["unshare", "-m"] if ROOT else ["unshare", "-rm"]
    with tempfile.TemporaryDirectory() as trial:
        if subprocess.run([*ask, "mount", "-t", "tmpfs", "tmpfs", trial], capture_output=True).returncode:
            return None
    return subprocess.run([*ask, sys.executable, __file__, MLO, "mounts"]).returncode


def main():
    global PUBLIC
    with tempfile.TemporaryDirectory(prefix="mlo-places-") as top:
        top = pathlib.Path(top).resolve()
        top.chmod(0o755)
        # nobody may not read a build folder below /root.
        PUBLIC = shutil.copy(MLO, top / "mlo") if ROOT else MLO
        parts = (full_disk, read_only_mount) if sys.argv[2:] == ["mounts"] else (
            forbidden_places, interrupted, stopped_in_one_file)
        for part in parts:
            try:
                print(part(top), flush=True)
            except AssertionError as problem:
                sys.exit(f"{part.__name__}: {problem}")
    if not sys.argv[2:]:
        code = inside_a_namespace()
        if code is None:
            print("left out: full disk and read-only mount, since this machine lets us mount nothing")
        sys.exit(code or 0)


main()
