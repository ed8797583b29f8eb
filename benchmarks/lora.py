"""LoRA beside the loop of the published examples of diffusers. Run by hand:

    .venv/bin/python benchmarks/lora.py [--base tiny_base] [--batch 4] [--rank 8] [--rounds 10] [--device cpu] [--whole]

Speed: seven runs of both, in turns in one process; the median of their ratios counts. The plain loop is that of
train_text_to_image_lora.py: pictures from the disk, encoded at each step, and their texts too; the same base, layers, AdamW and losses.
Ours has its latents and texts cached, and an average of the weights besides. Ours with all that is on as it comes (Prodigy, min-SNR,
captions dropped) is told too. On a processor, one thread's own seconds are counted, so that what else runs matters little.
--whole: a whole training as somebody begins it (preset quick, twelve paper-cut tulips with captions): its minutes, where it stopped, and
how much nearer it came to pictures that were held back, with and without fewer ranks at noisy steps.

Measured with the tiny base on a calm machine (load 1.2, batch 4, rank 8): ours takes 0.75 of the plain loop's time, and 0.79 with all that
is on.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch
import torch.nn.functional as F
from diffusers import DDPMScheduler
from peft import LoraConfig

from lib import augment, collect, label
from lib.jobs.reporter import Reporter
from lib.media.files import read_json, write_json
from lib.models import validate
from lib.models.adversarial import Order
from lib.models.lora.base import find
from lib.models.lora.latents import Data
from lib.models.lora.layers import ATTENTION
from lib.models.lora.parts import open_parts
from lib.models.lora.train import Lesson, train
from lib.project import Consent, Project
from lib.project.dataset_folder import DatasetFolder
from lib.project.runs import Run

RUNS = 7
TULIPS = Path(__file__).resolve().parent.parent / "assets" / "samples" / "tulips"
PLAIN = {"optimiser": "AdamW", "min_snr": 0.0, "caption_dropout": 0.0}


def main(base: str, batch: int, rank: int, rounds: int, device: str, whole: bool) -> None:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        dataset = tulips(Path(folder), open_parts(find(base)).size)
        if whole:
            for fewer in (False, True):
                learn(dataset, base, Path(folder) / f"fewer-{fewer}", device, fewer)
            return
        for named, settings in (("the same loop", PLAIN), ("with all that is on", {})):
            compare_speed(dataset, base, batch, rank, rounds, torch.device(device), named, settings)


def tulips(folder: Path, size: int) -> Path:
    """Twelve of the sample, with a caption each."""
    project = Project.create("Tulips", home=folder, actor="benchmark")
    collect.add_files(project, sorted(TULIPS.glob("*.png"))[:12], consent=Consent(state="given", purposes=["train"]))
    for item in project.items():
        label.set_caption(project, item.id, "a tulip cut from paper")
    return augment.build(project, augment.Recipe([augment.CropSquare(), augment.Resize(size)]), name="tulips").path


def run_in(folder: Path) -> Reporter:
    folder.mkdir(parents=True)
    write_json(folder / "request.json", {"model": "lora", "seed": 0})
    write_json(folder / "status.json", {"state": "running"})
    return Reporter(Run(folder), "cpu")


def now() -> float:
    """The seconds that this process has worked; on a graphics card, those of the clock when it has done all that was asked."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
        return time.perf_counter()
    return time.process_time()


def compare_speed(dataset: Path, base: str, batch: int, rank: int, rounds: int, device: torch.device, named: str, settings: dict) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ours = Ours(dataset, base, batch, rank, device, run_in(Path(folder) / "run"), settings)
        plain = Plain(dataset, base, batch, rank, device, ours.places)
        for loop in (ours, plain):
            timed(loop, 2)      # the first steps are slower
        ratios = []
        for _ in range(RUNS):
            mine, theirs = timed(ours, rounds), timed(plain, rounds)
            ratios.append(mine / theirs)
            print(f"  {1000 * mine / rounds:7.1f} ms a step, plain {1000 * theirs / rounds:7.1f}")
        print(f"{named}: batch {batch}, rank {rank}, {device}, load {os.getloadavg()[0]:.1f}: "
              f"ours takes {statistics.median(ratios):.3f} of the plain loop's time\n", flush=True)  # fmt: skip


