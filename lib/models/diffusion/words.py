"""Words as a U-Net hears them, by one text encoder or, for SDXL, by two. Read `encode_words`, then `heard`.

Stable Diffusion hears the last layer of CLIP. SDXL (Podell et al. 2023) hears the last but one of two encoders side by side, each text besides as
one vector of the second, and three sizes: of the original, where it was cut off, and of the picture. As diffusers' StableDiffusionXLPipeline does it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from lib.models.diffusion.parts import Parts

_HEARD = -2     # the layer of each encoder that SDXL hears


@dataclass(frozen=True)
class Words:
    """tokens: (n, tokens, width). whole: (n, width), each text as one vector; None for a model with one encoder."""

    tokens: torch.Tensor
    whole: torch.Tensor | None = None

    def times(self, count: int) -> Words:
        """One text, so many times."""
        return Words(self.tokens.expand(count, -1, -1), None if self.whole is None else self.whole.expand(count, -1))

    def to(self, *where: Any) -> Words:
        return Words(self.tokens.to(*where), None if self.whole is None else self.whole.to(*where))


def joined(some: Sequence[Words]) -> Words:
    """One after the other."""
    whole = [each.whole for each in some if each.whole is not None]
    return Words(torch.cat([each.tokens for each in some]), torch.cat(whole) if whole else None)


@torch.no_grad()
def encode_words(parts: Parts, texts: Sequence[str]) -> Words:
    """Each text as the model reads it. What is longer than its tokens is cut off. "" is all zeros where the model learned it so."""
    if parts.text_encoder_2 is None:
        return Words(parts.text_encoder(_ids(parts.tokenizer, parts.text_encoder, texts))[0].to(parts.dtype))
    first = parts.text_encoder(_ids(parts.tokenizer, parts.text_encoder, texts), output_hidden_states=True)
    second = parts.text_encoder_2(_ids(parts.tokenizer_2, parts.text_encoder_2, texts), output_hidden_states=True)
    tokens = torch.cat([first.hidden_states[_HEARD], second.hidden_states[_HEARD]], -1)     # (n, tokens, width of the first + width of the second)
    said = torch.tensor([bool(text) or not parts.empty_is_zero for text in texts], device=tokens.device)
    return Words((tokens * said[:, None, None]).to(parts.dtype), (second.text_embeds * said[:, None]).to(parts.dtype))


def _ids(tokenizer: Any, encoder: Any, texts: Sequence[str]) -> torch.Tensor:
    most = min(tokenizer.model_max_length, encoder.config.max_position_embeddings)
    return tokenizer(list(texts), padding="max_length", max_length=most, truncation=True, return_tensors="pt").input_ids.to(encoder.device)


def heard(words: Words, sizes: torch.Tensor | None) -> dict[str, Any]:
    """What the U-Net is given beside latents and times. sizes: (n, 6), as `sizes_of` has them."""
    if words.whole is None:
        return {"encoder_hidden_states": words.tokens}
    assert sizes is not None
    return {"encoder_hidden_states": words.tokens, "added_cond_kwargs": {"text_embeds": words.whole, "time_ids": sizes.to(words.whole.device)}}


def sizes_of(width: int, height: int, original: tuple[int, int] | None = None, cut: tuple[int, int] = (0, 0)) -> tuple[int, ...]:
    """In pixels: height and width of the original, what was cut off at its top and left, height and width of the picture.

    original: (width, height); None for that of the picture. cut: (left, top), once it was brought to size.
    """
    first = original or (width, height)
    return first[1], first[0], cut[1], cut[0], height, width


def cut_off(parts: Parts, text: str) -> str:
    """The end of a text that the model does not read; "" where it reads all of it."""
    ids = parts.tokenizer(text, add_special_tokens=False).input_ids
    return parts.tokenizer.decode(ids[parts.tokenizer.model_max_length - 2 :]).strip() if len(ids) > parts.tokenizer.model_max_length - 2 else ""
