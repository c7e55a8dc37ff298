"""The real MLflow client, unmodified, against `mlo server` and inside `mlo train`: mlflow_client.py MLO

Runs under the Python of tests/interop/mlflow-requirements.txt; exit code 77 where it has no mlflow.
"""
import importlib.util
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import time

MLO = str(pathlib.Path(sys.argv[1]).resolve())
PYTHON = os.environ.get("MLO_TEST_MLFLOW_PYTHON", sys.executable)
if PYTHON != sys.executable and "MLO_TEST_INSIDE" not in os.environ:
    os.execve(PYTHON, [PYTHON, *sys.argv], {**os.environ, "MLO_TEST_INSIDE": "1"})
if importlib.util.find_spec("mlflow") is None:
    print("no mlflow here: tests/run.sh installs it")
    sys.exit(77)

os.environ.update(MLFLOW_DISABLE_TELEMETRY="true", DO_NOT_TRACK="true", MLFLOW_HTTP_REQUEST_MAX_RETRIES="0",
                  MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT="true")
import mlflow  # noqa: E402
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag, ViewType  # noqa: E402
from mlflow.exceptions import MlflowException, RestException  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from tracking_server import TrackingServer  # noqa: E402


def mlo(folder, *words, code=0):
    done = subprocess.run([MLO, *words], cwd=folder, capture_output=True, text=True)
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return done.stdout


def mlo_json(folder, *words):
    return json.loads(mlo(folder, "--json", *words))


def refused(code, call, *values, **named):
    try:
        call(*values, **named)
    except (RestException, MlflowException) as problem:
        assert problem.error_code == code, (code, problem.error_code, str(problem))
        return str(problem)
    raise AssertionError(f"{call} was not refused")


CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


@check
def experiments(client, _):
    assert client.get_experiment("0").name == "Default"
    made = client.create_experiment("fraud", tags={"team": "risk"})
    assert made.isdigit() and client.get_experiment_by_name("fraud").experiment_id == made
    assert "fraud" in refused("RESOURCE_ALREADY_EXISTS", client.create_experiment, "fraud")
    assert client.get_experiment_by_name("none") is None
    refused("RESOURCE_DOES_NOT_EXIST", client.get_experiment, "777")
    client.set_experiment_tag(made, "owner", "ana")
    assert client.get_experiment(made).tags == {"team": "risk", "owner": "ana"}
    client.delete_experiment_tag(made, "team")
    assert client.get_experiment(made).tags == {"owner": "ana"}
    client.rename_experiment(made, "fraud detection")
    assert client.get_experiment(made).name == "fraud detection"
    client.delete_experiment(made)
    assert client.get_experiment(made).lifecycle_stage == "deleted"
    assert [e.name for e in client.search_experiments()] == ["Default"]
    assert {e.name for e in client.search_experiments(ViewType.ALL)} == {"Default", "fraud detection"}
    client.restore_experiment(made)
    assert [e.name for e in client.search_experiments(filter_string="name ILIKE 'FRAUD%'")] == ["fraud detection"]
    assert [e.name for e in client.search_experiments(filter_string="tags.owner = 'ana'")] == ["fraud detection"]
    assert [e.name for e in client.search_experiments(order_by=["name DESC"])] == ["fraud detection", "Default"]
    refused("INVALID_PARAMETER_VALUE", client.search_experiments, filter_string="owner")


