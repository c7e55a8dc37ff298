"""Runs that MLflow itself wrote, and DVC's files, taken over by `mlo runs import`: runs_import.py MLO

Runs under the Python of tests/interop/mlflow-requirements.txt; exit code 77 where it has no mlflow.
"""
import datetime
import importlib.util
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

MLO = str(pathlib.Path(sys.argv[1]).resolve())
PYTHON = os.environ.get("MLO_TEST_MLFLOW_PYTHON", sys.executable)
if PYTHON != sys.executable and "MLO_TEST_INSIDE" not in os.environ:
    os.execve(PYTHON, [PYTHON, *sys.argv], {**os.environ, "MLO_TEST_INSIDE": "1"})
if importlib.util.find_spec("mlflow") is None or importlib.util.find_spec("sqlalchemy") is None:
    print("no mlflow with its store here: tests/run.sh installs it")
    sys.exit(77)

os.environ.update(MLFLOW_DISABLE_TELEMETRY="true", DO_NOT_TRACK="true", MLFLOW_ALLOW_FILE_STORE="true")
import mlflow  # noqa: E402
from mlflow.entities import ViewType  # noqa: E402
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore  # noqa: E402


def mlo(folder, *words, code=0):
    done = subprocess.run([MLO, *words], cwd=folder, capture_output=True, text=True)
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return done.stdout if code == 0 else done.stderr


def mlo_json(folder, *words):
    return json.loads(mlo(folder, "--json", *words))


def fresh(top, name):
    folder = top / name
    folder.mkdir()
    mlo(folder, "init", "-q")
    return folder


def log_three(client, experiment, folder):
    """A run that finished, one that failed, one that was deleted; returns the first's id."""
    good = client.create_run(experiment, run_name="good", tags={"team": "risk/eu"})
    for name, value in {"depth": 5, "path/to": "x", "note": "two\nlines", "empty": ""}.items():
        client.log_param(good.info.run_id, name, value)
    for step, value in enumerate((0.5, 0.25, float("nan"), 0.125)):
        client.log_metric(good.info.run_id, "loss", value, timestamp=1_700_000_000_000 + step, step=step)
    client.log_metric(good.info.run_id, "val/acc", float("inf"))
    (folder / "report.txt").write_text("all is well\n")
    client.log_artifact(good.info.run_id, str(folder / "report.txt"), "docs")
    client.set_terminated(good.info.run_id)
    bad = client.create_run(experiment, run_name="bad")
    client.set_terminated(bad.info.run_id, "FAILED")
    gone = client.create_run(experiment, run_name="gone")
    client.set_terminated(gone.info.run_id)
    client.delete_run(gone.info.run_id)
    return good.info.run_id


