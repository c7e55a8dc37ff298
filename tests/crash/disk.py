"""What happens to a repository when the disk fails, fills or loses power, or the process is killed, at any moment.

    disk.py MLO FAULTS_LIBRARY [--full]

`tests/support/faults.c` is preloaded into the real binary. For each command of the story:
  - every call that changes the disk fails once with ENOSPC and once with EIO, or is the last one (SIGKILL);
  - every write takes only half of what it is given;
  - reading a folder breaks off, of this command and of a `status` before it;
  - the power goes at every call: what was not synced is lost, files and names alike, and the rest is replayed.
After each: the ledger verifies, `status` tells the same as without its cache, the version that was there before
is restored byte for byte, and the same command, typed again, completes. Also the process is killed at random times.
Without --full a sample is taken (every 5th call), so that the gate stays quick.
"""
import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

MLO = str(pathlib.Path(sys.argv[1]).resolve())
FAULTS = str(pathlib.Path(sys.argv[2]).resolve())
FULL = "--full" in sys.argv
STRIDE = 1 if FULL else 5
KILLS = 500 if FULL else 40
HEAD = struct.Struct("<cQQQQQ")


def environment(top):
    # Every accident begins with an older copy in the same place: just what mlo's memory of ledgers is there to notice.
    variables = {**os.environ, "HOME": str(top / "home"), "MLO_ACTOR": "ana", "NO_COLOR": "1", "XDG_STATE_HOME": "/dev/null"}
    variables.pop("XDG_CONFIG_HOME", None)
    return variables


def mlo(folder, *arguments, **faults):
    variables = environment(folder.parent)
    if faults:
        variables |= {"LD_PRELOAD": FAULTS, "MLO_FAULT_ROOT": str(folder), **{key: str(value) for key, value in faults.items()}}
    return subprocess.run([MLO, *arguments], cwd=folder, env=variables, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=120)


def must(folder, *arguments):
    done = mlo(folder, *arguments)
    assert done.returncode == 0, f"mlo {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def content(folder):
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def prepare(top):
    """A repository with one version of data/, another in the workspace, and its first state kept."""
    folder = top / "base"
    shuffled = random.Random(1)
    (folder / "data/sub").mkdir(parents=True)
    for number in range(6):
        (folder / f"data/sub/{number}.bin").write_bytes(shuffled.randbytes(3000 + number))
    (folder / "data/large.bin").write_bytes(shuffled.randbytes(1_500_000))
    must(folder, "init", "-q")
    must(folder, "track", "data", "-q")
    first = content(folder / "data")
    shutil.copy(folder / "mlo.lock", top / "first.lock")
    (folder / "data/sub/0.bin").write_bytes(b"another content")
    (folder / "data/sub/new.bin").write_bytes(b"new")
    with open(folder / "data/large.bin", "r+b") as large:
        large.seek(700_000)
        large.write(b"an edit in the middle")
    return folder, first, content(folder / "data")