@check
def a_run(client, folder):
    mlflow.set_experiment("churn")
    with mlflow.start_run(run_name="first", tags={"a": "1"}, description="the why") as run:
        mlflow.log_param("depth", 5)
        mlflow.log_params({"rate": 1e-05, "name": "gini", "empty": ""})
        mlflow.log_metric("loss", 0.5)
        for step in range(5):
            mlflow.log_metric("acc", step / 10, step=step)
        mlflow.log_metrics({"p": 0.25, "r": 0.75}, step=2)
        mlflow.log_metric("bad", math.nan)
        mlflow.log_metric("high", math.inf)
        mlflow.log_metric("low", -math.inf)
        mlflow.set_tag("b", "2")
        mlflow.set_tags({"c": "3", "d": "4"})
        mlflow.delete_tag("d")
        during = client.get_run(run.info.run_id)
        assert during.info.status == "RUNNING"
        listed = mlo_json(folder, "runs", "list")["runs"]
        assert listed[0]["name"] == "first" and listed[0]["status"] == "running", listed
    read = client.get_run(run.info.run_id)
    assert read.info.status == "FINISHED" and read.info.run_id == run.info.run_id and read.info.end_time
    assert read.data.params == {"depth": "5", "rate": "1e-05", "name": "gini", "empty": ""}
    assert read.data.metrics["acc"] == 0.4 and read.data.metrics["p"] == 0.25
    assert math.isnan(read.data.metrics["bad"])
    assert read.data.metrics["high"] == sys.float_info.max and read.data.metrics["low"] == -sys.float_info.max
    assert read.data.tags["a"] == "1" and read.data.tags["mlflow.note.content"] == "the why"
    assert "d" not in read.data.tags
    history = client.get_metric_history(run.info.run_id, "acc")
    assert [(m.step, m.value) for m in history] == [(i, i / 10) for i in range(5)]
    ours = mlo_json(folder, "runs", "list")["runs"][0]
    assert ours["name"] == "first" and ours["status"] == "finished" and ours["metrics"]["acc"] == 0.4
    assert ours["params"]["depth"] == 5 and ours["params"]["name"] == "gini" and ours["tags"]["b"] == "2"
    assert "first" in mlo(folder, "runs", "list", "--where", "params.depth = 5 and metrics.acc > 0.3")
    refused("RESOURCE_DOES_NOT_EXIST", client.get_run, "0" * 32)
    refused("INVALID_PARAMETER_VALUE", client.log_param, run.info.run_id, "depth", "6")
    client.log_param(run.info.run_id, "depth", "5")
    # What comes after the end counts too, each an entry.
    client.log_metric(run.info.run_id, "late", 1.5, step=3)
    client.set_tag(run.info.run_id, "late", "yes")
    client.delete_tag(run.info.run_id, "c")
    read = client.get_run(run.info.run_id).data
    assert read.metrics["late"] == 1.5 and read.tags["late"] == "yes" and "c" not in read.tags
    assert mlo_json(folder, "runs", "list")["runs"][0]["tags"]["late"] == "yes"


@check
def nested_failed_and_resumed(client, _):
    mlflow.set_experiment("churn")
    with mlflow.start_run(run_name="outer") as outer:
        with mlflow.start_run(nested=True) as inner:
            mlflow.log_metric("m", 1)
    assert client.get_parent_run(inner.info.run_id).info.run_id == outer.info.run_id
    try:
        with mlflow.start_run() as failing:
            raise ValueError
    except ValueError:
        pass
    assert client.get_run(failing.info.run_id).info.status == "FAILED"
    with mlflow.start_run(run_id=outer.info.run_id):
        assert client.get_run(outer.info.run_id).info.status == "RUNNING"
        mlflow.log_metric("again", 2)
    read = client.get_run(outer.info.run_id)
    assert read.info.status == "FINISHED" and read.data.metrics["again"] == 2
    run = client.create_run("0", run_name="by hand")
    client.update_run(run.info.run_id, name="named")
    client.set_terminated(run.info.run_id, "KILLED")
    read = client.get_run(run.info.run_id)
    assert read.info.status == "KILLED" and read.info.run_name == "named" and read.data.tags["mlflow.runName"] == "named"


@check
def batches(client, _):
    run = client.create_run("0").info.run_id
    points = [Metric("m", i / 1000, 1000 + i, i) for i in range(1000)]
    client.log_batch(run, points)
    client.log_batch(run, points[:10])  # the same points again are the same points
    assert len(client.get_metric_history(run, "m")) == 1000
    client.log_batch(run, [Metric("x", 1.0, 1, 1)], [Param("p", "1")], [RunTag("t", "1")])
    refused("INVALID_PARAMETER_VALUE", client.log_batch, run, [], [Param("p", "2")])
    assert client.get_run(run).data.params == {"p": "1"}
    many = [Metric("m", 0.0, 0, i) for i in range(1001)]
    for part in (many,):
        refused("INVALID_PARAMETER_VALUE", client._tracking_client.store.log_batch, run, part, [], [])
    for key in ("", "k" * 251, "../up", "/root"):
        refused("INVALID_PARAMETER_VALUE", client._tracking_client.store.log_metric, run, Metric(key, 1.0, 0, 0))
    refused("INVALID_PARAMETER_VALUE", client._tracking_client.store.log_param, run, Param("long", "v" * 6001))
    client.log_param(run, "long", "ä" * 6000)
    assert client.get_run(run).data.params["long"] == "ä" * 6000
    big = {f"p{i}": "v" * 5000 for i in range(40)}  # more than one entry of the ledger holds
    client.log_batch(run, params=[Param(k, v) for k, v in big.items()])
    client.set_terminated(run)
    assert client.get_run(run).data.params["p39"] == "v" * 5000
    client.delete_run(run)
    assert client.get_run(run).info.lifecycle_stage == "deleted"
    refused("INVALID_PARAMETER_VALUE", client.log_metric, run, "m", 1.0)
    client.restore_run(run)
    assert client.get_run(run).info.lifecycle_stage == "active"
    assert len(client.get_metric_history(run, "m")) == 1000


