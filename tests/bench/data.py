"""Tables: profiles beside DuckDB's SUMMARIZE, contracts beside pandera, drift beside Evidently, metrics beside scikit-learn and fairlearn.

The peers are those of tests/bench/requirements.txt, installed once into a cache, or whatever MLO_BENCH_PYTHON has.
"""
import functools
import os
import pathlib
import statistics
import subprocess

from timing import interleaved, peak_kib, report, report_share, timed

ROOT = pathlib.Path(__file__).resolve().parents[2]

MAKE = """
import duckdb
engine = duckdb.connect()
engine.execute("SET threads = 1")
engine.execute("SELECT setseed(0.5)")
columns = [f"round(random() * 1000, 4) AS x{i}" for i in range(8)]
columns += [f"CAST(floor(random() * {n}) AS BIGINT) AS n{n}" for n in (10, 1000, 100000)] + ["i AS id"]
columns += [f"'k' || CAST(floor(random() * {n}) AS INT) AS t{n}" for n in (5, 50, 500, 5000)]
columns += ["md5(CAST(random() AS VARCHAR)) AS h", "CASE WHEN random() < 0.1 THEN NULL ELSE 'word ' || CAST(floor(random() * 200000) AS INT) END AS w",
            "TIMESTAMP '2026-01-01' + INTERVAL (CAST(random() * 1e7 AS INT)) SECOND AS at", "random() < 0.3 AS flag"]
engine.execute(f"COPY (SELECT {', '.join(columns)} FROM range(1000000) r(i)) TO 'table.csv' (HEADER)")
engine.execute("COPY (SELECT * FROM 'table.csv') TO 'table.parquet'")
"""


