"""The addition itself: low-rank layers beside those of the U-Net (by peft), read and written as plain tensors. Read `add`, then `Layer`.

Beside a layer W of the base lies B A, of rank r: it answers W x + (alpha / r) B A x (Hu et al. 2021).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from peft import LoraConfig

ATTENTION = ("to_k", "to_q", "to_v", "to_out.0")
MLP = ("ff.net.0.proj", "ff.net.2")
CONVOLUTIONS = ("conv1", "conv2", "proj_in", "proj_out")     # as LyCORIS' LoCon has them
TARGETS = {"attention": ATTENTION, "attention and MLP": (*ATTENTION, *MLP), "all": (*ATTENTION, *MLP, *CONVOLUTIONS)}
NAME = "default"


@dataclass(frozen=True)
class Layer:
    """What lies beside one layer of the base."""

    down: torch.Tensor      # A: (r, in), of a convolution (r, in, kh, kw)
    up: torch.Tensor        # B: (out, r), of a convolution (out, r, 1, 1)
    alpha: float

    @property
    def rank(self) -> int:
        return self.down.shape[0]


def add(unet: Any, rank: int, alpha: float, layers: str) -> None:
    """New ones, which change nothing yet: A is drawn, B is 0."""
    config: Any = LoraConfig(r=rank, init_lora_weights="gaussian", target_modules=list(TARGETS[layers]))
    config.lora_alpha = alpha       # which may be a part of one, whatever its type says
    unet.add_adapter(config, NAME)
    for part in tensors(unet).values():
        part.data = part.data.float()       # in half, small steps would be lost


def attach(unet: Any, layers: Mapping[str, Layer], name: str = NAME) -> None:
    """These, by the names of the base's own layers; several can lie beside each other by several `name`s."""
    config = LoraConfig(
        r=1, lora_alpha=1, target_modules=list(layers),
        rank_pattern={_exactly(at): layer.rank for at, layer in layers.items()}, alpha_pattern={_exactly(at): layer.alpha for at, layer in layers.items()},
    )  # fmt: skip
    unet.add_adapter(config, name)
    places = dict(unet.named_modules())
    with torch.no_grad():
        for at, layer in layers.items():
            places[at].lora_A[name].weight.copy_(layer.down)
            places[at].lora_B[name].weight.copy_(layer.up)
    unet.requires_grad_(False)


def _exactly(name: str) -> str:
    """peft reads it as a pattern that the end of a name must fit."""
    return f"^{name}$".replace(".", r"\.")


def weigh(unet: Any, strengths: Mapping[str, float]) -> None:
    """How much each one counts, by its name; where all are 0 it is the base itself, to the last bit."""
    counting = {name: strength for name, strength in strengths.items() if strength}
    if counting:
        unet.enable_lora()
        unet.set_adapters(list(counting), list(counting.values()))
    else:
        unet.disable_lora()


def tensors(unet: Any, name: str = NAME) -> dict[str, torch.Tensor]:
    """"down_blocks.0 … to_q.lora_A.weight" -> the very tensor that learns."""
    return {key.replace(f".{name}.", "."): value for key, value in unet.named_parameters() if ".lora_" in key and f".{name}." in key}


def layers_of(weights: Mapping[str, torch.Tensor], alpha: float) -> dict[str, Layer]:
    """What `tensors` gave, or a copy of it, by the names of the base's own layers."""
    names = [key.removesuffix(".lora_A.weight") for key in weights if key.endswith(".lora_A.weight")]
    return {name: Layer(weights[f"{name}.lora_A.weight"], weights[f"{name}.lora_B.weight"], alpha) for name in names}


@contextmanager
def wearing(own: Mapping[str, torch.Tensor], others: Mapping[str, torch.Tensor]) -> Iterator[None]:
    """Within it the layers hold other weights: the average, the best so far."""
    kept = {key: value.detach().clone() for key, value in own.items()}
    try:
        put(own, others)
        yield
    finally:
        put(own, kept)


@torch.no_grad()
def put(own: Mapping[str, torch.Tensor], weights: Mapping[str, torch.Tensor]) -> None:
    for key, value in own.items():
        value.copy_(weights[key])


class FewerAtNoise:
    """Noisy steps learn with a part of the ranks: r(t) = r_min + (r_max - r_min) (1 - t / T), r_min half of them (Soboleva et al. 2025,
    T-LoRA). Within `of` the first r(t) ranks answer. So it is played here too; a file in another program answers with all of them, always."""

    def __init__(self, unet: Any, rank: int, times: int, name: str = NAME):
        self.rank, self.times, self._mask = rank, times, None
        for part in unet.modules():
            if hasattr(part, "lora_A") and name in part.lora_A:
                part.lora_A[name].register_forward_hook(self._masked)

    @contextmanager
    def of(self, times: torch.Tensor) -> Iterator[None]:
        """times: (B,)"""
        least = self.rank / 2
        many = (least + (self.rank - least) * (1 - times.float() / self.times)).round().clamp(1, self.rank)     # (B,)
        self._mask = torch.arange(self.rank, device=times.device)[None] < many[:, None]                         # (B, r)
        try:
            yield
        finally:
            self._mask = None

    def _masked(self, part: Any, given: Any, answer: torch.Tensor) -> torch.Tensor | None:
        if self._mask is None:
            return None
        return answer * self._mask.to(answer.dtype).view(len(self._mask), *(1,) * (answer.dim() - 2), self.rank)
