"""What tracking costs a training script, beside a server that answers at once, and beside MLflow's own.

MLflow's client and server are the Python packages mlflow and mlflow-skinny in the Python that MLO_BENCH_MLFLOW_PYTHON names;
without it what needs them is left out.
"""
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

from timing import peak_kib, report, report_share

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from tracking_server import TrackingServer  # noqa: E402

PYTHON = os.environ.get("MLO_BENCH_MLFLOW_PYTHON")
MIB = 1 << 20


class Server(TrackingServer):
    """The same in a fresh repository."""

    def __init__(self, context, folder, fresh=True):
        self.folder = pathlib.Path(folder)
        if fresh:
            self.folder.mkdir(parents=True)
            subprocess.run([context.mlo, "init", "-q"], cwd=folder, env=context.variables, check=True)
        begin = time.perf_counter()
        super().__init__(context.mlo, folder, context.variables)
        urllib.request.urlopen(self.url + "/health").read()
        self.ready_s = time.perf_counter() - begin

    def resident_kib(self, word="VmHWM"):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split(word + ":")[1].split()[0])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Peer:
    """`mlflow server` on SQLite, one worker, as its documentation starts it."""

    def __init__(self, context, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.port = 5600 + os.getpid() % 300
        command = [PYTHON, "-m", "mlflow", "server", "--port", str(self.port), "--workers", "1", "--backend-store-uri",
                   "sqlite:///mlflow.db", "--artifacts-destination", "./artifacts"]
        begin = time.perf_counter()
        self.process = subprocess.Popen(command, cwd=folder, env={**context.variables, "MLFLOW_DISABLE_TELEMETRY": "true"},
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        self.url = f"http://127.0.0.1:{self.port}"
        while True:
            try:
                urllib.request.urlopen(self.url + "/health", timeout=2).read()
                break
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                if self.process.poll() is not None:
                    sys.exit("mlflow server does not start")
                time.sleep(0.1)
        self.ready_s = time.perf_counter() - begin

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(60)


def call(url, path, body=None, method=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{url}/api/2.0/mlflow/{path}", data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def begin_run(url):
    return call(url, "runs/create", {"experiment_id": "0", "start_time": int(time.time() * 1000)})["run"]["info"]["run_id"]


CLIENT = r"""
import os, statistics, sys, time
from mlflow import MlflowClient
def timed(uri, run, many):
    client = MlflowClient(uri)
    client.log_metric(run, "warm", 1.0)
    times = []
    for i in range(many):
        begin = time.perf_counter()
        client.log_metric(run, "loss", i / many, step=i)
        times.append(time.perf_counter() - begin)
    return times
ours, stub, run, turns = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
all_ours, all_stub = [], []
for _ in range(turns):
    all_ours += timed(ours, run, 200)
    all_stub += timed(stub, run, 200)
print(statistics.median(all_ours), statistics.median(all_stub))
"""


def log_metric(context):
    """One point through the real client, and the same client against a server that does nothing."""
    if not PYTHON:
        return print("log_metric: no MLO_BENCH_MLFLOW_PYTHON")
    # A compiled stub: one in Python would cost what the point does.
    stub = subprocess.Popen([context.raw, "answer", "{}"], stdout=subprocess.PIPE, text=True)
    try:
        port = int(stub.stdout.readline())
        with Server(context, context.folder / "ours") as server:
            run = begin_run(server.url)
            done = subprocess.run([PYTHON, "-c", CLIENT, server.url, f"http://127.0.0.1:{port}", run, "5"],
                                  env=context.variables, capture_output=True, text=True, check=True)
            peak_kib["ours"] = server.resident_kib()
    finally:
        stub.kill()
    ours, peer = map(float, done.stdout.split())
    report("log_metric, real client", ours, peer, "stub that answers at once", 1.5)


def log_batch(context):
    """1,000 points in one request, durable on our side, against MLflow's server on SQLite."""
    if not PYTHON:
        return print("log_batch: no MLO_BENCH_MLFLOW_PYTHON")
    times = {"ours": [], "peer": []}
    with Server(context, context.folder / "ours") as server, Peer(context, context.folder / "peer") as peer:
        report_share("server ready", server.ready_s * 1000, 50, f"ms (MLflow {peer.ready_s:.1f} s)")
        runs = {"ours": begin_run(server.url), "peer": begin_run(peer.url)}
        for turn in range(max(context.runs, 11) + 1):
            for side, url in (("ours", server.url), ("peer", peer.url)):
                points = [{"key": f"m{i % 10}", "value": i / 7, "timestamp": 1_700_000_000_000 + turn * 1000 + i,
                           "step": turn * 100 + i // 10} for i in range(1000)]
                begin = time.perf_counter()
                call(url, "runs/log-batch", {"run_id": runs[side], "metrics": points})
                if turn:
                    times[side].append(time.perf_counter() - begin)
        peak_kib["ours"] = server.resident_kib()
    report("log_batch of 1,000 points", statistics.median(times["ours"]), statistics.median(times["peer"]),
           "mlflow server, SQLite", 1 / 8)


def artifact(context):
    """1 GiB up and down, in constant memory."""
    content = context.folder / "content"
    with open(content, "wb") as file:
        for _ in range(64):
            file.write(os.urandom(16 * MIB))
    servers = [("ours", lambda: Server(context, context.folder / "ours"))]
    if PYTHON:
        servers.append(("peer", lambda: Peer(context, context.folder / "peer")))
    times = {"ours": {"up": [], "down": []}, "peer": {"up": [], "down": []}}
    resident = 0
    for turn in range(3):
        for side, start in servers:
            for left in ("ours", "peer"):
                shutil.rmtree(context.folder / left, ignore_errors=True)
            with start() as server:
                run = begin_run(server.url)
                address = f"{server.url}/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/{turn}.bin"
                begin = time.perf_counter()
                subprocess.run(["curl", "-sSf", "-H", "Expect:", "-T", content, address], check=True, stdout=subprocess.DEVNULL)
                times[side]["up"].append(time.perf_counter() - begin)
                begin = time.perf_counter()
                got = subprocess.run(f"curl -sSf '{address}' | cmp - '{content}'", shell=True, check=False)
                times[side]["down"].append(time.perf_counter() - begin)
                if got.returncode:
                    sys.exit(f"{side}: other bytes came back")
                if side == "ours":
                    resident = max(resident, server.resident_kib())
    peak_kib["ours"] = resident
    report_share("1 GiB artifact, resident", resident / 1024, 64, "MiB")
    for way in ("up", "down"):
        ours = statistics.median(times["ours"][way])
        if PYTHON:
            report(f"1 GiB artifact {way}", ours, statistics.median(times["peer"][way]), "mlflow server", 0.5)
        else:
            print(f"1 GiB artifact {way:26} mlo {ours * 1000:9.2f} ms")


def server_ready(context):
    """From the start of the process to its first answer, and what it holds then."""
    times, resident = [], 0
    for turn in range(max(context.runs, 21)):
        with Server(context, context.folder / str(turn)) as server:
            times.append(server.ready_s)
            resident = max(resident, server.resident_kib())
    report_share("server ready", statistics.median(times) * 1000, 50, "ms")
    report_share("server resident", resident / 1024, 30, "MiB")


TOGETHER = r"""
import json, subprocess, sys, time, urllib.request
mlo, folder, number = sys.argv[1:4]
server = subprocess.Popen([mlo, "server", "--port", "0", "--json"], cwd=folder, stdout=subprocess.PIPE, text=True)
answer = ""
while not answer.rstrip().endswith("}"):
    line = server.stdout.readline()
    assert line, "the server ended"
    answer += line
url = json.loads(answer)["url"] + "/api/2.0/mlflow/"
def call(path, body):
    request = urllib.request.Request(url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request, timeout=60))
try:
    experiment = call("experiments/create", {"name": "shared"})["experiment_id"]
except urllib.error.HTTPError as refused:
    assert json.load(refused)["error_code"] == "RESOURCE_ALREADY_EXISTS"
    experiment = json.load(urllib.request.urlopen(url + "experiments/get-by-name?experiment_name=shared"))["experiment"]["experiment_id"]
run = call("runs/create", {"experiment_id": experiment, "run_name": number})["run"]["info"]["run_id"]
for step in range(5):
    call("runs/log-metric", {"run_id": run, "key": "m", "value": step, "timestamp": step, "step": step})
call("runs/update", {"run_id": run, "status": "FINISHED"})
server.terminate()
server.wait(30)
"""


def sixteen(context, rounds=50, processes=16):
    """Sixteen processes start together on a fresh repository, each with a server of its own, and track a run each."""
    succeeded = 0
    for turn in range(rounds):
        folder = context.folder / str(turn)
        folder.mkdir()
        subprocess.run([context.mlo, "init", "-q"], cwd=folder, env=context.variables, check=True)
        started = [subprocess.Popen([sys.executable, "-c", TOGETHER, context.mlo, str(folder), str(i)], env=context.variables,
                                    stderr=subprocess.PIPE, text=True) for i in range(processes)]
        ended = [process.communicate()[1] or process.returncode for process in started]
        listed = json.loads(subprocess.run([context.mlo, "runs", "list", "--limit", "100", "--json"], cwd=folder,
                                           env=context.variables, capture_output=True, text=True, check=True).stdout)
        whole = {run["name"] for run in listed["runs"] if run["status"] == "finished" and run["metrics"] == {"m": 4}}
        verified = json.loads(subprocess.run([context.mlo, "audit", "verify", "--json"], cwd=folder, env=context.variables,
                                             capture_output=True, text=True, check=True).stdout)["verified"]
        good = ended == [0] * processes and len(whole) == processes and verified
        succeeded += good
        if not good:
            print(f"round {turn}: {[e for e in ended if e]} {len(whole)} runs, verified {verified}")
        shutil.rmtree(folder)
    print(f"{processes} processes start together: {succeeded} of {rounds} rounds  target {rounds}: "
          f"{'reached' if succeeded == rounds else 'MISSED'}", flush=True)


def kill_logging(context, kills=100):
    """kill -9 at a random moment while points arrive: what was acknowledged is there."""
    folder = context.folder / "ours"
    lost = acknowledged = 0
    fresh = True
    for turn in range(kills):
        server = Server(context, folder, fresh)
        fresh = False
        run = begin_run(server.url)
        told = []

        def log():
            try:
                for step in range(1_000_000):
                    call(server.url, "runs/log-metric", {"run_id": run, "key": "m", "value": step, "timestamp": step, "step": step})
                    told.append(step)
            except (urllib.error.URLError, ConnectionError, OSError):
                pass

        thread = threading.Thread(target=log)
        thread.start()
        time.sleep(0.02 + (turn * 37 % 100) / 1000)
        server.process.kill()
        server.process.wait()
        thread.join()
        with Server(context, folder, False) as again:
            points = call(again.url, f"metrics/get-history?run_id={run}&metric_key=m").get("metrics", [])
        lost += len(set(told) - {point["step"] for point in points})
        acknowledged += len(told)
    print(f"{kills} × kill -9 while logging: {lost} of {acknowledged} acknowledged points lost  target 0: "
          f"{'reached' if lost == 0 else 'MISSED'}", flush=True)


BENCHES = {"server-ready": server_ready, "log-metric": log_metric, "log-batch": log_batch, "artifact": artifact,
           "sixteen": sixteen, "kill-logging": kill_logging}
