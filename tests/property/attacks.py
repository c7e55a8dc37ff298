"""What somebody with SQLite and the disk can do to a real ledger is found, and honest histories raise no alarm.

    attacks.py MLO [--seed N] [--mutations 210] [--histories 8] [--full]

A ledger is made by the real binary: data, a run, a model, validations, a policy, approvals, promotions, a break of
the glass, keys that come and go, reads of protected data. Each mutation changes a copy of its database through
sqlite3 (no key is used, the user's memory of checkpoints is empty) and `mlo audit verify` must exit with 5. Each
honest history is a random sequence of commands by several people, refused ones among them; verify must exit with 0.
The seed is printed; --full runs 1,000 mutations and 200 histories.
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROJECT = """\
project: demo
pipeline:
  fit: {run: cp ready.onnx model.onnx, in: [data/raw.csv, ready.onnx], out: [model.onnx]}
models:
  adder:
    path: model.onnx
    features: [a, b]
    describe: {task: binary-classification, target: high}
    validate: {size: "<= 1 kB"}
    promote: {production: {require: [size], approvals: {from: [reviewer], count: 1}, max_age: 30d}}
access:
  roles:
    scientist: [track, tag, untrack, train, validate, promote:staging]
    release: [promote, rollback, deploy, break-glass]
    reviewer: [approve]
  people: {ana: scientist, bo: [release, reviewer], cy: reviewer}
  admins: {members: [ana, bo], count: COUNT}
  data: {data/secret.csv: {read: [release, scientist]}}
