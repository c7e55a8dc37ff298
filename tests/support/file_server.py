"""Serves a folder on a loopback port for one command, then ends; what some servers do wrong is done by special names.

    file_server.py FOLDER COMMAND...      $URL is the server's address
    /cut/NAME     ends in the middle of NAME       /moved/NAME   redirects to /NAME
"""
import functools
import http.server
import os
import pathlib
import subprocess
import sys
import threading


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words):
        pass

    def do_GET(self):
        kind, _, name = self.path[1:].partition("/")
        if kind == "moved":
            self.send_response(302)
            self.send_header("Location", "/" + name)
            self.end_headers()
        elif kind == "cut":
            content = pathlib.Path(self.directory, name).read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[:len(content) // 2])
        else:
            super().do_GET()

    def end_headers(self):
        if self.path.endswith(".csv"):
            self.send_header("ETag", '"v7"')
        super().end_headers()


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=sys.argv[1]))
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"
done = subprocess.run(["bash", "-c", sys.argv[2]], env={**os.environ, "URL": url}, capture_output=True, text=True)
# The port differs from run to run.
sys.stdout.write(done.stdout.replace(url, "http://server"))
sys.stderr.write(done.stderr.replace(url, "http://server"))
sys.exit(done.returncode)
