"""Drift measures and profiles beside scipy's and numpy's, on scikit-learn's data sets and on edge cases: equal to 1e-9 of their size.

drift.py BINARY     runs itself by MLO_TEST_PYTHON, which has scikit-learn and scipy

Evidently itself judges in evidently_report.py.
"""
import csv
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

SKIPPED = 77
TOLERANCE = 1e-9


def write(path, columns):
    """Columns by name; None is missing."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in zip(*columns.values()):
            writer.writerow(["" if value is None else repr(value) if isinstance(value, float) else value for value in row])


def ours(binary, *arguments):
    done = subprocess.run([binary, *arguments, "--json"], capture_output=True, text=True, timeout=120)
    if done.returncode not in (0, 1):
        raise SystemExit(f"mlo {' '.join(map(str, arguments))}: exit {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout)


def same(found, expected):
    return found == expected or math.isclose(found, expected, rel_tol=TOLERANCE, abs_tol=1e-12)


class Oracle:
    """What scipy says of one column, over bins that numpy makes as Evidently's conventions want them."""

    def __init__(self, reference, current):
        import numpy as np
        kept = [[v for v in side if v is not None and not (isinstance(v, float) and not math.isfinite(v))] for side in (reference, current)]
        self.numeric = not any(isinstance(v, str) for side in kept for v in side)
        self.sides = [np.array(side) for side in kept]
        if self.numeric and len(set(kept[0])) > 20:
            edges = np.histogram_bin_edges(np.hstack(self.sides), bins="sturges")
            self.counts = [np.histogram(side, edges)[0] for side in self.sides]
        else:
            values = sorted(set(kept[0]) | set(kept[1]))
            self.counts = [np.array([side.count(value) for value in values]) for side in kept]

    def shares(self):
        return [counts / counts.sum() for counts in self.counts]

    def filled(self):
        """PSI and KL: Evidently's filling of empty bins."""
        import numpy as np
        filled = []
        for shares in self.shares():
            least = shares[shares > 0].min()
            filled.append(np.where(shares == 0, 0.0001 if least > 0.0001 else least / 1e6, shares))
        return filled

    def table(self):
        import numpy as np
        table = np.array(self.counts)
        return table[:, table.sum(0) > 0]

    def ks(self):
        from scipy import stats
        found = stats.ks_2samp(*self.sides)
        return found.statistic, found.pvalue

    def chi_square(self):
        from scipy import stats
        found = stats.chi2_contingency(self.table(), correction=False)
        return found.statistic, found.pvalue

    def cramers_v(self):
        from scipy import stats
        table = self.table()
        return stats.contingency.association(table, method="cramer") if table.shape[1] > 1 else 0.0

    def wasserstein(self):
        from scipy import stats
        return stats.wasserstein_distance(*self.sides) / max(self.sides[0].std(), 0.001)

    def jensen_shannon(self):
        from scipy.spatial import distance
        found = distance.jensenshannon(*self.shares())
        return 0.0 if math.isnan(found) else found  # a hair below zero under the root

    def kl(self):
        from scipy import stats
        return stats.entropy(*self.filled())

    def psi(self):
        import numpy as np
        reference, current = self.filled()
        return ((reference - current) * np.log(reference / current)).sum()

    def hellinger(self):
        import numpy as np
        if self.numeric:
            edges = np.histogram_bin_edges(np.unique(np.hstack(self.sides)), bins="sturges")
            shares = [np.histogram(side, edges)[0] / len(side) for side in self.sides]
        else:
            shares = self.shares()
        return math.sqrt(max(0.0, 1 - np.sqrt(shares[0] * shares[1]).sum()))

    def total_variation(self):
        from scipy.spatial import distance
        return distance.cityblock(*self.shares()) / 2

    def l_infinity(self):
        from scipy.spatial import distance
        return distance.chebyshev(*self.shares())


METHODS = ("ks", "chi_square", "cramers_v", "wasserstein", "jensen_shannon", "kl", "psi", "hellinger", "total_variation", "l_infinity")
# One minus a sum of like size: what is left of a small distance is rounding, here as there.
ROUNDED = {"hellinger": 1e-7, "jensen_shannon": 1e-8}


def compare(binary, folder, name, reference, current, wrong, methods=METHODS):
    write(folder / "reference.csv", reference)
    write(folder / "current.csv", current)
    compared = 0
    for method in methods:
        found = ours(binary, "drift", folder / "reference.csv", folder / "current.csv", "--method", method)
        for column in found["columns"]:
            if column["method"] != method:
                continue
            compared += 1
            expected = getattr(Oracle(reference[column["name"]], current[column["name"]]), method)()
            expected, p_value = expected if isinstance(expected, tuple) else (expected, None)
            small = ROUNDED.get(method, 0)
            if not same(column["statistic"], float(expected)) and max(column["statistic"], expected) > small:
                wrong.append(f"{name}.{column['name']}: {method} is {column['statistic']}, scipy says {expected}")
            if p_value is not None and not same(column["p_value"], float(p_value)):
                wrong.append(f"{name}.{column['name']}: p of {method} is {column['p_value']}, scipy says {p_value}")
    if compared < len(methods):
        wrong.append(f"{name}: only {compared} comparisons")


def correction(binary, folder, name, reference, current, wrong):
    """Benjamini and Hochberg's p-values of all columns together."""
    from scipy import stats
    write(folder / "reference.csv", reference)
    write(folder / "current.csv", current)
    columns = ours(binary, "drift", folder / "reference.csv", folder / "current.csv", "--method", "ks", "--correction", "benjamini-hochberg")["columns"]
    expected = stats.false_discovery_control([column["p_value"] for column in columns], method="bh")
    for column, p_value in zip(columns, expected):
        if not same(column["p_adjusted"], float(p_value)):
            wrong.append(f"{name}.{column['name']}: adjusted p is {column['p_adjusted']}, scipy says {p_value}")


