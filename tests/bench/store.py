"""Store and workspace beside the raw limit, git, cp, sha256sum and restic (where it is installed)."""
import os
import random
import shutil
import subprocess
import sys
import time

from timing import interleaved, peak_kib, report, report_share, timed

RUNS = 5


def small_files(context, count=10_000):
    """Files of 1–20 KB, as many in each of a hundred folders."""
    shuffled = random.Random(1)
    data = context.folder / "data"
    for number in range(count):
        folder = data / f"{number % 100:02}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.bin").write_bytes(shuffled.randbytes(shuffled.randint(1000, 20000)))


def forget(context):
    shutil.rmtree(context.folder / ".mlo", ignore_errors=True)
    (context.folder / "mlo.lock").unlink(missing_ok=True)
    timed([context.mlo, "init"], context.folder, context.variables)


def settle(context, *commands):
    for command in commands:
        timed(command, context.folder, context.variables)
    # What was written in this tick of the clock is looked at again (git's racy-clean rule, in git too).
    time.sleep(0.1)


def git(context, *arguments):
    # What tidies up behind our back writes into the folder while it is removed.
    return ["git", "-c", "user.name=b", "-c", "user.email=b@localhost", "-c", "gc.auto=0", "-c", "maintenance.auto=false", *arguments]


def track_new(context):
    small_files(context)
    ours, peer = interleaved([context.mlo, "track", "data"], [context.raw, "append", "data", "out"], RUNS, context.folder,
                             context.variables, lambda side: forget(context) if side == "ours" else None)
    report("track 10,000 files, new store", ours, peer, "read, SHA-256, append, sync", 1.5)
    if not shutil.which("restic"):
        return print("  restic is not installed: .ci/setup --bench")
    variables = {**context.variables, "RESTIC_PASSWORD": "bench", "RESTIC_REPOSITORY": str(context.folder / "restic")}

    def before(side):
        if side == "ours":
            return forget(context)
        shutil.rmtree(context.folder / "restic", ignore_errors=True)
        timed(["restic", "init", "-q"], context.folder, variables)
    ours, peer = interleaved([context.mlo, "track", "data"], ["restic", "backup", "-q", "data"], RUNS, context.folder, variables, before)
    report("the same", ours, peer, "restic backup", 0.125)


def oxen_add():
    """Oxen's command line is not among its packages; its library is, and importing it costs 0.1 s of what follows."""
    program = "import oxen; repository = oxen.Repo('.'); repository.init(); repository.add('data')"
    python = os.environ.get("MLO_BENCH_PYTHON", sys.executable)
    return [python, "-c", program] if subprocess.run([python, "-c", "import oxen"], capture_output=True).returncode == 0 else None


def peers(context):
    """The same 10,000 files, added by those who keep data beside git; one turn each is enough for what takes seconds."""
    small_files(context)
    begun = [["git", "init", "-q"]]
    sides = {
        "dvc add": ("dvc", [*begun, ["dvc", "init", "-q"], ["dvc", "config", "core.analytics", "false"]], ["dvc", "add", "-q", "data"]),
        "git add with git-lfs": ("git-lfs", [*begun, ["git", "lfs", "install", "--local"], ["git", "lfs", "track", "data/**"]], ["git", "add", "."]),
        "git annex add": ("git-annex", [*begun, git(context, "annex", "init", "-q")], git(context, "annex", "add", "-q", "data")),
        "oxen add": (oxen_add() and "git", begun, oxen_add()),
    }
    for name, (program, beginning, command) in sides.items():
        if not program or not shutil.which(program):
            print(f"  {name}: not installed")
            continue
        place = context.folder / "peer"

        def before(side):
            if side == "ours":
                return forget(context)
            subprocess.run(["chmod", "-R", "u+w", place], stderr=subprocess.DEVNULL)
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(context.folder / "data", place / "data")
            for step in beginning:
                timed(step, place, context.variables)
            os.sync()
        there = ["sh", "-c", 'cd peer && exec "$@"', "-", *command]
        ours, peer = interleaved([context.mlo, "track", "data"], there, 3, context.folder, context.variables, before)
        report("track 10,000 files, new store", ours, peer, name, 0.05)