@check
def search(client, _):
    experiment = client.create_experiment("searched")
    ids = []
    for i in range(12):
        run = client.create_run(experiment, run_name=f"run {i}", start_time=1000 + i).info.run_id
        client.log_metric(run, "acc", i / 10)
        client.log_metric(run, "f1 score", math.nan if i == 5 else i)
        client.log_param(run, "depth", i % 3)
        client.set_tag(run, "team.name", "red" if i % 2 else "blue")
        ids.append(run)
        if i != 11:
            client.set_terminated(run, "FAILED" if i == 4 else "FINISHED")

    def names(filter_string="", **more):
        return [r.info.run_name for r in client.search_runs([experiment], filter_string, **more)]

    assert names() == [f"run {i}" for i in reversed(range(12))]
    assert names("metrics.acc >= 1.0") == ["run 11", "run 10"]
    assert names("metrics.acc > 0.45 AND params.depth = '2'") == ["run 11", "run 8", "run 5"]
    assert names("tags.`team.name` = 'red' and metric.acc < 0.4") == ["run 3", "run 1"]
    assert names('metrics."f1 score" > 9') == ["run 11", "run 10"]
    assert names("attributes.status = 'FAILED'") == ["run 4"]
    assert names("status = 'RUNNING'") == ["run 11"]
    assert names("run_name LIKE 'run 1%'") == ["run 11", "run 10", "run 1"]
    assert names("run_name LIKE 'RUN 1%'") == [] and names("run_name ILIKE 'RUN 1_'") == ["run 11", "run 10"]
    assert names(f"attributes.run_id IN ('{ids[2]}', '{ids[7]}')") == ["run 7", "run 2"]
    assert names("start_time < 1002") == ["run 1", "run 0"]
    assert names("params.depth != '0'", max_results=3, order_by=["metrics.acc ASC"]) == ["run 1", "run 2", "run 4"]
    assert names(order_by=["metrics.`f1 score` DESC"])[-1] == "run 5"
    assert names(order_by=["params.depth", "attributes.start_time DESC"])[:2] == ["run 9", "run 6"]
    first = client.search_runs([experiment], max_results=5)
    second = client.search_runs([experiment], max_results=5, page_token=first.token)
    assert [r.info.run_name for r in (*first, *second)] == [f"run {i}" for i in reversed(range(2, 12))]
    for wrong in ("metrics.acc", "metrics.acc = 'x'", "params.depth > 1", "nothing.x = 1", "acc > 1 OR acc < 2",
                  "metrics.acc > 1 AND", "tags.t = 1", "attributes.x = '1'", "params.a = '1", "';DROP TABLE run;--"):
        refused("INVALID_PARAMETER_VALUE", client.search_runs, [experiment], wrong)
    client.delete_run(ids[0])
    assert "run 0" not in names() and names(run_view_type=ViewType.DELETED_ONLY) == ["run 0"]
    assert len(names(run_view_type=ViewType.ALL)) == 12
    assert len(mlflow.search_runs([experiment], output_format="list")) == 11


@check
def datasets(client, _):
    run = client.create_run("0").info.run_id
    dataset = Dataset("train", "a5357541", "local", json.dumps({"uri": "data/train.csv"}), "s" * 100_000, '{"rows": 3}')
    client.log_inputs(run, [DatasetInput(dataset, [InputTag("mlflow.data.context", "training"), InputTag("why", "x")])])
    read = client.get_run(run).inputs.dataset_inputs
    client.set_terminated(run)
    for inputs in (read, client.get_run(run).inputs.dataset_inputs):
        assert inputs[0].dataset.to_dictionary() == dataset.to_dictionary()
        assert {t.key: t.value for t in inputs[0].tags} == {"mlflow.data.context": "training", "why": "x"}
    for question in ("datasets.name = 'train'", "dataset.digest = 'a5357541'", "datasets.context = 'training'"):
        assert [r.info.run_id for r in client.search_runs(["0"], question)] == [run]


