"""Trains the tiny base: a text-to-image model in Stable Diffusion's own format, from paper-cut scenes that draw themselves.

    python tools/train_tiny_base.py --work FOLDER --to assets/tiny_base

Needs no network and no graphics card; one processor core, and hours of it. It works in stages, each going on where it was when
begun again: the pictures are drawn, the autoencoder learns them, their latents are kept, then the text encoder and the U-Net
learn together. What it needs to go on lies in FOLDER; where that is lost, it goes on from the weights in --to alone.
Read `main`, then `learn_to_draw`.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import json
import math
import os
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from PIL import Image
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from lib.media import eyes
from lib.models.tiny_base import scenes

SIDE = 64               # px of a picture
TOKENS = 77             # as many as CLIP takes
BLOCK = 1000            # pictures in one file
WATTS = 12.0            # that one busy core of a processor takes, an estimate; the log says kWh by it
THINGS_COUNT = 0.7      # of the loss, while the rest is the paper around them
NOISY = 0.5             # below 1, noisy moments come more often: there the words decide
DROPPED = 0.1           # of the captions are left out, so that guidance works
SHOWN = (
    "a red fish on blue paper", "two yellow birds on black paper", "three green houses on white paper", "a large purple cat in the middle",
    "three small pink stars at the top", "a blue bird on yellow paper", "two red houses, on green paper", "a blue star on yellow paper",
    "a torn pink tulip on brown paper", "two green fish at the left", "three yellow tulips on black paper", "one red cat, leaning right",
)  # fmt: skip
# Few groups are normalised together: where two channels are one, a flat colour loses how strong it is.
VAE = dict(
    in_channels=3, out_channels=3, latent_channels=8, block_out_channels=(16, 32, 64), layers_per_block=1, norm_num_groups=1, sample_size=SIDE,
    down_block_types=("DownEncoderBlock2D",) * 3, up_block_types=("UpDecoderBlock2D",) * 3,
)  # fmt: skip
TEXT = dict(
    hidden_size=128, intermediate_size=512, num_hidden_layers=2, num_attention_heads=4, projection_dim=128, max_position_embeddings=TOKENS,
    hidden_act="quick_gelu",
)  # fmt: skip
UNET = dict(
    sample_size=SIDE // 4, in_channels=8, out_channels=8, block_out_channels=(32, 64, 128), layers_per_block=1, attention_head_dim=4, norm_num_groups=8,
    cross_attention_dim=128, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"), addition_embed_type="text", addition_embed_type_num_heads=4,
)  # fmt: skip


@dataclass
class Work:
    """Where things lie, and how much of everything there shall be."""

    folder: Path
    to: Path
    pictures: int
    vae_steps: int
    steps: int
    minutes: float              # between two times that the weights are written
    quiet: Path | None          # while this file exists it waits
    state: dict = field(default_factory=dict)

    def __post_init__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in (self.folder / "state.json", self.to / "training.json"):
            if not self.state and path.exists():
                self.state = json.loads(path.read_text(encoding="utf-8"))

    def wait_for_quiet(self) -> None:
        while self.quiet and self.quiet.exists():
            time.sleep(2)

    def count(self, **numbers: float) -> None:
        """Adds to what stands in the state: steps, seconds of the processor, kWh."""
        for name, number in numbers.items():
            self.state[name] = self.state.get(name, 0) + number
        write(self.folder / "state.json", json.dumps(self.state, indent=1))

    def log(self, **facts) -> None:
        line = json.dumps({"time": time.strftime("%H:%M:%S"), **facts, "kWh": round(self.state.get("kwh", 0), 4)})
        print(line, flush=True)
        with open(self.folder / "log.jsonl", "a", encoding="utf-8") as file:
            file.write(line + "\n")


def write(path: Path, text: str) -> None:
    """Whole, or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def save_rows(path: Path, rows: np.ndarray) -> None:
    part = path.with_name(path.name + ".part.npy")
    np.save(part, rows)
    part.replace(path)


@contextlib.contextmanager
def counted(work: Work) -> Iterator[None]:
    """Counts what the processor works meanwhile."""
    before = time.process_time()
    yield
    seconds = time.process_time() - before
    work.count(cpu_seconds=seconds, kwh=seconds * WATTS / 3.6e6)


