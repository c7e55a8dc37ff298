"""What the tests beside other tools for drift share: their Python, the data sets, and how ours is asked."""
import importlib
import json
import os
import re
import subprocess
import sys

SKIPPED = 77
TOLERANCE = 1e-9
# One minus a sum of like size: what is left of a small distance is rounding, here as there.
ROUNDED = {"hellinger": 1e-7, "jensen_shannon": 1e-8}
SHIPPED = ("anes96", "fair", "grunfeld", "macrodata", "randhie", "star98")  # statsmodels'


def run_where_it_is(package, variable):
    """Begins this script again by the Python that `variable` names, unless `package` is at hand."""
    python = os.environ.get(variable)
    if not python:
        print(f"{variable} is not set: export it as tests/run.sh does")
        sys.exit(SKIPPED)
    try:
        importlib.import_module(package)
    except ImportError:
        if os.environ.get("MLO_PEER_AGAIN"):
            raise
        os.environ["MLO_PEER_AGAIN"] = "1"
        os.execv(python, [python, *sys.argv])


def tables():
    """Name → pandas table."""
    from sklearn import datasets
    from statsmodels import datasets as shipped
    for name in ("iris", "wine", "breast_cancer", "diabetes"):
        yield name, getattr(datasets, f"load_{name}")(as_frame=True).frame
    for name in SHIPPED:
        yield name, getattr(shipped, name).load_pandas().data


def cases():
    """(name, reference, current): halves of each table as its rows stand (many are sorted: much drifts) and shuffled (little does)."""
    for name, table in tables():
        table = table.rename(columns=lambda column: re.sub(r"\W+", "_", str(column)))
        for order, rows in (("as it stands", table), ("shuffled", table.sample(frac=1, random_state=5))):
            middle = len(rows) // 2
            yield f"{name} {order}", rows[:middle].reset_index(drop=True), rows[middle:].reset_index(drop=True)


def ours(binary, folder, *options):
    """What `mlo drift` says of reference.csv and current.csv in the folder."""
    done = subprocess.run([binary, "drift", folder / "reference.csv", folder / "current.csv", *options, "--json"], capture_output=True, text=True, timeout=120)
    if done.returncode not in (0, 1):
        raise SystemExit(f"mlo drift {' '.join(options)}: exit {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout)
