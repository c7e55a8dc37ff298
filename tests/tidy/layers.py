"""The layer table and the doors, checked against the real #includes.

The table is lib/CMakeLists.txt itself: a room includes public headers of the rooms that it MAY_USE, its own
private headers, and nobody else's. A third-party library is included only where its door is.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

DOORS = {
    "sqlite3.h": ["lib/core/database.cpp"],
    "openssl/": ["lib/core/digest.cpp", "lib/core/mac.cpp", "lib/core/tls.cpp", "lib/ledger/signing.cpp", "lib/ledger/prepared_key.cpp"],
    "yaml-cpp/": ["lib/core/yaml.cpp"],
    "toml++/": ["lib/core/toml.cpp"],
    "nlohmann/": ["lib/core/json.cpp"],
    "curl/": ["lib/core/http.cpp"],
    "duckdb": ["lib/data/engine"],
    "git2": ["lib/workspace/git"],
    "onnxruntime": [],
    "boost/": ["lib/serve/"],
    "CLI/": ["cmd/"],
}


def layer_table():
    text = (ROOT / "lib/CMakeLists.txt").read_text()
    rooms = re.findall(r"^mlo_room\((\w+)(?:\s+MAY_USE ([\w ]+?))?(?:\s+LINKS [^)]*)?\)", text, re.M)
    return {room: set(uses.split()) | {room} for room, uses in rooms}


def sources(folder):
    return sorted(path for path in (ROOT / folder).rglob("*") if path.suffix in (".h", ".cpp"))


def includes(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if match := re.match(r'#include ([<"])([^>"]+)[>"]', line):
            yield number, match[1], match[2]


def broken_layers(may_use):
    for top in ("lib", "include/mlo"):
        for room, allowed in may_use.items():
            for path in sources(f"{top}/{room}"):
                for number, quote, name in includes(path):
                    used = re.match(r"mlo/(\w+)/", name)
                    if used and used[1] not in allowed:
                        yield path, number, f"{room} may not include {used[1]}"
                    private = re.match(r"(\w+)/", name)
                    if quote == '"' and not used and private and private[1] in may_use and private[1] != room:
                        yield path, number, f"'{name}' is private to {private[1]}"


def broken_doors():
    for top in ("cmd", "lib", "include"):
        for path in sources(top):
            place = path.relative_to(ROOT).as_posix()
            for number, _, name in includes(path):
                for library, doors in DOORS.items():
                    if name.startswith(library) and not any(place.startswith(door) for door in doors):
                        yield path, number, f"<{name}> is included outside its door {doors}"
                third_party = name.startswith(tuple(DOORS)) or (name.startswith("fmt/") and name != "fmt/core.h")
                if place.startswith("include/") and third_party:
                    yield path, number, f"a public header includes <{name}>"


def main():
    may_use = layer_table()
    if len(may_use) < 10:
        sys.exit(f"only {len(may_use)} rooms read from lib/CMakeLists.txt")
    bad = [f"{path.relative_to(ROOT)}:{number}: {what}"
           for path, number, what in [*broken_layers(may_use), *broken_doors()]]
    print("\n".join(bad) or f"{len(may_use)} rooms keep their layers and doors")
    sys.exit(bool(bad))


main()
