"""Contracts beside datacontract-cli: it accepts what we write, and judges tables as we do.

contracts.py BINARY     with MLO_TEST_INTEROP_PYTHON naming the Python that has requirements.txt
"""
import datetime
import itertools
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


# A contract by hand, with the rules that inference does not write. Each slip breaks the rule of that name.
# (The peer names two exclusive bounds of one column alike and then answers nothing, so they are of two.)
FULL = """apiVersion: v3.1.0
kind: DataContract
id: shop
name: shop
version: 1.0.0
status: active
servers:
  - {{server: local, type: local, path: "{folder}/{{model}}.csv", format: csv, delimiter: ","}}
slaProperties:
  - {{property: freshness, value: 3, unit: d, element: orders.day}}
schema:
  - name: orders
    quality:
      - {{type: library, metric: rowCount, mustBeBetween: [100, 300]}}
      - {{type: library, metric: duplicateValues, arguments: {{properties: [id, day]}}, mustBe: 0}}
      - {{name: total, type: sql, query: "SELECT sum(amount) FROM ${{table}}", mustBeGreaterThan: 1000}}
    properties:
      - {{name: id, logicalType: integer, primaryKey: true, primaryKeyPosition: 1, logicalTypeOptions: {{exclusiveMaximum: 300}}}}
      - {{name: shop, logicalType: string, primaryKey: true, primaryKeyPosition: 2, logicalTypeOptions: {{minLength: 2, maxLength: 5}}}}
      - name: amount
        logicalType: number
        logicalTypeOptions: {{exclusiveMinimum: 0}}
        quality:
          - {{type: library, metric: nullValues, mustBeLessThan: 3, unit: percent}}
      - name: plan
        logicalType: string
        quality:
          - {{type: library, metric: invalidValues, arguments: {{validValues: [basic, pro]}}, mustBeLessOrEqualTo: 2}}
          - {{type: library, metric: missingValues, arguments: {{missingValues: [none]}}, mustBeLessThan: 4}}
      - name: customer
        logicalType: string
        relationships:
          - {{to: customers.name}}
      - {{name: day, logicalType: timestamp}}
  - name: customers
    customProperties: [{{property: source, value: customers.csv}}]
    properties:
      - {{name: name, logicalType: string}}
"""


def change(*numbers, **fields):
    """A slip: those rows get those fields."""
    return lambda number, row: row | fields if number in numbers else row


FULL_SLIPS = {
    "nothing": lambda number, row: row,
    "primary key": change(7, id="6", shop="west"),
    "duplicates": change(6, 7, id="6", day="2000-01-01 00:00:00"),
    "minimum length": change(7, shop="n"),
    "maximum length": change(7, shop="northwest"),
    "exclusive minimum": change(7, amount="0"),
    "exclusive maximum": change(7, id="300"),
    "amount: missing values": change(1, 2, 3, 4, 5, 6, amount=""),
    "invalid values": change(1, 2, 3, plan="gold"),
    "plan: missing values": change(1, 2, 3, 4, plan="none"),
    "in customers.name": change(7, customer="eve"),
    "freshness": lambda number, row: row | {"day": "2001-01-01 00:00:00"},
    "total": lambda number, row: row | {"amount": "0.5"},
    "rows": lambda number, row: row if number < 90 else None,
}


def shop_rows(count):
    chance = random.Random(6)
    now = datetime.datetime.now(datetime.timezone.utc)
    for number in range(count):
        yield {"id": str(number), "shop": "west" if number % 2 == 0 else "north", "amount": f"{chance.uniform(10, 90):.2f}",
               "plan": chance.choice(["basic", "pro"]), "customer": chance.choice(["ann", "bo", ""]),
               "day": (now - datetime.timedelta(minutes=number + 5)).strftime("%Y-%m-%d %H:%M:%S")}


def full_contract(binary, peer, folder, wrong):
    """Rules by hand: accepted by the peer, and both judge each slip alike."""
    contract = folder / "shop.yaml"
    contract.write_text(FULL.format(folder=folder), encoding="utf-8")
    (folder / "customers.csv").write_text("name\nann\nbo\n", encoding="utf-8")
    passed, said = accepted(peer, "lint", str(contract))
    if not passed:
        wrong.append(f"lint refuses the contract by hand:\n{said}")
    for slip, changed in FULL_SLIPS.items():
        table = [row for row in map(changed, itertools.count(), shop_rows(200)) if row is not None]
        lines = [",".join(table[0]), *(",".join(row.values()) for row in table)]
        (folder / "orders.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        theirs, said = accepted(peer, "test", str(contract))
        mine, told = ours(binary, contract, folder / "orders.csv")
        compare(slip, mine, theirs, told, said, wrong)


def compare(slip, mine, theirs, told, said, wrong):
    print(f"{slip}: {'passes' if mine else 'fails'}, there too" if mine == theirs else f"{slip}: verdicts differ")
    if mine != theirs:
        wrong.append(f"{slip}: ours {mine}, theirs {theirs}\n{told}\n{said}")
    if mine != (slip == "nothing") or (slip != "nothing" and slip not in told):
        wrong.append(f"{slip}: our answer does not name it\n{told}")


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
    done = subprocess.run([binary, "-C", pathlib.Path(table).parent, "--json", "schema", "check", contract, table], capture_output=True,
                          text=True, timeout=60)
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
            compare(slip, mine, theirs, told, said, wrong)
        full_contract(binary, peer, folder, wrong)
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
