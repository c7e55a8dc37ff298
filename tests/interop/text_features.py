"""Pipelines of scikit-learn with a column of text, exported by skl2onnx: judged, served and watched by mlo. Numbers
go into an input each, or, as most export them, all into one beside that of text.

text_features.py BINARY     with MLO_TEST_PYTHON, which has scikit-learn and skl2onnx
"""
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

SKIPPED = 77
PROJECT = """project: birds
pipeline:
  fit: {run: "%s fit.py", in: [fit.py, train.csv], out: [model.onnx]}
models:
  bird:
    path: model.onnx
    describe: {task: binary-classification, target: heavy}
    validate:
      data: test.csv
      metrics: {accuracy: ">= 0.9"}
      slices: [island]
      latency: {p99: "<= 1000 ms"}
    promote: {production: {require: [metrics, slices, latency, scan]}}
    monitor: {reference: train.csv, min_rows: 20, on: {drift: [alert]}}
"""
# An unknown category is an error of this encoder: a service must not take its own warm-up for one.
FIT = """
import csv
import numpy
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType

rows = list(csv.DictReader(open("train.csv")))
table = numpy.array([[row["island"], float(row["mass"]), float(row["wing"])] for row in rows], dtype=object)
model = make_pipeline(ColumnTransformer([("island", OneHotEncoder(), [0]), ("numbers", StandardScaler(), [1, 2])]),
                      LogisticRegression(C=100))
model.fit(table, [int(row["heavy"]) for row in rows])
onnx = to_onnx(model, initial_types=[%s], options={"zipmap": False})
open("model.onnx", "wb").write(onnx.SerializeToString())
"""
FEATURES = ["mass", "island", "wing"]
INPUTS = [  # and their columns
    {"island": ["island"], "mass": ["mass"], "wing": ["wing"]},
    {"island": ["island"], "numbers": ["mass", "wing"]},
]
ISLANDS = {"Biscoe": 4.0, "Dream": 3.0, "007": 5.0}


def birds(count, shift=0):
    """Heavy is who is heavier than is usual on its island."""
    names = list(ISLANDS)
    for i in range(count):
        island = names[(i + shift) % len(names)] if shift == 0 else names[0]
        over = ((i * 7) % 20 - 9.5) / 10
        yield {"mass": round(ISLANDS[island] + over, 3), "island": island, "wing": round(over * 7 % 3, 3),
               "heavy": int(over > 0)}


def write(path, rows, columns=(*FEATURES, "heavy")):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


class Place:
    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder

    def mlo(self, *words, code=0):
        done = subprocess.run([self.binary, *words], cwd=self.folder, capture_output=True, text=True, timeout=120)
        assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
        return json.loads(done.stdout) if "--json" in words else done.stdout


def infer(url, rows, inputs):
    """Asks for `rows` by `inputs`: tensors by their columns."""
    body = {"id": "r", "inputs": [
        {"name": name, "datatype": "BYTES" if name == "island" else "FP32", "shape": [len(rows), len(columns)],
         "data": [row[column] for row in rows for column in columns]} for name, columns in inputs.items()]}
    asked = urllib.request.Request(f"{url}/v2/models/bird/infer", json.dumps(body).encode())
    outputs = json.load(urllib.request.urlopen(asked, timeout=10))["outputs"]
    return next(output["data"] for output in outputs if output["datatype"] == "INT64")


def serve(place, rows, inputs):
    """Half of the rows are asked for by the model's own inputs, half by columns."""
    service = subprocess.Popen([place.binary, "serve", "bird@production", "--port", "0", "--json"], cwd=place.folder,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        answer = ""
        while not answer.rstrip().endswith("}"):
            line = service.stdout.readline()
            assert line, service.stderr.read()
            answer += line
        url = json.loads(answer)["url"]
        for _ in range(200):
            try:
                urllib.request.urlopen(f"{url}/v2/health/ready", timeout=10)
                break
            except urllib.error.HTTPError:
                time.sleep(0.05)
        half = len(rows) // 2
        return infer(url, rows[:half], inputs) + infer(url, rows[half:], {name: [name] for name in FEATURES})
    finally:
        service.terminate()
        service.wait(20)


def story(binary, folder, python, inputs):
    place = Place(binary, folder)
    place.folder.mkdir()
    place.mlo("init", "-q")
    (place.folder / "mlo.yaml").write_text(PROJECT % python)
    kinds = [f"({name!r}, {'String' if name == 'island' else 'Float'}TensorType([None, {len(columns)}]))"
             for name, columns in inputs.items()]
    (place.folder / "fit.py").write_text(FIT % ", ".join(kinds))
    write(place.folder / "train.csv", birds(300))
    write(place.folder / "test.csv", birds(90))
    place.mlo("track", "train.csv", "test.csv", "-q", "-m", "birds")
    place.mlo("train", "-q")
    signature = place.mlo("models", "show", "bird@1", "--json")["signature"]
    assert signature["features"] == FEATURES, signature
    checks = place.mlo("validate", "bird", "--json")["checks"]
    assert {check["kind"] for check in checks} >= {"metrics", "slices", "latency"}, checks
    assert all(check["passed"] for check in checks), checks
    place.mlo("promote", "bird", "--to", "production", "-q", "-m", "judged")
    asked = list(birds(60))
    answers = serve(place, asked, inputs)
    assert answers == [row["heavy"] for row in asked], "the service answers otherwise than it was judged"
    watched = place.mlo("monitor", "bird", "--json")["models"][0]
    assert watched["rows"] == 60 and not watched["drifted"], watched
    # Predictions made elsewhere, all of one island.
    elsewhere = [{**row, "prediction": row["heavy"]} for row in birds(60, shift=1)]
    write(place.folder / "requests.csv", elsewhere, (*FEATURES, "prediction"))
    place.mlo("ingest", "bird", "requests.csv", "-q")
    watched = place.mlo("monitor", "bird", "--json", code=1)["models"][0]
    assert watched["drifted"] and "island" in watched["drifted_columns"], watched


def main():
    python = os.environ.get("MLO_TEST_PYTHON")
    if not python:
        print("MLO_TEST_PYTHON is not set: export it as tests/run.sh does")
        return SKIPPED
    binary = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as top:
        os.environ.update(XDG_CONFIG_HOME=f"{top}/config", MLO_ACTOR="tester")
        for number, inputs in enumerate(INPUTS):
            story(binary, pathlib.Path(top) / f"work-{number}", python, inputs)
    print("models with a column of text are judged, served and watched, whatever inputs they have")
    return 0


if __name__ == "__main__":
    sys.exit(main())