def compare(client, folder, good):
    """What mlo tells of the runs is what MLflow's own client reads from its store."""
    theirs = client.get_run(good)
    listed = {run["name"]: run for run in mlo_json(folder, "runs", "list")["runs"]}
    assert set(listed) == {"good", "bad"}, listed
    assert listed["bad"]["status"] == "failed" and listed["good"]["status"] == "finished"
    ours = mlo_json(folder, "runs", "show", listed["good"]["id"])
    assert {name: str(value) for name, value in ours["params"].items()} == theirs.data.params, (ours["params"], theirs.data.params)
    assert ours["metrics"]["loss"] == theirs.data.metrics["loss"] == 0.125, ours["metrics"]
    assert ours["tags"]["team"] == "risk/eu", ours["tags"]
    assert ours["started_at"].startswith(
        datetime.datetime.fromtimestamp(theirs.info.start_time / 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")), ours
    products = [product["path"] for product in ours["products"]]
    assert "artifacts/docs/report.txt" in products, products
    # Deleted there is hidden here, until `mlo gc`.
    mlo(folder, "runs", "restore", "gone")
    assert "gone" in {run["name"] for run in mlo_json(folder, "runs", "list")["runs"]}
    mlo(folder, "audit", "verify")


def twice(folder, place, kind):
    first = mlo_json(folder, "runs", "import", str(place))
    assert first["kind"] == kind and len(first["runs"]) == 3, first
    again = mlo_json(folder, "runs", "import", str(place))
    assert again["runs"] == [] and again["known"] == 3, again


def folder_store(top):
    place = top / "mlruns"
    client = mlflow.MlflowClient(f"file:{place}")
    good = log_three(client, client.create_experiment("churn"), top)
    folder = fresh(top, "from-folder")
    twice(folder, place, "mlruns")
    compare(client, folder, good)
    assert len(client.search_runs(["0"], run_view_type=ViewType.ALL)) == 0


def sqlite_store(top):
    file = top / "mlflow.db"
    (top / "art").mkdir()
    SqlAlchemyStore(f"sqlite:///{file}", str(top / "art"))
    client = mlflow.MlflowClient(f"sqlite:///{file}")
    good = log_three(client, client.create_experiment("churn", str(top / "art/churn")), top)
    folder = fresh(top, "from-sqlite")
    twice(folder, file, "sqlite")
    compare(client, folder, good)
    # The metric's history, not only its newest value.
    page = folder / "page.html"
    mlo(folder, "runs", "compare", "good", "bad", "--html", str(page))
    assert "learning curves of loss" in page.read_text()


def files_elsewhere(top):
    """Files that lie outside the database's folder are taken only from where the user says."""
    (top / "db").mkdir()
    file, elsewhere = top / "db" / "mlflow.db", top / "elsewhere"
    elsewhere.mkdir()
    SqlAlchemyStore(f"sqlite:///{file}", str(elsewhere))
    client = mlflow.MlflowClient(f"sqlite:///{file}")
    good = log_three(client, client.create_experiment("churn", str(elsewhere / "churn")), top)
    folder = fresh(top, "from-elsewhere")
    done = subprocess.run([MLO, "runs", "import", str(file)], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0 and "--artifacts DIR" in done.stderr, done
    assert "report.txt" not in mlo(folder, "runs", "show", "good")
    done = subprocess.run([MLO, "runs", "import", str(file), "--artifacts", str(elsewhere)], cwd=folder, capture_output=True, text=True)
    assert "3 here already" in done.stdout and "1 file of runs" in done.stderr, done
    other = fresh(top, "from-elsewhere-at-once")
    mlo(other, "runs", "import", str(file), "--artifacts", str(elsewhere), "-q")
    compare(client, other, good)


DVC_LOCK = """\
schema: '2.0'
stages:
  fit:
    cmd: python fit.py
    deps:
    - {path: fit.py, hash: md5, md5: d41d8cd98f00b204e9800998ecf8427e, size: 0}
    params:
      params.yaml: {train.rate: 0.1, seed: 7}
    outs:
    - {path: model.pkl, hash: md5, md5: d41d8cd98f00b204e9800998ecf8427e, size: 0}
"""


def dvc(top):
    place = top / "with-dvc"
    series = place / "dvclive/plots/metrics/train"
    series.mkdir(parents=True)
    (place / "dvc.lock").write_text(DVC_LOCK)
    (series / "loss.tsv").write_text("step\tloss\n0\t0.5\n1\t0.25\n")
    (place / "dvclive/metrics.json").write_text('{"train": {"loss": 0.25}, "acc": 0.9, "step": 1}')
    folder = fresh(top, "from-dvc")
    first = mlo_json(folder, "runs", "import", str(place))
    assert first["kind"] == "dvc" and len(first["runs"]) == 1, first
    (run,) = mlo_json(folder, "runs", "list")["runs"]
    assert run["params"] == {"train.rate": 0.1, "seed": 7}, run
    assert run["metrics"] == {"train/loss": 0.25, "acc": 0.9}, run
    assert run["tags"]["dvc.cmd.fit"] == "python fit.py", run
    again = mlo_json(folder, "runs", "import", str(place / "dvc.lock"))
    assert again["known"] == 1 and again["runs"] == [], again


def refusals(top):
    folder = fresh(top, "refusals")
    (top / "empty").mkdir()
    said = mlo(folder, "runs", "import", str(top / "empty"), code=3)
    assert "holds no runs" in said and "hint" in said, said
    assert "no file or folder" in mlo(folder, "runs", "import", "nowhere", code=3)
    # A database of somebody else's, and one that is torn.
    other = top / "other.db"
    with sqlite3.connect(other) as store:
        store.execute("CREATE TABLE runs (id)")
    assert "no database of MLflow" in mlo(folder, "runs", "import", str(other), code=3)
    torn = top / "torn.db"
    torn.write_bytes((top / "mlflow.db").read_bytes()[:8192])
    done = subprocess.run([MLO, "runs", "import", str(torn)], cwd=folder, capture_output=True, text=True)
    assert done.returncode not in (0, 70) and "error" in done.stderr, done
    # What lies behind a link is not taken over.
    place = top / "linked"
    for part in ("artifacts", "metrics"):
        (place / "0/r1" / part).mkdir(parents=True)
    (place / "0/meta.yaml").write_text("name: Default\nexperiment_id: '0'\n")
    (place / "0/r1/meta.yaml").write_text("run_id: " + "a" * 32 + "\nstatus: 3\nstart_time: 1\nend_time: 2\nlifecycle_stage: active\n")
    os.symlink("/etc/hostname", place / "0/r1/artifacts/secret")
    told = mlo_json(folder, "runs", "import", str(place))
    assert [run["artifacts"] for run in told["runs"]] == [0], told


def main():
    with tempfile.TemporaryDirectory() as name:
        top = pathlib.Path(name)
        os.environ.update(HOME=name, MLO_ACTOR="ana")
        for check in (folder_store, sqlite_store, files_elsewhere, dvc, refusals):
            check(top)
            print(f"{check.__name__}: holds", flush=True)


main()
