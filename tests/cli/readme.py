"""The README's command table and its shell blocks say what is true of this binary.

    readme.py MLO
"""
import pathlib
import re
import subprocess
import sys

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

print("\n".join(problems) or f"{len(offered)} commands, as the README says")
sys.exit(bool(problems))
