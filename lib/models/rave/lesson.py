"""RAVE's own training and export, called with what this workbench wants of them. Read `train`. It runs in a process of its own (child.py).

The network, its losses and its steps are those of the package acids-rave (Caillon & Esling 2021); PyTorch Lightning counts them. Three things
are ours: what comes in which step depends on the seed and the step alone, so that a resumed run reaches the same weights; the directions of
the latents are found at each checkpoint (theirs are found once in 10,000 steps, and an export before that has a single latent); and the
augmentations gain and compress, since the package's gain changes nothing and its compressor asks for sox, which torchaudio has no more.
"""

from __future__ import annotations

import logging
import math
import os
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gin
import numpy as np
import pytorch_lightning as pl
import rave
import rave.core
import rave.dataset
import rave.transforms
import torch
from safetensors.torch import load_file
from scipy.signal import lfilter
from torch.utils.data import DataLoader, Dataset

from lib.errors import UserError
from lib.media import sound_measures
from lib.models.adversarial import Order, seed_step
from lib.models.rave import prepare

_LOOKED_AT = 8          # windows of what is held back, at a look
_TEXTURED = 60          # chunks of what is held back, of which the texture is compared at the end
_FRAMES = 4096          # moments by which the directions of the latents are found
_HELD = 0.98            # of the chunks are learned from, as RAVE does
_NOISE = 20             # dB under which nothing is left to compress


class Stop(Exception):
    """Somebody asked for it; the checkpoint is kept."""


