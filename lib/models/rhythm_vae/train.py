"""Training the rhythm VAE: `train` reads from top to bottom.

Loss as in the paper (Vigliensoni, McCallum & Fiebrink 2020): cross-entropy of the hits, squared errors of velocity and timing with
their weights 2.5 and 5, and the divergence; but the errors count only where something is hit (elsewhere there is no velocity), and the
divergence comes in slowly, so that the plane does not collapse at first.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from lib.errors import UserError
from lib.media.sound import Sound
from lib.models.rhythm_vae import bars as bars_
from lib.models.rhythm_vae import generate as playing
from lib.models.rhythm_vae.network import RhythmVAE
from lib.project.dataset_folder import DatasetFolder

VELOCITY, TIMING = 2.5, 5.0     # weights of the paper
WARM = 0.25                     # of all steps, over which the divergence comes in
REPORT_EVERY = 10
SAMPLES = 3                     # bars of a sample, from the same places each time
GRID = 30                       # places of the plane across and up, in which different bars are counted


def train(dataset_folder: Path, run, settings) -> None:
    """Learns the bars of `dataset_folder`, reports to `run`, continues where `run` was stopped.

    Raises UserError where nothing is hit in any of its sounds.
    """
    device = torch.device(run.device)
    torch.set_num_threads(run.machine("threads", torch.get_num_threads))
    data = DatasetFolder(dataset_folder)
    seen, held = (bars_.of_dataset(data.files(side), data.rows(side), settings.tempo, settings.first) for side in ("train", "test"))
    if not len(seen):
        raise UserError("There is no rhythm in these sounds.", "Nothing in them is hit.", "Tap, clap or drum a few bars near the microphone, or bring drum MIDI.")
    facts = {"width": settings.width, "tempo": round(float(np.median(seen.tempo)), 1), "bars": len(seen)}

    torch.manual_seed(run.seed)
    network = RhythmVAE(settings.width).to(device)
    optimiser = torch.optim.Adam(network.parameters(), settings.learning_rate)
    step = 0
    if saved := run.restore():
        network.load_state_dict(saved["network"])
        optimiser.load_state_dict(saved["optimiser"])
        step = saved["step"]
    else:
        run.note(f"{len(seen)} bars to learn from, {len(held)} held back; {facts['tempo']:g} beats a minute in the middle.")
    grids = [torch.from_numpy(grid).to(device) for grid in (seen.hit, seen.velocity, seen.timing)]      # (N, 9, 96) each

    while step < settings.steps:
        step += 1
        torch.manual_seed(run.seed * 1_000_003 + step)
        some = torch.randint(len(seen), (settings.batch,)).to(device)
        hit, velocity, timing = (grid[some] for grid in grids)
        losses = _losses(network, hit, velocity, timing, settings.spread * min(1.0, step / max(WARM * settings.steps, 1)))
        optimiser.zero_grad(set_to_none=True)
        losses["loss"].backward()
        for group in optimiser.param_groups:
            group["lr"] = settings.learning_rate * min(1.0, 2 * (1 - (step - 1) / settings.steps) + 0.02)
        optimiser.step()

        numbers = {name: value.item() for name, value in losses.items()} if step % REPORT_EVERY == 0 or step == settings.steps else {}
        if numbers and not all(map(math.isfinite, numbers.values())):
            raise UserError("The training broke.", "Its numbers became infinite.", "Choose a smaller learning rate and start it again.")
        if numbers and (step % (5 * REPORT_EVERY) == 0 or step == settings.steps):
            numbers |= {f"f1_{name}": value for name, side in (("seen", seen), ("held_out", held)) if (value := returning(network, side)) is not None}
        run.step(step, settings.steps, **numbers)
        stop, due = run.should_stop(), run.sample_due()
        save = stop or run.checkpoint_due(step, settings.steps)
        if due or save:
            network.settle(*grids)
        if due:
            run.sample(samples(network, facts["tempo"]), "Two bars each from three places of the plane.")
        if save:
            run.checkpoint({"step": step, "network": network.state_dict(), "optimiser": optimiser.state_dict(), "facts": facts})
        if stop:
            return

    network.settle(*grids)
    different = distinct(network)
    run.note(f"Of {GRID * GRID} places on the plane, {different} play a bar that no other one plays.")
    run.result({f"network.{name}": value for name, value in network.state_dict().items()}, **facts, distinct=different)


def _losses(network: RhythmVAE, hit, velocity, timing, weight: float) -> dict[str, torch.Tensor]:
    """Sums over a bar's cells, means over the bars."""
    mean, spread = network.encode(hit, velocity, timing)
    z = mean + torch.randn_like(mean) * (0.5 * spread).exp()
    odds, hard, beside = network.decode(z)
    hits = F.binary_cross_entropy_with_logits(odds, hit, reduction="none").flatten(1).sum(1).mean()
    velocities = (hit * (hard - velocity).square()).flatten(1).sum(1).mean()
    timings = (hit * (beside - timing).square()).flatten(1).sum(1).mean()
    divergence = 0.5 * (mean.square() + spread.exp() - 1 - spread).sum(1).mean()
    return {"loss": hits + VELOCITY * velocities + TIMING * timings + weight * divergence, "hits": hits, "velocity": velocities, "timing": timings,
            "divergence": divergence}  # fmt: skip


@torch.no_grad()
def returning(network: RhythmVAE, bars: bars_.Bars) -> float | None:
    """How well bars come back through their two numbers: F1 of the hits, at their exact places. None where there is no bar."""
    if not len(bars):
        return None
    device = next(network.parameters()).device
    mean, _ = network.encode(*(torch.from_numpy(grid).to(device) for grid in (bars.hit, bars.velocity, bars.timing)))
    return bars_.f1((network.decode(mean)[0] > 0).float().cpu().numpy(), bars.hit)


@torch.no_grad()
def distinct(network: RhythmVAE) -> int:
    """How many different bars there are on a grid of the plane, as the pad shows it."""
    hits = playing.plane(network, GRID)[0].reshape(GRID * GRID, -1) > 0.5
    return len({row.tobytes() for row in np.packbits(hits, axis=1)})


def samples(network: RhythmVAE, tempo: float) -> list[Sound]:
    made = []
    for number in range(SAMPLES):
        place = torch.randn(1, 2, generator=torch.Generator().manual_seed(number))
        made.append(playing.played(playing.bar_at(network, place, 0.5), 2, tempo, 0.0)[0])
    return made
