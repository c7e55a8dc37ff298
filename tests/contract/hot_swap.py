"""Holds the prediction service to its promise: promotions swap versions under load and no request is lost.

    hot_swap.py MLO

Clients ask without pause while `mlo promote` moves production 20 times between four versions. Each answer must be
200, from a version that was in production while it was asked, and with that version's figures. Then a file that
ONNX Runtime refuses is promoted: the version before goes on answering, and the next good one takes over.
"""
import http.client
import json
import math
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time

MODELS = pathlib.Path(__file__).resolve().parents[1] / "support/models"
CLIENTS = 4
SWAPS = 20
PROJECT = """project: demo
pipeline: {{fit: {{run: cp ready.onnx model.onnx, in: [ready.onnx], out: [model.onnx]}}}}
models:
  adder:
    path: model.onnx
    features: [a, b]
    describe: {{task: binary-classification, target: high}}
    deliver: {{production: {{serve: {{port: {port}}}}}}}
"""
BODY = json.dumps({"inputs": [{"name": "features", "datatype": "FP32", "shape": [1, 2], "data": [3, 2]}]})
SCORES = {0: 1 / (1 + math.exp(-1)), 1: 1 / (1 + math.exp(-5))}  # even versions subtract, odd ones add


class Traffic:
    """Clients that ask until told to stop, and hold each answer against what production was."""

    def __init__(self, port):
        self.port = port
        self.moves = []  # versions, in the order in which they were sent to production
        self.done = 0    # how many of those moves were finished: the last of them answers now
        self.answers, self.problems, self.over = 0, [], threading.Event()
        self.threads = [threading.Thread(target=self.ask) for _ in range(CLIENTS)]

    def ask(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        while not self.over.is_set():
            earliest = self.done
            try:
                connection.request("POST", "/v2/models/adder/infer", BODY)
                answer = connection.getresponse()
                text = answer.read()
                problem = self.judge(answer.status, text, earliest)
            except OSError as error:
                problem = repr(error)
                connection.close()
            self.answers += 1
            if problem:
                self.problems.append(problem)

    def judge(self, status, text, earliest):
        if status != 200:
            return f"{status}: {text}"
        answer = json.loads(text)
        version = int(answer["model_version"])
        allowed = self.moves[max(earliest - 1, 0):]
        if version not in allowed:
            return f"version {version} answered while production was {allowed}"
        score = next(output for output in answer["outputs"] if output["name"] == "score")["data"][0]
        if abs(score - SCORES[version % 2]) > 1e-6:
            return f"version {version} answered {score}"
        return None


class Place:
    """A repository with a service."""

    def __init__(self, mlo, folder, port):
        self.mlo, self.folder, self.port = mlo, folder, port
        self.variables = {**os.environ, "HOME": str(folder / "home"), "MLO_ACTOR": "ana", "NO_COLOR": "1"}
        (folder / "mlo.yaml").write_text(PROJECT.format(port=port))
        self.run("init")

    def run(self, *arguments, **variables):
        done = subprocess.run([self.mlo, "--json", *arguments], cwd=self.folder, env={**self.variables, **variables},
                              capture_output=True, text=True, timeout=60)
        if done.returncode not in (0, 7):  # 7: the stage moved, a target could not follow
            raise SystemExit(f"mlo {' '.join(arguments)} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def register(self, content, **variables):
        (self.folder / "ready.onnx").write_bytes(content)
        return self.run("train", **variables)["registered"][0]["version"]

    def promote(self, version):
        answer = self.run("promote", f"adder@{version}", "--to", "production", "-m", "swap")
        return answer["deployments"][0]["status"]

    def serve(self):
        log = open(self.folder / "serve.log", "w")
        service = subprocess.Popen([self.mlo, "serve", "adder@production", "--port", str(self.port)], cwd=self.folder,
                                   env=self.variables, stdout=log, stderr=log)
        for _ in range(200):
            if "Serving" in (self.folder / "serve.log").read_text():
                return service
            time.sleep(0.05)
        raise SystemExit("the service does not start: " + (self.folder / "serve.log").read_text())


def variant(number):
    """The model of this version: a note in the file (ModelProto.doc_string) makes its content its own."""
    name = "sum" if number % 2 else "difference"
    return (MODELS / f"{name}.onnx").read_bytes() + bytes([0x32, 1, ord("a") + number])


def swap(place, traffic, version):
    traffic.moves.append(version)
    status = place.promote(version)
    traffic.done = len(traffic.moves)
    return status


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def check(holds, what, place):
    if not holds:
        raise SystemExit(f"hot_swap: {what}\n{(place.folder / 'serve.log').read_text()}")


def story(place):
    versions = [place.register(variant(number)) for number in (1, 2, 3, 4)]
    check(versions == [1, 2, 3, 4], f"registered {versions}", place)
    # A machine without the runtime registers what it cannot look into.
    refused = place.register(b"no model at all", MLO_ONNXRUNTIME="/nonexistent")
    service = place.serve()
    traffic = Traffic(place.port)
    try:
        check(swap(place, traffic, 4) == "live", "the first version does not answer", place)
        for thread in traffic.threads:
            thread.start()
        statuses = [swap(place, traffic, versions[number % 4]) for number in range(SWAPS)]
        check(set(statuses) == {"live"}, f"swaps ended as {statuses}", place)
        last = traffic.moves[-1]
        status = place.promote(refused)
        check(status == "failed", f"a refused file was delivered: {status}", place)
        check(traffic.moves[-1] == last, "another version answers", place)
        check(swap(place, traffic, 1) == "live", "no version takes over after a refused one", place)
    finally:
        traffic.over.set()
        for thread in traffic.threads:
            if thread.ident:
                thread.join()
        service.terminate()
        code = service.wait(10)
    check(not traffic.problems, f"{len(traffic.problems)} of {traffic.answers}: {traffic.problems[:3]}", place)
    check(traffic.answers > 100, f"only {traffic.answers} answers", place)
    check(code in (0, 130), f"the service ended with {code}", place)
    check(place.run("audit", "verify")["verified"], "the ledger is not verified", place)
    print(f"{traffic.answers} answers of {CLIENTS} clients over {len(traffic.moves)} swaps, none lost")


with tempfile.TemporaryDirectory(prefix="mlo-swap-") as top:
    story(Place(str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(top).resolve(), free_port()))
