"""Every figure that is stored or compared is the same to the byte in each run and on any number of threads.

threads.py BINARY
"""
import pathlib
import random
import subprocess
import sys
import tempfile

THREADS = (1, 2, 7)
CONTRACT = """apiVersion: v3.1.0
kind: DataContract
id: table
version: 1.0.0
status: active
schema:
  - name: now
    quality:
      - {metric: rowCount, mustBeGreaterThan: 10}
      - {type: custom, engine: mlo, implementation: {expression: x <= n + 5}}
    properties:
      - name: x
        logicalType: number
        logicalTypeOptions: {minimum: -2, maximum: 2}
        quality:
          - {type: custom, engine: mlo, implementation: {statistic: mean, minimum: -1, maximum: 0.001}}
          - {type: custom, engine: mlo, implementation: {statistic: std, maximum: 0.5}}
      - {name: n, logicalType: integer}
      - {name: w, logicalType: string, logicalTypeOptions: {maxLength: 4}}
      - {name: day, logicalType: date}
      - {name: y, logicalType: integer}
      - {name: s, logicalType: number}
      - {name: g, logicalType: string}
"""


def write(path, seed, rows, shift):
    """Sums of values of many sizes depend on their order, unless they are exact."""
    chance = random.Random(seed)
    with path.open("w", encoding="utf-8") as file:
        file.write("x,n,w,day,y,s,g\n")
        for _ in range(rows):
            x = chance.gauss(shift, 1) * 10 ** chance.randint(-6, 6) if chance.random() < 0.3 else chance.gauss(shift, 1)
            score = chance.random()
            file.write(",".join([repr(x) if chance.random() < 0.95 else "", str(chance.randint(0, 90000)), f"w{int(chance.paretovariate(0.6))}",
                                 f"2026-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}", str(int(chance.random() < score)), f"{score:.6f}",
                                 chance.choice("abc")]) + "\n")


def main():
    binary, wrong = str(pathlib.Path(sys.argv[1]).resolve()), []
    with tempfile.TemporaryDirectory() as top:
        folder = pathlib.Path(top)
        write(folder / "before.csv", 3, 15000, 0)
        write(folder / "now.csv", 4, 12000, 0.2)
        (folder / "now.yaml").write_text(CONTRACT, encoding="utf-8")
        commands = {
            "profile": ["profile", "now.csv"],
            "infer": ["schema", "infer", "now.csv"],
            "check": ["schema", "check", "now.yaml", "now.csv"],
            "evaluate": ["evaluate", "now.csv", "--label", "y", "--score", "s", "--slices", "g,w", "--fairness", "g", "--confidence", "0.9", "--resamples",
                         "15", "--worst-slice", "roc_auc"],
            "regression": ["evaluate", "now.csv", "--label", "n", "--prediction", "s", "--task", "regression", "--slice", "n > 40000", "--confidence",
                           "0.9", "--resamples", "15"],
            "drift": ["drift", "before.csv", "now.csv", "--classifier", "--correction", "benjamini-hochberg"],
            "drift by a test": ["drift", "before.csv", "now.csv", "--method", "ks"],
            "drift by entropy": ["drift", "before.csv", "now.csv", "--method", "kl"],
        }
        for name, arguments in commands.items():
            answers = {}
            for threads in (*THREADS, THREADS[-1]):
                done = subprocess.run([binary, "--threads", str(threads), *arguments, "--json"], cwd=folder, capture_output=True, text=True, timeout=300)
                if done.returncode not in (0, 1) or not done.stdout.strip():
                    raise SystemExit(f"mlo {' '.join(arguments)}: exit {done.returncode}\n{done.stderr}")
                answers.setdefault(done.stdout, []).append(threads)
            if len(answers) > 1:
                one, other = list(answers)[:2]
                first = next(i for i, (a, b) in enumerate(zip(one, other)) if a != b)
                wrong.append(f"{name}: threads {list(answers.values())} say otherwise: …{one[first - 80:first + 80]!r} and …{other[first - 80:first + 80]!r}")
    print("\n".join(wrong) or f"{len(commands)} answers are the same on {', '.join(map(str, THREADS))} threads and in a second run")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
