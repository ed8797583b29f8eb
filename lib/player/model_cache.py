"""Models that stay loaded between two orders. Read `ModelCache.get`.

The least recently used goes first when there are too many; all go when a training wants the graphics card they lie on.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections import OrderedDict
from types import ModuleType

from lib import models
from lib.player.playable import Playable
from lib.player.playing import free_device, is_taken

MOST = 4                    # models
MOST_BYTES = 2 * 1024**3    # of their weights, all together


class ModelCache:
    """key of a model (folder, what it has learned so far, device, narrow) -> (generate.py of its kind, the model, bytes)."""

    def __init__(self, most: int = MOST, most_bytes: int = MOST_BYTES):
        self._most, self._most_bytes = most, most_bytes
        self._held: OrderedDict[tuple, tuple[ModuleType, object, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, playable: Playable, narrow: bool = False) -> tuple[ModuleType, object, str]:
        """(the model's generate.py, the model, the device it lies on); loads it if need be.

        narrow: the network for live use, of a model that has the way "live". Raises UserError if there is no model.
        """
        self.give_way()
        device = free_device()
        key = (str(playable.folder), playable.learned, device, narrow)
        with self._lock:
            if key not in self._held:
                generator = models.generator(playable.model)
                model = generator.load(playable.folder, device, narrow=True) if narrow else generator.load(playable.folder, device)
                self._held[key] = (generator, model, _bytes_of(model))
            self._held.move_to_end(key)
            self._drop_oldest()
            generator, model, _ = self._held[key]
        return generator, model, device

    def give_way(self) -> None:
        """Lets go of all models on cards that a training holds now."""
        with self._lock:
            leaving = [key for key in self._held if is_taken(key[2])]
            for key in leaving:
                del self._held[key]
        if leaving:
            _empty_card()

    def names(self) -> list[str]:
        """The folders of the models that are held, least recently used first: ids of runs, names of bases."""
        with self._lock:
            return [key[0].rpartition("/")[2] for key in self._held]

    def _drop_oldest(self) -> None:
        dropped = False
        while len(self._held) > 1 and (len(self._held) > self._most or self._bytes() > self._most_bytes):
            (_, _, device, _), _ = self._held.popitem(last=False)
            dropped = dropped or device.startswith("cuda")
        if dropped:
            _empty_card()

    def _bytes(self) -> int:
        return sum(size for *_, size in self._held.values())


def _bytes_of(model: object) -> int:
    parameters = getattr(model, "parameters", None)
    return sum(tensor.numel() * tensor.element_size() for tensor in parameters()) if parameters else 0


def _empty_card() -> None:
    """Gives the card's memory back to whoever needs it."""
    gc.collect()
    if "torch" in sys.modules:
        sys.modules["torch"].cuda.empty_cache()
