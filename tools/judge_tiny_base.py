"""Says how well the tiny base obeys: whether colour, thing and count are right in what it makes of 500 prompts.

    python tools/judge_tiny_base.py --model assets/tiny_base --work FOLDER

The judge is a small network that learns from scenes which the base has not seen; how often it is right itself, on others that
it has not seen either, stands beside. Read `main`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

from lib.models.tiny_base import scenes

SIDE = 64
LEARNED_FROM = scenes.FRESH                 # the judge learns from the scenes from here on
ASKED_ABOUT = scenes.FRESH + 500_000        # is examined on those from here on
PROMPTS = scenes.FRESH + 700_000            # and the base is given captions from here on
EXAM = 1000
ANSWERS = {"colour": list(scenes.COLOURS), "thing": list(scenes.LEARNED), "count": list(scenes.COUNTS)}


class Judge(nn.Module):
    """Tells colour, thing and count of a picture."""

    def __init__(self):
        super().__init__()
        widths, layers = (3, 24, 48, 96, 128), []
        for before, after in zip(widths, widths[1:]):
            layers += [nn.Conv2d(before, after, 3, 2 if after < 100 else 1, 1), nn.BatchNorm2d(after), nn.ReLU()]
        self.body = nn.Sequential(*layers, nn.AdaptiveMaxPool2d(4), nn.Flatten(), nn.Dropout(0.2), nn.Linear(128 * 16, 128), nn.ReLU())
        self.heads = nn.ModuleDict({name: nn.Linear(128, len(answers)) for name, answers in ANSWERS.items()})

    def forward(self, pictures: torch.Tensor) -> dict[str, torch.Tensor]:
        seen = self.body(pictures)
        return {name: head(seen) for name, head in self.heads.items()}


def drawn(first: int, count: int, work: Path) -> np.ndarray:
    """Scenes as uint8 (count, SIDE, SIDE, 3), kept in a file."""
    path = work / f"judge-{first}-{count}.npy"
    if not path.exists():
        np.save(path, np.stack([np.asarray(scenes.draw(scenes.plan(number), SIDE)) for number in range(first, first + count)]))
    return np.load(path)


def truth(numbers) -> dict[str, torch.Tensor]:
    plans = [scenes.plan(number) for number in numbers]
    return {name: torch.tensor([answers.index(getattr(plan, name)) for plan in plans]) for name, answers in ANSWERS.items()}


def as_batch(pictures: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1


def roughened(x: torch.Tensor, dice: torch.Generator) -> torch.Tensor:
    """Moved a little, softened and noisy, so that the judge does not depend on what is too fine to see."""
    dx, dy = (torch.randint(-3, 4, (2,), generator=dice)).tolist()
    x = F.pad(x, (3, 3, 3, 3), mode="replicate")[:, :, 3 + dy : 3 + dy + SIDE, 3 + dx : 3 + dx + SIDE]
    if torch.rand((), generator=dice) < 0.5:
        x = F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, 1)
    tint = 1 + 0.06 * (torch.rand(len(x), 3, 1, 1, generator=dice) - 0.5)
    return x * tint + 0.06 * torch.rand((), generator=dice) * torch.randn(x.shape, generator=dice)


def taught(work: Path, count: int, rounds: int) -> Judge:
    """The judge that learned already, or one that learns now."""
    judge, path = Judge(), work / f"judge-{count}-{rounds}.pt"
    if path.exists():
        judge.load_state_dict(torch.load(path, weights_only=True))
        return judge.eval()
    torch.manual_seed(0)
    judge = Judge()
    pictures, answers, dice, batch = drawn(LEARNED_FROM, count, work), truth(range(LEARNED_FROM, LEARNED_FROM + count)), torch.Generator().manual_seed(0), 64
    steps = rounds * count // batch
    optimiser = torch.optim.AdamW(judge.parameters(), lr=2e-3, weight_decay=0.02)
    fall = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps)
    for step in range(steps):
        rows = torch.randint(count, (batch,), generator=dice)
        said = judge(roughened(as_batch(pictures[rows.numpy()]), dice))
        loss = sum(F.cross_entropy(said[name], answers[name][rows]) for name in ANSWERS)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        fall.step()
        if step % 100 == 0:
            print(f"the judge learns: {step} of {steps}, loss {loss.item():.3f}", flush=True)
    torch.save(judge.state_dict(), path)
    return judge.eval()


@torch.inference_mode()
def right(judge: Judge, pictures: torch.Tensor, answers: dict[str, torch.Tensor]) -> dict[str, float]:
    """The share that is right in each, and in all three."""
    said = [judge(part) for part in pictures.split(100)]
    hits = {name: torch.cat([part[name].argmax(1) for part in said]) == answers[name] for name in ANSWERS}
    hits["all three"] = torch.stack(list(hits.values())).all(0)
    return {name: round(hit.float().mean().item(), 3) for name, hit in hits.items()}


def prompts(count: int) -> list[int]:
    """Numbers of scenes whose captions name colour, thing and count."""
    named = (number for number in range(PROMPTS, PROMPTS + 10 * count) if scenes.plan(number).colour in scenes.words_of(scenes.caption(scenes.plan(number))))
    return [number for number, _ in zip(named, range(count))]


@torch.inference_mode()
def made(pipeline, numbers: list[int], steps: int, guidance: float) -> np.ndarray:
    """What the base makes of the captions of these scenes, each from its own noise."""
    pictures: list[np.ndarray] = []
    for start in range(0, len(numbers), 20):
        part = numbers[start : start + 20]
        noise = [torch.Generator().manual_seed(number) for number in part]
        texts = [scenes.caption(scenes.plan(number)) for number in part]
        pictures += [np.asarray(picture) for picture in pipeline(texts, num_inference_steps=steps, guidance_scale=guidance, generator=noise).images]
        print(f"made {len(pictures)} of {len(numbers)}", flush=True)
    return np.stack(pictures)


def through(pipeline, pictures: torch.Tensor) -> torch.Tensor:
    """Pictures as the autoencoder of the base gives them back."""
    with torch.inference_mode():
        return torch.cat([pipeline.vae.decode(pipeline.vae.encode(part).latent_dist.mean).sample.clamp(-1, 1) for part in pictures.split(50)])


def show(pictures: np.ndarray, path: Path, across: int = 20) -> None:
    rows = [np.concatenate(list(pictures[start : start + across]), 1) for start in range(0, len(pictures) // across * across, across)]
    if rows:
        Image.fromarray(np.concatenate(rows)).save(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="a folder for the judge, its scenes and what was made")
    parser.add_argument("--prompts", type=int, default=500)
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--guidance", type=float, default=2.0)
    parser.add_argument("--scenes", type=int, default=8000, help="that the judge learns from")
    parser.add_argument("--rounds", type=int, default=12)
    asked = parser.parse_args()
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    asked.work.mkdir(parents=True, exist_ok=True)
    judge = taught(asked.work, asked.scenes, asked.rounds)
    exam, answers = as_batch(drawn(ASKED_ABOUT, EXAM, asked.work)), truth(range(ASKED_ABOUT, ASKED_ABOUT + EXAM))
    report = {"the judge on drawn scenes": right(judge, exam, answers)}
    print(json.dumps(report), flush=True)
    from diffusers import StableDiffusionPipeline

    pipeline = StableDiffusionPipeline.from_pretrained(asked.model, torch_dtype=torch.float32, safety_checker=None, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    report["the judge on drawn scenes through the autoencoder"] = right(judge, through(pipeline, exam), answers)
    numbers, begun = prompts(asked.prompts), time.process_time()
    pictures = made(pipeline, numbers, asked.steps, asked.guidance)
    report["the base"] = right(judge, as_batch(pictures), truth(numbers))
    report["asked"] = {"prompts": len(numbers), "steps": asked.steps, "guidance": asked.guidance,
                       "seconds a picture": round((time.process_time() - begun) / len(numbers), 2)}  # fmt: skip
    show(pictures, asked.work / "judged.png")
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
