"""10,000 runs asked, filtered and exported; a metric from a shell; experiments side by side. The peer is MLflow on the same runs in SQLite:
`pip install mlflow==3.17.2` into a folder outside the tree, its Python given by --mlflow."""
import json
import shutil
import sqlite3
import statistics
import subprocess
import sys

from timing import timed

COUNT = 10_000

NEW_STORE = """
import sys
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
SqlAlchemyStore(sys.argv[1], sys.argv[2])
"""
TOP = """
import sys, mlflow
runs = mlflow.MlflowClient(sys.argv[1]).search_runs(["0"], order_by=["metrics.auc DESC"], max_results=10)
assert len(runs) == 10
"""
FILTER = """
import sys, mlflow
runs = mlflow.MlflowClient(sys.argv[1]).search_runs(["0"], "metrics.auc > 0.99 and params.depth = '5'")
assert runs
"""
# Read in-process, without the import: what a notebook that is open already would wait for.
WITHIN = """
import sys, time, mlflow
client = mlflow.MlflowClient(sys.argv[1])
client.search_runs(["0"], max_results=1)
for words in ({"order_by": ["metrics.auc DESC"], "max_results": 10}, {"filter_string": "metrics.auc > 0.99 and params.depth = '5'"}):
    begin = time.perf_counter()
    client.search_runs(["0"], **words)
    print(time.perf_counter() - begin)
"""
EXPORT = """
import sys, mlflow
mlflow.set_tracking_uri(sys.argv[1])
mlflow.search_runs(["0"], max_results=100000).to_csv(sys.argv[2])
"""
LOG = """
import sys, mlflow
client = mlflow.MlflowClient(sys.argv[1])
client.log_metric(sys.argv[2], "loss", 0.5)
"""


def limit(name, spent, most, peer=None, peer_name="MLflow"):
    beside = "" if peer is None else f"   {peer_name} {peer * 1000:9.2f} ms   {spent / peer:6.4f} ×"
    print(f"{name:34} mlo {spent * 1000:9.2f} ms{beside}  target ≤ {most * 1000:g} ms: {'reached' if spent <= most else 'MISSED'}", flush=True)