@functools.cache
def python_with_peers():
    given = os.environ.get("MLO_BENCH_PYTHON")
    if given:
        return given
    return subprocess.run([ROOT / "examples/python", ROOT / "tests/bench/requirements.txt"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def make(context, script):
    subprocess.run([python_with_peers(), "-c", script], cwd=context.folder, check=True)


SUMMARIZE = "import sys, duckdb; duckdb.sql('SET enable_progress_bar = false'); duckdb.sql(f\"SUMMARIZE SELECT * FROM '{sys.argv[1]}'\").fetchall()"


def profile(context):
    """Whole processes; the peer's start-up and import are in its time (some 0.1 s)."""
    make(context, MAKE)
    for name in ("table.csv", "table.parquet"):
        ours, peer = interleaved([context.mlo, "profile", name, "--json"], [python_with_peers(), "-c", SUMMARIZE, name], min(context.runs, 5),
                                 context.folder, context.variables)
        report(f"profile 1 M x 20, {name}", ours, peer, "SUMMARIZE", 1.2)


# Twenty rules of the same meaning for both: type, presence, bounds, sets, patterns, lengths, a comparison of columns.
CONTRACT = """apiVersion: v3.1.0
kind: DataContract
id: bench
version: 1.0.0
status: active
schema:
  - name: table
    quality:
      - {metric: rowCount, mustBeGreaterOrEqualTo: 1000}
      - {type: custom, engine: mlo, implementation: {expression: n10 <= n10 + n1000}}
    properties:
%s"""
PANDERA = """
import polars as pl, pandera.polars as pa
number = lambda **more: pa.Column(pl.Float64, pa.Check.in_range(0, 1000), **more)
columns = {f"x{i}": number() for i in range(8)}
columns |= {f"n{n}": pa.Column(pl.Int64, pa.Check.in_range(0, n)) for n in (10, 1000, 100000)}
columns |= {"id": pa.Column(pl.Int64, unique=True), "t5": pa.Column(pl.String, pa.Check.isin([f"k{i}" for i in range(5)]))}
columns |= {f"t{n}": pa.Column(pl.String, pa.Check.str_matches("^k[0-9]+$")) for n in (50, 500, 5000)}
columns |= {"h": pa.Column(pl.String, pa.Check.str_length(32, 32)), "w": pa.Column(pl.String, nullable=True)}
pair = pa.Check(lambda data: data.lazyframe.select(pl.col("n10") <= pl.col("n10") + pl.col("n1000")))
rows = pa.Check(lambda data: data.lazyframe.select(pl.len() >= 1000))
schema = pa.DataFrameSchema(columns, checks=[pair, rows])
import os
os.environ.setdefault("PANDERA_VALIDATION_DEPTH", "SCHEMA_AND_DATA")
from pandera.config import config_context, ValidationDepth
with config_context(validation_depth=ValidationDepth.SCHEMA_AND_DATA):
    schema.validate(pl.read_csv("table.csv", try_parse_dates=True), lazy=True)
"""


def contract(context):
    """Whole processes on a CSV of 1 M rows: pandera on polars needs a second of import, which is part of what a hook waits for."""
    make(context, MAKE)
    column = lambda name, kind, more="": f"      - {{name: {name}, logicalType: {kind}, required: true{more}}}\n"
    lines = [column(f"x{i}", "number", ", logicalTypeOptions: {minimum: 0, maximum: 1000}") for i in range(8)]
    lines += [column(f"n{n}", "integer", f", logicalTypeOptions: {{minimum: 0, maximum: {n}}}") for n in (10, 1000, 100000)]
    lines += [column("id", "integer", ", unique: true")]
    lines += [column("t5", "string", ", quality: [{metric: invalidValues, arguments: {validValues: [k0, k1, k2, k3, k4]}, mustBe: 0}]")]
    lines += [column(f"t{n}", "string", ', logicalTypeOptions: {pattern: "k[0-9]+"}') for n in (50, 500, 5000)]
    lines += [column("h", "string", ", logicalTypeOptions: {minLength: 32, maxLength: 32}"), "      - {name: w, logicalType: string}\n",
              column("at", "timestamp"), column("flag", "boolean")]
    (context.folder / "table.yaml").write_text(CONTRACT % "".join(lines))
    ours, peer = interleaved([context.mlo, "schema", "check", "table.yaml", "table.csv", "-q"], [python_with_peers(), "-c", PANDERA], min(context.runs, 5),
                             context.folder, context.variables)
    report("20 checks on 1 M x 20 CSV", ours, peer, "pandera on polars", 0.333)
    report_share("its peak memory", peak_kib["ours"] / 1024, 300, "MiB")


# The second table of a million rows: the same columns, a tenth of them moved.
MOVED = MAKE.replace("setseed(0.5)", "setseed(0.7)").replace("random() * 1000, 4) AS x{i}", "random() * 1000 + {i} * 8, 4) AS x{i}").replace("table.", "moved.")
EVIDENTLY = """
import sys, pandas
from evidently import Report
from evidently.presets import DataDriftPreset
reference, current = (pandas.read_csv(name) for name in sys.argv[1:])
Report([DataDriftPreset()]).run(current, reference).json()
"""


def drift(context):
    """Whole processes. Evidently 0.7.23 wants nine minutes for these columns (`h` and `w` have many different texts): --runs 1 asks it twice."""
    make(context, MAKE)
    make(context, MOVED)
    ours, peer = interleaved([context.mlo, "drift", "table.csv", "moved.csv", "--json"], [python_with_peers(), "-c", EVIDENTLY, "table.csv", "moved.csv"],
                             min(context.runs, 3), context.folder, context.variables, accepted=(0, 1))
    report("drift of 2 x 1 M x 20 CSV", ours, peer, f"Evidently ({peak_kib['peer'] // 1024} MiB)", 1 / 25)
    report_share("its peak memory", peak_kib["ours"] / 1024, 500, "MiB")


IRIS = """
from sklearn.datasets import load_iris
data = load_iris(as_frame=True).frame.sample(frac=1, random_state=5)
data[:75].to_csv("first.csv", index=False)
data[75:].to_csv("second.csv", index=False)
"""


def drift_small(context):
    """Whole processes on 2 x 75 rows: start-up is what a hook waits for."""
    make(context, IRIS)
    ours, peer = interleaved([context.mlo, "drift", "first.csv", "second.csv", "--json"], [python_with_peers(), "-c", EVIDENTLY, "first.csv", "second.csv"],
                             min(context.runs, 7), context.folder, context.variables, accepted=(0, 1))
    report("drift of halves of iris", ours, peer, "Evidently", 1 / 150)


WIDE = """
import duckdb, sys
engine = duckdb.connect()
engine.execute("SET threads = 1")
engine.execute(f"SELECT setseed({sys.argv[2]})")
columns = [f"random() * {i + 1} AS x{i}" for i in range(6)] + ["CAST(random() * 1e6 AS BIGINT) AS n", "CAST(random() * 1e9 AS BIGINT) AS m"]
columns += ["'k' || CAST(random() * 50 AS INT) AS t", "'user ' || CAST(random() * 5e4 AS INT) AS u"]
engine.execute(f"COPY (SELECT {', '.join(columns)} FROM range(10000000)) TO '{sys.argv[1]}'")
"""


def drift_memory(context):
    """Ten million rows of ten columns a side; no peer here does it in this memory."""
    for name, seed in (("before.parquet", "0.1"), ("now.parquet", "0.2")):
        subprocess.run([python_with_peers(), "-c", WIDE, name, seed], cwd=context.folder, check=True)
    peak_kib["ours"] = 0
    spent = statistics.median(timed([context.mlo, "drift", "before.parquet", "now.parquet", "--json"], context.folder, context.variables, "ours", (0, 1))
                              for _ in range(min(context.runs, 3)))
    report_share(f"drift of 2 x 10 M x 10 Parquet, {spent:.1f} s", peak_kib["ours"] / 1024, 2048, "MiB")


PREDICTIONS = """
import duckdb
engine = duckdb.connect()
engine.execute("SET threads = 1")
engine.execute("SELECT setseed(0.3)")
engine.execute("COPY (SELECT CAST(random() < s AS INT) AS y, round(s, 6) AS s, g FROM (SELECT random() AS s, 'group ' || CAST(random() * 4 AS INT) AS g"
               " FROM range(1000000))) TO 'predictions.csv' (HEADER)")
"""
SCIKIT = """
import time, pandas as pd
from sklearn import metrics as m
from fairlearn import metrics as f
from sklearn.calibration import calibration_curve
begin = time.perf_counter()
data = pd.read_csv("predictions.csv")
y, s = data["y"].to_numpy(), data["s"].to_numpy()
p = (s > 0.5).astype(int)
m.classification_report(y, p)
m.confusion_matrix(y, p)
for metric in (m.accuracy_score, m.balanced_accuracy_score, m.matthews_corrcoef):
    metric(y, p)
for metric in (m.roc_auc_score, m.average_precision_score, m.log_loss, m.brier_score_loss):
    metric(y, s)
calibration_curve(y, s, n_bins=10)
for name in ("demographic_parity", "equalized_odds", "equal_opportunity"):
    for kind in ("difference", "ratio"):
        getattr(f, f"{name}_{kind}")(y, p, sensitive_features=data["g"])
f.MetricFrame(metrics=m.precision_score, y_true=y, y_pred=p, sensitive_features=data["g"]).by_group
print(time.perf_counter() - begin)
"""


def classification(context):
    """The peer's time is its own, from reading the file on: neither Python's start nor its imports. Ours is the whole process."""
    make(context, PREDICTIONS)
    ours = [context.mlo, "evaluate", "predictions.csv", "--label", "y", "--score", "s", "--fairness", "g", "--json"]
    times = {"ours": [], "peer": []}
    peak_kib.update(ours=0, peer=0)
    for _ in range(min(context.runs, 7)):
        times["ours"].append(timed(ours, context.folder, context.variables, "ours"))
        done = subprocess.run([python_with_peers(), "-W", "ignore", "-c", SCIKIT], cwd=context.folder, check=True, stdout=subprocess.PIPE, text=True)
        times["peer"].append(float(done.stdout))
    report("metrics and fairness of 1 M rows", *(statistics.median(times[side]) for side in ("ours", "peer")), "scikit-learn, fairlearn", 1 / 5)


BENCHES = {"profile": profile, "contract": contract, "drift": drift, "drift-small": drift_small, "drift-memory": drift_memory,
           "classification": classification}