"""


class Repository:
    def __init__(self, mlo, folder):
        self.mlo, self.folder, self.home = mlo, folder / "work", folder / "home"
        self.folder.mkdir(parents=True)
        self.home.mkdir()
        self.variables = {"PATH": os.environ["PATH"], "HOME": str(self.home), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        for name in ("MLO_ONNXRUNTIME", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                self.variables[name] = os.environ[name]

    def run(self, actor, *words, allowed=(0,)):
        done = subprocess.run([self.mlo, *words], cwd=self.folder, env={**self.variables, "MLO_ACTOR": actor},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode not in allowed:
            sys.exit(f"{actor}: mlo {' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def write(self, path, text):
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def begin(self, count):
        self.write("mlo.yaml", PROJECT.replace("COUNT", str(count)))
        shutil.copy(ROOT / "tests/support/models/sum.onnx", self.folder / "ready.onnx")
        self.write("data/raw.csv", "a,b,high\n1,2,1\n-1,-2,0\n")
        self.write("data/secret.csv", "name\nnobody\n")
        self.run("ana", "init", "-q")

    def verify(self):
        done = self.run("ana", "audit", "verify", "--json", allowed=(0, 5))
        return done.returncode, json.loads(done.stdout)["problems"]


def tell(repository):
    """One of everything that the ledger knows."""
    run = repository.run
    repository.begin(1)
    run("ana", "track", "data/raw.csv", "-q", "-m", "first")
    run("ana", "track", "data/secret.csv", "-q", "-m", "people")
    for actor in ("bo", "cy"):
        run(actor, "tag", "data/raw.csv", f"of-{actor}", "-q", "-m", "hello")
    run("ana", "train", "-q", "-m", "model")
    run("ana", "policy", "apply", "-q", "-m", "rules")
    run("ana", "validate", "adder", "-q", "-m", "checked")
    run("bo", "promote", "adder", "--to", "production", "-q", "-m", "too soon", allowed=(1,))
    run("bo", "promote", "adder", "--to", "production", "-q", "-m", "fire", "--break-glass")
    run("cy", "approve", "adder@1", "--for", "production", "-q", "-m", "fine")
    run("bo", "promote", "adder", "--to", "production", "-q", "-m", "by the rules")
    run("bo", "show", "data/secret.csv", "--content")
    run("cy", "identity", "rotate", "-q", "-m", "yearly")
    run("cy", "approve", "adder@1", "--for", "staging", "-q", "-m", "with the new key")
    run("ana", "identity", "revoke", "cy", "-q", "-m", "left")
    repository.write("data/raw.csv", "a,b,high\n1,2,1\n3,4,1\n")
    run("ana", "track", "data/raw.csv", "-q", "-m", "second")


# --- what can be done with SQLite alone; each returns what it did, or nothing when it has no effect here

def tables(ledger, wanted=lambda name: True):
    names = [name for (name,) in ledger.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
    ours = []
    for name in names:
        columns = [row[1] for row in ledger.execute(f"PRAGMA table_info({name})")]
        filled = ledger.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
        if "entry" in columns and filled and wanted(name):
            ours.append((name, columns))
    return ours


def newest(ledger):
    return ledger.execute("SELECT max(number) FROM entry").fetchone()[0]


def an_entry(ledger, dice):
    return dice.randint(0, newest(ledger))


def flip_a_byte(ledger, dice):
    number = an_entry(ledger, dice)
    text = ledger.execute("SELECT envelope FROM entry WHERE number = ?", (number,)).fetchone()[0]
    place = dice.randrange(len(text))
    other = dice.choice([letter for letter in "AZaz09+/=\"{}" if letter != text[place]])
    ledger.execute("UPDATE entry SET envelope = ? WHERE number = ?", (text[:place] + other + text[place + 1:], number))
    return f"byte {place} of entry {number}"


def delete_entries(ledger, dice):
    first = an_entry(ledger, dice)
    last = min(newest(ledger), first + dice.randrange(3))
    for name, _ in tables(ledger):
        if dice.random() < 0.5:
            ledger.execute(f"DELETE FROM {name} WHERE entry BETWEEN ? AND ?", (first, last))
    ledger.execute("DELETE FROM entry WHERE number BETWEEN ? AND ?", (first, last))
    return f"entries {first} to {last} deleted"


def truncate(ledger, dice):
    first = newest(ledger) - dice.randrange(4)
    for name, _ in tables(ledger):
        ledger.execute(f"DELETE FROM {name} WHERE entry >= ?", (first,))
    ledger.execute("DELETE FROM entry WHERE number >= ?", (first,))
    return f"cut off at {first}, with its views"


def insert_a_copy(ledger, dice):
    number, place = an_entry(ledger, dice), newest(ledger) + dice.choice((1, 2, 50))
    ledger.execute("INSERT INTO entry SELECT ?, leaf, envelope FROM entry WHERE number = ?", (place, number))
    return f"entry {number} replayed as {place}"


def swap_entries(ledger, dice):
    one, other = dice.sample(range(newest(ledger) + 1), 2)
    for before, after in ((one, -1000), (other, one), (-1000, other)):
        ledger.execute("UPDATE entry SET number = ? WHERE number = ?", (after, before))
    return f"entries {one} and {other} swapped"


def change_a_leaf(ledger, dice):
    number = an_entry(ledger, dice)
    ledger.execute("UPDATE entry SET leaf = randomblob(32) WHERE number = ?", (number,))
    return f"leaf {number}"


def change_a_node(ledger, dice):
    nodes = ledger.execute("SELECT level, position FROM node").fetchall()
    level, position = dice.choice(nodes)
    if dice.random() < 0.5:
        ledger.execute("DELETE FROM node WHERE level = ? AND position = ?", (level, position))
    else:
        ledger.execute("UPDATE node SET hash = randomblob(32) WHERE level = ? AND position = ?", (level, position))
    return f"node {level}, {position}"


def change_the_checkpoint(ledger, dice):
    change = dice.choice(("DELETE FROM checkpoint", "UPDATE checkpoint SET size = size + 1", "UPDATE checkpoint SET size = size - 1",
                          "UPDATE checkpoint SET root = randomblob(32)", "UPDATE checkpoint SET note = replace(note, 'mlo/', 'mlp/')",
                          "UPDATE checkpoint SET note = substr(note, 1, length(note) - 8) || 'AAAAAA=' || char(10)"))
    ledger.execute(change)
    return change


def change_a_view(ledger, dice):
    name, columns = dice.choice(tables(ledger))
    rows = ledger.execute(f"SELECT {', '.join(columns)} FROM {name}").fetchall()
    row, column = dice.choice(rows), dice.randrange(len(columns))
    value = row[column]
    if isinstance(value, int):
        other = value + dice.choice((-1, 1, 1000))
    elif isinstance(value, bytes):
        other = bytes([value[0] ^ 1]) + value[1:] if value else b"x"
    else:
        other = "" if value and dice.random() < 0.3 else (value or "") + "x"
    where = " AND ".join(f"{one} IS ?" for one in columns)
    changed = ledger.execute(f"UPDATE OR IGNORE {name} SET {columns[column]} = ? WHERE {where}", (other, *row)).rowcount
    return f"{name}.{columns[column]}: {value!r} → {other!r}" if changed else None


def delete_a_view_row(ledger, dice):
    name, columns = dice.choice(tables(ledger))
    row = dice.choice(ledger.execute(f"SELECT {', '.join(columns)} FROM {name}").fetchall())
    where = " AND ".join(f"{one} IS ?" for one in columns)
    ledger.execute(f"DELETE FROM {name} WHERE {where}", row)
    return f"a row of {name} deleted: {row[:3]!r}"


def add_a_view_row(ledger, dice):
    name, columns = dice.choice(tables(ledger))
    row = list(dice.choice(ledger.execute(f"SELECT {', '.join(columns)} FROM {name}").fetchall()))
    row[columns.index("entry")] = an_entry(ledger, dice)
    added = ledger.execute(f"INSERT OR IGNORE INTO {name} VALUES ({', '.join('?' * len(row))})", row).rowcount
    return f"a row of {name} added at entry {row[columns.index('entry')]}" if added > 0 else None


def change_the_schema(ledger, dice):
    change = dice.choice(("DROP INDEX act_at", "DROP VIEW audit_log", "CREATE TRIGGER t AFTER INSERT ON act BEGIN SELECT 1; END",
                          "ALTER TABLE approval ADD COLUMN extra TEXT", "DROP VIEW models; CREATE VIEW models AS SELECT 1 AS model",
                          "DROP TABLE exception"))
    ledger.executescript(change)
    return change


def payload_of(ledger, number):
    import base64
    envelope = json.loads(ledger.execute("SELECT envelope FROM entry WHERE number = ?", (number,)).fetchone()[0])
    return envelope, base64.b64decode(envelope["payload"]).decode()


def put_payload(ledger, number, envelope, payload):
    """An edited statement with everything around it made to fit, as far as that goes without keys."""
    import base64
    import hashlib
    envelope["payload"] = base64.b64encode(payload.encode()).decode()
    text = json.dumps(envelope, separators=(",", ":"), sort_keys=True)
    leaf = hashlib.sha256(b"\0" + text.encode()).digest()
    ledger.execute("UPDATE entry SET envelope = ?, leaf = ? WHERE number = ?", (text, leaf, number))
    level = [row[0] for row in ledger.execute("SELECT leaf FROM entry ORDER BY number")]
    ledger.execute("DELETE FROM node")
    height = 0
    while len(level) > 1:
        height += 1
        level = [hashlib.sha256(b"\1" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)]
        ledger.executemany("INSERT INTO node VALUES (?, ?, ?)", [(height, place, hash_) for place, hash_ in enumerate(level)])


def edit_a_statement(ledger, dice):
    number = an_entry(ledger, dice)
    envelope, payload = payload_of(ledger, number)
    for before, after in dice.sample((("ana", "bob"), ("2026", "2025"), ('"reason":"', '"reason":"x'), ("production", "productiom"),
                                      ('"command":"', '"command":"y'), ('"entry":', '"entry":1')), 6):
        if before in payload:
            put_payload(ledger, number, envelope, payload.replace(before, after, 1))
            return f"entry {number}: {before} → {after}, tree made to fit"
    return None


MUTATIONS = (flip_a_byte, delete_entries, truncate, insert_a_copy, swap_entries, change_a_leaf, change_a_node, change_the_checkpoint,
             change_a_view, change_a_view, change_a_view, delete_a_view_row, add_a_view_row, change_the_schema, edit_a_statement)


def mutate(mlo, folder, dice, count):
    told = Repository(mlo, folder / "told")
    tell(told)
    code, problems = told.verify()
    if code:
        sys.exit(f"the ledger is not whole before anything was done to it: {problems}")
    place = told.folder / ".mlo/mlo.db"
    with sqlite3.connect(place) as ledger:
        ledger.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    original = place.read_bytes()
    missed, done = [], 0
    while done < count:
        shutil.rmtree(told.home / ".local", ignore_errors=True)
        for left in told.folder.glob(".mlo/mlo.db*"):
            left.unlink()
        place.write_bytes(original)
        mutation = MUTATIONS[done % len(MUTATIONS)]
        ledger = sqlite3.connect(place)
        ledger.execute("PRAGMA ignore_check_constraints = ON")
        try:
            what = mutation(ledger, dice)
        except sqlite3.IntegrityError:
            what = None  # SQLite itself does not take it
        ledger.commit()
        ledger.close()
        if what is None:
            continue
        done += 1
        found = subprocess.run([mlo, "audit", "verify", "--json"], cwd=told.folder, env={**told.variables, "MLO_ACTOR": "ana"},
                               stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if found.returncode != 5:
            missed.append(f"{mutation.__name__}: {what}: exit {found.returncode} {found.stdout[:200]}{found.stderr[:200]}")
    return missed, done


def history(mlo, folder, dice):
    """Random commands by several people, some of which are refused; what is recorded must be whole."""
    here = Repository(mlo, folder)
    here.begin(dice.choice((1, 2)))
    here.run("ana", "track", "data/raw.csv", "-q")
    here.run("bo", "tag", "data/raw.csv", "met", "-q")
    here.run("cy", "tag", "data/raw.csv", "met-too", "-q")
    here.run("ana", "train", "-q")
    any_way = (0, 1, 3, 4, 6)
    choices = [
        lambda actor: here.write("data/raw.csv", f"a,b,high\n{dice.randrange(99)},2,1\n-1,-2,0\n"),
        lambda actor: here.run(actor, "track", "data/raw.csv", "-q", "-m", "again", allowed=any_way),
        lambda actor: here.run(actor, "track", "data/secret.csv", "-q", "-m", "people", allowed=any_way),
        lambda actor: here.run(actor, "validate", "adder", "-q", "-m", "look", allowed=any_way),
        lambda actor: here.run(actor, "train", "-q", "-m", "more", allowed=any_way),
        lambda actor: here.run(actor, "approve", "adder", "--for", "production", "-q", "-m", "ok", *dice.choice(((), ("--withdraw",))), allowed=any_way),
        lambda actor: here.run(actor, "promote", "adder", "--to", dice.choice(("staging", "production")), "-q", "-m", "go",
                               *dice.choice(((), (), ("--break-glass",))), allowed=any_way),
        lambda actor: here.run(actor, "rollback", "adder", "--stage", "production", "-q", "-m", "back", allowed=any_way),
        lambda actor: here.run(actor, "policy", "apply", "-q", "-m", "rules", allowed=any_way),
        lambda actor: here.run(actor, "policy", "approve", "-q", "-m", "yes", allowed=any_way),
        lambda actor: here.run(actor, "identity", "rotate", "-q", "-m", "new", allowed=any_way),
        lambda actor: here.run(actor, "show", "data/secret.csv", "--content", allowed=any_way),
        lambda actor: here.run(actor, "fsck", "--rebuild", "-q", allowed=any_way),
    ]
    for _ in range(dice.randint(6, 14)):
        dice.choice(choices)(dice.choice(("ana", "ana", "bo", "cy", "eve")))
    return here.verify()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mlo", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--mutations", type=int, default=210)
    parser.add_argument("--histories", type=int, default=8)
    parser.add_argument("--full", action="store_true")
    asked = parser.parse_args()
    if asked.full:
        asked.mutations, asked.histories = 1000, 200
    print(f"seed {asked.seed}")
    dice = random.Random(asked.seed)
    with tempfile.TemporaryDirectory(prefix="mlo-attacks-") as top:
        folder = pathlib.Path(top)
        missed, done = mutate(str(asked.mlo.resolve()), folder, dice, asked.mutations)
        print(f"{done - len(missed)} of {done} mutations found")
        alarms = []
        for number in range(asked.histories):
            code, problems = history(str(asked.mlo.resolve()), folder / f"history-{number}", dice)
            if code:
                alarms.append(f"history {number}: {problems[:3]}")
        print(f"{len(alarms)} false alarms in {asked.histories} histories")
    for line in missed + alarms:
        print(line)
    sys.exit(1 if missed or alarms else 0)


main()
