"""The locked process in which a TorchScript model of sounds is opened and played: `python -m lib.media.scripted_cell FILE must|may`.

Read `main`. The order matters: first everything is imported and tried that torch reads from the disk, then the bytes of the model come
through the pipe, then the process locks itself for good (jail.py), and only then the model is opened. FILE is one of the person's, by
which the locks are tried.
"""

from __future__ import annotations

import io
import os
import sys
import warnings
from typing import IO, Any

import numpy as np

from lib.media import jail, scripted


def main(known_file: str, must: str) -> None:
    asked, answers = open(0, "rb", closefd=False), open(os.dup(1), "wb", closefd=False)
    os.dup2(2, 1)       # whatever a library prints is no answer
    warnings.simplefilter("ignore")
    import torch

    torch.set_grad_enabled(False)
    _warm_up(torch)
    kind, length, _ = scripted.read_head(asked)
    if kind != scripted.FILE or length > scripted.LARGEST_FILE:
        return
    content = asked.read(length)
    locks = jail.lock(known_file, keep=answers.fileno())
    told: dict[str, Any] = {"files": locks.files, "network": locks.network}
    if must == "must" and not locks.holds:
        scripted.write_words(answers, {**told, "refused": "locks"})
        return
    try:
        model = torch.jit.load(io.BytesIO(content), map_location="cpu")
        facts = facts_of(model)
    except Exception as error:      # a stranger's file may raise anything
        scripted.write_words(answers, {**told, "refused": _short(error)})
        return
    scripted.write_words(answers, {**told, **facts})
    serve(torch, model, content, asked, answers)


def facts_of(model: Any) -> dict[str, Any]:
    """As nn~ has them: encode_params and decode_params are (channels in, ratio in, channels out, ratio out). Raises whatever is missing."""
    channels, ratio_in, latents, ratio = (int(number) for number in model.encode_params)
    _, _, voices, _ = (int(number) for number in model.decode_params)
    rate = int(getattr(model, "sr", 0) or getattr(model, "sampling_rate", 0) or 44_100)
    sizes = (channels, voices, latents)
    if not (all(0 < size <= scripted.MOST_CHANNELS for size in sizes) and 0 < ratio <= 1 << 16 and ratio_in == 1 and 8_000 <= rate <= 192_000):
        raise ValueError("Its numbers of channels or its rate are none that a sound can have.")
    streaming = any(name.endswith((".pad", ".cache")) for name, _ in model.named_buffers())
    return {"rate": rate, "channels": channels, "voices": voices, "latents": latents, "ratio": ratio, "streaming": streaming}


def serve(torch: Any, model: Any, content: bytes, asked: IO[bytes], answers: IO[bytes]) -> None:
    """Until nobody asks any more."""
    while True:
        try:
            order = scripted.read_words(asked)
            if order["do"] == "reset":
                model = torch.jit.load(io.BytesIO(content), map_location="cpu")
                scripted.write_words(answers, {})
                continue
            numbers = torch.from_numpy(scripted.read_wave(asked).copy())[None]       # (1, rows, columns)
        except EOFError:
            return
        try:
            torch.manual_seed(int(order["seed"]))
            made = (model.encode if order["do"] == "encode" else model.decode)(numbers)
            made = np.asarray(made[0].float(), "<f4").reshape(made.shape[1], -1)
        except Exception as error:
            scripted.write_words(answers, {"refused": _short(error)})
            continue
        scripted.write_words(answers, {})
        scripted.write_wave(answers, made)


def _warm_up(torch: Any) -> None:
    """What torch loads late: a scripted module is saved, opened and run once, and a spectrum is made."""
    saved = io.BytesIO()
    torch.jit.save(torch.jit.trace(torch.nn.Sequential(torch.nn.Conv1d(1, 2, 3), torch.nn.ConvTranspose1d(2, 1, 3)), torch.zeros(1, 1, 64)), saved)
    opened = torch.jit.load(io.BytesIO(saved.getvalue()))
    for _ in range(3):
        opened(torch.zeros(1, 1, 64))
    torch.fft.irfft(torch.fft.rfft(torch.randn(1, 256)))


def _short(error: BaseException) -> str:
    """The last line of what went wrong."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:300]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
