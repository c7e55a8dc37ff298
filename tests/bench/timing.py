"""Timing of two sides in turn, and how a figure is printed."""
import os
import statistics
import subprocess
import sys
import time

peak_kib = {"ours": 0, "peer": 0}


def timed(command, folder, variables, side=None, accepted=(0,)):
    begin = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    complaint = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    spent = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in accepted:
        sys.exit(f"{command}: exit {process.returncode}\n{complaint.decode()}")
    if side:
        peak_kib[side] = max(peak_kib[side], usage.ru_maxrss)
    return spent


def interleaved(ours, peer, runs, folder, variables, before=None, accepted=(0,)):
    """Medians of `ours` and `peer`, run in turn after one warm-up each; `before(side)` sets the stage."""
    times = {"ours": [], "peer": []}
    peak_kib.update(ours=0, peer=0)
    for turn in range(runs + 1):
        for side, command in (("ours", ours), ("peer", peer)):
            if before:
                before(side)
            spent = timed(command, folder, variables, side, accepted)
            if turn:
                times[side].append(spent)
    return statistics.median(times["ours"]), statistics.median(times["peer"])


def report(name, ours, peer, peer_name, target):
    ratio = ours / peer
    verdict = "" if target is None else f"  target ≤ {target} ×: {'reached' if ratio <= target else 'MISSED'}"
    print(f"{name:34} mlo {ours * 1000:9.2f} ms {peak_kib['ours'] // 1024:4} MiB   {peer_name} {peer * 1000:9.2f} ms   {ratio:5.2f} ×{verdict}",
          flush=True)


def report_share(name, share, limit, unit="%"):
    print(f"{name:34} {share:9.2f} {unit}  target ≤ {limit} {unit}: {'reached' if share <= limit else 'MISSED'}", flush=True)
