"""What mlo says of its ledger, judged by other people's verifiers.

ledger.py BINARY     with MLO_TEST_INTEROP_PYTHON naming the Python that has requirements.txt, and go on the PATH
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
HERE = pathlib.Path(__file__).resolve().parent
SUPPORT = HERE.parent / "support"
PROJECT = """project: demo
pipeline:
  clean: {run: grep -v x raw.csv > train.csv, in: [raw.csv], out: [train.csv]}
  fit:
    run: cp ready.onnx model.onnx && echo '{"accuracy":0.5}' > metrics.json
    in: [train.csv, ready.onnx]
    out: [model.onnx]
    metrics: [metrics.json]
models:
  adder:
    path: model.onnx
    from: fit
    features: [a, b]
    describe: {task: binary-classification, target: high, owner: growth, intended_use: sums of two numbers}
    validate: {size: "<= 1 kB"}
    promote: {production: {require: [size]}}
    deliver: {production: {folder: {path: released}}}
"""


class Place:
    """A repository with one model from raw data to production, and where its exports go."""

    def __init__(self, mlo, top):
        self.mlo, self.top, self.work = mlo, top, top / "work"
        self.variables = {**os.environ, "HOME": str(top / "home"), "MLO_ACTOR": "ana", "GIT_CONFIG_GLOBAL": "/dev/null"}
        for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
            self.variables.pop(name, None)
        (top / "home").mkdir()
        self.work.mkdir()
        for command in (["init", "-q", "-b", "main"], ["config", "user.name", "Ana"],
                        ["config", "user.email", "ana@example.org"]):
            self.run(["git", *command])
        (self.work / "mlo.yaml").write_text(PROJECT)
        (self.work / "raw.csv").write_text("a,b,high\n1,2,1\nx,,\n-1,-2,0\n")
        shutil.copy(SUPPORT / "models/sum.onnx", self.work / "ready.onnx")
        self.run(["git", "add", "mlo.yaml"])
        self.run(["git", "commit", "-qm", "a pipeline"])
        self("init", "-q")
        self("track", "raw.csv", "-q", "-m", "export of October", "--source", "warehouse", "--license", "MIT")
        self("train", "-q", "-m", "first model")
        self("validate", "adder", "-q")
        self("promote", "adder", "--to", "production", "-q", "-m", "reviewed on Monday")

    def run(self, command, good=True):
        done = subprocess.run(command, cwd=self.work, env=self.variables, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True)
        if good and done.returncode:
            sys.exit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def __call__(self, *arguments):
        return self.run([self.mlo, *map(str, arguments)]).stdout


def tiles_and_proofs(place):
    """Go's sumdb/note and sumdb/tlog: signatures, every tile and entry, older checkpoints, a proof."""
    checker = place.top / "tlog"
    # Modules and compiled packages stay where the user's are: HOME is the test's own.
    subprocess.run(["go", "build", "-o", checker, "."], cwd=HERE / "tlog", check=True)
    key, tiles = place.top / "log.key", place.top / "tiles"
    place("audit", "checkpoint", "--key", "-o", key)
    older = []
    # Past one tile, so that there is a second level.
    for number in range(3):
        older.append(place.top / f"older-{number}")
        place("audit", "checkpoint", "-o", older[-1])
        for turn in range(45 if number else 180):
            place("tag", "raw.csv@v1", f"name-{number}-{turn}", "-q")
        place("audit", "export", "--tiles", tiles, "-q")
    proofs = []
    for entry in (0, 5, 255, 256, 270):
        proofs.append(place.top / f"proof-{entry}")
        place("audit", "prove", entry, "-o", proofs[-1])
    print(place.run([checker, key, tiles, *older, *proofs]).stdout, end="")
    damaged = place.top / "damaged"
    shutil.copytree(tiles, damaged)
    entries = damaged / "tile/entries/000"
    entries.write_bytes(entries.read_bytes().replace(b"payload", b"paxload", 1))
    if place.run([checker, key, damaged], good=False).returncode == 0:
        sys.exit("the Go verifier takes a damaged entry")
    if place.run([place.mlo, "audit", "verify", damaged], good=False).returncode != 5:
        sys.exit("mlo takes a damaged entry")


def peers(place, python):
    """Python's verifiers, each on what it is made for; damaged content is refused by each that signs."""
    def ask(check, *files):
        return place.run([python, HERE / "ledger_peers.py", check, *files]).stdout

    out = place.top / "out"
    place("audit", "keys", out / "keys", "-q")
    keys = sorted((out / "keys").glob("*.pem"))
    for form in ("sigstore", "cyclonedx", "card", "slsa", "in-toto"):
        place("models", "export", "adder@production", "--format", form, "-o", out / form)
    for form in ("openlineage", "prov"):
        place("lineage", "adder@production/folder", "--format", form, "-o", out / form)

    signing = [python, "-m", "model_signing", "verify", "key", place.work / "released", "--signature", out / "sigstore",
               "--public_key", keys[0], "--ignore-paths", place.work / "released/mlo-model.json"]
    print(place.run(signing).stdout.strip())
    model = place.work / "released/model.onnx"
    model.chmod(0o644)
    model.write_bytes(model.read_bytes()[:-1] + b"x")
    if place.run(signing, good=False).returncode == 0:
        sys.exit("model_signing takes a damaged model")

    assert ask("dsse", out / "slsa", *keys).split() == ["https://slsa.dev/provenance/v1"]
    seen = set(ask("dsse", out / "in-toto", *keys).split())
    assert {"https://in-toto.io/attestation/release/v0.1", "https://slsa.dev/verification_summary/v1",
            "https://in-toto.io/attestation/test-result/v0.1", "urn:mlo:promotion:v1"} <= seen, seen
    print(ask("cyclonedx", out / "cyclonedx"), ask("card", out / "card"), ask("prov", out / "prov"), sep="", end="")
    assert ask("openlineage", out / "openlineage").splitlines()[-1].startswith("COMPLETE 2 ")


def witness(place, python):
    """A checkpoint that a witness cosigned is taken, one that it did not see is not."""
    plain, cosigned, key = place.top / "plain", place.top / "cosigned", place.top / "witness.key"
    place("audit", "checkpoint", "-o", plain)
    place.run([python, HERE / "ledger_peers.py", "cosign", plain, cosigned, key])
    place("audit", "verify", "--checkpoint", cosigned, "--witness", key)
    if place.run([place.mlo, "audit", "verify", "--checkpoint", plain, "--witness", key], good=False).returncode != 5:
        sys.exit("mlo takes a checkpoint that its witness did not see")


def main():
    python = os.environ.get("MLO_TEST_INTEROP_PYTHON")
    if not python or not shutil.which("go"):
        print("skipped: MLO_TEST_INTEROP_PYTHON does not name a Python with requirements.txt, or there is no go")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory(prefix="mlo-ledger-") as top:
        place = Place(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(top).resolve())
        tiles_and_proofs(place)
        witness(place, python)
        peers(place, python)


main()