# ---- the pictures -----------------------------------------------------------------------------------------------------------


def draw_pictures(work: Work, first: int, last: int) -> np.ndarray:
    """Scenes first to last - 1 as uint8 (n, SIDE, SIDE, 3), kept in files."""
    blocks = []
    for start in range(first, last, BLOCK):
        path = work.folder / f"pictures-{start:07d}.npy"
        if not path.exists():
            with counted(work):
                rows = []
                for number in range(start, start + BLOCK):
                    work.wait_for_quiet()
                    rows.append(np.asarray(scenes.draw(scenes.plan(number), SIDE)))
                save_rows(path, np.stack(rows))
            work.log(stage="pictures", drawn=start + BLOCK - first)
        blocks.append(np.load(path))
    return np.concatenate(blocks)[: last - first]


def as_batch(pictures: np.ndarray) -> torch.Tensor:
    """(n, 3, SIDE, SIDE), -1 to 1."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1


# ---- the autoencoder --------------------------------------------------------------------------------------------------------


def autoencoder(work: Work) -> AutoencoderKL:
    """The one that learned already, or a new one."""
    for folder in (work.folder / "vae", work.to / "vae"):
        if (folder / "config.json").exists():
            return AutoencoderKL.from_pretrained(folder, torch_dtype=torch.float32)
    torch.manual_seed(0)
    vae = AutoencoderKL(**VAE)
    for part in vae.modules():
        if isinstance(part, torch.nn.Conv2d):
            torch.nn.init.normal_(part.weight, std=part.weight[0].numel() ** -0.5)
            torch.nn.init.zeros_(part.bias)
    silence(vae, "conv2", "to_out.0")
    torch.nn.init.constant_(vae.quant_conv.bias[VAE["latent_channels"] :], -6.0)  # begin with little noise in the latents
    return vae


def silence(network: torch.nn.Module, *ends: str) -> None:
    """Lets the branches of a network that end so begin with nothing: what goes in comes through, and it learns sooner."""
    for name, part in network.named_modules():
        if name.endswith(ends):
            torch.nn.init.zeros_(part.weight)
            torch.nn.init.zeros_(part.bias)


def learn_to_see(work: Work, only_decoder: bool = False) -> AutoencoderKL:
    """Trains the autoencoder for what is missing of its steps. only_decoder: latents stay what they are, pictures get finer."""
    vae = autoencoder(work).to(memory_format=torch.channels_last)
    counter = "decoder_steps" if only_decoder else "vae_steps"
    begun, wanted = work.state.get(counter, 0), work.vae_steps
    if begun >= wanted:
        return vae.eval()
    pictures = draw_pictures(work, 0, min(work.pictures, 3000 if not only_decoder else 10_000))
    if only_decoder:
        vae.encoder.requires_grad_(False), vae.quant_conv.requires_grad_(False)
    dice, since = np.random.default_rng(begun), time.monotonic()
    optimiser = torch.optim.AdamW([p for p in vae.parameters() if p.requires_grad], lr=1e-3, weight_decay=1e-4, betas=(0.9, 0.99))
    seen = eyes.load() if only_decoder and eyes.are_here() else None  # they take a third of the time
    losses: list[float] = []
    for step in range(begun, wanted):
        work.wait_for_quiet()
        with counted(work):
            warm, left = min(1.0, (step - begun + 1) / 50), 1 - step / wanted
            optimiser.param_groups[0]["lr"] = (5e-4 if only_decoder else 2e-3) * warm * max(0.02, min(1.0, 2 * left))
            side = 32 if left > 0.6 else SIDE   # pieces at first, which is quicker; then whole, as normalising sees them later
            x = as_batch(pieces(pictures, dice, side)).contiguous(memory_format=torch.channels_last)
            latents = vae.encode(x).latent_dist
            loss = picture_loss(x, vae.decode(latents.sample()).sample, seen) + 1e-6 * latents.kl().mean()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
            optimiser.step()
            losses.append(loss.item())
        work.state[counter] = step + 1
        if (step + 1) % 50 == 0:
            work.log(stage=counter, step=step + 1, loss=round(float(np.mean(losses[-50:])), 4), seconds=round(time.monotonic() - since))
        if (step + 1) % 500 == 0 or step + 1 == wanted:
            with torch.inference_mode():
                latents = vae.encode(as_batch(pictures[:64])).latent_dist.mean
                show_reconstructions(work, vae, step + 1)
            if not only_decoder:
                vae.register_to_config(scaling_factor=round(1 / float(latents.std()), 4))
            vae.save_pretrained(work.folder / "vae")
            work.count()
    return vae.eval()


def pieces(pictures: np.ndarray, dice: np.random.Generator, side: int, count: int = 8) -> np.ndarray:
    """Pieces of some pictures, (count, side, side, 3): of two each time the one that shows more. Small ones teach as much, sooner."""
    taken = []
    for _ in range(count):
        tries = []
        for _ in range(2):
            left, top = (dice.integers(0, (SIDE - side) // 4 + 1, 2) * 4).tolist()
            tries.append(pictures[dice.integers(len(pictures)), top : top + side, left : left + side])
        taken.append(max(tries, key=lambda piece: piece.std()))
    return np.stack(taken)


def picture_loss(x: torch.Tensor, y: torch.Tensor, seen: eyes.Eyes | None) -> torch.Tensor:
    """How far two pictures are from each other: their colours, their edges, and what eyes that know pictures see in them."""
    edges = sum((a.diff(dim=way) - b.diff(dim=way)).abs().mean() for a, b in [(x, y)] for way in (2, 3))
    loss = (x - y).abs().mean() + ((x - y) ** 2).mean() + 0.5 * edges
    if seen is not None:
        with torch.no_grad():
            wanted = seen.inner(x)[:2]
        loss = loss + 0.1 * sum(((a - b) ** 2).mean() / (a**2).mean() for a, b in zip(wanted, seen.inner(y)[:2]))
    return loss


def show_reconstructions(work: Work, vae: AutoencoderKL, step: int) -> None:
    """Fresh scenes, and what the autoencoder makes of them."""
    x = as_batch(np.stack([np.asarray(scenes.draw(scenes.plan(scenes.FRESH + i), SIDE)) for i in range(12)]))
    y = vae.decode(vae.encode(x).latent_dist.mean).sample
    sheet = torch.cat([torch.cat(list(rows), 2) for rows in (x[:6], y[:6], x[6:], y[6:])], 1)
    picture = Image.fromarray(((sheet.clamp(-1, 1) + 1) * 127.5).byte().permute(1, 2, 0).numpy())
    picture.resize((picture.width * 2, picture.height * 2), Image.Resampling.NEAREST).save(work.folder / f"seen-{step:06d}.png")
    work.log(stage="reconstruction", step=step, error=round(float((x - y).abs().mean()) * 127.5, 2))


def keep_latents(work: Work, vae: AutoencoderKL) -> torch.Tensor:
    """The latents of all pictures, scaled as the U-Net takes them: (n, 8, 16, 16), kept in files."""
    name, blocks = f"latents-{work.state['vae_steps']}", []
    for start in range(0, work.pictures, BLOCK):
        path = work.folder / f"{name}-{start:07d}.npy"
        if not path.exists():
            rows = draw_pictures(work, start, start + BLOCK)
            with counted(work), torch.inference_mode():
                parts = []
                for at in range(0, BLOCK, 50):
                    work.wait_for_quiet()
                    parts.append(vae.encode(as_batch(rows[at : at + 50]).contiguous(memory_format=torch.channels_last)).latent_dist.mean)
                save_rows(path, torch.cat(parts).half().numpy())
            work.log(stage="latents", kept=start + BLOCK)
        blocks.append(torch.from_numpy(np.load(path)))
    return torch.cat(blocks)[: work.pictures].float() * vae.config.scaling_factor


# ---- words ------------------------------------------------------------------------------------------------------------------


def tokenizer(work: Work) -> CLIPTokenizer:
    """CLIP's way of cutting words, with a vocabulary of its own: each word of the captions whole, all others in letters."""
    folder = next((there for there in (work.folder / "tokenizer", work.to / "tokenizer") if (there / "merges.txt").exists()), None)
    if folder is None:
        folder = work.folder / "tokenizer"
        folder.mkdir(exist_ok=True)
        cutter = Tokenizer(models.BPE(unk_token="<|endoftext|>", continuing_subword_prefix="", end_of_word_suffix="</w>"))
        cutter.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
        cutter.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.ByteLevel(add_prefix_space=False)])
        cutter.decoder = decoders.ByteLevel()
        words = scenes.captions()
        trainer = trainers.BpeTrainer(vocab_size=4000, min_frequency=50, end_of_word_suffix="</w>", show_progress=False)
        cutter.train_from_iterator(words, trainer)
        learned = json.loads(cutter.to_str())["model"]
        write_vocabulary(folder, learned["merges"])
    return CLIPTokenizer.from_pretrained(folder)


