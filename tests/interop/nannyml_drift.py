"""Univariate drift beside NannyML's, on data sets that come with scikit-learn and statsmodels.

nannyml_drift.py BINARY     runs itself by MLO_TEST_NANNYML_PYTHON (tests/interop/nannyml-requirements.txt)

Both get the same two sides as one chunk. What is compared is what both define alike: Kolmogorov-Smirnov and Wasserstein of numbers, all distances
and chi-square of categories. NannyML puts numbers into bins of the reference alone (Doane's rule) where ours, as Evidently's, are Sturges' over both
sides: Jensen-Shannon and Hellinger of numbers are two figures, and no option of either makes them one.
"""
import math
import os
import pathlib
import sys
import tempfile
import warnings

from drift_peer import ROUNDED, TOLERANCE, cases, ours, run_where_it_is

NUMBERS = {"kolmogorov_smirnov": "ks", "wasserstein": "wasserstein"}
CATEGORIES = {"jensen_shannon": "jensen_shannon", "hellinger": "hellinger", "l_infinity": "l_infinity", "chi2": "chi_square"}
MOST_VALUES = 20  # of a reference: fewer are categories


def by_method(binary, folder, method):
    """Name → column, of those that the method is for."""
    return {column["name"]: column for column in ours(binary, folder, "--method", method)["columns"] if column["method"] == method}


def theirs(reference, current, columns, methods, kind):
    """(column, method) → NannyML's figure."""
    from nannyml import UnivariateDriftCalculator
    # Above 10,000 rows it estimates, unless told not to; it reads the method beside the names it asks for, not below them.
    exact = {"calculation_method": "exact", **{method: {} for method in methods}}
    asked = {"continuous_methods": methods} if kind == "numbers" else {"categorical_methods": methods}
    found = UnivariateDriftCalculator(column_names=columns, chunk_number=1, computation_params=exact, **asked).fit(reference[columns]).calculate(current[columns])
    told = found.filter(period="analysis").to_df()
    return {(column, method): float(told[column, method, "value"].iloc[0]) for column in columns for method in methods}


def deviation(column):
    """What ours counts a Wasserstein distance in, as Evidently does."""
    return max(float(column.dropna().std(ddof=0)), 0.001)


def expected(method, figure, column):
    """NannyML's figure in our units: distances of moved numbers in standard deviations, entropies by the natural logarithm."""
    if method == "wasserstein":
        return figure / deviation(column)
    return figure * math.sqrt(math.log(2)) if method == "jensen_shannon" else figure


def comparable(method, reference, current):
    """NannyML corrects chi-square of two categories as Yates did; ours is Evidently's z-test there."""
    both = set(reference.dropna()) | set(current.dropna())
    return method != "chi2" or len(both) != 2


def as_words(rows):
    """Numbers that name categories, as words: Hellinger's bins of numbers are Evidently's, however few they are."""
    return rows.apply(lambda column: column.map(lambda value: f"c{value}", na_action="ignore"))


def compare(binary, folder, name, sides, kind, methods, wrong):
    columns = [column for column in sides[0] if (sides[0][column].nunique() <= MOST_VALUES) == (kind == "categories")]
    if not columns:
        return 0
    reference, current = (as_words(side[columns]) if kind == "categories" else side[columns] for side in sides)
    reference.to_csv(folder / "reference.csv", index=False)
    current.to_csv(folder / "current.csv", index=False)
    figures = theirs(reference, current, columns, list(methods), kind)
    mine = {method: by_method(binary, folder, own) for method, own in methods.items()}
    compared = 0
    for (column, method), figure in figures.items():
        if not comparable(method, reference[column], current[column]):
            continue
        found = mine[method].get(column)
        wanted = expected(method, figure, reference[column])
        compared += 1
        if found is None:
            wrong.append(f"{name}.{column}: not compared by {methods[method]}")
        elif not math.isclose(found["statistic"], wanted, rel_tol=TOLERANCE, abs_tol=ROUNDED.get(method, 1e-12)):
            wrong.append(f"{name}.{column}: {methods[method]} is {found['statistic']}, NannyML says {wanted}")
    return compared


def main():
    os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"  # it tells its makers of each use otherwise
    run_where_it_is("nannyml", "MLO_TEST_NANNYML_PYTHON")
    warnings.filterwarnings("ignore")
    binary, wrong, compared = sys.argv[1], [], 0
    with tempfile.TemporaryDirectory() as top:
        folder = pathlib.Path(top)
        for name, *sides in cases():
            compared += compare(binary, folder, name, sides, "numbers", NUMBERS, wrong)
            compared += compare(binary, folder, name, sides, "categories", CATEGORIES, wrong)
    print("\n".join(wrong) or f"{compared} figures are NannyML's")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
