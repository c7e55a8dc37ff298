"""A pipeline of scikit-learn with a column of text, exported by skl2onnx: judged, served and watched by mlo.

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
table = numpy.array([[row["island"], float(row["mass"])] for row in rows], dtype=object)
model = make_pipeline(ColumnTransformer([("island", OneHotEncoder(), [0]), ("mass", StandardScaler(), [1])]),
                      LogisticRegression(C=100))
model.fit(table, [int(row["heavy"]) for row in rows])
onnx = to_onnx(model, initial_types=[("island", StringTensorType([None, 1])), ("mass", FloatTensorType([None, 1]))],
               options={"zipmap": False})
open("model.onnx", "wb").write(onnx.SerializeToString())
"""
ISLANDS = {"Biscoe": 4.0, "Dream": 3.0, "007": 5.0}


def birds(count, shift=0):
    """Heavy is who is heavier than is usual on its island."""
    names = list(ISLANDS)
    for i in range(count):
        island = names[(i + shift) % len(names)] if shift == 0 else names[0]
        over = ((i * 7) % 20 - 9.5) / 10
        yield {"island": island, "mass": round(ISLANDS[island] + over, 3), "heavy": int(over > 0)}


def write(path, rows, columns=("island", "mass", "heavy")):
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


def infer(url, rows):
    body = {"id": "r", "inputs": [
        {"name": "island", "datatype": "BYTES", "shape": [len(rows), 1], "data": [row["island"] for row in rows]},
        {"name": "mass", "datatype": "FP32", "shape": [len(rows), 1], "data": [row["mass"] for row in rows]}]}
    asked = urllib.request.Request(f"{url}/v2/models/bird/infer", json.dumps(body).encode())
    outputs = json.load(urllib.request.urlopen(asked, timeout=10))["outputs"]
    return next(output["data"] for output in outputs if output["datatype"] == "INT64")


def serve(place, rows):
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
        return infer(url, rows)
    finally:
        service.terminate()
        service.wait(20)


def main():
    python = os.environ.get("MLO_TEST_PYTHON")
    if not python:
        print("MLO_TEST_PYTHON is not set: export it as tests/run.sh does")
        return SKIPPED
    with tempfile.TemporaryDirectory() as top:
        os.environ.update(XDG_CONFIG_HOME=f"{top}/config", MLO_ACTOR="tester")
        place = Place(str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(top) / "work")
        place.folder.mkdir()
        place.mlo("init", "-q")
        (place.folder / "mlo.yaml").write_text(PROJECT % python)
        (place.folder / "fit.py").write_text(FIT)
        write(place.folder / "train.csv", birds(300))
        write(place.folder / "test.csv", birds(90))
        place.mlo("track", "train.csv", "test.csv", "-q", "-m", "birds")
        place.mlo("train", "-q")
        signature = place.mlo("models", "show", "bird@1", "--json")["signature"]
        assert signature["features"] == ["island", "mass"], signature
        checks = place.mlo("validate", "bird", "--json")["checks"]
        assert {check["kind"] for check in checks} >= {"metrics", "slices", "latency"}, checks
        assert all(check["passed"] for check in checks), checks
        place.mlo("promote", "bird", "--to", "production", "-q", "-m", "judged")
        asked = list(birds(60))
        assert serve(place, asked) == [row["heavy"] for row in asked], "the service answers otherwise than it was judged"
        watched = place.mlo("monitor", "bird", "--json")["models"][0]
        assert watched["rows"] == 60 and not watched["drifted"], watched
        # Predictions made elsewhere, all of one island.
        elsewhere = [{**row, "prediction": row["heavy"]} for row in birds(60, shift=1)]
        write(place.folder / "requests.csv", elsewhere, ("island", "mass", "prediction"))
        place.mlo("ingest", "bird", "requests.csv", "-q")
        watched = place.mlo("monitor", "bird", "--json", code=1)["models"][0]
        assert watched["drifted"] and "island" in watched["drifted_columns"], watched
    print("a model with a column of text is judged, served and watched")
    return 0


if __name__ == "__main__":
    sys.exit(main())
