"""`mlo server` on a free port, for the scripts that are its clients."""
import json
import subprocess


class TrackingServer:
    """Of the repository in `folder`, from its first answer to `stop`."""

    def __init__(self, mlo, folder, environment=None):
        self.process = subprocess.Popen([mlo, "server", "--port", "0", "--json"], cwd=folder, env=environment,
                                        stdout=subprocess.PIPE, text=True)
        answer = ""
        while not answer.rstrip().endswith("}"):
            line = self.process.stdout.readline()
            assert line, "the server ended"
            answer += line
        self.url = json.loads(answer)["url"]

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
