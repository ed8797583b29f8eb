"""Paper-cut scenes that draw themselves from a number: the whole of what the tiny base model has ever seen. Read `scene`, then `plan`.

    picture, caption, facts = scene(7, size=64)      # the same on every machine
    numbers = search(["two", "red", "fish"])         # without drawing
    word_counts()["fish"]                            # how often it occurs in what the model learns from

The number decides everything; the size changes nothing about the design. It learns from the numbers below `TRAINING`; whatever
judges it draws others.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from PIL import Image

from lib.models.tiny_base.page import CORE, Cut, Page, at_random, pick, scissored, torn
from lib.models.tiny_base.shapes import THINGS, corners, sheets

LEARNED = ("tulip", "fish", "bird", "house", "star", "cat")  # the others of shapes.py come when it obeys with these
TRAINING = 10_000  # the numbers from 0 on that it learns from
FRESH = 1_000_000  # the numbers from here on are never learned from

# The word for a colour: some papers of it, each with a darker and a lighter one that go with it.
COLOURS = {
    "red": (("#CF3A26", "#98221C", "#E98A70"), ("#C22B2E", "#8C1B24", "#E58580")),
    "yellow": (("#F4CE4E", "#D5A030", "#FBE79E"), ("#F1C437", "#CC9527", "#F9E08A")),
    "green": (("#4C8652", "#2E5E40", "#92BA88"), ("#66994A", "#44713A", "#A9CB8B")),
    "blue": (("#3A6FA8", "#24497A", "#8AB3D6"), ("#2F5F9F", "#1E3F72", "#7FA6CF")),
    "purple": (("#7C4A8E", "#532C66", "#B892C4"), ("#6D4290", "#492A68", "#AA8AC6")),
    "pink": (("#EC8CA6", "#CC5F82", "#F8C8D2"), ("#E67D9B", "#C35279", "#F5BCCA")),
}
# The word for a ground: some papers of it, and the paper that shows behind where it is a torn sheet.
PAPERS = {
    "white": (("#F5EEE1", "#D9B98C"), ("#F1E9DA", "#A9BBC2")),
    "yellow": (("#F0D98F", "#E9E2CE"), ("#E6C26B", "#F2E6CA")),
    "blue": (("#A3B8C4", "#EDE3D0"), ("#86A9BF", "#E8DCC4")),
    "green": (("#B1BEA2", "#E9E2CE"), ("#94AF90", "#EDE3D0")),
    "brown": (("#C8A67C", "#EFE2CB"), ("#B58E66", "#EADBC2")),
    "black": (("#2B2A33", "#CFC8BB"), ("#222B3E", "#D8C8A8")),
}
# Papers that a thing has beside its own colour.
BESIDE = {"leaf": "#4F7A4E", "stem": "#68905A", "bark": "#8A6244", "cream": "#F8F1E2", "ink": "#2B2430", "beak": "#E9A23B"}
UNSEEN = {("purple", "black")}  # colours that do not show on a paper; nor does one on its own

COUNTS = {1: "one", 2: "two", 3: "three"}
PLACES = ("left", "right", "top", "bottom", "middle")
TILTS = ("", "", "", "", "", "", "left", "right")
SIZES = ("", "", "", "", "small", "large")
TEARS = ("", "", "", "", "", "", "thing", "sheet")

# How large one of so many is, in sides of the page.
_RADIUS = {
    1: {"": 0.32, "small": 0.23, "large": 0.4},
    2: {"": 0.21, "small": 0.165, "large": 0.235},
    3: {"": 0.147, "small": 0.12, "large": 0.157},
}


@dataclass(frozen=True)
class Facts:
    """All that is decided about a scene before the first cut."""

    number: int
    thing: str     # a key of THINGS
    colour: str    # a key of COLOURS
    count: int     # a key of COUNTS
    place: str     # one of PLACES
    paper: str     # a key of PAPERS
    tilt: str      # "", "left", "right"
    size: str      # "", "small", "large"
    torn: str      # "", "thing" (its edge), "sheet" (the ground is a torn sheet)

    def dice(self, use: int) -> Random:
        """Fresh dice for one use; the same scene always gets the same."""
        return Random(self.number * 16 + use)


def scene(number: int, size: int = 64) -> tuple[Image.Image, str, Facts]:
    """Picture, caption and facts of scene `number`."""
    facts = plan(number)
    return draw(facts, size), caption(facts), facts


def plan(number: int) -> Facts:
    """Decides what scene `number` shows."""
    dice = Random(number * 16)
    colour, paper = pick(dice, _goes_together())
    return Facts(
        number=number, thing=pick(dice, LEARNED), colour=colour, count=pick(dice, (1, 1, 1, 2, 2, 3, 3)), place=pick(dice, (*PLACES, "middle", "middle")),
        paper=paper, tilt=pick(dice, TILTS), size=pick(dice, SIZES), torn=pick(dice, TEARS),
    )  # fmt: skip


@lru_cache(maxsize=1)
def _goes_together() -> list[tuple[str, str]]:
    """Every colour with every paper that it shows on; each colour as often as the others."""
    fitting = {colour: [paper for paper in PAPERS if paper != colour and (colour, paper) not in UNSEEN] for colour in COLOURS}
    each = math.lcm(*(len(papers) for papers in fitting.values()))
    return [(colour, paper) for colour, papers in fitting.items() for paper in papers * (each // len(papers))]


# ---- words ------------------------------------------------------------------------------------------------------------------


def caption(facts: Facts) -> str:
    """What the picture shows, in one of several wordings; some leave out what another says."""
    dice = facts.dice(1)
    said = lambda share: dice.random() < share
    tilt = f"{pick(dice, ('tilted', 'leaning'))} {facts.tilt}" if facts.tilt and said(0.85) else ""
    place = _place_words(facts, dice) if said(0.7) else ""
    paper = _paper_words(facts, dice) if said(0.85) else ""
    what = _what(facts, dice)
    wording = int(dice.random() * 5)
    if wording == 0:
        return _joined(f"{what} {place}", tilt, paper)
    if wording == 1:
        return _joined(f"{what} {paper}", tilt, place)
    if wording == 2:
        return _joined(paper, f"{what} {place}", tilt)
    if wording == 3:
        return _joined(f"a paper cut of {what} {place} {paper}", tilt)
    return _joined(f"{what} cut from paper", tilt, place, paper)


def _what(facts: Facts, dice: Random) -> str:
    """"two small torn red fish"."""
    one, some = facts.thing, THINGS[facts.thing][0]
    words = [facts.size if dice.random() < 0.85 else "", "torn" if facts.torn == "thing" else "", facts.colour if dice.random() < 0.95 else "",
             one if facts.count == 1 else some]  # fmt: skip
    after = " ".join(word for word in words if word)
    if facts.count == 1 and dice.random() < 0.75:
        return f"{'an' if after[0] in 'aeiou' else 'a'} {after}"
    return f"{COUNTS[facts.count]} {after}"


def _place_words(facts: Facts, dice: Random) -> str:
    if facts.place == "middle":
        return pick(dice, ("in the middle", "in the centre"))
    return pick(dice, ("at the {}", "on the {}", "on the {} side")).format(facts.place) if facts.place in ("left", "right") else f"at the {facts.place}"


def _paper_words(facts: Facts, dice: Random) -> str:
    if facts.torn == "sheet":
        return pick(dice, ("on torn {} paper", "on a torn sheet of {} paper")).format(facts.paper)
    return pick(dice, ("on {} paper", "on {} paper", "on a {} sheet")).format(facts.paper)


def _joined(*parts: str) -> str:
    return ", ".join(" ".join(part.split()) for part in parts if part.strip())


def words_of(text: str) -> list[str]:
    """The words of a caption or a prompt, in small letters."""
    return re.findall(r"[a-z]+", text.lower())


@lru_cache(maxsize=2)
def captions(count: int = TRAINING) -> list[str]:
    """The captions of scenes 0 to count - 1; nothing is drawn."""
    return [caption(plan(number)) for number in range(count)]


def search(words: Iterable[str], count: int = TRAINING) -> list[int]:
    """The numbers of all scenes whose caption has every one of the words."""
    wanted = {word.lower() for word in words}
    return [number for number, text in enumerate(captions(count)) if wanted <= set(words_of(text))]


@lru_cache(maxsize=2)
def word_counts(count: int = TRAINING) -> Counter[str]:
    """In how many captions each word occurs, the commonest first."""
    total: Counter[str] = Counter()
    for text in captions(count):
        total.update(set(words_of(text)))
    return Counter(dict(total.most_common()))


# ---- pictures ---------------------------------------------------------------------------------------------------------------


def draw(facts: Facts, size: int) -> Image.Image:
    """Lays the sheets, back to front. size: side of the picture in pixels."""
    dice = facts.dice(2)
    paper, behind = pick(dice, PAPERS[facts.paper])
    page = Page(size, behind if facts.torn == "sheet" else paper, facts.dice(3))
    if facts.torn == "sheet":
        core, skin = torn(_ground(dice), 0.016, dice)
        page.lay(core, CORE)
        page.lay(skin, paper, 0)
    tones = dict(zip(("main", "dark", "light"), pick(dice, COLOURS[facts.colour]))) | BESIDE
    if facts.colour == "yellow":
        tones["beak"] = "#C2402C"
    for cut in where(facts):
        _lay_thing(page, facts, cut, tones, dice)
    return page.finished()


def where(facts: Facts) -> list[Cut]:
    """How each of its things lies on the page."""
    dice = facts.dice(4)
    return [_cut(facts, x, y, dice) for x, y in _places(facts, dice)]


def _ground(dice: Random):
    """A sheet that leaves a rim of the page free."""
    edge = lambda: at_random(dice, 0.035, 0.065)
    left, top, right, bottom = edge(), edge(), 1 - edge(), 1 - edge()
    return corners((left, top), (right, top), (right, bottom), (left, bottom))


def _places(facts: Facts, dice: Random) -> list[tuple[float, float]]:
    """Where each thing lies: a column at the left and right, a row at the top and bottom, together in the middle."""
    radius = _RADIUS[facts.count][facts.size]
    apart, rim = radius * 2.08, max(0.24, radius + 0.04)
    tremble = lambda: at_random(dice, -0.012, 0.012)
    line = [(i - (facts.count - 1) / 2) * apart for i in range(facts.count)]
    x, y = {"left": (rim, 0.5), "right": (1 - rim, 0.5), "top": (0.5, rim), "bottom": (0.5, 1 - rim), "middle": (0.5, 0.5)}[facts.place]
    if facts.place in ("left", "right"):
        spots = [(0.0, along) for along in line]
    elif facts.place == "middle" and facts.count == 3 and dice.random() < 0.6:
        spots = [(0.0, -0.52 * apart), (-0.55 * apart, 0.44 * apart), (0.55 * apart, 0.44 * apart)]
    elif facts.place == "middle" and dice.random() < 0.35:
        spots = [(0.0, along) for along in line]
    else:
        spots = [(along, 0.0) for along in line]
    return [(x + dx + tremble(), y + dy + tremble()) for dx, dy in spots]


def _cut(facts: Facts, x: float, y: float, dice: Random) -> Cut:
    lean = {"": at_random(dice, -5, 5), "left": at_random(dice, -34, -22), "right": at_random(dice, 22, 34)}[facts.tilt]
    angle = math.radians(lean)
    return Cut(x, y, _RADIUS[facts.count][facts.size] * at_random(dice, 0.95, 1.03), math.cos(angle), math.sin(angle))


def _lay_thing(page: Page, facts: Facts, cut: Cut, tones: dict[str, str], dice: Random) -> None:
    for sheet in sheets(facts.thing):
        if sheet.whole and facts.torn == "thing":
            core, skin = torn(sheet.outline, max(0.06, 0.011 / cut.size), dice)
            page.lay(cut.placed(core), CORE, sheet.lift)
            page.lay(cut.placed(skin), tones[sheet.tone], 0)
        else:
            hole = None if sheet.hole is None else cut.placed(sheet.hole)
            page.lay(cut.placed(scissored(sheet.outline, sheet.out, dice)), tones[sheet.tone], sheet.lift, hole)


def contact_sheet(numbers: Sequence[int], across: int, size: int = 64, gap: int = 4) -> Image.Image:
    """Some scenes beside and below each other."""
    down = -(-len(numbers) // across)
    sheet = Image.new("RGB", (across * (size + gap) - gap, down * (size + gap) - gap), "white")
    for at, number in enumerate(numbers):
        sheet.paste(draw(plan(number), size), (at % across * (size + gap), at // across * (size + gap)))
    return sheet
