"""One table of promises, held by each executor on the real thing: processes here, and a real Slurm of one node.

    executors.py MLO [NAME...]

A promise is a function that gets a workspace and the executor's name. Those of SLURM concern an engine that is
elsewhere: it loses jobs, answers late or wrongly, starts them twice, and goes on when we die.
"""
import concurrent.futures
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import slurm as slurm_node  # noqa: E402

MLO = str(pathlib.Path(sys.argv[1]).resolve())


class Broken(Exception):
    pass


def check(holds, what):
    if not holds:
        raise Broken(what)


class Place:
    """A workspace whose steps an executor computes."""

    def __init__(self, folder, kind, variables, slurm=None):
        self.folder, self.kind, self.slurm = folder, kind, slurm
        folder.mkdir(parents=True)
        (folder / "home").mkdir()
        self.variables = {**variables, "HOME": str(folder / "home"), "MLO_ACTOR": "ana", "NO_COLOR": "1"}
        self.variables.pop("XDG_CONFIG_HOME", None)
        self.root = folder / "work"
        self.root.mkdir()
        subprocess.run([MLO, "init", "-q"], cwd=self.root, env=self.variables, check=True)

    def project(self, pipeline, more=""):
        (self.root / "mlo.yaml").write_text(f"project: demo\n{more}pipeline:\n{pipeline}")

    def command(self, *options):
        return [MLO, "train", "--json", "--executor", self.kind, *options]

    def start(self, *options):
        return subprocess.Popen(self.command(*options), cwd=self.root, env=self.variables, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def finish(self, process):
        out, err = process.communicate(timeout=60)
        self.said = err
        try:
            self.answer = json.loads(out)
        except ValueError:
            self.answer = {"steps": []}
        return process.returncode

    def train(self, *options):
        return self.finish(self.start(*options))

    def reason(self, step):
        return next((one["reason"] for one in self.answer["steps"] if one["name"] == step), None)

    def status(self, step):
        return next((one["status"] for one in self.answer["steps"] if one["name"] == step), None)

    def read(self, name):
        path = self.root / name
        return path.read_text() if path.exists() else ""

    def log(self, step):
        return max((self.root / ".mlo/logs").glob(f"*/{step}.log"), key=lambda path: path.stat().st_mtime).read_bytes()

    def wait_for(self, name, patience_s=30):
        self.wait_until(lambda: (self.root / name).exists(), name, patience_s)

    def wait_until(self, holds, what, patience_s=30):
        deadline = time.monotonic() + patience_s
        while not holds():
            check(time.monotonic() < deadline, f"waited {patience_s} s for {what}")
            time.sleep(0.02)

    def jobs(self):
        return list((self.root / ".mlo/jobs").glob("*/plan.json"))

    def explain(self):
        return f"{json.dumps(self.answer, indent=1)[-1500:] if hasattr(self, 'answer') else ''}\n{getattr(self, 'said', '')[-1500:]}"


# --- what every executor promises


def runs_in_its_folder_with_its_variables(place):
    place.project("""  one:
    run: echo "$GREETING $MLO_STEP $MLO_PARAM_SEED $MLO_CPUS $PWD" > out.txt; [ -n "$BASH_VERSION" ] && echo told
    env: {GREETING: hello}
    params: [seed]
    shell: /bin/bash -eu
    cwd: sub
    resources: {cpus: 1}
    out: [sub/out.txt]
""", "params: {seed: 7}\n")
    (place.root / "sub").mkdir()
    check(place.train() == 0, "it ran")
    check(place.read("sub/out.txt") == f"hello one 7 1 {place.root / 'sub'}\n", place.read("sub/out.txt"))
    check(place.log("one") == b"told\n", "its output is its log")
    check(place.train() == 0 and place.answer["ran_nothing"], "nothing is left to do")
    check(not place.jobs(), "nothing of the job is left")


def fails_with_its_exit_code_and_log(place):
    place.project("  bad: {run: \"printf 'a\\\\000b\\\\377\\\\n'; echo oh no >&2; exit 3\"}\n  no: {run: no-such-program}\n")
    check(place.train("--keep-going") == 1, "a failed step is exit 1")
    check(place.reason("bad") == "exit code 3", place.reason("bad"))
    check(place.reason("no") == "exit code 127", place.reason("no"))
    check(place.log("bad") == b"a\0b\377\noh no\n", "the log holds what was said, as it was said")


def a_step_that_takes_too_long_ends_with_its_children(place):
    place.project("  slow: {run: \"(while true; do echo x >> beat; sleep 0.05; done) & sleep 60\", timeout: 1s}\n")
    check(place.train() == 1, "it failed")
    check(place.reason("slow") == "timed out after 1 s", place.reason("slow"))
    beats = len(place.read("beat"))
    time.sleep(0.2)
    check(len(place.read("beat")) == beats, "its children ended with it")


def memory_is_limited_and_grows_where_that_is_declared(place):
    place.project("""  big:
    run: echo x >> tries; python3 -c "import time; b = bytearray(160_000_000); time.sleep(2 if open('tries').read().count('x') < 2 else 0)" && echo 1 > big
    out: [big]
    retry: 2
    resources: {memory: 100 MB}
""")
    check(place.train() == 1, "it failed")
    check(place.reason("big") == "it took more memory than its limit of 100 MB", place.reason("big"))
    check(place.read("tries") == "x\n", "the same limit is not tried again")
    text = place.read("mlo.yaml")
    (place.root / "mlo.yaml").write_text(text.replace("100 MB}", "100 MB, growth: 4}"))
    (place.root / "tries").unlink()
    check(place.train() == 0, "the second attempt has four times as much")
    check(place.read("tries") == "x\nx\n", place.read("tries"))


def cpu_time_is_limited(place):
    place.project("  busy: {run: \"while :; do :; done\", resources: {cpu_time: 1s}}\n")
    check(place.train() == 1, "it failed")
    check(place.reason("busy") == "it took more CPU time than its limit of 1 s", place.reason("busy"))


def a_failing_step_is_tried_again_as_declared(place):
    place.project("  flaky: {run: \"echo x >> tries; [ $(wc -l < tries) -ge 3 ] && echo 1 > out\", out: [out], retry: 2}\n")
    check(place.train() == 0, "the third attempt is good")
    check(place.read("tries") == "x\n" * 3, place.read("tries"))


def what_ends_mlo_ends_the_job(place):
    place.project("  slow: {run: \"echo on > on; (while true; do echo x >> beat; sleep 0.05; done)\"}\n")
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        (place.root / "beat").unlink(missing_ok=True)
        process = place.start()
        place.wait_for("beat")
        process.send_signal(ending)
        check(place.finish(process) == 130, f"{ending.name} is exit 130")
        beats = len(place.read("beat"))
        time.sleep(0.3)
        check(len(place.read("beat")) == beats, "the job ended")
        check(not place.jobs(), "nothing of the job is left")


def a_step_never_runs_twice_at_once(place):
    """The driver is killed (SIGKILL) while the step runs; the next `mlo train` gets it done."""
    place.project("  slow: {run: \"echo start >> trace; sleep 2; echo end >> trace; echo 1 > out\", out: [out]}\n")
    process = place.start()
    place.wait_for("trace")
    process.kill()
    process.communicate()
    check(place.train() == 0, "it is done")
    trace = place.read("trace").split()
    once = ["start", "end"]
    check(trace in ([*once], ["start", *once]), f"{trace}: one after the other")
    if place.kind != "local":
        check(trace == once, f"{trace}: the job went on and was adopted")
        check("goes on" in place.said, "and that was said")
    time.sleep(0.1)
    check(place.read("trace").split() == trace, "nothing goes on beside it")
    check(place.train() == 0 and place.answer["ran_nothing"], "it counts")


def copies_of_a_matrix_all_run(place):
    place.project("  fit: {matrix: {a: [1, 2, 3]}, run: \"echo ${item.a} > out-${item.a}; touch here-${item.a}\", out: [\"out-${item.a}\"]}\n")
    check(place.train("-j", "3") == 0, "they ran")
    check([place.read(f"out-{a}") for a in (1, 2, 3)] == ["1\n", "2\n", "3\n"], "each with its value")


def a_log_over_its_limit_keeps_both_ends(place):
    (place.root / ".mlo/config.yaml").write_text("run.log_limit: 100 kB\n")
    place.project("  loud: {run: \"seq 1 200000; echo the end\"}\n")
    check(place.train() == 0, "it is done")
    log = place.log("loud")
    check(log.startswith(b"1\n2\n") and log.endswith(b"\nthe end\n"), "both ends are there")
    check(len(log) <= 100_000 and b"\nmlo: " in log, f"{len(log)} bytes, with a line on what is missing")


PROMISES = [runs_in_its_folder_with_its_variables, fails_with_its_exit_code_and_log, a_step_that_takes_too_long_ends_with_its_children,
            memory_is_limited_and_grows_where_that_is_declared, cpu_time_is_limited, a_failing_step_is_tried_again_as_declared,
            what_ends_mlo_ends_the_job, a_step_never_runs_twice_at_once, copies_of_a_matrix_all_run,
            a_log_over_its_limit_keeps_both_ends]


def a_gigabyte_of_output_takes_no_memory(place):
    place.project("  loud: {run: \"head -c 1000000000 /dev/zero; echo; echo the end; exit 1\"}\n")
    process = subprocess.Popen(place.command("-q"), cwd=place.root, env=place.variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    check(process.returncode == 1 and "the end" in said, "the end of the log is shown")
    check(usage.ru_maxrss < 64 << 10, f"{usage.ru_maxrss} KiB resident")
    log = next((place.root / ".mlo/logs").glob("*/loud.log"))
    check(log.stat().st_size == 1_000_000_009, "the log has all of it")
    log.unlink()


LOCAL = [a_gigabyte_of_output_takes_no_memory]


# --- what can go wrong with an engine that is elsewhere


@contextlib.contextmanager
def instead_of(place, program, script):
    """Puts `script` before `program` of Slurm in PATH; $REAL is the real one."""
    folder = place.folder / f"instead-{program}"
    folder.mkdir(exist_ok=True)
    real = shutil.which(program, path=place.variables["PATH"])
    (folder / program).write_text(f"#!/bin/sh\nREAL={real}\n{script}\n")
    (folder / program).chmod(0o755)
    before = place.variables["PATH"]
    place.variables["PATH"] = f"{folder}:{before}"
    yield folder
    place.variables["PATH"] = before


ONCE = "  one: {run: \"echo x >> starts; sleep 0.3; echo 1 > out\", out: [out]}\n"


def copies_of_a_matrix_are_one_array(place):
    place.project("  fit: {matrix: {a: [1, 2, 3]}, run: \"echo $SLURM_ARRAY_JOB_ID > out-${item.a}\", out: [\"out-${item.a}\"]}\n")
    check(place.train() == 0, "they ran")
    arrays = {place.read(f"out-{a}") for a in (1, 2, 3)}
    check(len(arrays) == 1 and arrays != {"\n"}, f"{arrays}: one array job")


def a_submission_whose_answer_was_lost_is_not_sent_again(place):
    place.project(ONCE)
    with instead_of(place, "sbatch", f"echo x >> {place.folder}/asked; \"$REAL\" \"$@\" > /dev/null; echo 'sbatch: error: Socket timed out on send/recv operation' >&2; exit 1"):
        check(place.train() == 0, "it is done")
    check((place.folder / "asked").read_text() == "x\n", "sbatch was called once")
    check(place.read("starts") == "x\n", place.read("starts"))


def a_submission_that_never_arrived_is_sent_again(place):
    place.project(ONCE)
    with instead_of(place, "sbatch", f"echo x >> {place.folder}/asked; [ $(wc -l < {place.folder}/asked) -ge 3 ] && exec \"$REAL\" \"$@\"; echo 'sbatch: error: Unable to contact slurm controller' >&2; exit 1"):
        check(place.train() == 0, "it is done")
    check(place.read("starts") == "x\n", place.read("starts"))
    check("waiting for slurm" in place.said, "and that was said")


def a_driver_that_died_before_it_submitted_is_made_good(place):
    place.project(ONCE)
    place.variables["MLO_CRASH_AT"] = "job.submit"
    check(place.train() == -signal.SIGKILL, "it died")
    del place.variables["MLO_CRASH_AT"]
    check(place.train() == 0, "the next one gets it done")
    check(place.read("starts") == "x\n", place.read("starts"))


def what_slurm_refuses_fails_the_step_and_leaves_no_orphan(place):
    place.project("  one: {run: \"echo 1 > out\", out: [out]}\n  here: {run: \"echo 1 > here\", out: [here], executor: local}\n",
                  "executors: {slurm: {options: [--partition=nosuch]}}\n")
    check(place.train("--keep-going") == 1, "it failed")
    check(re.match(r"Slurm refused it: sbatch: .*invalid partition", place.reason("one")), place.reason("one"))
    check(place.status("here") == "ran", "what does not need it ran")
    check(not place.jobs(), "nothing is left")


def a_job_that_slurm_forgot_goes_on(place):
    place.project("  one: {run: \"echo x >> starts; sleep 3; echo 1 > out\", out: [out]}\n", "executors: {slurm: {lost_after: 2s}}\n")
    with instead_of(place, "squeue", f"[ -e {place.folder}/forgot ] || exec \"$REAL\" \"$@\""):
        process = place.start()
        place.wait_for("starts")
        (place.folder / "forgot").touch()
        check(place.finish(process) == 0, "its result counts")
    check(place.read("starts") == "x\n", "it ran once")


def kill_job(place):
    """The job is gone, as with its node: no result, no sign of life."""
    mark = str(place.root).encode()
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            if b"step" in words[:2] and any(word.startswith(mark) for word in words):
                os.kill(int(process.name), signal.SIGKILL)


def a_job_that_is_gone_without_a_word_is_started_again(place):
    place.project("  one: {run: \"echo x >> starts; [ $(wc -l < starts) -ge 2 ] || sleep 20; echo 1 > out\", out: [out]}\n", "executors: {slurm: {lost_after: 2s}}\n")
    with instead_of(place, "squeue", f"[ -e {place.folder}/forgot ] || exec \"$REAL\" \"$@\""):
        process = place.start()
        place.wait_for("starts")
        (place.folder / "forgot").touch()
        kill_job(place)
        place.wait_until(lambda: len(place.jobs()) == 2 or process.poll() is not None, "the second start")
        (place.folder / "forgot").unlink()
        check(place.finish(process) == 0, "it is done, though it declares no retry")
    check(place.read("starts") == "x\nx\n", place.read("starts"))
    check("was lost" in place.said, "and that was said")


def a_twin_is_fenced_off(place):
    """Another start of the job, as after a preemption: the earlier one ends, only the later one's outputs count."""
    place.project("  one: {run: \"echo $$ >> starts; sleep 3; echo $$ > out\", out: [out]}\n")
    process = place.start()
    place.wait_for("starts")
    folder = place.jobs()[0].parent
    twin = subprocess.Popen([MLO, "step", str(folder)], cwd=place.root, env=place.variables, stdin=subprocess.DEVNULL)
    check(twin.wait(30) == 0, "the twin told its result")
    check(place.finish(process) == 0, "it is done")
    starts = place.read("starts").split()
    check(len(starts) == 2 and place.read("out").split() == starts[1:], "the later start's output counts")
    check(b"start 2 of this job" in place.log("one"), "its log tells of both")


def a_requeued_job_starts_again(place):
    place.project("  one: {run: \"echo x >> starts; [ $(wc -l < starts) -ge 2 ] || sleep 20; echo 1 > out\", out: [out]}\n")
    process = place.start()
    place.wait_for("starts")
    name = place.jobs()[0].parent.name
    job = next(one for one, state, known in place.slurm.jobs() if known == name)
    place.slurm.call("scontrol", "requeue", job)
    # Slurm holds a job that it puts back for a while; an operator may let it go at once.
    place.wait_until(lambda: any(state == "PENDING" for one, state, known in place.slurm.jobs() if known == name), "the job to be put back")
    place.slurm.call("scontrol", "update", f"JobId={job}", "StartTime=now")
    check(place.finish(process) == 0, "it is done, though it declares no retry")
    check(place.read("starts") == "x\nx\n", place.read("starts"))


def a_job_that_an_operator_cancels_has_failed(place):
    place.project("  one: {run: \"echo x >> starts; sleep 30\", retry: 3}\n")
    process = place.start()
    place.wait_for("starts")
    name = place.jobs()[0].parent.name
    job = next(one for one, state, known in place.slurm.jobs() if known == name)
    place.slurm.call("scancel", job)
    check(place.finish(process) == 1, "it failed")
    check(place.reason("one") == f"job {job} was cancelled in Slurm", place.reason("one"))
    check(place.read("starts") == "x\n", "nobody works against the operator")


def outputs_that_show_up_late_are_waited_for(place):
    place.project(ONCE)
    process = place.start()
    place.wait_for("starts")
    process.kill()
    process.communicate()
    place.wait_until(lambda: list((place.root / ".mlo/jobs").glob("*/result.json")), "the result")
    (place.root / "out").rename(place.root / "late")
    process = place.start()
    time.sleep(0.5)
    check(process.poll() is None, "it waits")
    (place.root / "late").rename(place.root / "out")
    check(place.finish(process) == 0, "it counts")
    check(place.read("starts") == "x\n", "it ran once")


def a_result_wins_over_a_cancellation(place):
    place.project(ONCE)
    process = place.start()
    place.wait_for("starts")
    process.send_signal(signal.SIGSTOP)
    place.wait_until(lambda: list((place.root / ".mlo/jobs").glob("*/result.json")), "the result")
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGCONT)
    check(place.finish(process) in (0, 130), "it ends")
    check(place.train() == 0, "the next one finds it done")
    check(place.read("starts") == "x\n", "it ran once")


def a_job_of_other_inputs_is_ended_first(place):
    (place.root / "in").write_text("1")
    place.project("  one: {run: \"echo start >> trace; cat in > out; [ $(cat in) = 2 ] || sleep 30\", in: [in], out: [out]}\n")
    process = place.start()
    place.wait_for("trace")
    process.kill()
    process.communicate()
    (place.root / "in").write_text("2")
    check(place.train() == 0, "it is done")
    check("was ended" in place.said, "and that was said")
    check(place.read("out") == "2", place.read("out"))


SLURM = [copies_of_a_matrix_are_one_array, a_submission_whose_answer_was_lost_is_not_sent_again, a_submission_that_never_arrived_is_sent_again,
         a_driver_that_died_before_it_submitted_is_made_good, what_slurm_refuses_fails_the_step_and_leaves_no_orphan,
         a_job_that_slurm_forgot_goes_on, a_job_that_is_gone_without_a_word_is_started_again, a_twin_is_fenced_off,
         a_requeued_job_starts_again, a_job_that_an_operator_cancels_has_failed, outputs_that_show_up_late_are_waited_for,
         a_result_wins_over_a_cancellation, a_job_of_other_inputs_is_ended_first]


def a_controller_that_is_away_is_waited_for(place):
    """Alone, as it takes the controller from everybody."""
    place.project("  one: {run: \"echo x >> starts; while ! [ -e go ]; do sleep 0.1; done; echo 1 > out\", out: [out]}\n"
                  "  two: {run: \"cp out copy\", in: [out], out: [copy]}\n")
    process = place.start()
    place.wait_for("starts")
    place.slurm.stop("slurmctld")
    (place.root / "go").touch()
    place.wait_until(lambda: list((place.root / ".mlo/jobs").glob("*two-1/plan.json")), "the next step, without a controller")
    time.sleep(1)
    check(process.poll() is None, "it waits")
    place.slurm.start_controller()
    check(place.finish(process) == 0, "it is done")
    check(place.read("starts") == "x\n", "it ran once")
    check("waiting for slurm" in place.said, "and that was said")


ALONE = [a_controller_that_is_away_is_waited_for]


def hold(promise, top, kind, variables, slurm=None):
    place = Place(top / f"{kind}-{promise.__name__}", kind, variables, slurm)
    begin = time.monotonic()
    try:
        promise(place)
        problem = None
    except Exception as broken:  # noqa: BLE001: each is a promise that does not hold
        problem = f"{broken!r}\n{place.explain()}"
    return f"{kind}: {promise.__name__.replace('_', ' ')}", time.monotonic() - begin, problem


def main():
    wanted = set(sys.argv[2:])
    chosen = lambda promises: [one for one in promises if not wanted or one.__name__ in wanted]  # noqa: E731
    results = []
    with contextlib.ExitStack() as stack:
        top = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mlo-executors-"))).resolve()
        top.chmod(0o755)
        variables = dict(os.environ)
        pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor(6))
        waiting = []
        lacking = slurm_node.missing()
        if lacking:
            print(f"Slurm is not here ({', '.join(lacking)}): .ci/setup --tests installs it")
        else:
            slurm = stack.enter_context(slurm_node.Slurm(top / "slurm"))
            waiting += [pool.submit(hold, one, top, "slurm", slurm.variables, slurm) for one in chosen(SLURM + PROMISES)]
        waiting += [pool.submit(hold, one, top, "local", variables) for one in chosen(PROMISES + LOCAL)]
        results += [one.result() for one in waiting]
        if not lacking:
            results += [hold(one, top, "slurm", slurm.variables, slurm) for one in chosen(ALONE)]
    for name, took, problem in results:
        print(f"{'BROKEN' if problem else 'kept':6} {took:5.1f} s  {name}" + (f"\n{problem}" if problem else ""))
    broken = sum(1 for _, _, problem in results if problem)
    if broken:
        sys.exit(f"{broken} of {len(results)} promises are broken")
    # Where the engine is missing, its promises were not looked at: that is no success.
    sys.exit(77 if lacking else 0)


main()