def profile(binary, folder, name, table, wrong):
    import numpy as np
    from scipy import stats
    write(folder / "table.csv", table)
    found = ours(binary, "profile", folder / "table.csv")
    for column in found["columns"]:
        values = np.array([value for value in table[column["name"]] if value is not None])
        expected = {"mean": values.mean(), "std": values.std(ddof=1), "min": values.min(), "max": values.max(), "distinct": len(np.unique(values)),
                    "nulls": len(table[column["name"]]) - len(values)}
        for key, value in expected.items():
            if not same(column[key], float(value)):
                wrong.append(f"{name}.{column['name']}: {key} is {column[key]}, numpy says {value}")
        for share, value in column["quantiles"].items():
            if not same(value, float(np.quantile(values, float(share)))):
                wrong.append(f"{name}.{column['name']}: quantile {share} is {value}, numpy says {np.quantile(values, float(share))}")
        if column["distinct"] > 1 and column["histogram"] != np.histogram(values, 20)[0].tolist():
            wrong.append(f"{name}.{column['name']}: histogram is {column['histogram']}, numpy says {np.histogram(values, 20)[0].tolist()}")
    for pair in found["correlations"]:
        expected = stats.pearsonr(table[pair["left"]], table[pair["right"]]).statistic if all(
            None not in table[pair[side]] for side in ("left", "right")) else pair["pearson"]
        if abs(pair["pearson"] - expected) > 1e-9:
            wrong.append(f"{name}: correlation of {pair['left']} and {pair['right']} is {pair['pearson']}, scipy says {expected}")


def halves(table, cut):
    return [{name: [value for value, first in zip(values, cut) if bool(first) == side] for name, values in table.items()} for side in (True, False)]


def edge_cases(chance):
    """Name → both sides of a few columns."""
    some = chance.normal(size=60).round(1).tolist()
    infinite = [*chance.normal(size=58).tolist(), math.inf, -math.inf]
    return {
        "ties": ({"x": some, "n": chance.integers(0, 30, 60).tolist()}, {"x": chance.normal(1, 1, 60).round(1).tolist(), "n": chance.integers(5, 40, 60).tolist()}),
        "one against many": ({"x": [0.5, 0.5], "n": [1, 2]}, {"x": chance.random(90).tolist()[:90], "n": chance.integers(0, 3, 90).tolist()}),
        "constant": ({"x": [1.5] * 40, "n": [3] * 40}, {"x": [1.5] * 30, "n": [3] * 30}),
        "apart": ({"x": [1.0, 2.0, 3.0] * 9, "c": ["a", "b", "c"] * 9}, {"x": [7.0, 8.0, 9.5] * 7, "c": ["x", "y", "b"] * 7}),
        "missing and infinite": ({"x": infinite, "c": [None, "a", "b"] * 20}, {"x": [None, *some[:50], math.inf, *some[:8]], "c": ["a", "b", None, "z"] * 15}),
        "far from zero": ({"x": (1e9 + chance.random(80)).tolist()}, {"x": (1e9 + 0.2 + chance.random(70)).tolist()}),
        "wide": ({"x": (chance.random(300) ** 40 * 1e12).tolist()}, {"x": (chance.random(200) ** 30 * 1e12).tolist()}),
        "many a side": ({"x": chance.normal(size=12000).tolist()}, {"x": chance.normal(0.02, 1, 9000).tolist()}),
        "unlike sizes": ({"x": chance.normal(size=997).tolist()}, {"x": chance.normal(0.1, 1, 31).tolist()}),
    }


def main():
    python = os.environ.get("MLO_TEST_PYTHON")
    if not python:
        print("MLO_TEST_PYTHON is not set: export it as tests/run.sh does")
        return SKIPPED
    try:
        import sklearn  # noqa: F401
    except ImportError:
        if os.environ.get("MLO_DRIFT_AGAIN"):
            raise
        os.environ["MLO_DRIFT_AGAIN"] = "1"
        os.execv(python, [python, *sys.argv])
    import warnings
    import numpy as np
    from sklearn import datasets
    warnings.filterwarnings("ignore")
    binary, wrong = sys.argv[1], []
    with tempfile.TemporaryDirectory() as top:
        folder = pathlib.Path(top)
        chance = np.random.default_rng(11)
        for name in ("iris", "wine", "breast_cancer", "diabetes"):
            data = getattr(datasets, f"load_{name}")()
            table = {str(label): column.tolist() for label, column in zip(data.feature_names, data.data.T)}
            if name != "diabetes":
                table["class"] = [str(data.target_names[target]) for target in data.target]
            profile(binary, folder, name, {label: column for label, column in table.items() if label != "class"}, wrong)
            # One half leans to the large values of the first column: some drift, some none.
            first = np.array(table[str(data.feature_names[0])])
            sides = halves(table, first + chance.normal(size=len(first)) * first.std() > np.median(first))
            compare(binary, folder, name, *sides, wrong)
            correction(binary, folder, name, *[{label: column for label, column in side.items() if label != "class"} for side in sides], wrong)
        for name, (reference, current) in edge_cases(chance).items():
            # One bin only: scipy's tests refuse what ours call no difference.
            methods = [method for method in METHODS if name != "constant" or method not in ("chi_square", "cramers_v")]
            compare(binary, folder, name, reference, current, wrong, methods)
        profile(binary, folder, "missing", {"x": [None, 1.5, 2.5, 1e9, -1e9, None], "n": [1, 2, 3, 4, 5, 2**40]}, wrong)
    print("\n".join(wrong) or "every measure is scipy's")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