@check
def artifacts(client, folder):
    with mlflow.start_run(run_name="files") as run, tempfile.TemporaryDirectory() as local:
        local = pathlib.Path(local)
        (local / "a.txt").write_text("hello")
        (local / "tree/deep").mkdir(parents=True)
        (local / "tree/ä ö+100%.bin").write_bytes(bytes(range(256)) * 20_000)  # 5 MB: a file of its own
        (local / "tree/deep/empty").write_bytes(b"")
        mlflow.log_artifact(str(local / "a.txt"))
        mlflow.log_artifact(str(local / "a.txt"), "notes/more")
        mlflow.log_artifacts(str(local / "tree"), "tree")
        mlflow.log_text("text", "t.txt")
        mlflow.log_dict({"k": [1, 2]}, "conf.json")
    run_id = run.info.run_id
    listed = {(f.path, f.is_dir, f.file_size) for f in client.list_artifacts(run_id)}
    assert listed == {("a.txt", False, 5), ("notes", True, None), ("tree", True, None), ("t.txt", False, 4),
                      ("conf.json", False, listed and [f.file_size for f in client.list_artifacts(run_id)
                                                       if f.path == "conf.json"][0])}
    below = {f.path for f in client.list_artifacts(run_id, "tree")}
    assert below == {"tree/deep", "tree/ä ö+100%.bin"}, below
    assert client.list_artifacts(run_id, "none") == []
    with tempfile.TemporaryDirectory() as target:
        got = pathlib.Path(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="tree", dst_path=target))
        assert (got / "ä ö+100%.bin").read_bytes() == bytes(range(256)) * 20_000
        assert (got / "deep/empty").read_bytes() == b""
    assert mlflow.artifacts.load_text(f"runs:/{run_id}/t.txt") == "text"
    assert mlflow.artifacts.load_dict(f"runs:/{run_id}/conf.json") == {"k": [1, 2]}
    client.log_text(run_id, "afterwards", "late.txt")
    assert mlflow.artifacts.load_text(f"runs:/{run_id}/late.txt") == "afterwards"
    products = {p["path"] for p in mlo_json(folder, "runs", "show", mlo_id(run_id))["products"]}
    assert "artifacts/a.txt" in products and "artifacts/tree/deep/empty" in products
    import requests
    root = f"{mlflow.get_tracking_uri()}/api/2.0/mlflow-artifacts/artifacts"
    place = client.get_run(run_id).info.artifact_uri.removeprefix("mlflow-artifacts:/")
    for path in ("../../../../etc/passwd", "%2e%2e/%2e%2e/x", "%252e%252e/x", "/etc/passwd", "a/%5c../b", "x//y"):
        for verb in ("GET", "PUT"):
            prepared = requests.Request(verb, root, data=b"x" if verb == "PUT" else None).prepare()
            prepared.url = f"{root}/{place}/{path}"
            answer = requests.Session().send(prepared)
            assert answer.status_code in (400, 404) and answer.json()["error_code"], (verb, path, answer.status_code)
    missing = requests.get(f"{root}/{place}/none.bin")
    assert missing.status_code == 404 and missing.json()["error_code"] == "RESOURCE_DOES_NOT_EXIST"


def mlo_id(run_id):
    """A run's id as mlo spells it: the same 128 bits in Crockford's base 32."""
    number, text = int(run_id, 16), ""
    for _ in range(26):
        text = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[number % 32] + text
        number //= 32
    return text


