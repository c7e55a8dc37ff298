"""The README's command table, its mlo.yaml and its shell blocks say what is true of this binary.

    readme.py MLO
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
readme = (ROOT / "README.md").read_text()
problems = []

table = readme[readme.index("## Commands"):readme.index("## Figures")]
written = set()
for row in re.findall(r"^\| (`.*?) \| ", table, re.M):
    written |= {name.split()[0] for name in re.findall(r"`([a-z]+[^`]*)`", row)}
shown = subprocess.run([sys.argv[1], "--help"], capture_output=True, text=True, check=True).stdout
offered = set(re.findall(r"^  ([a-z]+) ", shown[shown.index("Subcommands:"):], re.M))
if written != offered:
    problems.append(f"the command table and --help differ in {sorted(written ^ offered)}")

# The commands of shell blocks that are files of ours must be there and executable.
for block in re.findall(r"^```sh\n(.*?)^```", readme, re.M | re.S):
    for line in block.splitlines():
        name = line.split("#")[0].strip().split(" ")[0]
        if "/" in name and not ((ROOT / name).exists() and (ROOT / name).stat().st_mode & 0o100):
            problems.append(f"README runs '{name}', which is not there or not executable")
for name in ("examples/quickstart.sh", "tests/run.sh"):
    if f"\n{name}\n" not in readme:
        problems.append(f"README does not show {name} on a line of its own")
for link in re.findall(r"\]\(([^):]+)\)", readme):
    if not (ROOT / link).exists():
        problems.append(f"README links to '{link}', which is not there")

# The project file in the README is one that mlo takes, and names what users of the binary may write there.
sections = json.loads(subprocess.run([sys.argv[1], "config", "--schema"], capture_output=True, check=True).stdout)
MLO = str(pathlib.Path(sys.argv[1]).resolve())
example = re.search(r"^```yaml\n(.*?)^```", readme, re.M | re.S)[1]
with tempfile.TemporaryDirectory() as folder:
    (pathlib.Path(folder) / "mlo.yaml").write_text(example)
    variables = {**os.environ, "HOME": folder}
    for command in ("init", "status"):
        done = subprocess.run([MLO, command], cwd=folder, env=variables, capture_output=True, text=True)
        if done.returncode != 0:
            problems.append(f"mlo {command} does not take the README's mlo.yaml: {done.stderr}")


def keys_of(schema, *names):
    for name in names:
        schema = schema["properties"][name] if name else schema["additionalProperties"]
        for part in schema.get("anyOf", []):
            schema = part if part.get("type") == "object" else schema
        if "$ref" in schema:
            schema = sections["$defs"][schema["$ref"].split("/")[-1]]
    return set(schema["properties"])


documented = set(re.findall(r"[a-z_]+", table))
for names in ((), ("data", ""), ("pipeline", ""), ("models", ""), ("models", "", "validate"), ("models", "", "monitor")):
    missing = keys_of(sections, *names) - documented
    if missing:
        problems.append(f"README tells nothing of {'.'.join(names) or 'mlo.yaml'}: {sorted(missing)}")

print("\n".join(problems) or f"{len(offered)} commands, as the README says")
sys.exit(bool(problems))
