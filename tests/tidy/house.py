"""Sizes, banned calls, JSON documents and shapes: what a reviewer should not have to look for."""
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAX_LINES = 400

BANNED = {
    r"\bsystem\(": "starts a shell behind our back: core/process.h",
    r"\bpopen\(": "starts a shell behind our back: core/process.h",
    r"\brand\(\)": "randomness comes from World",
    r"\bgmtime\(|\blocaltime\(": "is not safe beside other threads: core/time.h",
    r"\bstrcpy\(|\bsprintf\(|\bgets\(": "does not know its buffer's size",
    r"std::(cout|cerr)\b": "only ui and cmd talk to the user",
    r"using namespace std\b": "names must stay readable",
    r"\b(TODO|FIXME|XXX|HACK)\b": "unfinished work belongs into an issue",
}


def tracked(*patterns):
    names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns],
                           cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).exists()]


def sizes():
    for path in tracked("cmd", "lib", "include", "tests/*.cpp", "tests/*.h"):
        if path.suffix in (".h", ".cpp"):
            lines = len(path.read_text().splitlines())
            if lines > MAX_LINES:
                yield f"{path.relative_to(ROOT)}: {lines} lines, at most {MAX_LINES}"


def banned():
    for path in tracked("cmd", "lib", "include"):
        if path.suffix not in (".h", ".cpp"):
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for pattern, why in BANNED.items():
                if re.search(pattern, line):
                    yield f"{path.relative_to(ROOT)}:{number}: {pattern} {why}"


def documents():
    for path in tracked("*.json"):
        try:
            json.loads(path.read_text())
        except ValueError as problem:
            yield f"{path.relative_to(ROOT)}: {problem}"


def shapes():
    for path in tracked("cmd"):
        if path.suffix == ".cpp":
            for name, version in re.findall(r'"([a-z-]+)/(\d+)"', path.read_text()):
                schema = ROOT / f"schemas/cli/{name}-{version}.schema.json"
                if not schema.exists():
                    yield f"{path.relative_to(ROOT)}: shape {name}/{version} has no {schema.relative_to(ROOT)}"


def litter():
    for path in tracked("*.pyc", "*.orig", "*.rej", "*.swp"):
        yield f"{path.relative_to(ROOT)}: made by a tool, not by us"


def room_pages():
    for room in sorted(path for path in (ROOT / "lib").iterdir() if path.is_dir() and path.name != "cmake"):
        page = room / "README.md"
        if not page.exists():
            yield f"lib/{room.name} has no README.md"
        elif len(page.read_text().splitlines()) > 40:
            yield f"lib/{room.name}/README.md has more than 40 lines"


bad = [*sizes(), *banned(), *documents(), *shapes(), *litter(), *room_pages()]
print("\n".join(bad) or "the house is in order")
sys.exit(bool(bad))
