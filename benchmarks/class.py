"""A class of thirty at one workbench: how long they wait, and what an action costs the server. Run by hand:

    .venv/bin/python benchmarks/class.py [--sessions 30] [--seconds 90] [--count 2000] [--no-training] [--profile] [--home FOLDER]

Each opens a page or touches something on it every five seconds, in the pages one after the other, and fetches the small
pictures that the page shows; a training runs beside. First one of them goes through all pages alone, which tells what each
page costs; then all come at once. --profile tells besides what the processor time goes into (accounts.py; Linux), and then
the other figures are a little higher. --home: where the project is made, or found if it was. The goal: 50 ms of the server's processor an action, all counted, nothing cut off,
p95 under a second with thirty, under two with sixty, where the class itself runs on the same two cores.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import psutil
from streamlit.proto.WidgetStates_pb2 import WidgetState

import start
from benchmarks.classmate import Classmate, Times
from benchmarks.store import draw
from lib import augment, collect, label, train
from lib.project import Consent, Project
from tests.chromium import free_port

EVERY = 5.0  # seconds from one action of a person to the next
PAGES = {"collect": "Collect", "label": "Label", "augment": "Augment", "train": "Train", "runs": "Runs", "generate": "Generate", "": "Home"}
_ALONE = 5  # times that one goes through all pages alone


def main(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = (options.home or Path(folder)).resolve()
        os.environ.update(HANDMADE_HOME=str(home / "workspace"), HANDMADE_LOCKS=str(home / "locks"), HANDMADE_DEVICES="cpu")
        project = Project.list(home / "workspace")[0] if (home / "workspace").exists() else fill(home, options.count)
        run = None if options.no_training else train.start(project, "gan", project.datasets()[-1], steps=100_000, batch=8, width=16)
        port, log = free_port(), home / "server.log"
        server = serve(port, log, home / "accounts.json" if options.profile else None)
        try:
            assert start.wait_until_it_answers(server, port), log.read_text()
            asyncio.run(lesson(f"http://127.0.0.1:{port}", project, psutil.Process(server.pid), options))
        finally:
            start.stop(server)
            if run:
                train.stop(run)
                run.wait(timeout=60)
        print(f"tracebacks in the server's log: {log.read_text().count('Traceback')}")
        if options.profile:
            show_accounts(json.loads((home / "accounts.json").read_text()), options.profile)


def fill(home: Path, count: int) -> Project:
    """A project of `count` pictures, half of them with a class, a dataset of them all, and a run that can be played."""
    project = Project.create("Class", home=home / "workspace")
    collect.add_files(project, draw(home / "pictures", count), consent=Consent(state="given", purposes=["train", "show"]))
    label.change_many(project, [item.id for item in project.items()][::2], class_name="even")
    dataset = augment.build(project, augment.Recipe([augment.CropSquare(), augment.Resize(64)]), name="class-64")
    train.start(project, "gan", dataset, steps=20, batch=4, width=4).wait(timeout=300)
    for item in project.items(limit=200):
        project.thumbnail(item)     # a class does not come to an empty cache all at once
    return project


def serve(port: int, log: Path, kept: Path | None) -> subprocess.Popen:
    words = ["serve.py"] if kept is None else ["benchmarks/accounts.py", str(kept)]
    command = [sys.executable, *words, "--server.port", str(port), "--logger.hideWelcomeMessage", "true", "--logger.level", "warning"]
    with log.open("wb") as file:
        return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT)


async def lesson(address: str, project: Project, server: psutil.Process, options: argparse.Namespace) -> None:
    costs = await alone(address, project, server)
    times = Times()
    mates = [Classmate(address, project.path.name, times) for _ in range(options.sessions)]
    await asyncio.gather(*(mate.come("collect") for mate in mates))
    began, used, own = time.perf_counter(), milliseconds(server), time.process_time()
    seconds = options.seconds
    await asyncio.gather(*(attend(mate, at, seconds, options.sessions) for at, mate in enumerate(mates)))
    spent, took, own = milliseconds(server) - used, time.perf_counter() - began, time.process_time() - own
    show(times, costs, spent, took)
    print(f"server: {server.memory_info().rss / 1e6:.0f} MB, {server.num_threads()} threads, {spent / took / 10:.0f} % of a core; load {os.getloadavg()[0]:.1f}")
    print(f"the class itself: {1000 * own / len(times.actions):.0f} ms of processor an action, {100 * own / took:.0f} % of a core")
    await asyncio.gather(*(mate.leave() for mate in mates))


async def alone(address: str, project: Project, server: psutil.Process) -> dict[str, float]:
    """Processor milliseconds of the server an action, by page, with the pictures that come with it. Nobody else is there."""
    mate, spent = Classmate(address, project.path.name, Times()), defaultdict(list)
    await mate.come("collect")
    for round_ in range(_ALONE + 1):
        for page in PAGES:
            before = milliseconds(server)
            await act(mate, page, 2 * round_)
            await act(mate, page, 2 * round_ + 1)
            await asyncio.sleep(0.1)
            if round_:      # the first time, everything is read and imported
                spent[page].append((milliseconds(server) - before) / 2)
    await mate.leave()
    return {page: statistics.mean(costs) for page, costs in spent.items()}


async def attend(mate: Classmate, at: int, seconds: float, sessions: int) -> None:
    """One person's lesson: an action every five seconds, not all at the same moment."""
    chance, began, pages = random.Random(at), time.perf_counter(), list(PAGES)
    await asyncio.sleep(EVERY * at / sessions)
    number = 0
    while time.perf_counter() - began < seconds:
        due = time.perf_counter() + EVERY * chance.uniform(0.8, 1.2)
        await act(mate, pages[(at + number // 2) % len(pages)], number, chance.randrange(1000))
        number += 1
        await asyncio.sleep(max(0.0, due - time.perf_counter()))


async def act(mate: Classmate, page: str, number: int, where: int = 0) -> None:
    """Opens the page, or, the second time, touches something in it: another page of Collect, the grid of Label."""
    if number % 2 == 0:
        await mate.go(page)
        if page == "label":
            await mate.label(where)
        return
    change = None
    if page == "collect" and (pagination := mate.find("pagination", "page")):
        change = WidgetState(id=pagination, int_value=1 + number // 2 % 4)
    if page == "label" and (mode := mate.find("button_group", "mode")):
        change = WidgetState(id=mode)
        change.string_array_value.data.append("Grid")
    await mate.touch(page, change)


def milliseconds(server: psutil.Process) -> float:
    used = server.cpu_times()
    return 1000 * (used.user + used.system)


# ---- what is printed -------------------------------------------------------------------------------------------------


def show(times: Times, costs: dict[str, float], spent: float, took: float) -> None:
    count = len(times.actions)
    print(f"{count} actions in {took:.0f} s, {count / took:.1f} a second; {times.ticks} ticks, {len(times.pictures)} small pictures\n")
    print(f"{'page':12}{'actions':>9}{'median, s':>11}{'p95, s':>9}{'alone: ms of processor an action':>36}")
    for page, name in PAGES.items():
        waits = [wait for at, wait in times.actions if at == page]
        if waits:
            print(f"{name:12}{len(waits):9}{statistics.median(waits):11.2f}{p95(waits):9.2f}{costs[page]:36.0f}")
    waits = [wait for _, wait in times.actions]
    print(f"{'all':12}{count:9}{statistics.median(waits):11.2f}{p95(waits):9.2f}{statistics.mean(costs.values()):36.0f}\n")
    print(f"together: {spent / count:.0f} ms of processor an action, all counted")
    print(f"first page: median {statistics.median(times.first):.2f} s, worst {max(times.first):.2f} s")
    if times.pictures:
        print(f"small pictures: median {1000 * statistics.median(times.pictures):.0f} ms, p95 {1000 * p95(times.pictures):.0f}, worst {1000 * max(times.pictures):.0f} ms; "
              f"before that, behind others of their page: median {1000 * statistics.median(times.queued):.0f} ms")
    print("cut off or failed:", ", ".join(f"{words} ({n})" for words, n in Counter(times.failed).most_common(8)) or "nothing")


def p95(waits: list[float]) -> float:
    return sorted(waits)[min(len(waits) - 1, int(0.95 * len(waits)))]


def show_accounts(booked: dict, most: int) -> None:
    """What the processor time went into, of the whole life of the server."""
    total = sum(booked["parts"].values())
    print(f"\nwhat {total / 1000:.1f} s of processor went into:")
    for part, spent in sorted(booked["parts"].items(), key=lambda one: -one[1]):
        print(f"  {part:18}{100 * spent / total:5.1f} %")
        here = [(name.partition("|")[2], ms) for name, ms in booked["places"].items() if name.startswith(f"{part}|")]
        for name, ms in sorted(here, key=lambda one: -one[1])[:most]:
            print(f"      {100 * ms / total:5.1f} %  {name}")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--sessions", type=int, default=30)
    arguments.add_argument("--seconds", type=float, default=90)
    arguments.add_argument("--count", type=int, default=2000)
    arguments.add_argument("--no-training", action="store_true")
    arguments.add_argument("--home", type=Path)
    arguments.add_argument("--profile", type=int, nargs="?", const=12, default=0, metavar="LINES", help="functions that are named for each part")
    main(arguments.parse_args())
