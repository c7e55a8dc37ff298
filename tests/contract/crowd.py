"""More clients than the server may open files for: the last ones are told so, it costs no CPU, and room comes back.

    crowd.py MLO
"""
import os
import pathlib
import resource
import socket
import subprocess
import sys
import tempfile
import time

MLO = str(pathlib.Path(sys.argv[1]).resolve())
FILES = 400    # more than the server needs for itself, fewer than it would like
CLIENTS = 700
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def connect(port):
    client = socket.create_connection(("127.0.0.1", port), timeout=10)
    client.settimeout(10)
    return client


def health(port):
    with connect(port) as client:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return client.recv(4096)


def main():
    with tempfile.TemporaryDirectory(prefix="mlo-crowd-") as folder:
        variables = {**os.environ, "HOME": folder, "MLO_ACTOR": "ana"}
        subprocess.run([MLO, "init", "-q"], cwd=folder, env=variables, check=True)
        server = subprocess.Popen([MLO, "server", "--port", "0"], cwd=folder, env=variables, stdout=subprocess.PIPE, text=True,
                                  preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES)))
        try:
            line = server.stdout.readline()
            port = int(line.rsplit(":", 1)[1].split()[0].rstrip("/"))
            crowd = [connect(port) for _ in range(CLIENTS)]
            time.sleep(0.5)
            before = cpu_s(server)
            time.sleep(1)
            spent = cpu_s(server) - before
            assert spent < 0.3, f"{spent:.2f} s of CPU a second, and nobody asks for anything"
            told = crowd[-1].recv(4096)
            assert b" 503 " in told and b"connections" in told, told
            for client in crowd:
                client.close()
            deadline = time.monotonic() + 10
            while b" 200 " not in health(port):
                assert time.monotonic() < deadline, "no room comes back"
                time.sleep(0.1)
        finally:
            server.terminate()
            server.wait(10)
    print(f"{CLIENTS} clients, {FILES} files: {spent:.2f} s of CPU a second")


main()
