"""Contracts beside datacontract-cli: it accepts what we write, and judges tables as we do.

contracts.py BINARY     with MLO_TEST_INTEROP_PYTHON naming the Python that has requirements.txt
"""
import os
import pathlib
import random
import subprocess
import sys
import tempfile

SKIPPED = 77
HEAD = "id,amount,plan,day"
# What breaks one rule each, as a change of one row of a good table, and the rule's part of our name.
SLIPS = {
    "required": lambda row: row | {"id": ""},
    "unique": lambda row: row | {"id": "7"},
    "minimum": lambda row: row | {"amount": "-5000"},
    "maximum": lambda row: row | {"amount": "5000000"},
    "values": lambda row: row | {"plan": "gold"},
}


def rows(count):
    chance = random.Random(5)
    for number in range(count):
        yield {"id": str(number), "amount": f"{chance.uniform(10, 90):.2f}", "plan": chance.choice(["basic", "pro"]),
               "day": f"2026-03-{1 + number % 28:02d}"}


def write(path, table):
    lines = [HEAD, *(",".join(row.values()) for row in table)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def accepted(peer, *arguments):
    """The peer's verdict. Anything but pass and fail is an error of its own, which is no verdict."""
    done = subprocess.run([peer, *arguments], capture_output=True, text=True, timeout=120,
                          env=os.environ | {"COLUMNS": "200", "DO_NOT_TRACK": "1"})
    said = done.stdout + done.stderr
    if done.returncode not in (0, 1) or "Traceback" in said:
        raise SystemExit(f"{' '.join(arguments)}: exit {done.returncode}\n{said}")
    return done.returncode == 0, said


def ours(binary, contract, table):
    done = subprocess.run([binary, "schema", "check", contract, table], capture_output=True, text=True, timeout=60)
    if done.returncode not in (0, 1):
        raise SystemExit(f"mlo schema check {table}: exit {done.returncode}\n{done.stderr}")
    return done.returncode == 0, done.stdout


def main():
    python = os.environ.get("MLO_TEST_INTEROP_PYTHON")
    if not python:
        print("MLO_TEST_INTEROP_PYTHON is not set: export it as tests/run.sh does")
        return SKIPPED
    binary, peer = sys.argv[1], str(pathlib.Path(python).parent / "datacontract")
    wrong = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        good, contract = folder / "good.csv", folder / "orders.yaml"
        write(good, rows(200))
        subprocess.run([binary, "schema", "infer", good, "-o", contract], check=True, capture_output=True)
        passed, said = accepted(peer, "lint", str(contract))
        if not passed:
            wrong.append(f"lint refuses an inferred contract:\n{said}")
        plain = contract.read_text(encoding="utf-8")
        for slip, change in {"nothing": lambda row: row, **SLIPS}.items():
            table = folder / f"{slip}.csv"
            changed = list(rows(200))
            changed[100] = change(changed[100])
            write(table, changed)
            # The peer takes the place of the data from the contract.
            placed = folder / f"{slip}.yaml"
            placed.write_text(plain + f"servers:\n  - server: local\n    type: local\n    path: {table}\n"
                              "    format: csv\n    delimiter: ','\n", encoding="utf-8")
            theirs, said = accepted(peer, "test", str(placed))
            mine, told = ours(binary, placed, table)
            print(f"{slip}: {'passes' if mine else 'fails'}, there too" if mine == theirs else f"{slip}: verdicts differ")
            if mine != theirs:
                wrong.append(f"{slip}: ours {mine}, theirs {theirs}\n{told}\n{said}")
            if mine != (slip == "nothing") or (slip != "nothing" and slip not in told):
                wrong.append(f"{slip}: our answer does not name it\n{told}")
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