def write_vocabulary(folder: Path, merges: list) -> None:
    """vocab.json and merges.txt as CLIP has them: every byte, every byte at the end of a word, what they merge to, begin and end."""
    pairs = [tuple(merge) if isinstance(merge, list) else tuple(merge.split(" ")) for merge in merges]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = [*letters, *(letter + "</w>" for letter in letters), *(a + b for a, b in pairs), "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: place for place, token in enumerate(dict.fromkeys(tokens))}
    write(folder / "vocab.json", json.dumps(vocabulary, ensure_ascii=False))
    write(folder / "merges.txt", "\n".join(["#version: 0.2", *(f"{a} {b}" for a, b in pairs)]) + "\n")
    mark = {"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>", "pad_token": "<|endoftext|>"}
    settings = {**mark, "model_max_length": TOKENS, "tokenizer_class": "CLIPTokenizer", "do_lower_case": True, "errors": "replace"}
    write(folder / "tokenizer_config.json", json.dumps(settings, indent=1))
    write(folder / "special_tokens_map.json", json.dumps(mark, indent=1))


def tokens_of(cutter: CLIPTokenizer, texts: list[str]) -> torch.Tensor:
    return cutter(texts, padding="max_length", truncation=True, max_length=TOKENS, return_tensors="pt").input_ids


# ---- the text encoder and the U-Net -----------------------------------------------------------------------------------------


def networks(work: Work, cutter: CLIPTokenizer) -> tuple[CLIPTextModel, UNet2DConditionModel]:
    """Those that learned already, or new ones."""
    if (work.to / "unet" / "config.json").exists() and work.state.get("steps", 0):
        return (CLIPTextModel.from_pretrained(work.to / "text_encoder", torch_dtype=torch.float32),
                UNet2DConditionModel.from_pretrained(work.to / "unet", torch_dtype=torch.float32))  # fmt: skip
    torch.manual_seed(1)
    ends = dict(bos_token_id=cutter.bos_token_id, eos_token_id=cutter.eos_token_id, pad_token_id=cutter.pad_token_id)
    text = CLIPTextModel(CLIPTextConfig(vocab_size=len(cutter), **ends, **TEXT))
    for name, weight in text.named_parameters():
        if "token_embedding" in name:  # words that no caption has stay as they begin: let them be told from each other
            torch.nn.init.normal_(weight, std=0.3)
    unet = UNet2DConditionModel(**UNET)
    silence(unet, "conv2", "proj_out", "conv_out", "add_embedding.norm2")
    return text, unet


def scheduler() -> DDIMScheduler:
    """v-prediction down to nothing but noise, so that the colour of the paper is decided by the words."""
    return DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", prediction_type="v_prediction", clip_sample=False,
        set_alpha_to_one=False, rescale_betas_zero_snr=True, timestep_spacing="trailing", steps_offset=1,
    )  # fmt: skip


