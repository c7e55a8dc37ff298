"""Whatever is done in whatever order, every recorded version can be put back: the real binary beside a plain model.

    versions.py MLO [SEED] [SECONDS]

The model is a dictionary of bytes. Files are written, changed, appended to, renamed and removed; folders and files
are tracked; versions are put back; gc runs without grace. After each command the workspace is what the model says,
and at the end every version there ever was is put back and compared.
"""
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

MLO = str(pathlib.Path(sys.argv[1]).resolve())
SEED = int(sys.argv[2]) if sys.argv[2:] else random.SystemRandom().randrange(1 << 32)
SECONDS = float(sys.argv[3]) if sys.argv[3:] else 20
NAMES = ["a.txt", "b.csv.txt", "inner/c.bin", "inner/deep/d", "e f", "-g", "new\nline"]
BIG_BYTES = 1_500_000  # more than one record: kept in chunks


def differences(present, recorded):
    if not isinstance(present, dict) or not isinstance(recorded, dict):
        return f"{str(present)[:200]} for {str(recorded)[:200]}"
    return {name: f"{str(present.get(name))[:80]} for {str(recorded.get(name))[:80]}"
            for name in present.keys() | recorded.keys() if present.get(name) != recorded.get(name)}


class Model:
    def __init__(self, folder, chance):
        self.folder, self.chance = folder, chance
        self.versions = {"data": [], "one.txt": []}
        self.counts = {}

    def mlo(self, *arguments, codes=(0,)):
        variables = {"PATH": os.environ["PATH"], "HOME": str(self.folder / "home"), "MLO_ACTOR": "ana", "NO_COLOR": "1"}
        done = subprocess.run([MLO, *arguments], cwd=self.folder, env=variables, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120)
        assert done.returncode in codes, f"mlo {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def content(self, path):
        """What lies at `path`: bytes of a file, or of each file of a folder by its name."""
        place = self.folder / path
        if not place.is_dir():
            return place.read_bytes() if place.exists() else None
        return {str(file.relative_to(place)): (file.read_bytes(), bool(file.stat().st_mode & 0o100))
                for file in place.rglob("*") if file.is_file()}

    def some_bytes(self):
        size = self.chance.choice([0, 1, 50, 5_000, 5_000, BIG_BYTES])
        return self.chance.randbytes(size) if self.chance.random() < 0.5 else (b"line %d\n" * size)[:size]

    def edit(self):
        file = self.folder / self.chance.choice(["one.txt", *("data/" + name for name in NAMES)])
        file.parent.mkdir(parents=True, exist_ok=True)
        what = self.chance.choice(["write", "write", "append", "poke", "mode", "rename", "remove"])
        if what == "write" or not file.exists():
            file.write_bytes(self.some_bytes())
        elif what == "append":
            file.write_bytes(file.read_bytes() + self.some_bytes())
        elif what == "poke" and file.stat().st_size:
            content = bytearray(file.read_bytes())
            content[self.chance.randrange(len(content))] ^= 1
            file.write_bytes(content)
        elif file.name == "one.txt":
            return
        elif what == "mode":
            file.chmod(file.stat().st_mode ^ 0o100)
        elif what == "rename":
            other = self.folder / "data" / self.chance.choice(NAMES)
            other.parent.mkdir(parents=True, exist_ok=True)
            file.rename(other)
        elif what == "remove":
            file.unlink()

    def track(self):
        path = self.chance.choice(list(self.versions))
        present = self.content(path)
        if present is None:
            return
        answer = json.loads(self.mlo("track", path, "--json").stdout)["datasets"][0]
        if answer["version"] > len(self.versions[path]):
            self.versions[path].append(present)
        newest = self.versions[path][answer["version"] - 1]
        assert newest == present, f"version {answer['version']} of {path} is not what was tracked"
        assert self.content(path) == present, f"tracking changed {path}"

    def put_back(self, path, number):
        self.mlo("checkout", "--force", f"{path}@v{number + 1}")
        present, recorded = self.content(path), self.versions[path][number]
        assert present == recorded, f"{path}@v{number + 1} came back otherwise: {differences(present, recorded)}"

    def checkout(self):
        path = self.chance.choice(list(self.versions))
        if self.versions[path]:
            self.put_back(path, self.chance.randrange(len(self.versions[path])))

    def plain_checkout(self):
        """Without --force: done, or refused with everything left as it is."""
        before = {path: self.content(path) for path in self.versions}
        if self.mlo("checkout", codes=(0, 4)).returncode:
            assert before == {path: self.content(path) for path in self.versions}, "a refusal that changed something"

    def lose(self):
        shutil.rmtree(self.folder / "data", ignore_errors=True)

    def collect(self):
        self.mlo("gc", "--force", "--grace", "0s")

    def forget_index(self):
        (self.folder / ".mlo/index").unlink(missing_ok=True)

    def step(self):
        kinds = {self.edit: 8, self.track: 5, self.checkout: 3, self.plain_checkout: 1, self.collect: 1, self.lose: 0.3,
                 self.forget_index: 0.3}
        kind = self.chance.choices(list(kinds), list(kinds.values()))[0]
        self.counts[kind.__name__] = self.counts.get(kind.__name__, 0) + 1
        kind()


def main():
    with tempfile.TemporaryDirectory(prefix="mlo-versions-") as top:
        model = Model(pathlib.Path(top).resolve(), random.Random(SEED))
        (model.folder / "home").mkdir()
        model.mlo("init")
        end = time.monotonic() + SECONDS
        try:
            while time.monotonic() < end:
                model.step()
            model.collect()
            for path, versions in model.versions.items():
                for number in range(len(versions)):
                    model.put_back(path, number)
            model.mlo("fsck")
            model.mlo("audit", "verify")
        except AssertionError as problem:
            sys.exit(f"seed {SEED}, after {model.counts}: {problem}")
    told = ", ".join(f"{count} {name}" for name, count in sorted(model.counts.items()))
    print(f"seed {SEED}: {told}; {sum(map(len, model.versions.values()))} versions, each put back as it was")


main()
