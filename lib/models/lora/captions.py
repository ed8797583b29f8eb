"""Which words go with which picture: the very text that each one is learned with, and what to know before a training begins.

Read `look`. Imports no torch, so pages may ask.

    before = captions.look(DatasetFolder("datasets/tulips-64-v1"), validate("lora", {"trigger": "tlp"}))
    before.in_words         # "9 of 12 pictures have a caption; these 3 have none: 4, 7, 11."
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from lib.errors import UserError
from lib.models.lora.base import vocabulary
from lib.project.dataset_folder import MASK, DatasetFolder

if TYPE_CHECKING:
    from lib.models.lora import Settings

TOKENS = 77             # what CLIP reads of a text, its two marks for begin and end among them
_NAMED = 8              # so many pictures are named one by one
_SMALL = frozenset("a an and as at by for from in is it of on or the to with".split())
_SIDES = re.compile(r"\b(left|right|links|rechts|gauche|droite)\b", re.IGNORECASE)
_CUTS = r"""<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""


@dataclass(frozen=True)
class Text:
    """What one picture is learned with."""

    item: str
    number: int             # of the datapoint
    caption: str            # as its person wrote it
    text: str               # as it is learned, with the trigger word
    cut: str                # the end of it that is not read; "" where all of it is
    is_marked: bool = False # somebody drew on Label where the thing is in it

    @property
    def names_a_side(self) -> bool:
        """True where it would be wrong of the mirrored picture."""
        return bool(_SIDES.search(self.caption))


@dataclass(frozen=True)
class Before:
    """What to know before a training begins. mirrored: whether pictures will be shown mirrored too. masked: whether the background counts less."""

    texts: list[Text]
    mirrored: bool = False
    masked: bool = False

    @property
    def without(self) -> list[Text]:
        return [text for text in self.texts if not text.caption]

    @property
    def words(self) -> list[tuple[str, int]]:
        """Each word and in how many captions it is, most first. What is in all of them belongs to every picture, what is in one to that alone."""
        counts = Counter(word for text in self.texts for word in set(words_of(text.text)))
        return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))

    @property
    def in_words(self) -> list[str]:
        """A few sentences, the weightiest first."""
        return [sentence for sentence in (self._captioned(), self._cut(), self._sides(), self._marked()) if sentence]

    def _captioned(self) -> str:
        all_, without = len(self.texts), self.without
        if not without:
            return f"All {all_} pictures have a caption."
        named = ", ".join(str(text.number) for text in without[:_NAMED]) + (f" and {len(without) - _NAMED} more" if len(without) > _NAMED else "")
        these = "this one has none" if len(without) == 1 else f"these {len(without)} have none"
        return f"{all_ - len(without)} of {all_} pictures have a caption; {these}: {named}."

    def _cut(self) -> str:
        numbers = [str(text.number) for text in self.texts if text.cut]
        return f"A base reads {TOKENS - 2} pieces of words; the end of a caption is not read of: {', '.join(numbers[:_NAMED])}." if numbers else ""

    def _sides(self) -> str:
        numbers = [str(text.number) for text in self.texts if text.names_a_side]
        if not numbers or not self.mirrored:
            return ""
        return f"Left and right stand in captions ({', '.join(numbers[:_NAMED])}), and would be wrong of mirrored pictures: switch Mirror off."


    def _marked(self) -> str:
        if not self.masked:
            return ""
        numbers = [str(text.number) for text in self.texts if text.is_marked]
        if len(numbers) == len(self.texts):
            return "In all of them it is drawn on Label where the thing is, and that counts."
        if not numbers:
            return "On none of them the thing was painted over or framed on Label, so it is looked for in each picture."
        more = f" and {len(numbers) - _NAMED} more" if len(numbers) > _NAMED else ""
        return f"In {len(numbers)} of {len(self.texts)} it is drawn on Label where the thing is ({', '.join(numbers[:_NAMED])}{more}), and that counts; in the others it is looked for."


def look(data: DatasetFolder, settings: Settings) -> Before:
    """Raises UserError where the base is not on this computer."""
    folder, texts = vocabulary(settings.base), {}
    for row in data.rows("train"):
        text = text_of(row, settings.trigger)
        texts[row["item"]] = Text(row["item"], row["number"], caption_of(row), text, cut_of(text, folder), bool(row.get(MASK)))
    return Before(list(texts.values()), settings.mirror, settings.masked < 1)


def caption_of(row: dict) -> str:
    return " ".join((row.get("caption") or "").split())


def text_of(row: dict, trigger: str) -> str:
    """The trigger word, where there is one and the caption has not got it, and the caption."""
    trigger, caption = trigger.strip(), caption_of(row)
    if not trigger or re.search(rf"(?<!\w){re.escape(trigger)}(?!\w)", caption, re.IGNORECASE):
        return caption
    return f"{trigger}, {caption}" if caption else trigger


def words_of(text: str) -> list[str]:
    """The words that mean something, small."""
    return [word for word in re.findall(r"[^\W\d_][\w'’-]*", text.lower()) if word not in _SMALL]


def cut_of(text: str, vocabulary: Path) -> str:
    """The end of a text that the base does not read; "" where it reads all. vocabulary: the folder with the pieces that it cuts words into."""
    cutter = _cutter(vocabulary)
    if cutter is None or not text:
        return ""
    pieces = cutter.encode(text, add_special_tokens=False)
    return text[pieces.offsets[TOKENS - 2][0] :] if len(pieces.ids) > TOKENS - 2 else ""


@lru_cache(maxsize=4)
def _cutter(folder: Path):
    """CLIP's way of cutting words, with this vocabulary."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

    if (folder / "tokenizer.json").is_file():
        cutter = Tokenizer.from_file(str(folder / "tokenizer.json"))
        cutter.no_padding()         # whatever it was last used with stands in that file
        cutter.no_truncation()
        return cutter
    if not (folder / "vocab.json").is_file():
        return None
    try:
        words = models.BPE.from_file(str(folder / "vocab.json"), str(folder / "merges.txt"), unk_token="<|endoftext|>", end_of_word_suffix="</w>")
    except Exception as error:      # the library has no kind of its own
        raise UserError("The words of this base cannot be read.", str(error), "Fetch it again, or choose another one.") from error
    cutter = Tokenizer(words)
    cutter.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    cuts = pre_tokenizers.Split(Regex(_CUTS), behavior="removed", invert=True)
    cutter.pre_tokenizer = pre_tokenizers.Sequence([cuts, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    return cutter
