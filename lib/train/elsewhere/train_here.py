"""Trains on this computer what somebody asked for on another one: `python train_here.py`, in the unpacked folder.

It does what Handmade does, by the same code (lib/, beside this file): it reads what is asked for and the dataset from project/, trains,
and writes result-<name>.zip, in which no picture of the dataset lies. Nothing is sent anywhere. Stopped with Ctrl+C it saves first; when
it is started again, it goes on from there, also after it was killed. Read `main`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
if (HERE / "project").is_dir():
    sys.path.insert(0, str(HERE))       # so that lib/ is found, wherever this is started from
    os.environ.setdefault("HANDMADE_PRIORITY", "normal")    # this computer is here for it: it need not step back behind others

from lib.jobs import devices, worker  # noqa: E402  (after the line above)
from lib.project.runs import ELSEWHERE, LOG, METRICS, REQUEST, RESULT, SAMPLES, STATUS, STOP, Run  # noqa: E402

BACK = (REQUEST, STATUS, METRICS, LOG, ELSEWHERE, SAMPLES, RESULT)     # what goes back: no dataset, no checkpoint, nothing kept of the data
TELL_EVERY, COUNT_EVERY = 10.0, 5.0     # seconds
_RAPL = Path("/sys/class/powercap")


def main() -> int:
    told = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    told.add_argument("--by", default="", help="who trains it, as it shall stand in the story of the model")
    told.add_argument("--where", default="", help="on what, such as \"a rented A100\"")
    asked = told.parse_args()
    run = Run(next((HERE / "project" / "runs").glob(f"*/{REQUEST}")).parent)
    if not (run.path / STATUS).exists() or run.state != "finished":
        train(run, asked.by, asked.where)
    if run.state != "finished":
        print(f"\n{run.error or run.status['sentence']}\nStart this script again to go on from what was saved last.")
        return 1
    print(f"\nDone. Give this file back: {pack(run)}")
    return 0


def train(run: Run, by: str, where: str) -> None:
    """By the worker of Handmade, in this very process, on a card if there is one."""
    (run.path / STOP).unlink(missing_ok=True)
    run.set_status(state="queued", step=0, total=0, sentence="Waiting for its turn.", error=None)
    signal.signal(signal.SIGINT, lambda *_: (run.path / STOP).touch())
    lane = next((lane for lane in devices.available() if lane != devices.CPU), devices.CPU)
    counter = Counter(run.path / ELSEWHERE, by, where, lane)
    threading.Thread(target=tell, args=(run,), daemon=True).start()
    counter.start()
    worker.main(run.path, lane)
    counter.end()


def tell(run: Run) -> None:
    """Says every few seconds how far it is."""
    said = ""
    while True:
        sentence = run.status.get("sentence", "")
        if sentence != said:
            print(sentence, flush=True)
        said = sentence
        time.sleep(TELL_EVERY)


class Counter(threading.Thread):
    """Counts seconds and energy while it is trained, and writes them down at each look, so that a kill loses seconds.

    kwh: what the graphics cards say of themselves (nvidia-smi), and the processor where Linux lets one read it (RAPL); None where neither says anything.
    """

    def __init__(self, path: Path, by: str, where: str, lane: str):
        super().__init__(daemon=True)
        before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        self.path, self.by, self.where, self.lane = path, by or before.get("by", ""), where or before.get("where", ""), lane
        self.seconds, self.joules = before.get("seconds", 0.0), (before.get("kwh") or 0.0) * 3.6e6
        self.counted: set[str] = set(before.get("counted", []))
        self.over = threading.Event()
        self.last, self.packages = time.monotonic(), joules_of_processor()

    def run(self) -> None:
        while not self.over.wait(COUNT_EVERY):
            self.look()

    def end(self) -> None:
        self.over.set()
        self.join()
        self.look()

    def look(self) -> None:
        now = time.monotonic()
        passed, self.last = now - self.last, now
        self.seconds += passed
        if self.lane != devices.CPU and (watts := watts_of_cards()) is not None:
            self.joules += watts * passed
            self.counted.add("graphics card")
        packages = joules_of_processor()
        for name, (joules, full) in packages.items():
            before = self.packages.get(name, (joules, full))[0]
            self.joules += (joules - before) % full if full else max(0.0, joules - before)
            self.counted.add("processor")
        self.packages = packages
        kwh = round(self.joules / 3.6e6, 6) if self.counted else None
        told = {"by": self.by, "where": self.where, "machine": machine(self.lane), "seconds": round(self.seconds, 1), "kwh": kwh, "counted": sorted(self.counted)}
        temporary = self.path.with_suffix(".new")
        temporary.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        os.replace(temporary, self.path)


def watts_of_cards() -> float | None:
    answer = _of_nvidia("power.draw")
    try:
        return sum(float(line) for line in answer) if answer else None
    except ValueError:      # "[N/A]"
        return None


def _of_nvidia(what: str) -> list[str]:
    program = shutil.which("nvidia-smi")
    if not program:
        return []
    try:
        said = subprocess.run([program, f"--query-gpu={what}", "--format=csv,noheader,nounits"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return said.stdout.split("\n")[:-1] if said.returncode == 0 else []


def joules_of_processor() -> dict[str, tuple[float, float]]:
    """Each package of the processor: (joules since some moment, where its counter begins anew)."""
    found = {}
    for folder in _RAPL.glob("intel-rapl:[0-9]"):
        try:
            found[folder.name] = (int((folder / "energy_uj").read_text()) / 1e6, int((folder / "max_energy_range_uj").read_text()) / 1e6)
        except (OSError, ValueError):
            continue        # most systems let nobody but root read it
    return found


def machine(lane: str) -> str:
    """"NVIDIA A100-SXM4-40GB, Linux", "x86_64, 2 cores, Linux" """
    cards = _of_nvidia("name") if lane != devices.CPU else []
    return f"{cards[0].strip()}, {platform.system()}" if cards else f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}"


def pack(run: Run) -> Path:
    path = HERE / f"result-{run.id}.zip"
    files = [file for name in BACK for file in ([run.path / name] if (run.path / name).is_file() else sorted((run.path / name).glob("*")))]
    with zipfile.ZipFile(path, "w") as archive:
        for file in files:
            archive.write(file, file.relative_to(run.path).as_posix())
    return path


if __name__ == "__main__":
    sys.exit(main())
