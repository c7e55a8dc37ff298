"""The data of the story: scikit-learn's breast-cancer table (UCI, 569 rows) as CSV.

make_data.py FOLDER           writes FOLDER/batch-1.csv: what the team has
make_data.py FOLDER --later   writes FOLDER/batch-2.csv: new labelled cases from another scanner, which
                              measures larger; the shift that the monitor is to find
"""
import csv
import pathlib
import sys

import numpy
from sklearn.datasets import load_breast_cancer

SHIFTED = ("radius", "perimeter", "area")


def size_group(radius):
    return "small" if radius < 12 else "medium" if radius < 15 else "large"


def table(later):
    data = load_breast_cancer()
    names = [name.replace(" ", "_") for name in data.feature_names]
    values = data.data.copy()
    if later:
        random = numpy.random.default_rng(11)
        chosen = random.choice(len(values), 200, replace=False)
        values, target = values[chosen], data.target[chosen]
        for column, name in enumerate(names):
            if any(part in name for part in SHIFTED):
                values[:, column] *= 1.25
    else:
        target = data.target
    group = names.index("mean_radius")
    for row, benign in zip(values, target):
        yield dict(zip(names, (f"{value:.6g}" for value in row)), size_group=size_group(row[group]),
                   malignant=int(not benign))


folder, later = pathlib.Path(sys.argv[1]), "--later" in sys.argv
folder.mkdir(parents=True, exist_ok=True)
rows = list(table(later))
with (folder / ("batch-2.csv" if later else "batch-1.csv")).open("w", newline="") as file:
    writer = csv.DictWriter(file, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