class Story:
    """A command, the state that it starts from, and what must hold after it broke off."""

    def __init__(self, top, name, command, base, first, second):
        self.top, self.name, self.command, self.base, self.first, self.second = top, name, command, base, first, second
        self.points = 0

    def copy(self):
        folder = self.top / "work"
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run(["cp", "-a", str(self.base), str(folder)], check=True)
        return folder

    def look_after(self, folder, place):
        try:
            must(folder, "audit", "verify", "-q")
            told = must(folder, "status", "--json")
            (folder / ".mlo/index").unlink(missing_ok=True)
            assert must(folder, "status", "--json") == told, "status differs without its cache"
            must(folder, *self.command)
            must(folder, "audit", "verify", "-q")
            self.restores(folder, self.second, folder / "mlo.lock")
            self.restores(folder, self.first, self.top / "first.lock")
        except AssertionError as problem:
            sys.exit(f"after {self.name} {place}: {problem}")
        self.points += 1

    def restores(self, folder, wanted, lock):
        if lock != folder / "mlo.lock":
            shutil.copy(lock, folder / "mlo.lock")
        shutil.rmtree(folder / "data")
        must(folder, "checkout", "-q")
        assert content(folder / "data") == wanted, "the restored files are others"

    def every_call(self):
        for fault in ("ENOSPC", "EIO", "KILL"):
            call = 1
            while True:
                folder = self.copy()
                done = mlo(folder, *self.command, MLO_FAULT=f"{fault}:{call}")
                if done.returncode == 0 and self.is_beyond(call):
                    break
                if fault == "KILL":
                    assert done.returncode == -signal.SIGKILL, done.stderr
                else:
                    assert done.returncode in (0, 3, 5, 6, 7), f"exit {done.returncode}: {done.stderr}"
                    assert done.returncode == 0 or "error: " in done.stderr, done.stderr
                self.look_after(folder, f"with {fault} at call {call}")
                call += STRIDE

    def is_beyond(self, call):
        """A fault in what is allowed to fail (a cache) ends well too: then the count decides."""
        return call > len(self.calls)

    def short_writes(self):
        folder = self.copy()
        done = mlo(folder, *self.command, MLO_FAULT="SHORT:1")
        assert done.returncode == 0, done.stderr
        self.look_after(folder, "with short writes")

    def broken_listings(self):
        for command in (self.command, ["status"]):
            for name in range(1, 40, 1 if FULL else 3):
                folder = self.copy()
                done = mlo(folder, *command, MLO_FAULT=f"LIST:{name}")
                assert done.returncode in (0, 1, 3, 5, 6, 7), f"exit {done.returncode}: {done.stderr}"
                self.look_after(folder, f"after a {command[0]} that could not read a folder beyond name {name}")

    def record(self):
        log = self.top / "calls"
        log.unlink(missing_ok=True)
        folder = self.copy()
        before = Disk(folder)
        done = mlo(folder, *self.command, MLO_FAULT_LOG=log)
        assert done.returncode == 0, done.stderr
        self.calls = read_log(log)
        self.before = before

    def power_cuts(self):
        for cut in range(1, len(self.calls) + 1, STRIDE):
            disk = self.before.copy()
            for call in self.calls[:cut]:
                disk.apply(call)
            folder = self.top / "work"
            disk.write(folder)
            self.look_after(folder, f"with a power cut after call {cut} ({self.calls[cut - 1][0]})")

    def random_kills(self):
        begin = time.monotonic()
        must(self.copy(), *self.command)
        longest = time.monotonic() - begin
        shuffled = random.Random(7)
        for _ in range(KILLS // 3):
            folder = self.copy()
            process = subprocess.Popen([MLO, *self.command], cwd=folder, env=environment(self.top), stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(shuffled.uniform(0, longest))
            process.kill()
            process.wait()
            self.look_after(folder, "killed at a random time")


def read_log(log):
    calls, bytes_, at = [], log.read_bytes(), 0
    while at < len(bytes_):
        what, inode, offset, one, two, size = HEAD.unpack_from(bytes_, at)
        at += HEAD.size
        first, second = bytes_[at:at + one].decode(), bytes_[at + one:at + one + two].decode()
        at += one + two
        calls.append((what.decode(), inode, offset, first, second, bytes_[at:at + size]))
        at += size
    return calls


class Disk:
    """A file system of which only what was synced outlives a power cut, names as well as bytes."""

    def __init__(self, folder):
        self.root = str(folder)
        self.bytes, self.synced, self.names, self.folders, self.links = {}, {}, {}, set(), {}
        for place in [folder, *folder.rglob("*")]:
            path = str(place)
            if place.is_symlink():
                self.links[path] = os.readlink(path)
            elif place.is_dir():
                self.folders.add(path)
            else:
                inode = place.stat().st_ino
                self.bytes[inode] = place.read_bytes()
                self.names[path] = (inode, place.stat())
        self.synced = dict(self.bytes)
        self.kept_names, self.kept_folders = dict(self.names), set(self.folders)

    def copy(self):
        twin = object.__new__(Disk)
        twin.__dict__ = {key: value.copy() if hasattr(value, "copy") else value for key, value in self.__dict__.items()}
        return twin

    def apply(self, call):
        what, inode, offset, one, two, data = call
        if what == "C":
            self.bytes[inode], self.names[one] = b"", (inode, None)
        elif what == "W":
            old = self.bytes.get(inode, b"").ljust(offset, b"\0")
            self.bytes[inode] = old[:offset] + data + old[offset + len(data):]
        elif what == "T":
            self.bytes[inode] = self.bytes.get(inode, b"")[:offset].ljust(offset, b"\0")
        elif what == "S" and one in self.folders:
            inside = lambda path: os.path.dirname(path) == one
            self.kept_names = {path: kept for path, kept in self.kept_names.items() if not inside(path)}
            self.kept_names |= {path: kept for path, kept in self.names.items() if inside(path)}
            self.kept_folders = {path for path in self.kept_folders if not inside(path)} | {path for path in self.folders if inside(path)}
        elif what == "S":
            self.synced[inode] = self.bytes.get(inode, b"")
        elif what == "R":
            moved = lambda path: two + path[len(one):]
            below = lambda path: path == one or path.startswith(one + "/")
            self.names = {path: kept for path, kept in self.names.items() if not path == two} 
            self.names = {moved(path) if below(path) else path: kept for path, kept in self.names.items()}
            self.folders = {moved(path) if below(path) else path for path in self.folders}
        elif what == "U":
            self.names.pop(one, None)
            self.folders.discard(one)
        elif what == "M":
            self.folders.add(one)
        elif what == "L":
            self.names[one] = self.names[two]

    def write(self, folder):
        shutil.rmtree(folder, ignore_errors=True)
        for path in sorted(self.kept_folders):
            if path == self.root or os.path.dirname(path) in self.kept_folders:
                pathlib.Path(path).mkdir(parents=True, exist_ok=True)
        for path, (inode, status) in self.kept_names.items():
            if not os.path.isdir(os.path.dirname(path)):
                continue
            pathlib.Path(path).write_bytes(self.synced.get(inode, b""))
            os.chmod(path, 0o600)
            if status:
                os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        os.chmod(os.path.join(self.root, ".mlo"), 0o700)


def stories(top):
    base, first, second = prepare(top)
    yield Story(top, "mlo track", ["track", "data", "-q"], base, first, second)
    tracked = top / "tracked"
    subprocess.run(["cp", "-a", str(base), str(tracked)], check=True)
    must(tracked, "track", "data", "-q")
    shutil.copy(tracked / "mlo.lock", top / "second.lock")
    absent = top / "absent"
    subprocess.run(["cp", "-a", str(tracked), str(absent)], check=True)
    shutil.rmtree(absent / "data")
    yield Story(top, "mlo checkout", ["checkout", "-q"], absent, first, second)
    if mlo(tracked, "gc", "--help").returncode == 0:
        yield from maintenance(top, tracked, first, second)


def maintenance(top, tracked, first, second):
    """gc with something to collect, and fsck --repair with something to mend."""
    messy = top / "messy"
    subprocess.run(["cp", "-a", str(tracked), str(messy)], check=True)
    (messy / "data/junk.bin").write_bytes(random.Random(5).randbytes(400_000))
    # A track that dies after its objects are stored leaves them unreferenced.
    died = mlo(messy, "track", "data", "-q", MLO_CRASH_AT="ledger.commit:1")
    assert died.returncode == -signal.SIGKILL, died.stderr
    (messy / "data/junk.bin").unlink()
    yield Story(top, "mlo gc", ["gc", "--force", "--grace", "0s", "-q"], messy, first, second)
    broken = top / "broken"
    subprocess.run(["cp", "-a", str(tracked), str(broken)], check=True)
    newest = max((broken / ".mlo/objects").glob("*.pack"), key=lambda file: file.stat().st_mtime)
    newest.chmod(0o644)
    bytes_ = bytearray(newest.read_bytes())
    bytes_[80] ^= 1
    newest.write_bytes(bytes_)
    yield Story(top, "mlo fsck --repair", ["fsck", "--repair", "-q"], broken, first, second)


def main():
    points = 0
    with tempfile.TemporaryDirectory(prefix="mlo-disk-") as name:
        for story in stories(pathlib.Path(name).resolve()):
            story.record()
            story.every_call()
            story.short_writes()
            story.broken_listings()
            story.power_cuts()
            story.random_kills()
            print(f"{story.name}: {len(story.calls)} calls change the disk; {story.points} accidents, each survived", flush=True)
            points += story.points
    sys.exit(points < (1000 if FULL else 100))


main()
