"""An MLflow client of the generation before against `mlo server`: mlflow_older.py MLO

It is laid over the packages of tests/interop/mlflow-requirements.txt, whose Python runs it; exit code 77 where one is missing.
"""
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

MLO = str(pathlib.Path(sys.argv[1]).resolve())
PYTHON = os.environ.get("MLO_TEST_MLFLOW_PYTHON")
OLDER = os.environ.get("MLO_TEST_MLFLOW_OLDER_PYTHON")
if not PYTHON or not OLDER:
    print("no older mlflow here: tests/run.sh installs it")
    sys.exit(77)
if "MLO_TEST_INSIDE" not in os.environ:
    (over,) = (pathlib.Path(OLDER).parents[1] / "lib").glob("python3*/site-packages")
    os.execve(PYTHON, [PYTHON, *sys.argv], {**os.environ, "MLO_TEST_INSIDE": "1", "PYTHONPATH": str(over), "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"})

import mlflow  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from tracking_server import TrackingServer  # noqa: E402

assert mlflow.__version__.startswith("2."), mlflow.__version__


def runs(client, top):
    mlflow.set_experiment("older")
    with mlflow.start_run(run_name="first", tags={"a": "1"}) as run:
        mlflow.log_params({"depth": 5, "name": "gini"})
        for step in range(3):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metric("bad", math.nan)
        mlflow.log_metrics({"p": 0.25, "r": 0.75})
        mlflow.log_text("hello", "notes/a.txt")
    read = client.get_run(run.info.run_id)
    assert read.info.status == "FINISHED" and read.data.params == {"depth": "5", "name": "gini"}, read
    assert read.data.metrics["loss"] == 1 / 3 and math.isnan(read.data.metrics["bad"]), read.data.metrics
    assert [m.value for m in client.get_metric_history(run.info.run_id, "loss")] == [1, 0.5, 1 / 3]
    assert [file.path for file in client.list_artifacts(run.info.run_id, "notes")] == ["notes/a.txt"]
    assert mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/notes/a.txt") == "hello"
    found = client.search_runs([read.info.experiment_id], "metrics.loss < 0.5 and params.depth = '5'", order_by=["metrics.loss DESC"])
    assert [one.info.run_id for one in found] == [run.info.run_id]
    try:
        client.log_param(run.info.run_id, "depth", 6)
        raise AssertionError("a param was written twice")
    except MlflowException as problem:
        assert problem.error_code == "INVALID_PARAMETER_VALUE", problem
    (ours,) = json.loads(subprocess.run([MLO, "runs", "list", "params.depth = 5", "--json"], cwd=top, check=True, capture_output=True).stdout)["runs"]
    assert ours["name"] == "first" and ours["metrics"]["r"] == 0.75, ours


def registry(client, top):
    (run,) = client.search_runs([client.get_experiment_by_name("older").experiment_id])
    client.create_registered_model("churn", {"domain": "fraud"}, "why it exists")
    made = client.create_model_version("churn", f"{run.info.artifact_uri}/notes", run.info.run_id)
    assert made.version in (1, "1") and made.run_id == run.info.run_id, made
    client.transition_model_version_stage("churn", "1", "Production")
    assert [v.version for v in client.get_latest_versions("churn", ["Production"])] in (["1"], [1])
    client.set_registered_model_alias("churn", "champion", "1")
    assert client.get_model_version_by_alias("churn", "champion").run_id == run.info.run_id
    assert mlflow.artifacts.load_text("models:/churn/1/a.txt") == "hello"
    (listed,) = json.loads(subprocess.run([MLO, "models", "list", "--json"], cwd=top, check=True, capture_output=True).stdout)["models"]
    assert listed["model"] == "churn" and listed["version"] == 1, listed


def main():
    with tempfile.TemporaryDirectory() as name:
        os.environ.update(HOME=name, MLO_ACTOR="ana")
        top = pathlib.Path(name) / "team"
        top.mkdir()
        subprocess.run([MLO, "init", "-q"], cwd=top, check=True)
        server = TrackingServer(MLO, top)
        try:
            mlflow.set_tracking_uri(server.url)
            for check in (runs, registry):
                check(mlflow.MlflowClient(), top)
                print(f"{check.__name__}: holds", flush=True)
        finally:
            server.stop()
        subprocess.run([MLO, "audit", "verify", "-q"], cwd=top, check=True)


main()