@check
def wrong_requests(_, __):
    import requests
    base = f"{mlflow.get_tracking_uri()}/api/2.0/mlflow"
    cases = [("POST", "runs/create", b"{", 400, "BAD_REQUEST"), ("POST", "runs/create", b"[]", 400, "BAD_REQUEST"),
             ("POST", "runs/create", b'{"experiment_id": "x"}', 400, "INVALID_PARAMETER_VALUE"),
             ("POST", "runs/create", b'{"experiment_id": "99"}', 404, "RESOURCE_DOES_NOT_EXIST"),
             ("POST", "runs/log-metric", b"{}", 400, "INVALID_PARAMETER_VALUE"),
             ("POST", "runs/log-metric", b'{"run_id": "x", "key": "k", "value": 1}', 404, "RESOURCE_DOES_NOT_EXIST"),
             ("POST", "runs/update", b'{"run_id": "' + b"0" * 32 + b'", "status": "DONE"}', 400, "INVALID_PARAMETER_VALUE"),
             ("POST", "runs/search", b'{"experiment_ids": ["0"], "max_results": 50001}', 400, "INVALID_PARAMETER_VALUE"),
             ("POST", "runs/search", b'{"experiment_ids": ["0"], "page_token": "?"}', 400, "INVALID_PARAMETER_VALUE"),
             ("POST", "runs/search", b'{"experiment_ids": ["0"], "run_view_type": 3}', 400, "INVALID_PARAMETER_VALUE"),
             ("GET", "runs/nothing", None, 404, "ENDPOINT_NOT_FOUND"), ("PUT", "runs/create", b"{}", 404, "ENDPOINT_NOT_FOUND"),
             ("GET", "experiments/get?experiment_id=%zz", None, 400, "INVALID_PARAMETER_VALUE")]
    for verb, path, body, status, code in cases:
        answer = requests.request(verb, f"{base}/{path}", data=body)
        assert (answer.status_code, answer.json()["error_code"]) == (status, code), (verb, path, body, answer.text)
    # A body beyond the limit is refused before it takes memory.
    answer = requests.post(f"{base}/runs/log-batch", data=b" " * (17 << 20))
    assert answer.status_code == 413, answer.status_code
    assert requests.get(mlflow.get_tracking_uri() + "/health").text == "OK"


@check
def registry(client, folder):
    assert client.create_registered_model("churn", {"domain": "fraud"}, "why it exists").name == "churn"
    refused("RESOURCE_ALREADY_EXISTS", client.create_registered_model, "churn")
    refused("RESOURCE_DOES_NOT_EXIST", client.get_registered_model, "nothing")
    refused("INVALID_PARAMETER_VALUE", client.create_registered_model, "a/b")
    with mlflow.start_run(run_name="maker") as run:
        mlflow.log_metric("auc", 0.9)
        mlflow.log_text("weights", "model/weights.txt")
    source = f"{run.info.artifact_uri}/model"
    first = client.create_model_version("churn", source, run.info.run_id, tags={"t": "1"})
    second = client.create_model_version("churn", source, run.info.run_id, description="better")
    assert (first.version, second.version) == ("1", "2") and second.run_id == run.info.run_id
    assert first.current_stage == "None" and first.status == "READY"
    assert client.get_model_version("churn", "2").description == "better"
    refused("RESOURCE_DOES_NOT_EXIST", client.get_model_version, "churn", "9")
    listed = mlo_json(folder, "models", "list")["models"]
    assert {(m["model"], m["version"]) for m in listed} == {("churn", 1), ("churn", 2)}, listed
    assert listed[0]["metrics"] == {"auc": 0.9} and listed[0]["run"] == mlo_id(run.info.run_id)
    client.set_registered_model_alias("churn", "champion", "1")
    assert client.get_model_version_by_alias("churn", "champion").version == "1"
    client.set_registered_model_alias("churn", "champion", "2")
    assert client.get_model_version_by_alias("churn", "champion").version == "2"
    assert client.get_model_version("churn", "2").aliases == ["champion"]
    model = client.get_registered_model("churn")
    assert model.aliases == {"champion": "2"} and model.tags == {"domain": "fraud"} and model.description == "why it exists"
    client.delete_registered_model_alias("churn", "champion")
    refused("INVALID_PARAMETER_VALUE", client.get_model_version_by_alias, "churn", "champion")
    import warnings
    warnings.simplefilter("ignore")
    assert client.transition_model_version_stage("churn", "1", "Staging").current_stage == "Staging"
    client.transition_model_version_stage("churn", "1", "Production")
    client.transition_model_version_stage("churn", "2", "Production", archive_existing_versions=True)
    assert client.get_model_version("churn", "1").current_stage == "Archived"
    assert [v.version for v in client.get_latest_versions("churn", ["Production"])] == ["2"]
    assert {v.version: v.current_stage for v in client.get_latest_versions("churn")} == {"1": "Archived", "2": "Production"}
    refused("INVALID_PARAMETER_VALUE", client.transition_model_version_stage, "churn", "1", "Live")
    assert mlo_json(folder, "models", "show", "churn@production")["version"] == 2
    client.set_model_version_tag("churn", "1", "k", "v")
    assert client.get_model_version("churn", "1").tags == {"t": "1", "k": "v"}
    client.delete_model_version_tag("churn", "1", "k")
    client.set_registered_model_tag("churn", "x", "y")
    client.delete_registered_model_tag("churn", "domain")
    assert client.get_registered_model("churn").tags == {"x": "y"}
    assert client.update_registered_model("churn", "new words").description == "new words"
    assert client.update_model_version("churn", "1", "first").description == "first"
    client.create_registered_model("other")
    assert [m.name for m in client.search_registered_models()] == ["churn", "other"], client.search_registered_models()
    assert [m.name for m in client.search_registered_models("name LIKE 'ch%'")] == ["churn"]
    assert [m.name for m in client.search_registered_models("tags.x = 'y'", order_by=["name DESC"])] == ["churn"]
    assert [m.name for m in client.search_registered_models(order_by=["name DESC"], max_results=1)] == ["other"]
    assert {v.version for v in client.search_model_versions("name = 'churn'")} == {"1", "2"}
    assert len(client.search_model_versions(f"run_id = '{run.info.run_id}'")) == 2
    assert client.get_model_version_download_uri("churn", "1") == source
    assert mlflow.artifacts.load_text("models:/churn/1/weights.txt") == "weights"
    for bad in ("/etc", "file:///etc", "s3://bucket/x", f"mlflow-artifacts:/0/{'0' * 32}/artifacts/model", f"{source}/../../.."):
        refused("INVALID_PARAMETER_VALUE", client.create_model_version, "churn", bad, run.info.run_id)
    copied = client.copy_model_version("models:/churn/2", "copy")
    assert copied.version == "1" and mlflow.artifacts.load_text("models:/copy/1/weights.txt") == "weights"
    client.delete_model_version("churn", "1")
    refused("RESOURCE_DOES_NOT_EXIST", client.get_model_version, "churn", "1")
    assert client.create_model_version("churn", source, run.info.run_id).version == "3"
    for call in ((client.delete_model_version, "churn", "2"), (client.delete_registered_model, "churn"),
                 (client.rename_registered_model, "churn", "leaving")):
        assert "move it to the stage Archived first" in refused("PERMISSION_DENIED", *call)
    assert client.transition_model_version_stage("churn", "2", "Archived").current_stage == "Archived"
    mlo(folder, "models", "show", "churn@production", code=3)
    client.rename_registered_model("churn", "leaving")
    assert {v.version for v in client.search_model_versions("name = 'leaving'")} == {"2", "3"}
    refused("RESOURCE_DOES_NOT_EXIST", client.get_registered_model, "churn")
    client.delete_registered_model("leaving")
    refused("RESOURCE_DOES_NOT_EXIST", client.get_registered_model, "leaving")
    # A copy outlives the name that it was made from, and the model.
    assert mlflow.artifacts.load_text("models:/copy/1/weights.txt") == "weights"
    client.copy_model_version("models:/copy/1", "again")
    assert mlflow.artifacts.load_text("models:/again/1/weights.txt") == "weights"
    client.delete_registered_model("again")
    assert {m["model"] for m in mlo_json(folder, "models", "list")["models"]} == {"copy"}


