"""A LoRA on a language model: its speed beside the plain loop, which layers learn a voice best, and whether a reader hears it. Run by hand:

    .venv/bin/python benchmarks/text_lora.py speed  [--rounds 5]             seconds a step, ours and a plain loop, in turns
    .venv/bin/python benchmarks/text_lora.py layers [--steps 40]             what each choice of layers makes of lines held back, and its seconds
    .venv/bin/python benchmarks/text_lora.py voice  [--to FOLDER]            the preset quick on thirty lines, and ten blind pairs in FOLDER
    .venv/bin/python benchmarks/text_lora.py key    [--to FOLDER]            which of each pair was which, once a reader has guessed

The lines are night_shift.txt beside this file, written for it. The plain loop is the usual one with transformers and peft: LoRA on all linear layers,
each text filled up to 128 tokens, scores of all of them. One thread's own seconds are counted, so that what else runs matters little. A pair is the same
beginning and seed, by the base alone and with what it was taught; which of the two stands first is drawn by chance, and only key.json knows it.
What came out, and the pairs, stand in text_lora.md.
"""

from __future__ import annotations

import argparse
import json
import secrets
import statistics
import sys
import tempfile
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lib.jobs.reporter import Reporter
from lib.media.files import write_json, write_text
from lib.models import validate
from lib.models.text_lora.base import find
from lib.models.text_lora.generate import load, write
from lib.models.text_lora.network import Voice, open_base
from lib.models.text_lora.rows import Rows
from lib.models.text_lora.train import Pupil, train
from lib.models.texts.documents import Document, cut, hold_back
from lib.project.runs import Run

LINES = Path(__file__).resolve().parent / "night_shift.txt"
FILLED = 128
BEGINNINGS = ("The window", "My mother", "In the morning", "The sea", "Nobody", "There is a door", "The train", "Every winter", "The old man", "A letter")
TURNED = {"tokens": 50, "temperature": 0.7, "top_p": 0.9}
CHOICES = (("values and MLP", 8), ("attention", 8), ("all", 8), ("values and MLP", 32))


def parts() -> tuple[list[str], list[str]]:
    """(to learn from, held back), as a training parts them."""
    learned, held = hold_back([Document(text) for _, text in cut(LINES.read_text(encoding="utf-8"), "lines")])
    return [document.text for document in learned], [document.text for document in held]


def taken(work):
    """(this process's own seconds, what came out)"""
    since = time.process_time()
    result = work()
    return time.process_time() - since, result


def speed(rounds: int) -> None:
    learned, _ = parts()
    settings = validate("text_lora")
    pupil = Pupil(*open_base(find("smollm2")), settings)
    rows = Rows(learned, pupil.voice.words, settings.context, settings.batch, 0)
    plain = Plain(learned, settings)
    for each in (ours := lambda n: pupil.learn(*rows.batch(n)), plain.learn):
        each(1)     # the first is slower
    both = [(taken(lambda n=n: ours(n))[0], taken(lambda n=n: plain.learn(n))[0]) for n in range(2, 2 + rounds)]
    print(f"{settings.batch} lines a step: ours {statistics.median(a for a, _ in both):.2f} s, plain {statistics.median(b for _, b in both):.2f} s; "
          f"ours takes {statistics.median(a / b for a, b in both):.2f} of its time")  # fmt: skip


class Plain:
    def __init__(self, texts: list[str], settings):
        self.voice, self.settings = Voice(*open_base(find("smollm2")), "all", 8, 16), settings
        self.voice.model.train()
        self.rows = [self.voice.words.whole(text) for text in texts]
        self.optimiser = torch.optim.AdamW(self.voice.own.values(), 2e-4)

    def learn(self, n: int) -> float:
        words, size = self.voice.words, self.settings.batch
        some = [self.rows[(n * size + place) % len(self.rows)] for place in range(size)]
        ids = torch.full((size, FILLED), words.end)
        there = torch.zeros((size, FILLED), dtype=torch.long)
        for place, row in enumerate(some):
            ids[place, : len(row)], there[place, : len(row)] = torch.tensor(row), 1
        answer = self.voice.model(input_ids=ids, attention_mask=there, labels=ids.masked_fill(there == 0, -100), use_cache=False)
        self.optimiser.zero_grad()
        answer.loss.backward()
        self.optimiser.step()
        return answer.loss.item()


def layers(steps: int) -> None:
    learned, held = parts()
    for which, rank in CHOICES:
        settings = validate("text_lora", {"layers": which, "rank": rank, "steps": steps, "stops": False})
        torch.manual_seed(0)
        pupil = Pupil(*open_base(find("smollm2")), settings)
        rows = Rows(learned, pupil.voice.words, settings.context, settings.batch, 0)
        seconds, looks = taken(lambda pupil=pupil, rows=rows: watched(pupil, rows, held, steps))
        bits, step = min(looks)
        print(f"{which}, rank {rank}: best {bits:.3f} bits for each byte at step {step}, {seconds / steps:.2f} s a step with its looks", flush=True)


def watched(pupil: Pupil, rows: Rows, held: list[str], steps: int) -> list[tuple[float, int]]:
    looks = []
    for step in range(1, steps + 1):
        pupil.learn(*rows.batch(step))
        pupil.step = step
        if step % 5 == 0:
            looks.append((pupil.bits(held), step))
    return looks


def voice(to: Path) -> None:
    to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        run = a_run(Path(folder))
        seconds, _ = taken(lambda: train(dataset(Path(folder)), run, validate("text_lora")))
        run.close()
        print(f"{seconds / 60:.1f} minutes of one core. {run.notes[-1]}")
        writer, key, sheet = load(run.path), {}, []
        for number, beginning in enumerate(BEGINNINGS, 1):
            texts = {}
            for name, strength in (("base", 0.0), ("voice", 1.0)):
                with writer.voice.at(strength):
                    texts[name] = "".join(write(writer, beginning, seed=100 + number, **TURNED))
            first = secrets.choice(["base", "voice"])
            second = "voice" if first == "base" else "base"
            key[number] = {"A": first, "B": second}
            sheet.append(f"{number}.\nA  {texts[first]}\nB  {texts[second]}\n")
    write_text(to / "pairs.txt", "\n".join(sheet))
    write_json(to / "key.json", key)
    print(f"Ten pairs are in {to / 'pairs.txt'}: read them, guess, then ask for the key.")


def a_run(folder: Path) -> Reporter:
    (folder / "run").mkdir()
    write_json(folder / "run" / "request.json", {"model": "text_lora", "seed": 0})
    write_json(folder / "run" / "status.json", {"state": "running"})
    return Reporter(Run(folder / "run"), "cpu")


def dataset(folder: Path) -> Path:
    (folder / "data" / "train").mkdir(parents=True)
    write_text(folder / "data" / "train" / "000001.txt", LINES.read_text(encoding="utf-8"))
    write_text(folder / "data" / "train" / "metadata.jsonl", json.dumps({"file_name": "000001.txt", "item": "i1", "number": 1, "sha256": ""}) + "\n")
    write_json(folder / "data" / "dataset.json", {"schema": 1, "name": "night-shift", "version": 1, "kind": "text", "counts": {"train": 1, "test": 0}, "hash": ""})
    return folder / "data"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("speed", "layers", "voice", "key"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--to", type=Path, default=Path("pairs"))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if asked.what == "speed":
        speed(asked.rounds)
    elif asked.what == "layers":
        layers(asked.steps)
    elif asked.what == "voice":
        voice(asked.to)
    else:
        print((asked.to / "key.json").read_text(encoding="utf-8"))
