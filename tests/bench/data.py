"""Tables: profile beside DuckDB's own SUMMARIZE, in a Python with the same DuckDB (MLO_BENCH_PYTHON, `pip install duckdb==1.5.6`)."""
import os
import subprocess
import sys

from timing import interleaved, report

MAKE = """
import duckdb
engine = duckdb.connect()
engine.execute("SET threads = 1")
engine.execute("SELECT setseed(0.5)")
columns = [f"round(random() * 1000, 4) AS x{i}" for i in range(8)]
columns += [f"CAST(floor(random() * {n}) AS BIGINT) AS n{n}" for n in (10, 1000, 100000)] + ["i AS id"]
columns += [f"'k' || CAST(floor(random() * {n}) AS INT) AS t{n}" for n in (5, 50, 500, 5000)]
columns += ["md5(CAST(random() AS VARCHAR)) AS h", "CASE WHEN random() < 0.1 THEN NULL ELSE 'word ' || CAST(floor(random() * 200000) AS INT) END AS w",
            "TIMESTAMP '2026-01-01' + INTERVAL (CAST(random() * 1e7 AS INT)) SECOND AS at", "random() < 0.3 AS flag"]
engine.execute(f"COPY (SELECT {', '.join(columns)} FROM range(1000000) r(i)) TO 'table.csv' (HEADER)")
engine.execute("COPY (SELECT * FROM 'table.csv') TO 'table.parquet'")
"""
SUMMARIZE = "import sys, duckdb; duckdb.sql('SET enable_progress_bar = false'); duckdb.sql(f\"SUMMARIZE SELECT * FROM '{sys.argv[1]}'\").fetchall()"


def profile(context):
    """Whole processes; the peer's start-up and import are in its time (some 0.1 s)."""
    python = os.environ.get("MLO_BENCH_PYTHON") or sys.exit("profile: MLO_BENCH_PYTHON names no Python with duckdb 1.5.6")
    subprocess.run([python, "-c", MAKE], cwd=context.folder, check=True)
    for name in ("table.csv", "table.parquet"):
        ours, peer = interleaved([context.mlo, "profile", name, "--json"], [python, "-c", SUMMARIZE, name], min(context.runs, 5),
                                 context.folder, context.variables)
        report(f"profile 1 M x 20, {name}", ours, peer, "SUMMARIZE", 1.2)


BENCHES = {"profile": profile}