def sparse(context):
    """A file of 100 GB that is one hole: constant memory, and nothing but its name to store."""
    with open(context.folder / "sparse.bin", "wb") as file:
        file.truncate(100 << 30)
    forget(context)
    peak_kib.update(ours=0)
    spent = timed([context.mlo, "track", "sparse.bin"], context.folder, context.variables, "ours")
    report_share("track a sparse file of 100 GiB: memory", peak_kib["ours"] / 1024, 64, "MiB")
    print(f"  in {spent:.1f} s, {stored(context.folder / '.mlo/objects') / 1e6:.1f} MB stored")


def no_op(context):
    for count in (10_000, 100_000):
        data = context.folder / "data"
        shutil.rmtree(data, ignore_errors=True)
        shutil.rmtree(context.folder / ".git", ignore_errors=True)
        for number in range(count):
            folder = data / f"{number % (count // 100):03}"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{number}.bin").write_bytes(b"%d" % number)
        forget(context)
        settle(context, ["git", "init", "-q"], ["git", "add", "data"], git(context, "commit", "-qm", "all"), [context.mlo, "track", "data"])
        settle(context, [context.mlo, "status"], ["git", "status"])
        ours, peer = interleaved([context.mlo, "status"], ["git", "status"], 11, context.folder, context.variables)
        report(f"status, {count:,} files unchanged", ours, peer, "git status", 0.9)
        if count == 10_000:
            turn = iter(range(1000))
            edit = lambda side: (data / "000/0.bin").write_bytes(b"edit %d" % next(turn)) if side == "ours" else None
            ours, peer = interleaved([context.mlo, "track", "data"], ["git", "status"], 11, context.folder, context.variables, edit)
            report("track again, one file changed", ours, peer, "git status", 3)


def checkout(context):
    small_files(context)
    forget(context)
    settle(context, [context.mlo, "track", "data"], ["cp", "-r", "data", "source"])

    def before(side):
        shutil.rmtree(context.folder / ("data" if side == "ours" else "copy"), ignore_errors=True)
        os.sync()
    ours, peer = interleaved([context.mlo, "checkout", "data"], ["cp", "-r", "source", "copy"], RUNS, context.folder, context.variables, before)
    report("checkout of 10,000 files", ours, peer, "cp -r", 1.2)


def large_file(context):
    with open(context.folder / "large.bin", "wb") as large:
        for _ in range(2048):
            large.write(os.urandom(1 << 20))
    clear = lambda side: (forget(context) if side == "ours" else (context.folder / "copy").unlink(missing_ok=True), os.sync())
    ours, copy = interleaved([context.mlo, "track", "large.bin"], ["sh", "-c", "cp large.bin copy && sync copy"], RUNS, context.folder,
                             context.variables, clear)
    _, hashing = interleaved(["true"], ["sha256sum", "large.bin"], 3, context.folder, context.variables)
    report("track one random file of 2 GiB", ours, max(copy, hashing), "slower of sha256sum, cp + sync", 1.1)

    def before(side):
        (context.folder / ("large.bin" if side == "ours" else "copy")).unlink(missing_ok=True)
        os.sync()
    shutil.copy(context.folder / "large.bin", context.folder / "source")
    ours, copy = interleaved([context.mlo, "checkout", "large.bin"], ["cp", "source", "copy"], RUNS, context.folder, context.variables, before)
    report("checkout of that file", ours, copy, "cp", 1.1)


def rows(first, count, shuffled):
    return "".join(f"{first + row},{shuffled.randrange(100000)},{shuffled.random():.6f},{shuffled.choice('abcdef')}\n" for row in range(count))