@check
def described_models(client, folder):
    """What mlo.yaml describes is not the clients' to take away."""
    project = (folder / "mlo.yaml").read_text()
    (folder / "mlo.yaml").write_text("project: demo\nmodels: {copy: {path: weights.txt, stages: [staging, production]}}\n")
    for call in ((client.delete_registered_model, "copy"), (client.rename_registered_model, "copy", "another")):
        assert "take it out of mlo.yaml first" in refused("PERMISSION_DENIED", *call)
    assert client.transition_model_version_stage("copy", "1", "Production").current_stage == "Production"
    for call in ((client.transition_model_version_stage, "copy", "1", "Archived"), (client.delete_model_version, "copy", "1"),
                 (client.transition_model_version_stage, "copy", "1", "Staging")):
        assert "'copy@1' holds production" in refused("PERMISSION_DENIED", *call)
    assert client.get_model_version("copy", "1").current_stage == "Production"
    with mlflow.start_run(run_name="next") as run:
        mlflow.log_text("better weights", "model/weights.txt")
    source = f"{run.info.artifact_uri}/model"
    second = client.create_model_version("copy", source, run.info.run_id)
    client.transition_model_version_stage("copy", second.version, "Production")
    client.delete_model_version("copy", "1")
    assert client.create_model_version("copy", source, run.info.run_id).version == "3"
    assert mlo_json(folder, "models", "show", "copy@production")["version"] == 2
    (folder / "mlo.yaml").write_text(project)


