"""Cuts the labelled batches into a training and a held-out table, the same way every time."""
import csv
import json
import os
import pathlib
import random

params = json.loads(pathlib.Path(os.environ["MLO_PARAMS_FILE"]).read_text())
rows = []
for batch in sorted(pathlib.Path("data/raw").glob("*.csv")):
    with batch.open(newline="") as file:
        rows += list(csv.DictReader(file))

random.Random(params["seed"]).shuffle(rows)
cut = int(len(rows) * params["test_share"])
for name, part in (("data/test.csv", rows[:cut]), ("data/train.csv", rows[cut:])):
    with open(name, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(part)
