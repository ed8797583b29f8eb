"""What to know before RAVE begins: minutes of sound, chunks, what would go wrong, and an honest forecast. Read `look`. No torch in here."""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lib.errors import UserError
from lib.media.files import edition
from lib.models.rave import prepare
from lib.models.rave.prepare import Survey
from lib.project.dataset_folder import METADATA, DatasetFolder

if TYPE_CHECKING:
    from lib.models.rave import Settings

FEW_CHUNKS = 128        # RAVE's own training breaks off with about as many, since it looks for 128 directions
LITTLE = 30.0           # minutes, under which it learns by heart
TRIED = 20              # minutes in which a class can hear something

# Read, not measured: 2 million steps of v1 in 4 days and 10 hours on one card (Vigliensoni's blog). Memory as RAVE's README has it.
READ_SECONDS_A_STEP = (4 * 86_400 + 10 * 3600) / 2e6
MEMORY = {"raspberry": 5, "v2_small": 8, "v2": 16}      # GB


@dataclass(frozen=True)
class Before:
    """As the page Train shows it."""

    in_words: list[str]
    texts: list = field(default_factory=list)
    words: list = field(default_factory=list)


def look(data: DatasetFolder, settings: Settings) -> Before:
    """Raises UserError where a file cannot be read."""
    return Before(in_words(surveyed(data), settings))


def surveyed(data: DatasetFolder) -> Survey:
    """Of its training side; a page asks for it again and again. Raises UserError as `prepare.survey` does."""
    return _surveyed(data.path, edition(data.path / "train" / METADATA))


@functools.lru_cache(maxsize=16)
def _surveyed(folder: Path, _edition: tuple) -> Survey:
    return prepare.survey(DatasetFolder(folder).files("train"))


def in_words(there: Survey, settings: Settings) -> list[str]:
    """A few sentences, the weightiest first."""
    sentences = [_amount(there, settings), _dropped(there, settings), _few(there, settings), _silence(there), _rate(there, settings), _channels(there, settings)]
    return [sentence for sentence in sentences if sentence]


def refuse_too_little(there: Survey, settings: Settings) -> None:
    """Raises UserError where there is no chunk at all."""
    if there.chunks(settings.chunk_seconds, settings.join):
        return
    joinable = not settings.join and there.chunks(settings.chunk_seconds, True)
    raise UserError(
        "There is not one chunk to learn from.",
        f"RAVE hears chunks of {settings.chunk_seconds:.2f} seconds, and "
        + ("all of these sounds are shorter." if not settings.join else f"all of these together last {there.minutes * 60:.1f} seconds."),
        "Tick “Join the sounds”, and they are laid end to end." if joinable else "Record more, or choose a smaller window among the expert settings.",
    )  # fmt: skip


def _amount(there: Survey, settings: Settings) -> str:
    chunks = there.chunks(settings.chunk_seconds, settings.join)
    return f"{_minutes(there.minutes)} of sound in {len(there.seconds):,} {'file' if len(there.seconds) == 1 else 'files'}: {chunks:,} {'chunk' if chunks == 1 else 'chunks'} of {settings.chunk_seconds:.2f} s."


def _dropped(there: Survey, settings: Settings) -> str:
    dropped = there.dropped(settings.chunk_seconds, settings.join)
    if dropped < 0.05:
        return "All sounds are laid end to end, and nothing is left out." if settings.join else ""
    short, lost = there.short(settings.chunk_seconds), f"{_minutes(dropped / 60)} in all"
    if settings.join:
        return f"Together they are too short for one chunk: {lost}."
    parts = [f"{short:,} {'sound that is' if short == 1 else 'sounds that are'} shorter than a chunk"] if short else []
    parts += ["what is left of each longer sound behind its last chunk"] if short < len(there.seconds) else []
    return f"Left out: {' and '.join(parts)}, {lost}. Tick “Join the sounds” to learn from that too."