def fill(context):
    """The same runs in a repository and in MLflow's SQLite; returns the folder and MLflow's address."""
    ours = context.folder / "ours"
    told = subprocess.run([context.raw_runs, ours, str(COUNT)], env=context.variables, capture_output=True, text=True, check=True).stdout
    if not context.mlflow:
        return ours, None
    file = context.folder / "mlflow.db"
    uri = f"sqlite:///{file}"
    subprocess.run([context.mlflow, "-c", NEW_STORE, uri, str(context.folder / "artifacts")], check=True, capture_output=True)
    with sqlite3.connect(file) as store:
        for line in told.splitlines():
            run = json.loads(line)
            key = run["id"].lower()
            begin = run["started_at"] // 1000
            store.execute("INSERT INTO runs (run_uuid, name, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri, experiment_id) "
                          "VALUES (?, ?, 'bench', ?, ?, ?, 'active', ?, 0)",
                          (key, run["name"], run["status"].upper(), begin, run["finished_at"] // 1000, f"{context.folder}/artifacts/{key}"))
            store.executemany("INSERT INTO params VALUES (?, ?, ?)", [(name, str(value), key) for name, value in run["params"].items()])
            for table in ("metrics", "latest_metrics"):
                store.executemany(f"INSERT INTO {table} (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, 0, 0)",
                                  [(name, value, begin, key) for name, value in run["metrics"].items()])
            store.executemany("INSERT INTO tags VALUES (?, ?, ?)", [(name, value, key) for name, value in run["tags"].items()])
    return ours, uri


def asked(context):
    ours, uri = fill(context)
    out = context.folder / "out"
    pairs = (("runs list, top 10 of 10,000", ["runs", "list", "order by metrics.auc desc limit 10"], 0.020, TOP, []),
             ("runs list, filtered of 10,000", ["runs", "list", "metrics.auc > 0.99 and params.depth = 5"], 0.012, FILTER, []),
             ("runs export, 10,000 to CSV", ["runs", "export", "-o", f"{out}.csv"], 0.250, EXPORT, [f"{out}.mlflow.csv"]),
             ("runs export, 10,000 to JSON", ["runs", "export", "--format", "json", "-o", f"{out}.json"], 0.250, None, []),
             ("runs export, 10,000 to Parquet", ["runs", "export", "--format", "parquet", "-o", f"{out}.parquet"], None, None, []))
    for name, words, most, script, arguments in pairs:
        command = [context.mlo, "-C", str(ours), *words]
        for _ in range(3):
            timed(command, context.folder, context.variables)
        peer = None
        mine = [timed(command, context.folder, context.variables) for _ in range(context.runs)]
        if uri and script:
            # In turn, a few times: an import of MLflow alone takes seconds.
            theirs, mine = [], []
            for _ in range(3):
                theirs.append(timed([context.mlflow, "-c", script, uri, *arguments], context.folder, context.variables))
                mine += [timed(command, context.folder, context.variables) for _ in range(max(context.runs // 3, 3))]
            peer = statistics.median(theirs)
        spent = statistics.median(mine)
        if most is None:
            print(f"{name:34} mlo {spent * 1000:9.2f} ms", flush=True)
        else:
            limit(name, spent, most, peer)
    if uri:
        within = subprocess.run([context.mlflow, "-c", WITHIN, uri], capture_output=True, text=True, check=True).stdout.split()
        print(f"{'':34} MLflow without its import: top 10 {float(within[0]) * 1000:.0f} ms, filter {float(within[1]) * 1000:.0f} ms", flush=True)


def recorded(context):
    """One durable metric from a shell: `mlo record metric` within a run, MLflow's one-liner on SQLite."""
    record = context.folder / "record.jsonl"
    record.touch()
    variables = {**context.variables, "MLO_RECORD_FILE": str(record)}
    command = [context.mlo, "record", "metric", "loss=0.5", "--step", "3"]
    for _ in range(3):
        timed(command, context.folder, variables)
    peer = None
    mine = [timed(command, context.folder, variables) for _ in range(max(context.runs, 21))]
    if context.mlflow:
        uri = f"sqlite:///{context.folder}/log.db"
        run = subprocess.run([context.mlflow, "-c", f"import mlflow; c = mlflow.MlflowClient({uri!r}); print(c.create_run('0').info.run_id)"],
                             capture_output=True, text=True, check=True).stdout.strip()
        theirs, mine = [], []
        for _ in range(3):
            theirs.append(timed([context.mlflow, "-c", LOG, uri, run], context.folder, context.variables))
            mine += [timed(command, context.folder, variables) for _ in range(7)]
        peer = statistics.median(theirs)
    limit("record metric, durable", statistics.median(mine), 0.010, peer)


def experiments(context):
    """Four experiments of a second each, two at once: a grid search over four values."""
    text = """project: four
params: {x: 0}
pipeline:
  fit: {run: 'sleep 1; echo "{\\"loss\\": $MLO_PARAM_X}" > m.json', metrics: [m.json], params: [x]}
search:
  four: {minimize: loss, params: {x: [1, 2, 3, 4]}, sampler: grid}
"""
    spent = []
    for _ in range(3):
        folder = context.folder / "four"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / "mlo.yaml").write_text(text)
        subprocess.run([context.mlo, "init", "-q"], cwd=folder, env=context.variables, check=True)
        spent.append(timed([context.mlo, "-C", str(folder), "search", "-q", "-j", "2"], context.folder, context.variables))
    limit("search, four of 1 s at -j 2", statistics.median(spent), 2.3, 2.0, "ideal")


BENCHES = {"runs": asked, "record": recorded, "search": experiments}
