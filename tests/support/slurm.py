"""A Slurm of one node for tests: started by us, on loopback, in a folder of its own; no systemd, nothing in /etc.

    with Slurm(folder) as slurm:
        subprocess.run(["sbatch", …], env=slurm.variables)
"""
import os
import pathlib
import secrets
import signal
import socket
import subprocess
import time

NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol")

CONFIGURATION = """
ClusterName=mlo
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,sched_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
KillWait=2
MessageTimeout=2
SlurmdParameters=config_overrides
MinJobAge={forget_after_s}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory_mb} State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def missing():
    """Programs that this needs and that are not here: .ci/setup --tests installs them."""
    places = os.environ["PATH"].split(":") + ["/usr/sbin", "/sbin"]
    return [name for name in NEEDED if not any(os.access(f"{place}/{name}", os.X_OK) for place in places)]


def free_ports(count):
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in servers]
    for server in servers:
        server.close()
    return ports


class Slurm:
    """The node says that it has 32 CPUs: jobs of tests mostly sleep."""

    def __init__(self, folder, forget_after_s=300):
        self.folder = pathlib.Path(folder).resolve()
        self.host = socket.gethostname().split(".")[0]
        controller, node = free_ports(2)
        memory_kb = int(next(line.split()[1] for line in open("/proc/meminfo") if line.startswith("MemTotal")))
        self.settings = {"host": self.host, "controller_port": controller, "node_port": node, "folder": self.folder,
                         "user": subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip(),
                         "cpus": 32, "memory_mb": memory_kb // 1024 * 8 // 10, "forget_after_s": forget_after_s}
        self.variables = {**os.environ, "SLURM_CONF": str(self.folder / "slurm.conf"),
                          "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}

    def __enter__(self):
        # munged refuses a socket in a folder that others may write to, or may not enter.
        self.folder.mkdir(parents=True, mode=0o755)
        (self.folder / "state").mkdir(mode=0o700)
        (self.folder / "spool").mkdir(mode=0o755)
        (self.folder / "slurm.conf").write_text(CONFIGURATION.format(**self.settings))
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o400)
        self.daemon("munged", "--force", f"--key-file={key}", f"--socket={self.folder}/munge.socket",
                    f"--pid-file={self.folder}/munged.pid", f"--log-file={self.folder}/munged.log",
                    f"--seed-file={self.folder}/munge.seed", "--num-threads=2")
        self.start_controller("-c")
        self.daemon("slurmd", "-c", "-f", self.folder / "slurm.conf", "-N", self.host)
        self.wait_until(lambda: self.call("sinfo", "-h", "-o", "%T", fails=True).strip() in ("idle", "mixed", "allocated"), "the node to come up")
        return self

    def __exit__(self, *_):
        subprocess.run(["scancel", "--me", "--signal=KILL", "--full"], env=self.variables, capture_output=True, timeout=20)
        for name in ("slurmctld", "slurmd", "munged"):
            self.stop(name)

    def start_controller(self, *options):
        self.daemon("slurmctld", *options, "-f", self.folder / "slurm.conf")

    def daemon(self, *words):
        done = subprocess.run([str(word) for word in words], env=self.variables, capture_output=True, text=True, timeout=30)
        if done.returncode:
            raise SystemExit(f"{words[0]}: exit {done.returncode}\n{done.stdout}{done.stderr}{self.logs()}")

    def process(self, name):
        try:
            return int((self.folder / f"{name}.pid").read_text())
        except (OSError, ValueError):
            return 0

    def stop(self, name):
        process = self.process(name)
        if not process:
            return
        try:
            os.kill(process, signal.SIGTERM)
            for _ in range(100):
                os.kill(process, 0)
                time.sleep(0.05)
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def call(self, *words, fails=False):
        done = subprocess.run(words, env=self.variables, capture_output=True, text=True, timeout=60)
        if done.returncode and not fails:
            raise SystemExit(f"{' '.join(words)}: exit {done.returncode}\n{done.stderr}{self.logs()}")
        return done.stdout

    def jobs(self):
        """(id, state, name) of each job, those that ended too; one row a task of an array."""
        lines = self.call("squeue", "-h", "-r", "-t", "all", "-o", "%i|%T|%j").splitlines()
        return [tuple(line.split("|", 2)) for line in lines]

    def wait_until(self, holds, what, patience_s=20):
        deadline = time.monotonic() + patience_s
        while not holds():
            if time.monotonic() > deadline:
                raise SystemExit(f"waited {patience_s} s for {what}\n{self.logs()}")
            time.sleep(0.05)

    def logs(self):
        return "".join(f"--- {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-8:]) + "\n"
                       for log in sorted(self.folder.glob("*.log")))
