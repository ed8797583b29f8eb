"""The models of sound beside each other: how near each comes to sounds that were held back, after equal seconds. Run by hand:

    .venv/bin/python benchmarks/audio.py SOUND.wav … [--seconds 600] [--models ddsp mosaic rave] [--keep FOLDER]

Each file is one sound of some minutes: a voice, an instrument, a piece. It is cut into four seconds each, every tenth of them is held back,
and each model learns the rest, from nothing, for so many seconds of one processor (RAVE: its configuration v2_small; a mosaic learns
nothing, and is made in what it takes). Then each is given what was held back, and plays it. The last rows are noise with the mean
spectrum of what was learned, and silence. All are compared on one channel at 16 kHz: multi-scale spectral distance (Engel et al. 2020),
mel bands in dB, loudness in dB (lib/media/sound_measures.py). 0 is the same; the floor of a model is not 0, since none of them is a copy.
--keep: where what each played is kept, to be listened to.

Measured with --seconds 300, one thread each, on sounds that nobody of us recorded, all out of packages of Debian: a man who says letters and
syllables (klettres-data, Lithuanian, GPL-2+, 136 s to learn from); a flute (fluid-soundfont-gm, MIT, a recorded instrument, which
fluidsynth played tunes of Ryan's Mammoth Collection of 1883 with, 160 s); an orchestra (love_theme of wesnoth-1.16-music, GPL-2+, 84 s).
RAVE made 50 to 54 steps of its millions in that time, on a processor: this says how far a lesson gets, and nothing about RAVE after days.

                    voice: spectral, mel, loudness    flute                       orchestra
    ddsp                    7.10   3.34   2.19         4.71   2.76   0.55         6.32   4.92   0.86
    mosaic                  8.29   2.82   3.61         5.18   3.43   1.39         6.70   5.44   1.60
    rave                   15.62  10.83  24.77        13.64  14.24  34.38         9.57  11.72  15.76
    mean spectrum          30.33  26.28  33.09        16.61  17.63   3.60        12.37  11.40   3.85
    silence                36.03  10.77  66.24        50.90  17.11  83.67        55.78  26.46  74.76

The orchestra is many voices at once, which DDSP cannot sing: it finds one line and colours it, as the spectrogram shows and no figure here does.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import psutil
import soundfile
import soxr

from lib import augment, collect, models
from lib.jobs.reporter import Reporter
from lib.media import sound_measures
from lib.media.files import write_json
from lib.project import Consent, Project
from lib.project.dataset_folder import DatasetFolder
from lib.project.runs import Run

RATE, CLIP, TENTH = 16_000, 4, 10     # Hz at which all are compared, seconds of a clip
# RAVE's own configuration; all sounds are laid end to end, so that it learns from clips of four seconds as well.
SETTINGS = {"ddsp": ("good", {}), "mosaic": ("quick", {}), "rave": ("good", {"join": True, "steps": 6_000_000})}
AS_IT_IS = {"ddsp": {"follow": 0.0, "fit": False}, "rave": {"chance": 0.0}}     # controls with which a model plays just what it is given
TRIAL = 30      # steps, by which it is known how many fit into the seconds


def main(files: list[Path], seconds: int, names: list[str], keep: Path | None) -> None:
    with tempfile.TemporaryDirectory(prefix="handmade-audio-") as folder:
        for file in files:
            data, held = dataset(Path(folder), file)
            print(f"\n{file.stem}: {models.measure('ddsp', data)} seconds to learn from")
            print(f"{'':24}{'spectral':>10}{'mel, dB':>10}{'loudness, dB':>14}{'steps':>8}{'seconds':>9}")
            for name in names:
                run = Path(folder) / "runs" / f"{file.stem}-{name}"
                steps, taken = learned(name, data, run, seconds)
                show(name, [(made, heard(path)) for made, path in zip(played(name, run, held), held, strict=True)], steps, taken, keep and keep / file.stem)
            noise = mean_spectrum(data)
            show("mean spectrum", [(noise[: len(wanted)], wanted) for wanted in map(heard, held)])
            show("silence", [(np.zeros_like(wanted), wanted) for wanted in map(heard, held)])


def dataset(folder: Path, file: Path) -> tuple[DatasetFolder, list[Path]]:
    """The file as clips, frozen, and every tenth of them apart, which nobody learns from."""
    project = Project.create(file.stem, home=folder, actor="benchmark")
    with soundfile.SoundFile(file) as sound:
        for number, clip in enumerate(sound.blocks(CLIP * sound.samplerate, dtype="float32", always_2d=True)):
            if len(clip) == CLIP * sound.samplerate:
                soundfile.write(folder / f"{file.stem}-{number:03}.wav", clip, sound.samplerate)
    clips = sorted(folder.glob(f"{file.stem}-*.wav"))
    held = clips[TENTH // 2 :: TENTH]
    collect.add_files(project, [clip for clip in clips if clip not in held], consent=Consent(state="given", purposes=["train"]))
    return DatasetFolder(augment.build(project, augment.Recipe([]), name="clips", kind="sound").path), held


# ---- learning ---------------------------------------------------------------------------------------------------------


class Timed(Reporter):
    """A run that stops by itself after so many seconds of one processor, its own and those of the programs that it has started."""

    def __init__(self, folder: Path, seconds: float):
        folder.mkdir(parents=True)
        write_json(folder / "request.json", {"model": "benchmark", "seed": 0})
        write_json(folder / "status.json", {"state": "running"})
        super().__init__(Run(folder), "cpu")
        self.seconds = seconds

    def should_stop(self) -> bool:
        return super().should_stop() or spent() > self.seconds

    def sample_due(self) -> bool:
        return False        # that is for somebody who looks on


def spent() -> float:
    """Processor seconds of this process and all that it started."""
    ours = psutil.Process()
    times = [each.cpu_times() for each in (ours, *ours.children(recursive=True))] + [ours.cpu_times()]
    return sum(one.user + one.system for one in times[:-1]) + times[-1].children_user + times[-1].children_system


def learned(name: str, data: DatasetFolder, run: Path, seconds: int) -> tuple[int, float]:
    """(steps that it made, processor seconds that it took), in a process of its own with one thread."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, __file__, "--learn", name, str(data.path), str(run), str(seconds)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return tuple(json.loads(done.stdout.splitlines()[-1]))