def _few(there: Survey, settings: Settings) -> str:
    chunks = there.chunks(settings.chunk_seconds, settings.join)
    if 0 < chunks < FEW_CHUNKS:
        return (f"Fewer than {FEW_CHUNKS} chunks: RAVE's own program would break off with so few; here it goes on, and learns these by heart. "
                f"{LITTLE:.0f} minutes and more give it a voice, hours are usual. Compress and gain among the settings help a little.")  # fmt: skip
    return f"That is little: with less than {LITTLE:.0f} minutes it learns much by heart." if chunks and there.minutes < LITTLE else ""


def _silence(there: Survey) -> str:
    if not there.silent:
        return ""
    if there.silent == len(there.seconds):
        return "All of these sounds seem to be silent: there is nothing to learn."
    return f"{there.silent:,} of {len(there.seconds):,} sounds seem to be silent: it would learn silence from them. Leave them out, or trim them."


def _rate(there: Survey, settings: Settings) -> str:
    others = Counter(rate for rate in there.rates if rate != settings.rate)
    if not others:
        return ""
    named = ", ".join(f"{count:,} with {rate:,} Hz" for rate, count in sorted(others.items()))
    low = " What has a lower rate has no high sounds, and RAVE learns that too." if min(others) < settings.rate else ""
    return f"RAVE learns at {settings.rate:,} Hz; {named} {'is' if sum(others.values()) == 1 else 'are'} converted, with pitch and length as they are.{low}"


def _channels(there: Survey, settings: Settings) -> str:
    stereo = sum(channels > 1 for channels in there.channels)
    if settings.stereo and not stereo:
        return "None of these sounds has two channels: stereo learns the same twice."
    return f"{stereo:,} of {len(there.channels):,} sounds have more than one channel: they become one." if stereo and not settings.stereo else ""


def _minutes(minutes: float) -> str:
    if minutes < 1:
        return f"{minutes * 60:.1f} seconds"
    return f"{minutes:.1f} minutes" if minutes < 120 else f"{minutes / 60:.1f} hours"


# ---- how long --------------------------------------------------------------------------------------------------------------


def forecast(settings: Settings, seconds_a_step: float) -> list[str]:
    """How long a whole training takes here, by a step that was measured; on a graphics card, as others write; and what comes of a short one."""
    million = 1_000_000 * seconds_a_step
    soon = int(TRIED * 60 / seconds_a_step)
    sentences = [f"A million steps, from which on RAVE begins to have a voice of its own, take about {_days(million)} here (from the steps that were measured)."]
    if _days(million) != _days(1_000_000 * READ_SECONDS_A_STEP):
        sentences.append(f"On a graphics card about {_days(1_000_000 * READ_SECONDS_A_STEP)} (read, not measured: 2 million steps in 4 days and 10 hours); "
                         f"{settings.configuration} wants one with {MEMORY[settings.configuration]} GB. “Train elsewhere” packs all that is needed.")  # fmt: skip
    return [*sentences, f"{TRIED} minutes here are about {soon:,} steps: {heard_after(soon)}"]


def heard_after(steps: int) -> str:
    """What to expect, in words: up to a few thousand steps as heard here, beyond as those tell who train RAVE."""
    if steps < 300:
        return "enough to see that everything works; what it makes is noise."
    if steps < 5_000:
        return "what it makes is noise and hum that follow when, how loud and how bright something sounds; no pitch yet."
    if steps < 100_000:
        return "rhythm, loudness and rough colour can be told; pitch hardly."
    return "it begins to sound like your recordings, as if through a wall."


def _days(seconds: float) -> str:
    hours = seconds / 3600
    if hours < 48:
        return f"{hours:.0f} hours" if hours >= 2 else f"{seconds / 60:.0f} minutes"
    days = hours / 24
    return f"{days:.0f} days" if days < 700 else f"{days / 365:.0f} years"
