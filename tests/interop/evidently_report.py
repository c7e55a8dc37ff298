"""Drift reports beside Evidently's, on data sets that come with scikit-learn and statsmodels.

evidently_report.py BINARY     runs itself by MLO_TEST_EVIDENTLY_PYTHON (tests/interop/evidently-requirements.txt)

Both choose a measure for each column: its name, its figure and the verdict must be the same. Then each measure that both have is asked for all columns.
Where conventions differ on purpose (lib/README.md) figures are not compared: chi-square of more than two values; free text and identifiers, which these
tables do not have.
"""
import math
import pathlib
import sys
import tempfile
import warnings

from drift_peer import ROUNDED, TOLERANCE, cases, ours, run_where_it_is

# Of two values the z-test of proportions and the chi-square test of homogeneity are one test: z² = χ². Of more, Evidently takes the reference's shares
# for exact, as if they were no sample (scipy.stats.chisquare): ours is scipy.stats.chi2_contingency, which tests/interop/drift.py holds it against.
OTHER = "chi-square p_value"
METHODS = {"K-S p_value": "ks", OTHER: "chi_square", "Z-test p_value": "chi_square", "Wasserstein distance (normed)": "wasserstein",
           "Jensen-Shannon distance": "jensen_shannon"}


def same(found, expected, small=1e-12):
    return found == expected or math.isclose(found, expected, rel_tol=TOLERANCE, abs_tol=small)


def whole_report(binary, folder, name, reference, current, wrong):
    from evidently import Report
    from evidently.presets import DataDriftPreset
    mine = ours(binary, folder)
    theirs = Report([DataDriftPreset()]).run(current, reference).dict()["metrics"]
    expected = {metric["config"]["column"]: metric for metric in theirs if metric["metric_name"].startswith("ValueDrift")}
    if set(expected) != {column["name"] for column in mine["columns"]}:
        wrong.append(f"{name}: other columns than Evidently's")
    compared = 0
    for column in mine["columns"]:
        metric = expected.get(column["name"])
        if metric is None:
            continue
        compared += 1
        method = METHODS.get(metric["config"]["method"], metric["config"]["method"])
        figure = column["statistic"] if column["p_value"] is None else column["p_value"]
        if column["method"] != method:
            wrong.append(f"{name}.{column['name']}: compared by {column['method']}, Evidently chose {metric['config']['method']}")
        elif metric["config"]["method"] == OTHER:
            continue
        elif column["threshold"] != metric["config"]["threshold"]:
            wrong.append(f"{name}.{column['name']}: threshold {column['threshold']}, Evidently has {metric['config']['threshold']}")
        elif not same(figure, metric["value"], ROUNDED.get(method, 1e-12)):
            wrong.append(f"{name}.{column['name']}: {method} is {figure}, Evidently says {metric['value']}")
    return compared


def measures():
    """Evidently's own by our names; they take pandas series."""
    from evidently.legacy.calculations import stattests as own
    return {"psi": own.psi_stat_test, "jensen_shannon": own.jensenshannon_stat_test, "kl": own.kl_div_stat_test, "hellinger": own.hellinger_stat_test,
            "wasserstein": own.wasserstein_stat_test, "ks": own.ks_stat_test}


def each_measure(binary, folder, name, reference, current, wrong):
    from evidently.legacy.core import ColumnType
    compared = 0
    for method, measure in measures().items():
        for column in ours(binary, folder, "--method", method)["columns"]:
            if column["method"] != method:
                continue
            sides = [side[column["name"]].dropna() for side in (reference, current)]
            kind = ColumnType.Categorical if sides[0].dtype == object else ColumnType.Numerical
            expected = float(measure.func(*sides, kind, 0.1)[0])
            figure = column["p_value"] if method == "ks" else column["statistic"]
            compared += 1
            if not same(figure, expected, ROUNDED.get(method, 1e-12)):
                wrong.append(f"{name}.{column['name']}: {method} is {figure}, Evidently says {expected}")
    return compared


def main():
    run_where_it_is("evidently", "MLO_TEST_EVIDENTLY_PYTHON")
    warnings.filterwarnings("ignore")
    binary, wrong, compared = sys.argv[1], [], 0
    with tempfile.TemporaryDirectory() as top:
        folder = pathlib.Path(top)
        for name, reference, current in cases():
            reference.to_csv(folder / "reference.csv", index=False)
            current.to_csv(folder / "current.csv", index=False)
            compared += whole_report(binary, folder, name, reference, current, wrong)
            compared += each_measure(binary, folder, name, reference, current, wrong)
    print("\n".join(wrong) or f"{compared} figures are Evidently's")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
