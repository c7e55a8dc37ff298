"""The ledger beside SQLite and OpenSSL: append, verify, decide, rebuild, tell of reads."""
import itertools
import os
import re
import statistics
import subprocess
import time

from timing import interleaved, report, report_share, timed

ENTRIES = 100_000


def tool(context, *words):
    """Microseconds (ours, peer) that bench_ledger prints."""
    said = subprocess.run([context.ledger, *map(str, words)], env=context.variables, capture_output=True, text=True, check=True).stdout
    return [float(figure) for figure in said.split()[1:]] if said else []


def made(context, count):
    folder = context.folder / f"ledger-{count}"
    if not folder.exists():
        tool(context, "make", folder, count)
    return folder


def append(context):
    """One signed durable entry with its views, tree and checkpoint; one row of the same bytes and a synced commit."""
    ours, peer = tool(context, "append", made(context, 1000), max(context.runs, 21) * 10)
    report("append one signed durable entry", ours / 1e6, peer / 1e6, "SQLite insert + synced commit", 1.5)


def speed(context):
    """Seconds that OpenSSL takes to verify ENTRIES signatures of P-256 on two cores."""
    said = subprocess.run(["openssl", "speed", "-seconds", "2", "-multi", "2", "ecdsap256"], capture_output=True, text=True, check=True).stdout
    return ENTRIES / float(re.search(r"nistp256\)\s+\S+\s+\S+\s+\S+\s+([\d.]+)", said)[1])


def verify(context):
    folder = made(context, ENTRIES)
    times, peers = [], []
    for _ in range(3):
        spent, entries = tool(context, "verify", folder)
        times.append(spent / 1e6 * ENTRIES / entries)
        peers.append(speed(context))
    report("verify 100,000 entries, 2 cores", statistics.median(times), statistics.median(peers), "openssl speed, as many", 1.2)


def policy(context):
    spent, _ = tool(context, "policy", made(context, 1000), max(context.runs, 21) * 10)
    report_share("policy decision, added", spent / 1000, 1, "ms")


def rebuild(context):
    ours, peer = tool(context, "rebuild", made(context, ENTRIES))
    report("rebuild views of 100,000 entries", ours / 1e6, peer / 1e6, "SQLite bulk insert", 2)


PROJECT = """\
project: reads
access:
  roles: {all: [track]}
  people: {bench: all}
  admins: [bench]
  data: {data: {read: [all]}}
"""


def access(context):
    """checkout --to of 500 files of 20 KB: protected and told of, and not protected."""
    sides = {}
    for side in ("ours", "peer"):
        folder = sides[side] = context.folder / f"reads-{side}"
        (folder / "data").mkdir(parents=True)
        for number in range(500):
            (folder / f"data/{number}.bin").write_bytes(os.urandom(20_000))
        (folder / "mlo.yaml").write_text(PROJECT if side == "ours" else "project: reads\n")
        for words in (["init"], ["track", "data"], *([["policy", "apply", "-m", "x"]] if side == "ours" else [])):
            timed([context.mlo, "-C", str(folder), *words], context.folder, context.variables)
    out = context.folder / "out"

    def command(side):
        return [context.mlo, "-C", str(sides[side]), "checkout", "data", "--to", str(out)]

    written = itertools.count()

    def put_aside(_):
        # ext4 without a journal looks at each inode that was deleted of late before it gives one out: ten times the work.
        if out.exists():
            out.rename(context.folder / f"out-{next(written)}")

    ours, peer = interleaved(command("ours"), command("peer"), max(context.runs, 41), context.folder, context.variables, before=put_aside)
    report("read 500 protected files, told of", ours, peer, "not protected", 1.05)
    time.sleep(0.1)


BENCHES = {"ledger-append": append, "ledger-verify": verify, "ledger-policy": policy, "ledger-rebuild": rebuild, "ledger-access": access}