@check
def a_search(client, folder):
    """What trials log through the client is what the search looks at, also while they run."""
    place = folder.parent / "searched"
    place.mkdir()
    (place / "fit.py").write_text(
        "import os, time\n"
        "import mlflow\n"
        "depth = int(os.environ['MLO_PARAM_DEPTH'])\n"
        "with mlflow.start_run():\n"
        "    for step in range(3):\n"
        "        mlflow.log_metric('loss', (depth - 3) ** 2, step=step)\n"
        "        if depth > 6:\n"
        "            time.sleep(20)\n")
    (place / "mlo.yaml").write_text(f"""project: searched
params: {{depth: 1}}
pipeline:
  fit: {{run: "{sys.executable} fit.py", in: [fit.py], params: [depth]}}
search:
  depth: {{minimize: loss, params: {{depth: [1, 2, 3, 4, 9]}}, sampler: grid, stop: {{rule: median, trials: 3}}}}
""")
    mlo(place, "init", "-q")
    begin = time.monotonic()
    found = mlo_json(place, "search")
    assert time.monotonic() - begin < 60, "a trial that fell behind was not stopped"
    trials = {trial["params"]["depth"]: trial for trial in found["trials"]}
    assert trials[3]["status"] == "finished" and trials[3]["value"] == 0, trials
    assert trials[9]["status"] == "stopped" and trials[9]["value"] == 36, trials


@check
def scikit_learn(client, folder):
    import numpy
    from sklearn.linear_model import LogisticRegression
    mlflow.set_experiment("autologged")
    mlflow.sklearn.autolog(log_datasets=True)
    rows = numpy.random.default_rng(7).normal(size=(80, 3))
    label = (rows[:, 0] > 0).astype(int)
    with mlflow.start_run(run_name="auto") as run:
        model = LogisticRegression(C=0.5).fit(rows, label)
    mlflow.sklearn.autolog(disable=True)
    read = client.get_run(run.info.run_id)
    assert read.data.params["C"] == "0.5" and read.data.metrics["training_score"] > 0.9
    assert read.inputs.dataset_inputs and read.outputs.model_outputs, read
    ours = mlo_json(folder, "runs", "list", "--where", "params.C = 0.5")["runs"]
    assert [r["name"] for r in ours] == ["auto"] and ours[0]["status"] == "finished"
    with mlflow.start_run(run_name="by hand"):
        info = mlflow.sklearn.log_model(model, name="skmodel", registered_model_name="sk", input_example=rows[:2])
        mlflow.log_metric("checked", 1.0, model_id=info.model_id)
    logged = client.get_logged_model(info.model_id)
    assert logged.status == "READY" and [m.key for m in logged.metrics] == ["checked"], logged
    version = client.get_model_version("sk", "1")
    assert version.run_id == logged.source_run_id
    client.set_registered_model_alias("sk", "champion", "1")
    for uri in ("models:/sk/1", "models:/sk@champion", info.model_uri):
        assert (mlflow.sklearn.load_model(uri).predict(rows) == model.predict(rows)).all()
    assert (mlflow.pyfunc.load_model("models:/sk/1").predict(rows) == model.predict(rows)).all()
    again = mlflow.register_model(info.model_uri, "sk")
    assert again.version == "2"
    client.set_logged_model_tags(info.model_id, {"k": "v"})
    client.delete_logged_model_tag(info.model_id, "k")
    client.log_model_params(info.model_id, {"p": "1"})
    assert client.get_logged_model(info.model_id).params["p"] == "1"
    found = client.search_logged_models([run.info.experiment_id], filter_string=f"source_run_id = '{version.run_id}'")
    assert [m.model_id for m in found] == [info.model_id]
    client.delete_logged_model(info.model_id)
    refused("RESOURCE_DOES_NOT_EXIST", client.get_logged_model, info.model_id)
    assert {m["model"] for m in mlo_json(folder, "models", "list")["models"]} >= {"sk"}


TRAIN = """
import mlflow, mlflow.sklearn, numpy, sys
from sklearn.linear_model import LogisticRegression
mlflow.set_experiment("in a step")
mlflow.sklearn.autolog(log_models=False)
rows = numpy.arange(40.0).reshape(20, 2)
with mlflow.start_run() as run:
    LogisticRegression().fit(rows, (rows[:, 0] > 20).astype(int))
    mlflow.log_metric("loss", float("nan"), step=0)
    for step in range(3):
        mlflow.log_metric("loss", 1 / (step + 1), step=step + 1)
    mlflow.log_param("mine", "1e-05")
    mlflow.set_tag("team", "growth")
    mlflow.log_text("seen", "notes/a.txt")
with mlflow.start_run(run_name="another"):
    mlflow.log_metric("other", 1)
left = mlflow.MlflowClient().create_run("0", run_name="left open")
open("model.txt", "w").write("made")
"""


