"""What does each scanner cost on the same account, what does it find, and how fast is an event answered? Called by `run`."""

import argparse
import os
import platform
import statistics
import subprocess
from datetime import datetime, timezone
from itertools import zip_longest
from pathlib import Path

import matching
from events import compare_events, sweep
from proxy import Proxy
from scanners import Custodian, Prowler, Vigil
from seed import Seeder, cases, near, seed
from servers import api_server

# What we want to be, as multiples of the peers' figures.
GOALS = {"Prowler": {"cpu": 20, "memory": 15}, "Cloud Custodian": {"cpu": 10, "memory": 4}}


def arguments():
    parser = argparse.ArgumentParser()
    for path in ("vigil", "bootstrap", "work", "results"):
        parser.add_argument(f"--{path}", type=Path)
    parser.add_argument("--without", action="append", default=[])
    parser.add_argument("--skip", action="append", default=[])
    parser.add_argument("--functions", type=int, nargs="+")
    parser.add_argument("--repetitions", type=int, nargs="+")
    return parser.parse_args()


SWEEP = "Lambda Vigil, the deployed monitor's sweep without quotas"


def scan_all(asked, scanners, size, repetitions):
    """The median costs of each scanner on an account of that size, and what it found last."""
    costs = {scanner.label: [] for scanner in scanners}
    with api_server(asked.work, f"account-{size}") as port:
        print(f"making {size} functions", flush=True)
        proxy = Proxy(port, seed(f"http://127.0.0.1:{port}", size))
        for repetition in range(repetitions):
            for scanner in scanners:
                proxy.take()
                cost = scanner.run(proxy.endpoint)
                calls = proxy.take()
                cost |= {"calls": sum(calls.values()), "lambda": calls["lambda"], "iam": calls["iam"], "load": os.getloadavg()[0]}
                costs[scanner.label].append(cost)
                print(f"{size} functions, {repetition + 1}: {scanner.label}: {line_of(cost)}", flush=True)
        costs[SWEEP] = [sweep(asked, port, proxy)]
        print(f"{size} functions: {SWEEP}: {line_of(costs[SWEEP][0])}", flush=True)
    median = lambda those: {key: statistics.median(one[key] for one in those) for key in those[0]}
    return {label: median(those) for label, those in costs.items()}, {scanner.label: scanner.found() for scanner in scanners}


def scan_alone(asked, scanner):
    """What our scan finds of the cases that concern the account as a whole: each has an account of its own."""
    found = set()
    for case in cases():
        for name, spec in ((case["id"], case["planted"]), (near(case), case["near"])) if case.get("alone") else ():
            with api_server(asked.work, name) as port:
                seeder = Seeder(f"http://127.0.0.1:{port}")
                seeder.function(name, spec)
                scanner.run(Proxy(port).endpoint)
                found |= scanner.found()
    return found


def line_of(cost):
    return f"{cost['wall']:.1f} s, {cost['cpu']:.2f} s of CPU, {cost['memory']:.0f} MB, {cost['calls']:.0f} calls"


def load(costs):
    """How busy the machine was besides."""
    seen = [cost["load"] for cost in costs.values() if "load" in cost]
    return f"load of the machine {min(seen):.1f} to {max(seen):.1f}"


def cost_table(size, costs):
    """One line per scanner."""
    own = costs["Lambda Vigil"]
    lines = [
        f"| {size} functions | Wall s | CPU s | Peak memory MB | API calls | to Lambda | to IAM | CPU, times ours | Memory, times ours |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for label, cost in costs.items():
        ratios = [f"{cost[key] / own[key]:.1f}" for key in ("cpu", "memory")]
        calls = " | ".join(f"{cost[key]:,.0f}" for key in ("calls", "lambda", "iam"))
        lines.append(f"| {label} | {cost['wall']:.1f} | {cost['cpu']:.2f} | {cost['memory']:.0f} | {calls} | {' | '.join(ratios)} |")
    return lines


def goals(size, costs):
    """Which goals are hit."""
    own = costs["Lambda Vigil"]
    for label, wanted in GOALS.items():
        for key, least in wanted.items():
            if label in costs:
                ratio = costs[label][key] / own[key]
                word = {"cpu": "CPU", "memory": "memory"}[key]
                yield f"| {size} functions: at least {least} times less {word} than {label} | {ratio:.1f} times | {'hit' if ratio >= least else '**missed**'} |"


def machine():
    """What this ran on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    now = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}, {memory:.0f} GiB, {platform.system()} {platform.machine()}, {now}"


def version(python, package):
    """The installed version of a package."""
    command = [python, "-c", f"import importlib.metadata as m; print(m.version('{package}'))"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def main():
    asked = arguments()
    scanners = [Vigil(asked.work, asked.vigil), Vigil(asked.work, asked.vigil, deep=True)]
    scanners += [kind(asked.work) for word, kind in (("custodian", Custodian), ("prowler", Prowler)) if word not in asked.without]
    labels = [scanner.label for scanner in scanners]
    packages = {"Cloud Custodian": ("custodian", "c7n"), "Prowler": ("prowler", "prowler")}
    versions = [f"Lambda Vigil {scanners[0].version()}"]
    versions += [f"{label} {version(asked.work / packages[label][0] / 'bin/python', packages[label][1])}" for label in labels[2:]]
    versions.append(f"API server ministack {version(asked.work / 'servers/bin/python', 'ministack')}")
    lines = ["# Results", "", f"Written by `benches/peers/run`; [README.md](README.md) says what is compared and how. {', '.join(versions)}. {machine()}.", ""]
    reached = []
    if "events" not in asked.skip:
        lines += compare_events(asked, reached)
    if "scans" not in asked.skip:
        lines += scans(asked, scanners, reached)
    lines += ["## Goals", "", "| Goal | Measured | |", "|---|---|---|", *reached, ""]
    asked.results.write_text("\n".join(lines))
    print("\n".join(lines))


def scans(asked, scanners, reached):
    """The part about scans."""
    labels, alone = [scanner.label for scanner in scanners], scan_alone(asked, scanners[1])
    lines = ["## A scan of the account"]
    for size, repetitions in zip_longest(asked.functions, asked.repetitions[: len(asked.functions)], fillvalue=asked.repetitions[-1]):
        costs, found = scan_all(asked, scanners, size, repetitions)
        found[labels[1]] |= alone
        runs = f"Medians of {repetitions} runs in turn." if repetitions > 1 else "One run of each."
        lines += ["", f"{size} functions, {load(costs)}. {runs}", "", *cost_table(size, costs)]
        reached += goals(size, costs)
        rows = matching.verdicts(found)
        wrong = list(matching.misses(rows, "Lambda Vigil, --deep"))
        reached.append(f"| {size} functions: all of {len(cases())} found by --deep, no near miss reported | {len(wrong)} exceptions | {'**missed**' if wrong else 'hit'} |")
        reached += [f"| | {one} | |" for one in wrong]
    return [*lines, "", "## What was planted", "", *matching.totals(rows, labels), "", *matching.table(rows, labels), ""]


if __name__ == "__main__":
    main()