def timed(loop, rounds: int) -> float:
    start = now()
    for _ in range(rounds):
        loop.play()
    return now() - start


class Ours:
    def __init__(self, dataset: Path, base: str, batch: int, rank: int, device: torch.device, run: Reporter, settings: dict):
        asked = validate("lora", {"base": base, "batch": batch, "rank": rank, "steps": 100_000, **settings})
        parts = open_parts(find(base), device)
        torch.manual_seed(0)
        self.lesson = Lesson(parts, Data(dataset, parts, run, asked), asked, 0)
        self.places = [place for place, row in enumerate(DatasetFolder(dataset).rows("train")) if row["item"] not in self.lesson.turn.held]

    def play(self) -> None:
        self.lesson.play()
        self.lesson.step += 1


class Plain:
    def __init__(self, dataset: Path, base: str, batch: int, rank: int, device: torch.device, places: list[int]):
        self.parts, self.data, self.places = open_parts(find(base), device), DatasetFolder(dataset), places
        self.order, self.batch, self.step, self.device = Order(len(places), 0), batch, 0, device
        torch.manual_seed(0)
        self.parts.unet.add_adapter(LoraConfig(r=rank, lora_alpha=rank, init_lora_weights="gaussian", target_modules=list(ATTENTION)))
        self.learning = [weight for weight in self.parts.unet.parameters() if weight.requires_grad]
        self.optimiser = torch.optim.AdamW(self.learning, lr=1e-4, betas=(0.9, 0.999), weight_decay=1e-2, eps=1e-8)
        self.noiser = DDPMScheduler.from_config(self.parts.scheduler.config)

    def play(self) -> None:
        parts, self.step = self.parts, self.step + 1
        chosen = [self.places[place] for place in self.order.batch(self.step, self.batch)]
        with torch.no_grad():
            pixels = torch.stack([self.decoded(self.data.files("train")[place]) for place in chosen]).to(self.device)
            clean = parts.vae.encode(pixels).latent_dist.sample() * parts.vae.config.scaling_factor
            captions = [self.data.rows("train")[place]["caption"] for place in chosen]
            most = parts.text.config.max_position_embeddings
            ids = parts.tokenizer(captions, max_length=most, padding="max_length", truncation=True, return_tensors="pt").input_ids.to(self.device)
            words = parts.text(ids)[0]
        noise = torch.randn_like(clean)
        times = torch.randint(0, self.noiser.config.num_train_timesteps, (len(clean),), device=self.device)
        said = parts.unet(self.noiser.add_noise(clean, noise, times), times, words).sample
        wanted = noise if self.noiser.config.prediction_type == "epsilon" else self.noiser.get_velocity(clean, noise, times)
        F.mse_loss(said.float(), wanted.float(), reduction="mean").backward()
        torch.nn.utils.clip_grad_norm_(self.learning, 1.0)
        self.optimiser.step()
        self.optimiser.zero_grad()

    @staticmethod
    def decoded(file: Path) -> torch.Tensor:
        """(3, H, W) from -1 to 1, as torchvision's transforms give it."""
        import numpy as np
        from PIL import Image

        return torch.from_numpy(np.array(Image.open(file).convert("RGB"))).permute(2, 0, 1).float() / 127.5 - 1


def learn(dataset: Path, base: str, folder: Path, device: str, fewer: bool) -> None:
    run, begun = run_in(folder), time.perf_counter()
    run.device = device
    train(dataset, run, validate("lora", {"base": base, "fewer_at_noise": fewer}, count=12))
    run.close()
    facts = read_json(folder / "result" / "model.json")
    print(f"fewer ranks at noise: {fewer}; {(time.perf_counter() - begun) / 60:.1f} minutes, {facts['step']} steps, best at {facts['best_step']}; held out "
          f"{facts['held_out']:.4f}, the base alone {facts['untouched']:.4f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--base", default="tiny_base")
    for name, default in (("batch", 4), ("rank", 8), ("rounds", 10)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--whole", action="store_true")
    main(**vars(parser.parse_args()))
