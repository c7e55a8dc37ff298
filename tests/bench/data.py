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


# Twenty rules of the same meaning for both: type, presence, bounds, sets, patterns, lengths, a comparison of columns.
CONTRACT = """apiVersion: v3.1.0
kind: DataContract
id: bench
version: 1.0.0
status: active
schema:
  - name: table
    quality:
      - {metric: rowCount, mustBeGreaterOrEqualTo: 1000}
      - {type: custom, engine: mlo, implementation: {expression: n10 <= n10 + n1000}}
    properties:
%s"""
PANDERA = """
import polars as pl, pandera.polars as pa
number = lambda **more: pa.Column(pl.Float64, pa.Check.in_range(0, 1000), **more)
columns = {f"x{i}": number() for i in range(8)}
columns |= {f"n{n}": pa.Column(pl.Int64, pa.Check.in_range(0, n)) for n in (10, 1000, 100000)}
columns |= {"id": pa.Column(pl.Int64, unique=True), "t5": pa.Column(pl.String, pa.Check.isin([f"k{i}" for i in range(5)]))}
columns |= {f"t{n}": pa.Column(pl.String, pa.Check.str_matches("^k[0-9]+$")) for n in (50, 500, 5000)}
columns |= {"h": pa.Column(pl.String, pa.Check.str_length(32, 32)), "w": pa.Column(pl.String, nullable=True)}
pair = pa.Check(lambda data: data.lazyframe.select(pl.col("n10") <= pl.col("n10") + pl.col("n1000")))
rows = pa.Check(lambda data: data.lazyframe.select(pl.len() >= 1000))
schema = pa.DataFrameSchema(columns, checks=[pair, rows])
import os
os.environ.setdefault("PANDERA_VALIDATION_DEPTH", "SCHEMA_AND_DATA")
from pandera.config import config_context, ValidationDepth
with config_context(validation_depth=ValidationDepth.SCHEMA_AND_DATA):
    schema.validate(pl.read_csv("table.csv", try_parse_dates=True), lazy=True)
"""


def contract(context):
    """Whole processes on a CSV of 1 M rows: pandera on polars needs a second of import, which is part of what a hook waits for."""
    python = os.environ.get("MLO_BENCH_PYTHON") or sys.exit("contract: MLO_BENCH_PYTHON names no Python with duckdb 1.5.6 and pandera[polars]")
    subprocess.run([python, "-c", MAKE], cwd=context.folder, check=True)
    column = lambda name, kind, more="": f"      - {{name: {name}, logicalType: {kind}, required: true{more}}}\n"
    lines = [column(f"x{i}", "number", ", logicalTypeOptions: {minimum: 0, maximum: 1000}") for i in range(8)]
    lines += [column(f"n{n}", "integer", f", logicalTypeOptions: {{minimum: 0, maximum: {n}}}") for n in (10, 1000, 100000)]
    lines += [column("id", "integer", ", unique: true")]
    lines += [column("t5", "string", ", quality: [{metric: invalidValues, arguments: {validValues: [k0, k1, k2, k3, k4]}, mustBe: 0}]")]
    lines += [column(f"t{n}", "string", ', logicalTypeOptions: {pattern: "k[0-9]+"}') for n in (50, 500, 5000)]
    lines += [column("h", "string", ", logicalTypeOptions: {minLength: 32, maxLength: 32}"), "      - {name: w, logicalType: string}\n",
              column("at", "timestamp"), column("flag", "boolean")]
    (context.folder / "table.yaml").write_text(CONTRACT % "".join(lines))
    ours, peer = interleaved([context.mlo, "schema", "check", "table.yaml", "table.csv", "-q"], [python, "-c", PANDERA], min(context.runs, 5),
                             context.folder, context.variables)
    report("20 checks on 1 M x 20 CSV", ours, peer, "pandera on polars", 0.333)


BENCHES = {"profile": profile, "contract": contract}
