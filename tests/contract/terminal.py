"""What a person at a terminal is asked: terminal.py MLO

A key's passphrase, on a real pseudo-terminal: asked for without an echo, twice for a new one, and never where nobody sits.
"""
import os
import pathlib
import pty
import select
import signal
import subprocess
import sys
import tempfile
import time

MLO = str(pathlib.Path(sys.argv[1]).resolve())
PATIENCE_S = 20


class Terminal:
    """`mlo WORDS…` at the other end of a pseudo-terminal."""

    def __init__(self, folder, *words):
        self.seen = ""
        self.process, self.end = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            os.execv(MLO, [MLO, *words])

    def read_until(self, text):
        until = time.monotonic() + PATIENCE_S
        while text not in self.seen:
            if not select.select([self.end], [], [], until - time.monotonic())[0]:
                raise AssertionError(f"'{text}' was not seen within {PATIENCE_S} s, but: {self.seen!r}")
            self.seen += os.read(self.end, 4096).decode()

    def type(self, text):
        os.write(self.end, text.encode())

    def exit_code(self):
        """Reads to the end; what was typed is never shown."""
        while True:
            try:
                piece = os.read(self.end, 4096)
            except OSError:  # the other end was closed
                break
            if not piece:
                break
            self.seen += piece.decode()
        os.close(self.end)
        status = os.waitpid(self.process, 0)[1]
        return os.waitstatus_to_exitcode(status)


def answer(folder, words, *answers):
    """Types each answer at its prompt; returns the exit code and all that was seen."""
    terminal = Terminal(folder, *words)
    for prompt, text in answers:
        terminal.read_until(prompt)
        terminal.seen = ""
        terminal.type(text + "\n")
    code = terminal.exit_code()
    for _, text in answers:
        assert not text or text not in terminal.seen, f"'{text}' was shown: {terminal.seen!r}"
    return code, terminal.seen


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name) / "work"
        folder.mkdir()
        os.environ.update(HOME=name, XDG_CONFIG_HOME=f"{name}/config", MLO_ACTOR="ana", TERM="dumb")
        os.environ.pop("MLO_KEY_PASSPHRASE", None)
        subprocess.run([MLO, "init", "-q"], cwd=folder, check=True)
        (folder / "data.txt").write_text("rows\n")

        code, seen = answer(folder, ["identity", "protect"], ("New passphrase: ", "open sesame"), ("Once more: ", "open barley"))
        assert code == 2 and "the passphrases differ" in seen, (code, seen)
        code, seen = answer(folder, ["identity", "protect"], ("New passphrase: ", ""))
        assert code == 2 and "the passphrase is empty" in seen, (code, seen)
        code, seen = answer(folder, ["identity", "protect"], ("New passphrase: ", "open sesame"), ("Once more: ", "open sesame"))
        assert code == 0 and "under a passphrase now" in seen, (code, seen)

        code, seen = answer(folder, ["track", "data.txt"], ("assphrase", "wrong one"))
        assert code != 0 and "the passphrase is wrong" in seen, (code, seen)
        code, seen = answer(folder, ["track", "data.txt"], ("assphrase", "nonsense\x15open sesamé\x7fe"))  # Ctrl-U, backspace
        assert code == 0, (code, seen)

        # Ctrl-C at the prompt leaves the terminal echoing, and nothing done.
        (folder / "data.txt").write_text("more rows\n")
        terminal = Terminal(folder, "track", "data.txt")
        terminal.read_until("assphrase")
        terminal.type("\x03")
        code = terminal.exit_code()
        assert code in (130, -signal.SIGINT), code
        said = subprocess.run([MLO, "status", "--json"], cwd=folder, check=False, capture_output=True, text=True).stdout
        assert "modified" in said or "changed" in said, said

        # Nobody sits there: an answer at once, and no question.
        for words in (["track", "data.txt"], ["identity", "protect"]):
            done = subprocess.run([MLO, *words], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S, start_new_session=True)
            assert done.returncode != 0 and "passphrase" in done.stderr and "hint" in done.stderr, done
        subprocess.run([MLO, "audit", "verify", "-q"], cwd=folder, check=True)
    print("asked where somebody sits, without an echo; nowhere else")


main()