@check
def inside_a_step(client, folder):
    (folder / "fit.py").write_text(TRAIN)
    (folder / "mlo.yaml").write_text("project: demo\npipeline:\n  fit:\n    run: "
                                     f"'{sys.executable} fit.py && {MLO} record metric auc=0.75'\n"
                                     "    in: [fit.py]\n    out: [model.txt]\n")
    environment = {k: v for k, v in os.environ.items() if k != "MLFLOW_TRACKING_URI"}
    done = subprocess.run([MLO, "train", "-q"], cwd=folder, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr + "".join(p.read_text() for p in folder.glob(".mlo/logs/*/fit.log"))
    run = mlo_json(folder, "runs", "show", mlo_json(folder, "runs", "list", "--where", "params.mine = 1e-05")["runs"][0]["id"])
    assert run["metrics"]["auc"] == 0.75 and run["metrics"]["loss"] == 1 / 3 and run["tags"]["team"] == "growth", run
    assert [s["name"] for s in run["steps"]] == ["fit"] and run["steps"][0]["status"] == "ran"
    seen = client.get_run(run["id"])
    assert seen.data.params["mine"] == "1e-05" and seen.info.status == "FINISHED" and seen.inputs.dataset_inputs
    assert client.get_experiment(seen.info.experiment_id).name == "in a step"
    history = client.get_metric_history(seen.info.run_id, "loss")
    assert [m.step for m in history] == [0, 1, 2, 3] and math.isnan(history[0].value)
    assert mlflow.artifacts.load_text(f"runs:/{seen.info.run_id}/notes/a.txt") == "seen"
    assert mlflow.artifacts.load_text(f"runs:/{seen.info.run_id}/model.txt") == "made"
    other = client.search_runs([seen.info.experiment_id], "run_name = 'another'")[0]
    assert client.get_parent_run(other.info.run_id).info.run_id == seen.info.run_id
    left = client.search_runs(["0"], "run_name = 'left open'")[0]
    assert left.info.status == "KILLED", left.info.status
    # The step again, from the run cache: what it recorded is of this run too.
    (folder / "model.txt").unlink()
    subprocess.run([MLO, "train", "-q"], cwd=folder, check=True, env=environment)
    newest = mlo_json(folder, "runs", "list", "--where", "metrics.auc = 0.75", "--limit", "1")["runs"][0]
    assert newest["id"] != run["id"] and newest["metrics"]["loss"] == 1 / 3 and newest["params"]["mine"] in (1e-05, "1e-05"), newest


def tokens(folder):
    server = TrackingServer(MLO, folder, {**os.environ, "MLO_SERVER_TOKEN": "s3cret"})
    try:
        import requests
        url = f"{server.url}/api/2.0/mlflow/experiments/get?experiment_id=0"
        assert requests.get(url).status_code == 401
        assert requests.get(url, headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert requests.put(f"{server.url}/api/2.0/mlflow-artifacts/artifacts/0/x", data=b"x").status_code == 401
        assert requests.get(url, headers={"Authorization": "Bearer s3cret"}).status_code == 200
        assert requests.get(url, auth=("ana", "s3cret")).status_code == 200
        os.environ["MLFLOW_TRACKING_TOKEN"] = "s3cret"
        mlflow.set_tracking_uri(server.url)
        assert mlflow.MlflowClient().get_experiment("0").name == "Default"
    finally:
        os.environ.pop("MLFLOW_TRACKING_TOKEN", None)
        server.stop()


def main():
    only = sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(XDG_CONFIG_HOME=f"{folder}/config", MLO_ACTOR="tester")
        repository = pathlib.Path(folder) / "repository"
        repository.mkdir()
        mlo(repository, "init", "-q")
        begin = time.monotonic()
        server = TrackingServer(MLO, repository)
        print(f"the server was ready after {(time.monotonic() - begin) * 1000:.0f} ms")
        mlflow.set_tracking_uri(server.url)
        client = mlflow.MlflowClient()
        try:
            for function in CHECKS:
                if only and function.__name__ not in only:
                    continue
                function(client, repository)
                print(f"{function.__name__}: as it should be")
        finally:
            server.stop()
        verified = mlo_json(repository, "audit", "verify")
        assert verified["verified"], verified
        print(f"audit verify: {verified['entries']} entries")
        tokens(repository)
        print("tokens: as they should be")


main()