def stored(folder):
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def table_versions(context):
    """A CSV of 254 MB; then 1 % of rows more and 0.1 % in one block edited."""
    shuffled = random.Random(3)
    table = context.folder / "table.csv"
    first = "id,a,b,c\n" + "".join(rows(part * 100_000, 100_000, shuffled) for part in range(98))
    half, block = len(first) // 2, len(first) // 1000
    edited = "".join(shuffled.choice("0123456789") if c.isdigit() else c for c in first[half:half + block])
    (context.folder / "first").write_text(first)
    (context.folder / "second").write_text(first[:half] + edited + first[half + block:] + rows(10_000_000, 98_000, shuffled))
    size = len(first)
    del first, edited  # a child's peak begins with what its parent holds
    variables = {**context.variables, "RESTIC_PASSWORD": "bench", "RESTIC_REPOSITORY": str(context.folder / "restic")}
    peer_there = shutil.which("restic") is not None
    times = {"ours": [[], []], "peer": [[], []]}
    grown = {}
    for _ in range(RUNS):
        for side in ("ours", "peer") if peer_there else ("ours",):
            if side == "ours":
                forget(context)
                place, command = context.folder / ".mlo/objects", [context.mlo, "track", "table.csv"]
            else:
                shutil.rmtree(context.folder / "restic", ignore_errors=True)
                timed(["restic", "init", "-q"], context.folder, variables)
                place, command = context.folder / "restic", ["restic", "backup", "-q", "table.csv"]
            before = stored(place) if place.exists() else 0
            for number, version in enumerate(("first", "second")):
                shutil.copy(context.folder / version, table)
                os.sync()
                times[side][number].append(timed(command, context.folder, variables, side))
                after = stored(place)
                grown[side, number] = 100 * (after - before) / size
                before = after
    report_share("store of a 254 MB CSV", grown["ours", 0], 41)
    report_share("growth by its second version", grown["ours", 1], 0.9)
    if not peer_there:
        return print("  restic is not installed: .ci/setup --bench")
    print(f"  restic: {grown['peer', 0]:.1f} % and {grown['peer', 1]:.2f} %")
    for number, name in enumerate(("track that CSV", "track its second version")):
        median = lambda side: sorted(times[side][number])[RUNS // 2]
        report(name, median("ours"), median("peer"), "restic backup", 0.4)


def million(context):
    """Memory on a million files of 100 bytes."""
    data = context.folder / "data"
    for folder in range(1000):
        (data / f"{folder:03}").mkdir(parents=True)
        for number in range(1000):
            (data / f"{folder:03}/{number:03}").write_bytes(b"%0100d" % (folder * 1000 + number))
    forget(context)
    for command in ("track", "status", "status"):
        peak_kib.update(ours=0)
        spent = timed([context.mlo, command, *(["data"] if command == "track" else [])], context.folder, context.variables, "ours")
        report_share(f"{command} of 1,000,000 files: memory", peak_kib["ours"] / 1024, 300, "MiB")
        print(f"  in {spent:.2f} s")
        time.sleep(0.1)


def maintenance(context, gib=10):
    """fsck and gc of a store of 10 GiB beside reading it."""
    data = context.folder / "data"
    data.mkdir()
    for number in range(gib * 4):
        with open(data / f"{number}.bin", "wb") as file:
            for _ in range(256):
                file.write(os.urandom(1 << 20))
    forget(context)
    settle(context, [context.mlo, "track", "data"])
    read = [context.raw, "read", ".mlo/objects"]
    for name in ("fsck", "gc"):
        command = [context.mlo, name] if name == "fsck" else [context.mlo, "gc", "--force", "--grace", "0s"]
        ours, peer = interleaved(command, read, 5, context.folder, context.variables, lambda side: drop_cache())
        report(f"{name} of a store of {gib} GiB", ours, peer, "reading it", 1.3)


def drop_cache():
    """So that both sides read from the disk; only root may."""
    subprocess.run(["sh", "-c", "sync; echo 1 > /proc/sys/vm/drop_caches"], stderr=subprocess.DEVNULL)


BENCHES = {"track": track_new, "peers": peers, "sparse": sparse, "no-op": no_op, "checkout": checkout, "large-file": large_file, "table-versions": table_versions,
           "million": million, "maintenance": maintenance}
