"""Every C++ file is as clang-format lays it out."""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
names = subprocess.run(["git", "ls-files", "*.cpp", "*.h"], cwd=ROOT, capture_output=True, text=True, check=True)
files = [name for name in names.stdout.split() if (ROOT / name).exists()]
sys.exit(subprocess.run(["clang-format-14", "--dry-run", "-Werror", *files], cwd=ROOT).returncode)
