"""Ten writers at once in one repository, each tracking its own folder again and again; the real binary.

    writers.py MLO [TURNS]

Every track succeeds, whoever else is at work; afterwards every version is recorded and every object is there once:
files that all writers have, files that only one has, and the tree of each version.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

MLO = str(pathlib.Path(sys.argv[1]).resolve())
TURNS = int(sys.argv[2]) if len(sys.argv) > 2 else 10
WRITERS = 10
SHARED = 20


def mlo(folder, *arguments):
    variables = {**os.environ, "HOME": str(folder / "home"), "MLO_ACTOR": "ana", "NO_COLOR": "1"}
    done = subprocess.run([MLO, *arguments], cwd=folder, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, f"mlo {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def write(folder, writer):
    """What this writer's versions hold: digests of files."""
    mine = folder / f"writer-{writer}"
    mine.mkdir()
    contents = random.Random(writer)
    digests = set()
    for turn in range(TURNS):
        for name, content in ((f"shared-{turn}", b"shared %d" % (turn % SHARED)), (f"own-{turn}", contents.randbytes(1000))):
            (mine / name).write_bytes(content)
            digests.add(hashlib.sha256(content).hexdigest())
        mlo(folder, "track", "-q", mine.name)
    return digests


def main():
    with tempfile.TemporaryDirectory() as top:
        folder = pathlib.Path(top)
        (folder / "home").mkdir()
        mlo(folder, "init", "-q")
        with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
            files = set().union(*pool.map(lambda writer: write(folder, writer), range(WRITERS)))
        found = json.loads(mlo(folder, "fsck", "--json"))
        trees = WRITERS * TURNS
        assert found["whole"] and found["objects"] == len(files) + trees, (found, len(files), trees)
        assert not json.loads(mlo(folder, "status", "--json"))["changes"]
        versions = json.loads(mlo(folder, "log", "--json", "--limit", str(2 * trees)))["events"]
        assert len([one for one in versions if one["what"] == "dataset"]) == trees, versions
        mlo(folder, "audit", "verify")
    print(f"{WRITERS} writers × {TURNS} tracks: {found['objects']} objects, each once")


main()
