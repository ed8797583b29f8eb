"""Prior pictures: what the base itself makes of a word, learned beside one's own so that "a cat" stays a cat. Read `paint`.

DreamBooth's prior preservation (Ruiz et al. 2023): before the training the base paints some pictures of the kind that the thing is one
of ("a cat", where the trigger word is one cat), and each step learns from as many of them as of one's own, with the same weight. They
tell nothing of anybody's data. They lie with the run under a name made of all that they depend on, and go with it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from lib.media.files import writing
from lib.media.picture import open_picture
from lib.models.diffusion.painting import finished
from lib.models.diffusion.sampling import Asked
from lib.models.diffusion.words import sizes_of
from lib.models.lora.base import edition_of, find
from lib.models.lora.bases import guidance
from lib.models.lora.latents import Seen, bucket, moments_of
from lib.models.lora.parts import Parts

WHOSE = "prior"         # where they lie in what a run keeps: nobody's
STEPS = 20
SEED = 41_000           # of the first one
_TOGETHER = 4           # are painted at once


def paint(parts: Parts, run, settings, size: int) -> Iterator[int]:
    """Paints those that are not there yet, some at a time, and yields how many there are. What is there already is taken as it is."""
    files, side = _files(parts, run, settings, size), bucket(size, size, size, parts.unit)[0]
    missing = [number for number, file in enumerate(files) if not file.exists()]
    if missing:
        run.note(f"The base paints {len(missing)} pictures of “{settings.prior_words.strip()}” first; they are learned beside your own.")
    for start in range(0, len(missing), _TOGETHER):
        some = missing[start : start + _TOGETHER]
        asked = Asked(prompts=[settings.prior_words.strip()] * len(some), guidance=guidance(settings.base), steps=STEPS, width=side, height=side)
        for number, picture in zip(some, finished(parts.for_playing(), asked, [SEED + number for number in some])):
            with writing(files[number], durable=False) as temporary:
                picture.save(temporary, "PNG")
        yield len(files) - len(missing) + start + len(some)


def read(parts: Parts, run, settings, size: int) -> list[Seen]:
    """All of them as latents; none where none are wanted."""
    pictures = [open_picture(file) for file in _files(parts, run, settings, size)]
    return [Seen(WHOSE, settings.prior_words.strip(), moments_of(parts, picture), None, sizes_of(*picture.size)) for picture in pictures]


def _files(parts: Parts, run, settings, size: int) -> list[Path]:
    networks = [json.dumps(dict(network.config), sort_keys=True, default=str) for network in (parts.vae, parts.unet)]
    depends = json.dumps([settings.base, settings.prior_words.strip(), size, STEPS, guidance(settings.base), SEED, edition_of(find(settings.base)), *networks])
    key = hashlib.sha256(depends.encode()).hexdigest()[:32]
    return [run.keep(WHOSE, f"{key}-{number:04d}.png") for number in range(settings.prior)]