def learn_to_read(work: Work, cutter: CLIPTokenizer, text: CLIPTextModel, batch: int = 64, most: int = 2000) -> None:
    """Teaches the text encoder alone, on the captions: from the end of one on, each place must know which words, and which two words beside
    each other, were in it. So what was said stands wherever the U-Net looks; found out by painting alone, that takes ten times as long.
    """
    begun = work.state.get("reading_steps", 0)
    if begun >= most:
        return
    captions = scenes.captions(work.pictures)
    said = [{*(words := scenes.words_of(caption)), *zip(words, words[1:])} for caption in captions]
    counts = Counter(word for some in said for word in some)
    known = sorted((word for word, count in counts.items() if len(captions) / 200 < count < len(captions) * 0.95), key=str)
    wanted = torch.tensor([[word in some for word in known] for some in said], dtype=torch.float32)
    ids, dice, since = tokens_of(cutter, captions), torch.Generator().manual_seed(begun), time.monotonic()
    torch.manual_seed(2)
    head = torch.nn.Linear(TEXT["hidden_size"], len(known))
    optimiser = torch.optim.AdamW([*text.parameters(), *head.parameters()], lr=2e-3, weight_decay=0.01, betas=(0.9, 0.99), fused=True)
    losses: list[float] = []
    for step in range(begun, most):
        work.wait_for_quiet()
        with counted(work):
            optimiser.param_groups[0]["lr"] = 2e-3 * min(1.0, (step - begun + 1) / 50, 0.02 + 2 * (1 - step / most))
            rows = torch.randint(len(ids), (batch,), generator=dice)
            places = ids[rows, : TOKENS if step % 5 == 0 else 32]                           # mostly a few behind the end: it is quicker
            after = places == cutter.eos_token_id                                           # (batch, places): the end, and all behind it
            guess = head(text(places).last_hidden_state)[after]                             # (so many, known)
            right = wanted[rows].unsqueeze(1).expand(-1, places.shape[1], -1)[after]
            loss = torch.nn.functional.binary_cross_entropy_with_logits(guess, right, pos_weight=torch.tensor(4.0))
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_([*text.parameters(), *head.parameters()], 1.0)
            optimiser.step()
            losses.append(loss.item())
        if (step + 1) % 50 == 0:
            known_again = ((guess > 0) & (right > 0.5)).sum().item() / right.sum().item()
            work.log(stage="read", step=step + 1, words=len(known), loss=round(float(np.mean(losses[-50:])), 4), known_again=round(known_again, 3),
                     invented=round(((guess > 0) & (right < 0.5)).sum().item() / right.sum().item(), 3), seconds=round(time.monotonic() - since))
    work.count(reading_steps=most - begun)


