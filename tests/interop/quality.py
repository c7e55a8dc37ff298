"""Metrics beside scikit-learn's on its own data sets and on edge cases: equal to 1e-9 of their size.

quality.py BINARY     runs itself by MLO_TEST_PYTHON, which has scikit-learn
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


def ours(binary, folder, rows, *options):
    """`mlo evaluate` of rows of dicts, as its JSON."""
    table = folder / "predictions.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    done = subprocess.run([binary, "evaluate", table, "--json", *options], capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise SystemExit(f"mlo evaluate {' '.join(options)}: exit {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout)


def compare(name, found, expected, wrong):
    for metric, value in expected.items():
        if metric not in found or not math.isclose(found[metric], value, rel_tol=1e-9, abs_tol=1e-12):
            wrong.append(f"{name}: {metric} is {found.get(metric)}, scikit-learn says {value}")


def binary_case(binary, folder, name, truth, scores, wrong):
    import numpy as np
    from sklearn import metrics as m
    from sklearn.calibration import calibration_curve
    truth, scores = np.asarray(truth), np.asarray(scores)
    predicted = (scores > 0.5).astype(int)
    found = ours(binary, folder, [{"y": int(y), "s": repr(float(s)), "g": "ab"[i % 2]} for i, (y, s) in enumerate(zip(truth, scores))],
                 "--label", "y", "--score", "s", "--positive", "1", "--task", "binary-classification", "--fairness", "g")
    compare(name, found["metrics"], {
        "accuracy": m.accuracy_score(truth, predicted), "precision": m.precision_score(truth, predicted, zero_division=0),
        "recall": m.recall_score(truth, predicted), "f1": m.f1_score(truth, predicted),
        "balanced_accuracy": m.balanced_accuracy_score(truth, predicted), "matthews_corrcoef": m.matthews_corrcoef(truth, predicted),
        "roc_auc": m.roc_auc_score(truth, scores), "average_precision": m.average_precision_score(truth, scores),
        "log_loss": m.log_loss(truth, scores), "brier_score": m.brier_score_loss(truth, scores)}, wrong)
    if found["confusion"]["counts"] != m.confusion_matrix(truth, predicted).tolist():
        wrong.append(f"{name}: another confusion matrix: {found['confusion']}")
    # Their bins hold their upper edge, as ours do.
    shares, means = calibration_curve(truth, scores, n_bins=10)
    mine = [(one["positive_share"], one["mean_score"]) for one in found["reliability"]]
    if len(mine) != len(shares) or not np.allclose(np.array(mine), np.column_stack([shares, means]), rtol=1e-9):
        wrong.append(f"{name}: another reliability curve: {mine}\n{shares}\n{means}")
    rates = {rate: [score(truth[part::2], predicted[part::2]) for part in (0, 1)] for rate, score in {
        "demographic_parity": lambda y, p: p.mean(), "equal_opportunity": m.recall_score,
        "predictive_parity": lambda y, p: m.precision_score(y, p, zero_division=0)}.items()}
    compare(name, found["fairness"][0]["metrics"], {f"{rate}_difference": max(both) - min(both) for rate, both in rates.items()}, wrong)
    compare(name, found["fairness"][0]["metrics"], {f"{rate}_ratio": min(both) / max(both) for rate, both in rates.items() if max(both) > 0}, wrong)


def multiclass_case(binary, folder, name, truth, predicted, wrong):
    from sklearn import metrics as m
    found = ours(binary, folder, [{"y": f"c{y}", "p": f"c{p}"} for y, p in zip(truth, predicted)],
                 "--label", "y", "--prediction", "p", "--task", "multiclass-classification")
    expected = {"accuracy": m.accuracy_score(truth, predicted), "balanced_accuracy": m.balanced_accuracy_score(truth, predicted),
                "matthews_corrcoef": m.matthews_corrcoef(truth, predicted), "f1_micro": m.f1_score(truth, predicted, average="micro")}
    for average in ("macro", "weighted"):
        for metric, score in (("precision", m.precision_score), ("recall", m.recall_score), ("f1", m.f1_score)):
            expected[f"{metric}_{average}"] = score(truth, predicted, average=average, zero_division=0)
    compare(name, found["metrics"], expected, wrong)


def regression_case(binary, folder, name, truth, estimates, wrong):
    from sklearn import metrics as m
    found = ours(binary, folder, [{"y": repr(float(y)), "p": repr(float(p))} for y, p in zip(truth, estimates)],
                 "--label", "y", "--prediction", "p", "--task", "regression", "--quantile", "0.3")
    compare(name, found["metrics"], {
        "mean_absolute_error": m.mean_absolute_error(truth, estimates), "root_mean_squared_error": m.root_mean_squared_error(truth, estimates),
        "median_absolute_error": m.median_absolute_error(truth, estimates), "max_error": m.max_error(truth, estimates),
        "mean_absolute_percentage_error": m.mean_absolute_percentage_error(truth, estimates), "r2": m.r2_score(truth, estimates),
        "mean_error": float((truth - estimates).mean()), "mean_pinball_loss": m.mean_pinball_loss(truth, estimates, alpha=0.3)}, wrong)


def ranking_case(binary, folder, name, queries, wrong):
    """Queries as (relevance, scores)."""
    from sklearn import metrics as m
    rows = [{"q": f"q{i}", "y": y, "s": repr(s)} for i, (truth, scores) in enumerate(queries) for y, s in zip(truth, scores)]
    found = ours(binary, folder, rows, "--label", "y", "--score", "s", "--query", "q", "--at", "3")
    mean = lambda values: sum(values) / len(values)
    compare(name, found["metrics"], {
        "ndcg": mean([m.ndcg_score([truth], [scores]) for truth, scores in queries]),
        "ndcg@3": mean([m.ndcg_score([truth], [scores], k=3) for truth, scores in queries]),
        "mean_average_precision": mean([m.average_precision_score([y > 0 for y in truth], scores) for truth, scores in queries])
        if name == "no ties" else found["metrics"]["mean_average_precision"]}, wrong)


def main():
    python = os.environ.get("MLO_TEST_PYTHON")
    if not python:
        print("MLO_TEST_PYTHON is not set: export it as tests/run.sh does")
        return SKIPPED
    try:
        import sklearn
    except ImportError:
        if os.environ.get("MLO_QUALITY_AGAIN"):
            raise
        os.environ["MLO_QUALITY_AGAIN"] = "1"
        os.execv(python, [python, *sys.argv])
    import numpy as np
    from sklearn import datasets
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.naive_bayes import GaussianNB
    import warnings
    warnings.filterwarnings("ignore")
    binary, wrong = sys.argv[1], []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        x, y = datasets.load_breast_cancer(return_X_y=True)
        binary_case(binary, folder, "breast cancer", y, GaussianNB().fit(x[:, :5], y).predict_proba(x[:, :5])[:, 1], wrong)
        chance = np.random.default_rng(5)
        binary_case(binary, folder, "ties", chance.integers(0, 2, 500), chance.integers(0, 11, 500) / 10, wrong)
        binary_case(binary, folder, "one score", [0, 1, 1, 0, 1, 0], [0.7] * 6, wrong)
        for set_name, load in (("wine", datasets.load_wine), ("digits", datasets.load_digits)):
            x, y = load(return_X_y=True)
            multiclass_case(binary, folder, set_name, y, LogisticRegression(max_iter=20).fit(x[::3], y[::3]).predict(x), wrong)
        multiclass_case(binary, folder, "a class never predicted", [0, 1, 2, 2], [0, 1, 1, 3], wrong)
        x, y = datasets.load_diabetes(return_X_y=True)
        regression_case(binary, folder, "diabetes", y, LinearRegression().fit(x, y).predict(x), wrong)
        regression_case(binary, folder, "zeros", np.array([0.0, 0.0, 1.0]), np.array([0.0, 1.0, 1.0]), wrong)
        ranks = [(chance.integers(0, 4, 8).tolist(), chance.permutation(8).astype(float).tolist()) for _ in range(20)]
        ranking_case(binary, folder, "no ties", [(truth, scores) for truth, scores in ranks if any(truth)], wrong)
        ranking_case(binary, folder, "ties", [(truth, [s // 3 for s in scores]) for truth, scores in ranks if any(truth)], wrong)
    print("\n".join(wrong) or "every metric is scikit-learn's")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