def learn(name: str, data: Path, run: Path, seconds: int) -> None:
    """In that process. A model whose learning rate falls over the steps is asked for as many as fit."""
    import torch

    torch.set_num_threads(1)
    preset, chosen = SETTINGS[name]
    if name == "ddsp":
        chosen = {**chosen, "steps": fitting(name, data, run, seconds)}
    reporter = Timed(run, spent() + seconds)
    begun = spent()
    models.trainer(name)(data, reporter, models.validate(name, chosen, preset=preset))
    reporter.close()
    steps = max([reporter._step, *(int(re.findall(r"\d+", path.name)[-1]) for path in reporter._run.checkpoints())])
    print(json.dumps([steps, round(spent() - begun, 1)]))


def fitting(name: str, data: Path, run: Path, seconds: int) -> int:
    """How many steps take so many seconds: by a short trial, whose first half (what is heard and kept once) is told apart."""
    marks, (preset, chosen) = [], SETTINGS[name]
    for steps in (TRIAL, 2 * TRIAL):
        begun = spent()
        reporter = Timed(run.with_name(f"{run.name}-{steps}"), float("inf"))
        models.trainer(name)(data, reporter, models.validate(name, {**chosen, "steps": steps}, preset=preset))
        reporter.close()
        marks.append(spent() - begun)
    once = max(2 * marks[0] - marks[1], 0.0)
    return max(int((seconds - once) / ((marks[1] - marks[0]) / TRIAL)), TRIAL)


# ---- what came of it -----------------------------------------------------------------------------------------------------


def played(name: str, run: Path, paths: list[Path]) -> list[np.ndarray]:
    """What a model makes of each file, one channel at RATE."""
    from lib.models import InputFile, Request

    generator = models.generator(name)
    controls = models.controls_class(name)(**AS_IT_IS.get(name, {})).model_dump()
    model, made = generator.load(run), []
    for path in paths:
        request = Request("benchmark", inputs={"sound": InputFile(str(path), "")}, seed=0, controls=controls)
        made += [at_rate(medium.content) for medium in generator.play(model, request) if medium.is_whole]
    return made


def heard(path: Path) -> np.ndarray:
    from lib.media.sound import open_sound

    return at_rate(open_sound(path))


def at_rate(sound) -> np.ndarray:
    sound = sound.opened() if hasattr(sound, "opened") else sound
    return soxr.resample(sound.mono(), sound.rate, RATE, quality="VHQ").astype(np.float32)


def mean_spectrum(data: DatasetFolder) -> np.ndarray:
    """Noise of CLIP seconds with the mean power spectrum of all that was learned from."""
    power = np.mean([np.abs(np.fft.rfft(np.resize(heard(path), CLIP * RATE))) ** 2 for path in data.files("train")], axis=0)
    smooth = np.convolve(power, np.ones(401) / 401, "same")
    phases = np.random.default_rng(0).uniform(0, 2 * np.pi, len(smooth))
    return np.fft.irfft(np.sqrt(smooth) * np.exp(1j * phases)).astype(np.float32)


def show(name: str, pairs: list[tuple[np.ndarray, np.ndarray]], steps: int | None = None, seconds: float | None = None, keep: Path | None = None) -> None:
    """A row of means over the clips."""
    figures = [[sound_measures.spectral(*pair), sound_measures.log_mel(*pair, RATE), sound_measures.loudness(*pair, RATE)] for pair in pairs]
    spectral, mel, loud = np.mean(figures, axis=0)
    print(f"{name:24}{spectral:10.2f}{mel:10.2f}{loud:14.2f}{'' if steps is None else steps:>8}{'' if seconds is None else seconds:>9}", flush=True)
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        for number, (made, wanted) in enumerate(pairs):
            soundfile.write(keep / f"{number}-{name}.wav", made, RATE)
            soundfile.write(keep / f"{number}-wanted.wav", wanted, RATE)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--learn"]:
        learn(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]), int(sys.argv[5]))
    else:
        asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
        asked.add_argument("files", type=Path, nargs="+")
        asked.add_argument("--seconds", type=int, default=600)
        asked.add_argument("--models", nargs="+", default=["ddsp", "mosaic", "rave"])
        asked.add_argument("--keep", type=Path)
        given = asked.parse_args()
        start = time.perf_counter()
        main(given.files, given.seconds, given.models, given.keep)
        print(f"\n{(time.perf_counter() - start) / 60:.0f} minutes")
