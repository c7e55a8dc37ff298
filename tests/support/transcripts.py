"""Runs Markdown pages whose ```console blocks are sessions, and compares what is seen with what is written.

    transcripts.py MLO PAGE...        MLO_ACCEPT=1 writes what was seen; review the diff

A block's lines that begin with '$ ' are typed into a shell in a folder of the page's own, kept from block to
block; what follows is the expected output, standard error after standard output; '[exit N]' closes it when N
is not 0. A ```yaml NAME or ```python NAME block is written to the file NAME. Digests, ports, run ids, times, durations and the folder are replaced by words before comparing. An answer
of --json is also held against its schema in schemas/cli when jsonschema is installed. A command that does not end
ends its page, with what it said, and the next page is run.
"""
import contextlib
import difflib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

try:
    import jsonschema
except ImportError:
    jsonschema = None

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(console|(?:yaml|python) [\w./-]+)\n(.*?)^```$", re.M | re.S)

PATIENCE = 120  # seconds for one command

WORDS = [
    (r"sha256:[0-9a-f]{64}", "sha256:<digest>"),
    (r"\b[0-9a-f]{64}\b", "<digest>"),
    (r"\b[0-9A-HJKMNP-TV-Z]{26}\b", "<run>"),
    (r"\b01[0-9A-HJKMNP-TV-Z]{10}\b", "<run>"),
    (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?", "<time>"),
    (r"(< |\b)\d+(\.\d+)? (µs|ms|s)\b", "<span>"),
    (r"\b127\.0\.0\.1:\d+", "127.0.0.1:<port>"),
    (r"(\bport )\d+", r"\1<port>"),
    (r"\bdemo-[0-9a-z]{4}\b", "demo-<name>"),
    (r"\bprocess \d+", "process <number>"),
    (r"\b0\.\d{3,}\b|\b\d\.\d+e-\d+\b", "<figure>"),
    (r"\b[0-9a-f]{32}\b", "<id>"),
    (r"(?<=\s)[0-9a-f]{12}(?=\s|$)", "<digest>"),
]


def plain(text, folder):
    text = text.replace(str(folder), "<folder>")
    for pattern, word in WORDS:
        text = re.sub(pattern, word, text)
    # Columns move with the width of what was replaced.
    return "\n".join(re.sub(r"(?<=\S) {2,}", "  ", line.rstrip()) for line in text.splitlines())


def environment(mlo, home):
    keep = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "ASAN_OPTIONS", "TSAN_OPTIONS", "MLO_ONNXRUNTIME")
            if name in os.environ}
    python = os.environ.get("MLO_TEST_PYTHON")
    path = [str(mlo.parent), *([str(pathlib.Path(python).parent)] if python else []), os.environ["PATH"]]
    return {**keep, "PATH": ":".join(path), "HOME": str(home), "MLO_ACTOR": "ana", "TZ": "UTC", "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "MLO_SUPPORT": str(ROOT / "tests/support")}


@contextlib.contextmanager
def process_group():
    """A group that a page's processes join, also those that it leaves running: they end with the page, or with us,
    however we end."""
    leader = subprocess.Popen(["sh", "-c", "read _; kill -9 0"], preexec_fn=os.setpgrp, stdin=subprocess.PIPE,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield leader.pid
    finally:
        leader.stdin.close()
        leader.wait()
        # The others still write for a moment, in a folder that is removed next.
        with contextlib.suppress(ProcessLookupError):
            for _ in range(100):
                os.killpg(leader.pid, 0)
                time.sleep(0.05)


def run(command, folder, variables, group):
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=variables, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, errors="backslashreplace", timeout=PATIENCE,
                          preexec_fn=lambda: os.setpgid(0, group))
    output = done.stdout + done.stderr
    return output + (f"[exit {done.returncode}]\n" if done.returncode else ""), done.stdout


def shape_problem(stdout):
    try:
        answer = json.loads(stdout)
        name, version = answer["shape"].split("/")
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    if jsonschema is None:
        return None
    schema = json.loads((ROOT / f"schemas/cli/{name}-{version}.schema.json").read_text())
    try:
        jsonschema.validate(answer, schema)
    except jsonschema.ValidationError as problem:
        return f"{'/'.join(map(str, problem.absolute_path))}: {problem.message}"
    return None


def page(mlo, path):
    text, failures = path.read_text(), 0
    with tempfile.TemporaryDirectory(prefix="mlo-page-") as top, process_group() as group:
        folder, home = pathlib.Path(top).resolve() / "work", pathlib.Path(top) / "home"
        folder.mkdir()
        home.mkdir()
        variables = environment(mlo, home)

        def replay(match):
            nonlocal failures
            if match[1] != "console":
                (folder / match[1].split()[1]).write_text(match[2])
                return match[0]
            seen = []
            for chunk in re.split(r"^(?=\$ )", match[2], flags=re.M):
                if not chunk.startswith("$ "):
                    continue
                lines = chunk.splitlines()
                count = 1
                while lines[count - 1].endswith("\\"):
                    count += 1
                command, expected = "\n".join(lines[:count])[2:], "\n".join(lines[count:])
                output, stdout = run(command, folder, variables, group)
                output = plain(output, folder)
                problem = shape_problem(stdout)
                if problem:
                    failures += 1
                    print(f"{path.name}: $ {command}\n  does not fit its schema: {problem}")
                if output != plain(expected, folder) and not os.environ.get("MLO_ACCEPT"):
                    failures += 1
                    print(f"{path.name}: $ {command}")
                    print("\n".join(difflib.unified_diff(expected.splitlines(), output.splitlines(), "written", "seen",
                                                         lineterm="")))
                seen.append(f"$ {command}\n{output}\n" if output else f"$ {command}\n")
            return "```console\n" + "".join(seen) + "```"

        try:
            replayed = BLOCK.sub(replay, text)
        except subprocess.TimeoutExpired as endless:
            said = b"".join(part for part in (endless.stdout, endless.stderr) if part).decode(errors="backslashreplace")
            print(f"{path.name}: $ {endless.cmd[-1]}\n  has not ended in {PATIENCE} s, and with it the page\n{said}")
            return failures + 1
    if os.environ.get("MLO_ACCEPT") and replayed != text:
        path.write_text(replayed)
        print(f"{path.name}: written")
    return failures


mlo = pathlib.Path(sys.argv[1]).resolve()
failed = sum(page(mlo, pathlib.Path(name)) for name in sys.argv[2:])
print(f"{len(sys.argv) - 2} pages, {failed} differences")
sys.exit(failed > 0)
