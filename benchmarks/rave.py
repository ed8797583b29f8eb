"""How long a step of RAVE takes on this machine, by configuration: `python benchmarks/rave.py [raspberry v2_small v2]`.

As train.estimate measures it: RAVE's own training for some seconds, after a first step that does not count; on ten minutes of tones at
44.1 kHz, windows of 131,072 samples, 8 a step, on the processor. Figures of a busy machine say too much: the load stands beside them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np

from lib import models
from lib.media.files import write_json, write_text
from lib.media.sound import Sound

RATE, SECONDS, FILES = 44_100, 60, 10


def dataset(folder: Path) -> Path:
    rows = []
    (folder / "train").mkdir(parents=True)
    for number in range(FILES):
        time = np.arange(RATE * SECONDS) / RATE
        samples = 0.3 * np.sin(2 * np.pi * 110 * 2 ** (number / 4) * time) * (1 + np.sin(2 * np.pi * time)) / 2
        Sound(samples[:, None].astype(np.float32), RATE).write(folder / "train" / f"{number}.wav")
        rows.append({"file_name": f"{number}.wav", "item": f"i{number}", "number": number, "sha256": ""})
    write_text(folder / "train" / "metadata.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    write_json(folder / "dataset.json", {"schema": 1, "name": "tones", "version": 1, "kind": "sound", "counts": {"train": FILES, "test": 0}, "hash": ""})
    return folder


def measure(configuration: str, data: Path) -> dict:
    settings = models.validate("rave", {"configuration": configuration}).model_dump()
    order = {"model": "rave", "settings": settings, "dataset": str(data), "lane": "cpu", "seconds": 20.0}
    done = subprocess.run([sys.executable, "-m", "lib.jobs.probe"], input=json.dumps(order), stdout=subprocess.PIPE, text=True, cwd=ROOT, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main(configurations: list[str]) -> None:
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before")
    with tempfile.TemporaryDirectory() as folder:
        data = dataset(Path(folder) / "tones")
        for configuration in configurations:
            times = measure(configuration, data)
            days = 1e6 * times["step"] / 86_400
            print(f"{configuration:10} {times['step']:6.2f} s a step, {times['start']:5.1f} s until the first; a million steps {days:.0f} days; load {os.getloadavg()[0]:.1f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or ["raspberry", "v2_small", "v2"])
