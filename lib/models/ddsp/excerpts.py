"""What a training hears of its sounds: excerpts of a second in an order that only the seed decides, and fragments that are held back. Read `Data`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from lib.media import sound_measures
from lib.models.ddsp.hearing import Heard, kept
from lib.models.ddsp.units import HOP, RATE
from lib.project.dataset_folder import DatasetFolder

LEAD = 32               # moments before each excerpt that are heard and do not count: the room and the memory have begun by then (0.26 s)
SECOND = RATE // HOP    # moments of an excerpt that count
FRAGMENT = 3 * SECOND   # moments of a fragment that is held back
FRAGMENTS = 6           # of these
LONGEST = 1800          # seconds that are held in memory: half an hour of one voice is more than so small a network can use
_OWN = 20.0             # seconds, from which on the end of the longest sound is held back where the dataset holds back none
_SHARE = 0.1            # of it


@dataclass(frozen=True, eq=False)
class Recording:
    """One sound of the dataset. samples: float32 (frames,).   heard: of its moments, of which the last one is at its end or less than 8 ms before."""

    item: str
    samples: np.ndarray
    heard: Heard

    @property
    def moments(self) -> int:
        """Stretches of 8 ms, whole ones."""
        return len(self.heard) - 1

    def part(self, first: int, last: int) -> Recording:
        return Recording(self.item, self.samples[first * HOP : last * HOP], self.heard.part(first, last + 1))

    def at_least(self, moments: int) -> Recording:
        """The same with silence behind it, where it is shorter."""
        missing = moments - self.moments
        if missing <= 0:
            return self
        heard = Heard(np.pad(self.heard.hertz, (0, missing), mode="edge"), np.pad(self.heard.loudness, (0, missing), constant_values=sound_measures.LOWEST),
                      np.pad(self.heard.sings, (0, missing)))  # fmt: skip
        samples = self.samples[: self.moments * HOP]
        return Recording(self.item, np.pad(samples, (0, moments * HOP - len(samples))), heard)


@dataclass(frozen=True, eq=False)
class Batch:
    """hertz, loudness, sings: at moments 0 to T, (B, T + 1).   wanted: the sound itself, (B, T * HOP)."""

    hertz: torch.Tensor
    loudness: torch.Tensor
    sings: torch.Tensor
    wanted: torch.Tensor

    @classmethod
    def of(cls, recordings: Sequence[Recording], device: torch.device) -> Batch:
        """Of recordings of one length."""
        stack = lambda name: torch.from_numpy(np.stack([getattr(one.heard, name) for one in recordings])).to(device)
        wanted = np.stack([one.samples[: one.moments * HOP] for one in recordings])
        return cls(stack("hertz"), stack("loudness"), stack("sings"), torch.from_numpy(wanted).to(device))


class Data:
    """The sounds of a dataset. seen: those to learn from; held: those that are only listened to. cut: sounds that were left out, being too many."""

    def __init__(self, folder: Path, run):
        data = DatasetFolder(folder)
        self.cut = 0
        self.seen = list(self._recordings(data, "train", run))
        self.held = list(self._recordings(data, "test", run))
        self.held_itself = not self.held and self._hold_back()
        self.seen = [one.at_least(LEAD + SECOND) for one in self.seen]
        self._places = self._where_something_sounds()

    def _recordings(self, data: DatasetFolder, split: str, run) -> Iterator[Recording]:
        seconds = 0.0
        for row, path in zip(data.rows(split), data.files(split), strict=True):
            if seconds >= LONGEST:
                self.cut += 1
                continue
            samples, heard = kept(path, row["item"], run)
            seconds += len(samples) / RATE
            if len(samples) >= HOP:
                yield Recording(row["item"], samples, heard)

    def _hold_back(self) -> bool:
        """Takes the end of the longest sound away from what is learned, where there is enough of it."""
        seconds = sum(one.moments for one in self.seen) / SECOND
        if seconds < _OWN:
            return False
        at = max(range(len(self.seen)), key=lambda number: self.seen[number].moments)
        longest = self.seen[at]
        cut = longest.moments - min(round(_SHARE * seconds * SECOND), FRAGMENTS * FRAGMENT, longest.moments // 2)
        self.held, self.seen[at] = [longest.part(cut, longest.moments)], longest.part(0, cut)
        return True

    def _where_something_sounds(self) -> np.ndarray:
        """(places, 2): which sound, and its moment with which an excerpt begins; those of silence alone only where there is no other."""
        places: list[np.ndarray] = []
        loudest = max((float(np.percentile(one.heard.loudness, 95)) for one in self.seen), default=0.0)
        for softest in (max(loudest - 40.0, sound_measures.HEARD), -np.inf):
            for number, one in enumerate(self.seen):
                loud = np.cumsum(np.pad(one.heard.loudness > softest, (1, 0)))
                starts = np.arange(one.moments - LEAD - SECOND + 1)
                starts = starts[loud[starts + LEAD + SECOND] - loud[starts + LEAD] > SECOND // 5]
                places.append(np.stack([np.full(len(starts), number), starts], 1))
            if sum(map(len, places)):
                break
        return np.concatenate([*places, np.zeros((0, 2), int)])

    def batch(self, size: int, device: torch.device) -> Batch:
        """So many excerpts, chosen by torch's own chance."""
        chosen = self._places[torch.randint(len(self._places), (size,)).numpy()]
        return Batch.of([self.seen[number].part(start, start + LEAD + SECOND) for number, start in chosen.tolist()], device)

    def fragments(self) -> list[Recording]:
        """Of what is held back (of what is learned from, where nothing is): those that sound most, from the beginning to the end."""
        pieces = []
        for one in self.held or self.seen:
            whole = one.at_least(min(FRAGMENT, LEAD + SECOND))
            length = min(FRAGMENT, whole.moments)
            pieces += [whole.part(start, start + length).at_least(FRAGMENT) for start in range(0, whole.moments - length + 1, length)]
        best = sorted(range(len(pieces)), key=lambda at: -float((pieces[at].heard.loudness > sound_measures.HEARD).mean()) - float(pieces[at].heard.sings.mean()))
        return [pieces[at] for at in sorted(best[:FRAGMENTS])]

    @property
    def seconds(self) -> float:
        return sum(one.moments for one in self.seen) / SECOND

    def all_heard(self) -> Heard:
        """Of all moments that are learned from, one sound after the other."""
        return Heard(*(np.concatenate([getattr(one.heard, name) for one in self.seen]) for name in ("hertz", "loudness", "sings")))
