"""The table as arrays: every column but the label and the group, in the table's order."""
import csv

import numpy

NOT_FEATURES = {"malignant", "size_group"}


def load(path):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name not in NOT_FEATURES]
    features = numpy.array([[float(row[name]) for name in names] for row in rows], dtype=numpy.float32)
    return features, numpy.array([int(row["malignant"]) for row in rows])
