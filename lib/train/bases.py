"""The base that a model starts from: whether it is here, what fetching it means, and the settings that suit it on this computer. Read `offer_base`.

    train.offer_base("stabilityai/sd-turbo").words      # "2.6 GB from huggingface.co, …; 57.1 GB are free here"
    train.fetch_base(project, "stabilityai/sd-turbo")   # once somebody has said yes; of what another kind of model starts from, with model="text_lora"
    train.suited_settings("lora", "stabilityai/sd-turbo")   # {"size": 384, "batch": 2, "checkpointing": True}
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lib import models
from lib.errors import UserError
from lib.jobs import devices
from lib.media import hub
from lib.project import Project


@dataclass(frozen=True)
class BaseOffer:
    """What a person is shown before they fetch one. here: it need not be fetched. size: bytes in all, 0 where nobody knows before the hub is asked.
    come: bytes that have come of it. free: bytes that are free where it would lie. forbidden: HF_HUB_OFFLINE says that nothing is fetched."""

    name: str
    here: bool
    size: int
    licence: str
    come: int
    free: int
    forbidden: bool

    @property
    def has_room(self) -> bool:
        return self.free >= self.size - self.come

    @property
    def words(self) -> str:
        """"2.1 GB from huggingface.co, CreativeML Open RAIL-M; 20.1 GB are free here"."""
        come = f" ({self.come / 1e9:.1f} GB of it have come already)" if self.come else ""
        size = f"{self.size / 1e9:.1f} GB" if self.size >= 5e7 else f"{max(1, round(self.size / 1e6))} MB"
        return f"{size}{come} from {hub.host()}, {self.licence}; {self.free / 1e9:.1f} GB are free here"


def offer_base(name: str, model: str = "lora", listing: dict[str, Any] | None = None) -> BaseOffer:
    """Nothing is fetched, no network is asked. listing: what `look_at_base` said of one that is not among those that are offered."""
    known = _of(model).facts(name)
    told = listing or {"size": round(known.gigabytes * 1e9) if known else 0, "licence": known.licence.partition(":")[0].partition(",")[0] if known else ""}
    return BaseOffer(name, _of(model).is_here(name), told["size"], told["licence"], hub.come(name), hub.free(), hub.is_forbidden())


def look_at_base(project: Project, name: str, model: str = "lora") -> dict[str, Any]:
    """Asks the hub what it is: {"name", "size" in bytes, "licence", "gated", "files"}. Raises UserError as lib.media.hub.look does."""
    found = hub.look(_fetchable(name), _of(model).KIND)
    return {"name": found.name, "size": found.size, "licence": found.licence, "gated": found.gated, "files": len(found.files)}


def fetch_base(
    project: Project, name: str, progress: Callable[[int, int], object] | None = None, should_stop: Callable[[], bool] | None = None,
    model: str = "lora",
) -> str | None:  # fmt: skip
    """Downloads a base, for all projects and programs of this computer, and gives its folder; None if it was stopped.

    progress(bytes that have come, bytes in all). Raises UserError without a network or room, and where its makers give it only to those who
    have agreed to their terms. What had come stays, and the next fetch goes on from there.
    """
    path = hub.fetch(_fetchable(name), progress, should_stop, _of(model).KIND)
    return str(path) if path else None


def suited_settings(model: str, base: str, device: str = "auto", here: bool = True) -> dict[str, Any] | None:
    """What such a base is taught with on this computer, worked out and not measured; {} where any settings will do, None where it does not fit.

    here: False for another computer, of whose memory nothing is known.
    """
    lane = (devices.lanes(device) or (devices.CPU,))[0]
    return _of(model).suited(base, devices.memory(lane) or None if here else None, lane != devices.CPU)


def _fetchable(name: str) -> str:
    if not hub.is_name(name):
        raise UserError(f"{name!r} is no name of a model at Hugging Face.", "Such a name is owner/model.", "Look at how it is written.")
    return name


def _of(model: str):
    found = models.bases(model)
    if found is None:
        raise UserError(f"A {models.card(model).title} starts from no other model.", "", "Train it as it is.")
    return found