def train(order: dict[str, Any], ask: Callable[[dict[str, Any]], list[str]]) -> bool:
    """order: what program.py writes. ask(report): what to do after a step ("sample", "checkpoint", "stop"). False where it was stopped."""
    quiet()
    torch.set_num_threads(order["threads"])
    seed_step(order["seed"], 0)
    model = build(order)
    if order["begin"]:
        ask({"fits": begin_with(model, load_file(order["begin"]))})
    database = Path(order["work"]) / "database"
    database.mkdir()
    count = prepare.write(database, [Path(path) for path in order["files"]], model.sr, order["channels"], 2 * order["signal"], order["joined"],
                          lambda done: ask({"prepared": done}))  # fmt: skip
    ask({"prepared": count})
    data = rave.dataset.get_dataset(
        str(database), model.sr, order["signal"], n_channels=order["channels"],
        augmentations=[AUGMENTATIONS[name](model.sr) for name in order["augmentations"]],
    )  # fmt: skip
    data._env = None        # each process that reads opens it for itself
    learned, held = split(len(data))
    (Path(order["folder"]) / "config.gin").write_text(gin.operative_config_str(), encoding="utf-8")
    lesson = Lesson(order, ask, data, held)
    on_card = order["device"] == "cuda"
    workers = min(4, (os.cpu_count() or 2) - 1) if on_card and sys.platform == "linux" else 0
    trainer = pl.Trainer(
        logger=pl.loggers.TensorBoardLogger(order["folder"], name="", version=""), accelerator="cuda" if on_card else "cpu", devices=1,
        callbacks=[lesson, rave.model.WarmupCallback(), rave.model.QuantizeCallback(), rave.model.BetaWarmupCallback()],
        max_steps=order["steps"], max_epochs=-1, limit_val_batches=0, num_sanity_val_steps=0, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip
    chosen = Chosen(data, learned, order["seed"], order["batch"])
    loader = DataLoader(chosen, order["batch"], sampler=range(order["step"] * order["batch"], order["steps"] * order["batch"]), num_workers=workers)
    try:
        trainer.fit(model, _Whole(loader, order["steps"]), ckpt_path=order["ckpt"] or None)
    except Stop:
        return False
    return True


def build(order: dict[str, Any]) -> rave.RAVE:
    """The network as the configuration says, with nothing learned yet."""
    gin.bind_parameter("RAVE.n_channels", order["channels"])
    gin.parse_config_files_and_bindings([f"{order['configuration']}.gin"], order["overrides"])
    model = rave.RAVE()     # the number of channels comes from gin, and so stands in the config.gin that the export reads
    if not order["ckpt"]:
        left, right = rave.core.get_rave_receptive_field(model, n_channels=order["channels"])
        model.receptive_field.copy_(torch.tensor([left, right]))
        model.train()
    return model


def begin_with(model: rave.RAVE, weights: dict[str, torch.Tensor]) -> float:
    """Takes over every weight of an earlier one that fits. Returns what part of the network that is, 0 to 1."""
    own = {key: value for key, value in model.state_dict().items() if not key.startswith("discriminator.")}
    taken = {key: value for key, value in weights.items() if key in own and own[key].shape == value.shape}
    model.load_state_dict(taken, strict=False)
    sizes = {key: value.numel() for key, value in model.named_parameters() if key in own}
    return sum(size for key, size in sizes.items() if key in taken) / sum(sizes.values())


def split(count: int) -> tuple[list[int], list[int]]:
    """(chunks to learn from, chunks held back), always the same; of a single chunk both."""
    order = np.random.default_rng(42).permutation(count).tolist()
    learned = max(1, min(int(_HELD * count), count - 1))
    return order[:learned], order[learned:] or order


class Chosen(Dataset):
    """The chunk that belongs at a place of the whole training, cut and varied as the seed and the place decide."""

    def __init__(self, data: Dataset, learned: list[int], seed: int, batch: int):
        self._data, self._learned, self._seed = data, learned, seed
        self._order = Order(len(learned), seed)

    def __getitem__(self, place: int) -> np.ndarray:
        seed_all(self._seed, place)
        return self._data[self._learned[self._order.at(place)]]


def seed_all(seed: int, place: int) -> None:
    number = (seed * 1_000_003 + place) % 2**32
    random.seed(number)
    np.random.seed(number)
    torch.manual_seed(number)


class _Whole:
    """The rest of a training as one epoch: Lightning counts from its beginning, wherever it goes on."""

    def __init__(self, loader: DataLoader, steps: int):
        self._loader, self._steps = loader, steps

    def __len__(self) -> int:
        return self._steps

    def __iter__(self) -> Iterator[torch.Tensor]:
        return iter(self._loader)


class Lesson(pl.Callback):
    """Tells each step once it is whole, and does what is asked for then: before the next step begins."""

    def __init__(self, order: dict[str, Any], ask: Callable[[dict[str, Any]], list[str]], data: Dataset, held: list[int]):
        self._order, self._ask, self._data, self._held = order, ask, data, held
        self._numbers: dict[str, float] = {}

    def on_train_batch_start(self, trainer: pl.Trainer, model: rave.RAVE, batch: Any, batch_idx: int) -> None:
        if trainer.global_step > self._order["step"]:
            self._tell(trainer, model)
        seed_step(self._order["seed"], trainer.global_step + 1)

    def on_train_batch_end(self, trainer: pl.Trainer, model: rave.RAVE, outputs: Any, batch: Any, batch_idx: int) -> None:
        told = {name: float(value) for name, value in trainer.callback_metrics.items()}
        self._numbers = {"distance": told.get("multiband_spectral_distance", 0.0) + told.get("fullband_spectral_distance", 0.0)}
        if "regularization" in told:
            self._numbers["kl"] = told["regularization"]
        if model.warmed_up:
            self._numbers |= {name: told[name] for name in ("feature_matching", "adversarial", "loss_dis") if name in told}

    def on_train_end(self, trainer: pl.Trainer, model: rave.RAVE) -> None:
        self._tell(trainer, model)

    def _tell(self, trainer: pl.Trainer, model: rave.RAVE) -> None:
        n = trainer.global_step
        if n % self._order["look_every"] == 0 or n == self._order["steps"]:
            self._numbers["held_out"] = self._look(model)
        for wish in self._ask({"step": n, "numbers": self._numbers}):
            if wish == "sample":
                self._ask({"sample": self._sample(model)})
            elif wish == "checkpoint":
                self._ask({"checkpoint": self._checkpoint(trainer, model), "facts": self._facts(model)})
            elif wish == "stop":
                raise Stop
        if n == self._order["steps"]:
            self._ask({"held": self._texture(model)})

    @torch.no_grad()
    def _look(self, model: rave.RAVE) -> float:
        """Mean distance of windows that are held back from what it makes of them, with the same noise at every look."""
        model.eval()
        seed_all(0, 0)
        windows = torch.from_numpy(np.stack([self._window(place) for place in self._held[:_LOOKED_AT]])).to(model.device)
        made = model(windows)[..., : windows.shape[-1]]
        model.train()
        return float(sum(model.audio_distance(windows, made).values()))

    @torch.no_grad()
    def _texture(self, model: rave.RAVE) -> str:
        """How far all that it makes of what is held back is from that, whatever comes when; or that there is too little for it."""
        model.eval()
        seed_all(0, 0)
        real, made = [], []
        for place in self._held[:_TEXTURED]:
            chunk = self._window(place, 2 * self._order["signal"])
            real.append(chunk.mean(axis=0))
            made.append(model(torch.from_numpy(chunk)[None].to(model.device))[0, :, : chunk.shape[-1]].mean(0).float().cpu().numpy())
        model.train()
        try:
            return sound_measures.frechet(made, real, int(model.sr)).in_words()
        except UserError as error:
            return f"{error.what} More than {sound_measures.LEAST_SECONDS} seconds have to be held back: RAVE holds back one chunk of fifty."

    def _window(self, place: int, frames: int = 0) -> np.ndarray:
        """The beginning of a chunk, as it is: (channels, frames); as much as it learns from at once unless told."""
        transforms, self._data._transforms = self._data._transforms, None
        chunk = self._data[place]
        self._data._transforms = transforms
        return chunk[:, : frames or self._order["signal"]].astype(np.float32)

    @torch.no_grad()
    def _sample(self, model: rave.RAVE) -> list[str]:
        """Two sounds, as raw numbers (channels, frames): what it makes of a window that is held back, and of a walk by chance."""
        model.eval()
        seed_all(0, 1)
        window = torch.from_numpy(self._window(self._held[0]))[None].to(model.device)
        again = model(window)[..., : window.shape[-1]]
        moments = window.shape[-1] // rave.core.get_minimum_size(model)
        points = torch.randn(1, model.latent_size, max(2, moments // 24 + 2))
        walk = torch.nn.functional.interpolate(points, moments, mode="linear", align_corners=True).to(model.device)
        paths = []
        for number, sound in enumerate((again, model.decode(walk)), 1):
            path = Path(self._order["work"]) / f"sample-{number}.npy"
            np.save(path, sound[0].float().cpu().numpy())
            paths.append(str(path))
        model.train()
        return paths

    def _checkpoint(self, trainer: pl.Trainer, model: rave.RAVE) -> str:
        find_directions(model, [self._window(place) for place in self._places()])
        path = Path(self._order["work"]) / "state.ckpt"
        trainer.save_checkpoint(path)
        return str(path)

    def _places(self) -> list[int]:
        """Chunks that are held back, and others until there are moments enough to find directions."""
        others = [place for place in range(len(self._data)) if place not in self._held]
        return [*self._held, *others][:24]

    def _facts(self, model: rave.RAVE) -> dict[str, Any]:
        """What playing needs to know beside the weights: how far each latent goes, and how many frames decide about one."""
        return {"spread": [round(value, 4) for value in model.latent_spread], "receptive": [int(value) for value in model.receptive_field]}


@torch.no_grad()
def find_directions(model: rave.RAVE, windows: list[np.ndarray]) -> None:
    """The principal directions of the latents, the widest first, and how much of all each explains: as RAVE's validation does."""
    model.eval()
    seen = []
    for window in windows:
        mean = model.encode(torch.from_numpy(window)[None].to(model.device)).chunk(2, 1)[0]       # (1, latents, T)
        seen.append(mean[0].T.double().cpu())
        if sum(map(len, seen)) >= _FRAMES:
            break
    model.train()
    latents = torch.cat(seen)                                                                     # (T, latents)
    middle = latents.mean(0)
    variance, directions = torch.linalg.eigh((latents - middle).T @ (latents - middle) / max(len(latents) - 1, 1))
    variance, directions = variance.flip(0).clamp(min=1e-12), directions.flip(1).T
    model.latent_mean.copy_(middle)
    model.latent_pca.copy_(directions)
    model.fidelity.copy_(variance.cumsum(0) / variance.sum())
    model.latent_spread = variance.sqrt().tolist()


# ---- augmentations ---------------------------------------------------------------------------------------------------------


def mute(rate: int) -> Callable[[np.ndarray], np.ndarray]:
    """One window in ten is silent but for the noise of 16 bits, so that it learns silence. RAVE's own leaves nothing at all, and where that
    happens to all windows of a step, its distance is divided by zero and the network is lost."""

    def silent(window: np.ndarray) -> np.ndarray:
        return window if random.random() >= 0.1 else np.random.rand(*window.shape) / 2**16

    return silent


def gain(rate: int) -> Callable[[np.ndarray], np.ndarray]:
    """Every second window is up to 6 dB quieter or 3 dB louder; none goes above full scale."""

    def louder(window: np.ndarray) -> np.ndarray:
        if random.random() < 0.5:
            window = window * 10 ** (random.uniform(-6, 3) / 20)
        return window / max(1.0, float(np.abs(window).max()))

    return louder


def compress(rate: int) -> Callable[[np.ndarray], np.ndarray]:
    """Four windows of five are compressed from -40 dB on, by a ratio between 1 and 4, with an attack and a release of 0.1 s; as loud as before at the top."""
    slow = math.exp(-1 / (0.1 * rate))

    def squeezed(window: np.ndarray) -> np.ndarray:
        if random.random() >= 0.8:
            return window
        ratio, top = random.uniform(1, 4), float(np.abs(window).max())
        level = 20 * np.log10(np.maximum(lfilter([1 - slow], [1, -slow], np.abs(window), axis=-1), 10 ** (-(80 + _NOISE) / 20)))
        made = window * 10 ** (-np.maximum(level + 40, 0) * (1 - 1 / ratio) / 20)
        return made * (top / max(float(np.abs(made).max()), 1e-9)) if top else made

    return squeezed


AUGMENTATIONS = {"mute": mute, "compress": compress, "gain": gain}


# ---- export ----------------------------------------------------------------------------------------------------------------


def export(order: dict[str, Any]) -> list[str]:
    """The paths of the .ts, by RAVE's own exporter. order: ckpt (a file with config.gin beside it), streaming (whether, for each), fidelity,
    output (a folder), name."""
    import scripts.export as exporter

    quiet()
    made = []
    for streaming in order["streaming"]:
        gin.clear_config()
        words = ["export", f"--run={order['ckpt']}", f"--output={order['output']}", f"--name={order['name']}", f"--fidelity={order['fidelity']}"]
        exporter.FLAGS([*words, f"--streaming={str(streaming).lower()}"])
        exporter.main([])
        made.append(str(Path(order["output"]) / f"{order['name']}{'_streaming' if streaming else ''}.ts"))
    return made


def quiet() -> None:
    """What old packages complain of, and what they tell of themselves, is no news for whoever reads the log."""
    warnings.simplefilter("ignore")
    logging.getLogger().setLevel(logging.CRITICAL)
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
