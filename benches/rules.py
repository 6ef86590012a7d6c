#!/usr/bin/env python3
"""Measures what rules cost: whole runs of azscope over one set with 40, all built-in and 3,000 rules.

The sets of rules are folders: built-in rules at even distances by path, all of them, and all of them
filled up with made ones. Made rules are like those that the world writes for the Activity Log: one or a few
operations, beginnings and endings of operations, values of the record, keywords, exceptions, a count over
time; the same seed makes the same rules. Runs of the sets take turns, so that a machine that becomes slower
slows all of them. What is printed is a table of medians. CPU time is told of the whole run and of
the two stages in which rules are put to evidence, reading and matching; what more rules add elsewhere is
the work that more findings make: investigating them and writing them down. "engine" is what reading and
matching cost more than with the smallest set, as a share of its whole run.
"""

import argparse
import csv
import json
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import uuid

csv.field_size_limit(1 << 30)
PROJECT = pathlib.Path(__file__).resolve().parent.parent
BUILTIN = PROJECT / "src" / "rule" / "builtin"
OPERATIONS = PROJECT / "src" / "azure" / "data" / "known-operations.tsv"
FIELDS = ["resultType", "level", "properties.statusCode", "callerIpAddress", "claims.appid", "caller", "resourceId"]
VALUES = ["Success", "Error", "Created", "10.0.0.*", "04b07795-8ddb-461a-bbee-02f9e1bf7b46", "*@example.org", "*/RG-PROD/*"]


def operations():
    """Returns the operations that the log records, as the catalogue spells them."""
    with open(OPERATIONS, encoding="utf-8") as table:
        rows = [line.rstrip("\n").split("\t") for line in table][1:]
    return [name for name, _, logged in rows if logged == "y" and not name.endswith("/read")]


def detection(dice, known):
    """Returns the detection of a made rule."""
    name = dice.choice(known)
    begin = "/".join(name.split("/")[:2])
    kind = dice.random()
    if kind < 0.55:
        names = dice.sample(known, dice.choice([1, 1, 1, 2, 3, 5]))
        return {"selection": {"operationName": names}, "condition": "selection"}
    if kind < 0.70:
        end = dice.choice(["/delete", "/write", "/action"])
        search = {"operationName|startswith": begin + "/", "operationName|endswith": end}
        return {"selection": search, "condition": "selection"}
    if kind < 0.90:
        field = dice.randrange(len(FIELDS))
        search = {"operationName": name, FIELDS[field]: VALUES[field]}
        return {"selection": search, "condition": "selection"}
    if kind < 0.95:
        word = f"made-{dice.randrange(10**6)}"
        return {"keywords": [word, word.upper()], "condition": "keywords"}
    return {
        "selection": {"operationName|contains": begin.split(".")[-1]},
        "filter": {"claims.appid": VALUES[4]},
        "condition": "selection and not filter",
    }


def made(dice, known, number):
    """Returns the text of a made rule; one of twenty counts matches over time."""
    base = {
        "title": f"Made rule {number}",
        "id": str(uuid.UUID(int=dice.getrandbits(128), version=4)),
        "name": f"made-{number}",
        "level": dice.choice(["low", "medium", "high"]),
        "logsource": {"product": "azure", "service": "activitylogs"},
        "detection": detection(dice, known),
    }
    text = json.dumps(base)
    if number % 20 == 0:
        count = {
            "title": f"Made count {number}",
            "id": str(uuid.UUID(int=dice.getrandbits(128), version=4)),
            "correlation": {
                "type": "event_count",
                "rules": [base["name"]],
                "group-by": ["caller"],
                "timespan": "10m",
                "condition": {"gte": 10},
            },
        }
        text += "\n---\n" + json.dumps(count)
    return text + "\n"


def fill(folder, rules):
    """Makes a folder with so many rules, and returns how many are built in."""
    builtin = sorted(BUILTIN.rglob("*.yml"))
    chosen = builtin[:: max(1, len(builtin) // rules)][:rules] if rules < len(builtin) else builtin
    for path in chosen:
        shutil.copy(path, folder / path.name)
    dice, known = random.Random(20_260_301), operations()
    for number in range(len(chosen), rules):
        (folder / f"made-{number}.yml").write_text(made(dice, known, number), encoding="utf-8")
    return len(chosen)


STAGES = ("reading", "matching rules")


def measured(program, evidence, rules, scratch):
    """Runs azscope once; returns (wall s, CPU s, CPU s of reading and matching, findings, peak MB)."""
    case, stats = scratch / "case", scratch / "stats.json"
    command = [sys.executable, str(PROJECT / "benches" / "measure.py"), "--runs", "1", "--fresh", str(case), "--"]
    command += [program, "analyze", evidence, "--case", str(case), "--quiet", "--no-builtin-rules"]
    command += ["--rules", str(rules), f"--stats={stats}"]
    line = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    wall, cpu, peak, _ = line.strip().split("\t")
    stages = json.loads(stats.read_text(encoding="utf-8"))["stages"]
    engine = sum(stage["cpu_seconds"] for stage in stages if stage["stage"] in STAGES)
    with open(case / "tables" / "findings.csv", encoding="utf-8", newline="") as table:
        findings = sum(1 for _ in csv.reader(table)) - 1
    return float(wall), float(cpu), engine, findings, float(peak)


def main():
    """Makes the sets of rules, measures them in turns and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("evidence", help="a set of the generator")
    parser.add_argument("--azscope", default=str(PROJECT / "target" / "release" / "azscope"))
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    everything = len(list(BUILTIN.rglob("*.yml")))
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        sets = {}
        for rules in (40, everything, 3_000):
            folder = scratch / f"rules-{rules}"
            folder.mkdir()
            fill(folder, rules)
            sets[rules] = (folder, [])
        for _ in range(arguments.runs):
            for folder, figures in sets.values():
                figures.append(measured(arguments.azscope, arguments.evidence, folder, scratch))
        print("| rule files | findings | wall s | CPU s | of it reading and matching | peak MB | engine | whole |")
        print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
        base = None
        for rules, (_, figures) in sets.items():
            wall, cpu, engine, findings, peak = (statistics.median(column) for column in zip(*figures))
            base = base or (cpu, engine)
            more = 100 * (engine - base[1]) / base[0]
            print(
                f"| {rules:,} | {findings:,.0f} | {wall:.2f} | {cpu:.2f} | {engine:.2f} | {peak:.0f} "
                f"| +{more:.0f} % | {cpu / base[0]:.2f} |"
            )


if __name__ == "__main__":
    main()