class Slow:
    """The mean of the weights over the last steps (EMA)."""

    def __init__(self, parts: list[torch.nn.Module], decay: float = 0.999):
        self.parts, self.slow, self.decay, self.steps = parts, [copy.deepcopy(part).eval().requires_grad_(False) for part in parts], decay, 0

    @torch.no_grad()
    def follow(self) -> None:
        self.steps += 1
        share = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for slow, part in zip(self.slow, self.parts):
            torch._foreach_lerp_(list(slow.parameters()), list(part.parameters()), 1 - share)


def how_it_counts(facts: scenes.Facts, side: int = SIDE // 4) -> np.ndarray:
    """How much each latent of a scene counts, (side, side) float32, 1 on average: most of a page is paper, so what lies on it counts for
    THINGS_COUNT of the whole, however small it is."""
    y, x = (np.mgrid[:side, :side] + 0.5) / side
    on_it = np.zeros((side, side), bool)
    for cut in scenes.where(facts):
        on_it |= (x - cut.x) ** 2 + (y - cut.y) ** 2 < (1.1 * cut.size + 0.5 / side) ** 2
    share = on_it.mean()
    return np.where(on_it, THINGS_COUNT / share, (1 - THINGS_COUNT) / (1 - share)).astype(np.float32)


@torch.inference_mode()
def heard(text: CLIPTextModel, ids: torch.Tensor) -> torch.Tensor:
    """What the text encoder says of captions: (n, TOKENS, 128) in half precision."""
    return torch.cat([text(some).last_hidden_state.half() for some in ids.split(100)])


def learn_to_draw(work: Work, vae: AutoencoderKL, rate: float, batch: int, cool: bool, text_stays: bool) -> None:
    """Trains text encoder and U-Net together; text_stays: the U-Net alone, which is a fifth quicker. cool: the rate falls to nothing towards
    the last step."""
    cutter = tokenizer(work)
    latents, texts = keep_latents(work, vae), tokens_of(cutter, scenes.captions(work.pictures))
    nothing = tokens_of(cutter, [""])[0]
    counting = torch.from_numpy(np.stack([how_it_counts(scenes.plan(number)) for number in range(work.pictures)]))
    text, unet = networks(work, cutter)
    learn_to_read(work, cutter, text)
    noiser, slow = scheduler(), Slow([text, unet])
    groups = [{"params": list(unet.parameters()), "share": 1.0}]
    if not text_stays:
        groups.append({"params": list(text.parameters()), "share": 0.25})  # it can read already
    optimiser = torch.optim.AdamW(groups, lr=rate, weight_decay=0.01, betas=(0.9, 0.99), fused=True)
    begun = read_state(work, [text, unet, *slow.slow], optimiser)
    slow.steps = begun
    words = heard(text, torch.cat([texts, nothing[None]])) if text_stays else None     # "" is the last one
    parameters = sum(p.numel() for part in (text, unet) for p in part.parameters())
    work.log(stage="begin", step=begun, parameters=parameters, vocabulary=len(cutter), batch=batch)
    dice, losses, since, written = torch.Generator().manual_seed(begun), [], time.monotonic(), time.monotonic()
    alphas = noiser.alphas_cumprod
    first = begun
    for step in range(begun, work.steps):
        work.wait_for_quiet()
        with counted(work):
            done = step / work.steps
            fall = 0.5 * (1 + math.cos(math.pi * max(0.0, done - 0.5) * 2)) if cool else 1.0
            for group in optimiser.param_groups:
                group["lr"] = group["share"] * rate * min(1.0, (step - first + 1) / 100) * max(0.02, fall)
            rows = torch.randint(len(latents), (batch,), generator=dice)
            dropped = torch.rand(batch, 1, generator=dice) < DROPPED
            if words is not None:
                hidden = words[torch.where(dropped[:, 0], len(texts), rows)].float()
            else:
                hidden = text(torch.where(dropped, nothing, texts[rows])).last_hidden_state
            clean, noise = latents[rows], torch.randn(batch, *latents.shape[1:], generator=dice)
            spread = (torch.arange(batch) + torch.rand(batch, generator=dice)) / batch     # evenly: a quieter slope
            times = (spread**NOISY * len(alphas)).long().clamp(max=len(alphas) - 1)
            wanted = noiser.get_velocity(clean, noise, times)
            said = unet(noiser.add_noise(clean, noise, times), times, hidden).sample
            snr = alphas[times] / (1 - alphas[times])
            weight = (snr + 1).clamp(max=5) / (snr + 1)  # min-SNR at the clean end; the noisy end, where words decide, counts in full
            error = ((said - wanted) ** 2) * counting[rows].unsqueeze(1)
            loss = (error.mean((1, 2, 3)) * weight).mean()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_([*text.parameters(), *unet.parameters()], 1.0)
            optimiser.step()
            slow.follow()
            losses.append(loss.item())
        work.state["steps"] = step + 1
        if (step + 1) % 50 == 0:
            work.log(stage="draw", step=step + 1, loss=round(float(np.mean(losses[-50:])), 4), seconds=round(time.monotonic() - since))
        if time.monotonic() - written > 60 * work.minutes or step + 1 == work.steps:
            with counted(work):
                keep(work, vae, cutter, slow, [text, unet], optimiser)
            written = time.monotonic()


def keep(work: Work, vae, cutter, slow: Slow, parts, optimiser) -> None:
    """Writes the pipeline as it is now, samples by it, and what is needed to go on exactly."""
    step = work.state["steps"]
    state = {"step": step, "parts": [part.state_dict() for part in (*parts, *slow.slow)], "optimiser": optimiser.state_dict()}
    torch.save(state, work.folder / "state.pt.part")
    (work.folder / "state.pt.part").replace(work.folder / "state.pt")
    text, unet = (copy.deepcopy(part) for part in slow.slow)
    made = pipeline(vae, cutter, text, unet)
    show_samples(work, made, step)
    made.vae = copy.deepcopy(vae)
    made.to(torch.float16).save_pretrained(work.to, safe_serialization=True)
    for path in work.to.glob("*/config.json"):  # where it lay here is nobody's business
        facts = json.loads(path.read_text(encoding="utf-8"))
        facts.pop("_name_or_path", None)
        write(path, json.dumps(facts, indent=2) + "\n")
    for name in ("vocab.json", "merges.txt"):  # as older programs read it
        if not (work.to / "tokenizer" / name).exists():
            shutil.copyfile(work.folder / "tokenizer" / name, work.to / "tokenizer" / name)
    work.count()
    write(work.to / "training.json", json.dumps(work.state, indent=1))


def pipeline(vae, cutter, text, unet) -> StableDiffusionPipeline:
    made = StableDiffusionPipeline(
        vae=vae, text_encoder=text, tokenizer=cutter, unet=unet, scheduler=scheduler(), safety_checker=None, feature_extractor=None,
        requires_safety_checker=False,
    )  # fmt: skip
    made.set_progress_bar_config(disable=True)
    return made


def show_samples(work: Work, made: StableDiffusionPipeline, step: int, steps: int = 20) -> None:
    """Fixed prompts and seeds, one picture for each."""
    sheet = Image.new("RGB", (6 * 132, 2 * 132), "white")
    for start in range(0, len(SHOWN), 4):
        work.wait_for_quiet()
        texts = list(SHOWN[start : start + 4])
        dice = [torch.Generator().manual_seed(start + i) for i in range(len(texts))]
        for i, picture in enumerate(made(texts, num_inference_steps=steps, guidance_scale=2.0, generator=dice).images):
            at = start + i
            sheet.paste(picture.resize((128, 128), Image.Resampling.NEAREST), (at % 6 * 132, at // 6 * 132))
    sheet.save(work.folder / f"samples-{step:07d}.png")


def read_state(work: Work, parts: list[torch.nn.Module], optimiser) -> int:
    """Takes up what was kept in the work folder; where there is nothing, the weights alone go on. Returns the steps done."""
    path = work.folder / "state.pt"
    if not path.exists():
        return work.state.get("steps", 0) if (work.to / "unet").exists() else 0
    state = torch.load(path, weights_only=True)
    for part, weights in zip(parts, state["parts"]):
        part.load_state_dict(weights)
    if len(state["optimiser"]["param_groups"]) == len(optimiser.param_groups):  # not where the text encoder stays since
        optimiser.load_state_dict(state["optimiser"])
    return state["step"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--work", type=Path, required=True, help="a folder for pictures, latents, samples and the log; 1 GB")
    parser.add_argument("--to", type=Path, required=True, help="where the model comes to lie")
    parser.add_argument("--pictures", type=int, default=scenes.TRAINING, help="how many scenes it learns from")
    parser.add_argument("--vae-steps", type=int, default=2600)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--cool", action="store_true", help="in the second half the rate falls to nothing")
    parser.add_argument("--text-stays", action="store_true", help="the U-Net learns alone from now on")
    parser.add_argument("--minutes", type=float, default=10, help="between two times that the weights are written")
    parser.add_argument("--quiet", type=Path, help="while this file exists it waits")
    parser.add_argument("--nice", type=int, default=19, help="how far it steps back behind other work")
    parser.add_argument("--only", choices=("pictures", "vae", "decoder"), help="no further than this stage")
    asked = parser.parse_args()
    if hasattr(os, "nice"):
        os.nice(max(0, asked.nice - os.nice(0)))
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    random.seed(0)
    work = Work(asked.work, asked.to, asked.pictures, asked.vae_steps, asked.steps, asked.minutes, asked.quiet)
    if asked.only == "pictures":
        draw_pictures(work, 0, work.pictures)
        return
    vae = learn_to_see(work, asked.only == "decoder")
    if asked.only is None:
        learn_to_draw(work, vae, asked.rate, asked.batch, asked.cool, asked.text_stays)


if __name__ == "__main__":
    main()
