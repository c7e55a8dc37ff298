"""Poison in scikit-learn's data sets: what is planted is found, clean data passes, and label noise is what scikit-learn's
neighbours say.

poison.py BINARY     with MLO_TEST_PYTHON naming a Python with scikit-learn (examples/quickstart/requirements.txt)
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

SKIPPED = 77
NAMES = ("iris", "wine", "breast_cancer", "digits")
CHECKS = ("label noise", "clusters of one label", "outliers", "class shares")
PROJECT = """project: poison
data:
  table.csv:
    checks:
      label_noise: {label: target}
      label_clusters: {label: target}
      outliers: {label: target}
      class_shift: {label: target, against: before.csv}
"""


def write(path, values, labels):
    names = [f"x{i}" for i in range(values.shape[1])] + ["target"]
    lines = [",".join([*(repr(float(value)) for value in row), f"class {label}"]) for row, label in zip(values, labels)]
    path.write_text("\n".join([",".join(names), *lines]) + "\n", encoding="utf-8")


def judged(binary, before, values, labels):
    """Our checks by name of what they call themselves."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write(folder / "before.csv", *before)
        write(folder / "table.csv", values, labels)
        (folder / "mlo.yaml").write_text(PROJECT, encoding="utf-8")
        environment = os.environ | {"HOME": name, "MLO_ACTOR": "test"}
        for arguments in (["init", "-q"], ["track", "table.csv", "before.csv", "-q", "-m", "first"]):
            subprocess.run([binary, *arguments], cwd=folder, env=environment, check=True, capture_output=True)
        done = subprocess.run([binary, "validate", "table.csv", "--json"], cwd=folder, env=environment, capture_output=True, text=True)
        if done.returncode not in (0, 1):
            raise SystemExit(f"mlo validate: exit {done.returncode}\n{done.stderr}")
        checks = json.loads(done.stdout)["checks"]
        named = {check["name"].removeprefix("target: "): check for check in checks}
        return {name: named[name] for name in CHECKS}


def scaled(numpy, values):
    """As ours: median; inter-quartile range over that of a normal, at least a tenth of the 5–95 % range likewise; single precision."""
    middle = numpy.median(values, 0)

    def spread_of(tail, normal):
        return (numpy.quantile(values, 1 - tail, axis=0) - numpy.quantile(values, tail, axis=0)) / normal

    spread = numpy.maximum(spread_of(0.25, 1.3489795003921634), spread_of(0.05, 3.289707253902945) / 10)
    spread = numpy.where(spread > 0, spread, values.std(0))
    varies = spread > 0
    return ((values[:, varies] - middle[varies]) / spread[varies]).astype(numpy.float32)


def confident_learning(numpy, values, labels):
    """Rows that another class claims, by cleanlab's rule; the ten nearest others by scikit-learn."""
    from sklearn.neighbors import NearestNeighbors
    near = NearestNeighbors(n_neighbors=11, algorithm="brute").fit(values).kneighbors(values, return_distance=False)
    places = [[other for other in row if other != i][:10] for i, row in enumerate(near)]
    classes = numpy.unique(labels)
    shares = numpy.array([[numpy.mean(labels[row] == one) for one in classes] for row in places])
    own = numpy.array([shares[i, numpy.searchsorted(classes, label)] for i, label in enumerate(labels)])
    least = numpy.array([shares[labels == one, k].mean() for k, one in enumerate(classes)])
    return int(numpy.sum(((shares >= least - 1e-9) & (shares > own[:, None] + 1e-9)).any(1)))


def main():
    python = os.environ.get("MLO_TEST_PYTHON")
    if not python:
        print("MLO_TEST_PYTHON is not set: export it as tests/run.sh does")
        return SKIPPED
    if pathlib.Path(sys.executable).absolute() != pathlib.Path(python).absolute():
        return subprocess.run([python, __file__, *sys.argv[1:]], check=False).returncode
    import numpy
    from sklearn import datasets
    binary, wrong = sys.argv[1], []

    def expect(holds, what):
        print(("" if holds else "WRONG ") + what)
        if not holds:
            wrong.append(what)

    for name in NAMES:
        chance = numpy.random.default_rng(5)
        table = getattr(datasets, f"load_{name}")()
        values, labels = table.data, table.target
        clean = judged(binary, (values, labels), values, labels)
        for check in clean.values():
            expect(check["passed"], f"{name}, clean: {check['name']} {check['value']} {check['message']}")
        theirs = confident_learning(numpy, scaled(numpy, values), labels)
        expect(abs(clean["label noise"]["failing_rows"] - theirs) <= 1,  # equally near neighbours are another choice
               f"{name}: {clean['label noise']['failing_rows']} rows of label noise, {theirs} by scikit-learn's neighbours")

        flipped = chance.choice(len(labels), len(labels) // 10, replace=False)
        noisy = labels.copy()
        noisy[flipped] = (labels[flipped] + 1) % (labels.max() + 1)
        found = judged(binary, (values, labels), values, noisy)["label noise"]
        expect(not found["passed"] and found["failing_rows"] >= 0.7 * len(flipped),
               f"{name}: {found['failing_rows']} of {len(flipped)} swapped labels or more")

        odd = values.copy()
        rows = chance.choice(len(labels), 5, replace=False)
        odd[rows] = numpy.median(values, 0) + chance.choice([-1, 1], (5, values.shape[1])) * 10 * (values.std(0) + 0.1)
        found = judged(binary, (values, labels), odd, labels)["outliers"]
        lines = [int(row) + 2 for row in sorted(rows)]
        # Random cuts see little of what is odd in few of 64 columns: one of five may be missed, none may be wrong.
        hit = set(lines) & set(found["sample_lines"])
        expect(not found["passed"] and len(hit) >= 4 and hit == set(found["sample_lines"]),
               f"{name}: outliers in lines {lines}: {found['sample_lines']}")

        near = values[0] + chance.normal(0, 0.002, (60, values.shape[1])) * values.std(0)
        found = judged(binary, (values, labels), numpy.vstack([values, near]), numpy.concatenate([labels, numpy.full(60, labels[-1])]))
        cluster = found["clusters of one label"]
        expect(not cluster["passed"] and cluster["failing_rows"] == 60, f"{name}: {cluster['message']}")

        most = labels == labels[0]
        kept = most | (chance.random(len(labels)) < 0.3)
        found = judged(binary, (values, labels), values[kept], labels[kept])["class shares"]
        expect(not found["passed"], f"{name}: {found['message']}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
