"""Group fairness beside fairlearn's, on a real data set and on groups that are small, one-sided or never selected.

fairness.py BINARY     with MLO_TEST_INTEROP_PYTHON naming the Python that has requirements.txt
"""
import csv
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings

SKIPPED = 77


def ours(binary, path, truth, predicted, groups):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["y", "p", "g"])
        writer.writerows(zip(truth, predicted, groups))
    done = subprocess.run([binary, "evaluate", path, "--label", "y", "--prediction", "p", "--positive", "1", "--task", "binary-classification", "--slices", "g",
                           "--fairness", "g", "--json"], capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise SystemExit(f"mlo evaluate: exit {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout)


def theirs(truth, predicted, groups):
    from fairlearn import metrics as f
    from sklearn import metrics as m
    made = {}
    for name in ("demographic_parity", "equalized_odds", "equal_opportunity"):
        for kind in ("difference", "ratio"):
            made[f"{name}_{kind}"] = getattr(f, f"{name}_{kind}")(truth, predicted, sensitive_features=groups)
    precision = f.MetricFrame(metrics=lambda y, p: m.precision_score(y, p, zero_division=0), y_true=truth, y_pred=predicted, sensitive_features=groups)
    made["predictive_parity_difference"] = precision.difference()
    made["predictive_parity_ratio"] = precision.ratio()
    return made


def case(binary, folder, name, truth, predicted, groups, wrong):
    from fairlearn import metrics as f
    from sklearn import metrics as m
    found = ours(binary, folder / "predictions.csv", truth, predicted, groups)
    fair = found["fairness"][0]["metrics"]
    for metric, value in theirs(truth, predicted, groups).items():
        if not math.isfinite(value):  # 0 / 0: ours is left out
            if metric in fair:
                wrong.append(f"{name}: {metric} is {fair[metric]}, fairlearn has none")
        elif metric not in fair or not math.isclose(fair[metric], value, rel_tol=1e-9, abs_tol=1e-12):
            wrong.append(f"{name}: {metric} is {fair.get(metric)}, fairlearn says {value}")
    frame = f.MetricFrame(metrics={"accuracy": m.accuracy_score}, y_true=truth, y_pred=predicted, sensitive_features=groups).by_group
    for one in found["slices"]:
        if not math.isclose(one["metrics"]["accuracy"], frame["accuracy"][one["value"]], rel_tol=1e-9):
            wrong.append(f"{name}: accuracy of {one['value']} is {one['metrics']['accuracy']}, fairlearn says {frame['accuracy'][one['value']]}")


def main():
    python = os.environ.get("MLO_TEST_INTEROP_PYTHON")
    if not python:
        print("MLO_TEST_INTEROP_PYTHON is not set: export it as tests/run.sh does")
        return SKIPPED
    if pathlib.Path(sys.executable).absolute() != pathlib.Path(python).absolute():
        return subprocess.run([python, __file__, *sys.argv[1:]], check=False).returncode
    warnings.filterwarnings("ignore")
    import numpy as np
    from sklearn import datasets
    from sklearn.naive_bayes import GaussianNB
    binary, wrong = sys.argv[1], []
    with tempfile.TemporaryDirectory() as top:
        folder = pathlib.Path(top)
        x, y = datasets.load_breast_cancer(return_X_y=True)
        predicted = GaussianNB().fit(x[:, :4], y).predict(x[:, :4])
        sizes = np.digitize(x[:, 3], np.quantile(x[:, 3], [0.25, 0.5, 0.75]))
        case(binary, folder, "breast cancer by area", y, predicted, [f"q{size}" for size in sizes], wrong)
        case(binary, folder, "breast cancer by texture", y, predicted, ["rough" if value > 19 else "smooth" for value in x[:, 1]], wrong)
        chance = np.random.default_rng(9)
        case(binary, folder, "by chance", chance.integers(0, 2, 900), chance.integers(0, 2, 900), chance.choice(["a", "b", "c"], 900, p=[0.9, 0.09, 0.01]), wrong)
        case(binary, folder, "one group", [0, 1, 1, 0], [0, 1, 0, 0], ["a"] * 4, wrong)
        case(binary, folder, "a group that is never selected", [0, 1, 1, 0, 1, 0], [1, 1, 0, 0, 0, 0], ["a", "a", "a", "b", "b", "b"], wrong)
        case(binary, folder, "nobody is selected", [0, 1, 1, 0], [0, 0, 0, 0], ["a", "a", "b", "b"], wrong)
    print("\n".join(wrong) or "every gap is fairlearn's")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
