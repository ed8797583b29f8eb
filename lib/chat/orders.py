"""Texts that give orders to a model ("ignore your instructions") are marked, and never handed to it. Read `gives_orders`.

A document is something to quote, and nothing in it is obeyed: a model here has no tools, and what it is given is fenced off. This is
one fence more, for models that are easily led (OWASP, "LLM Prompt Injection Prevention").
"""

from __future__ import annotations

import re

_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\U000e0000-\U000e007f]")
_ORDERS = re.compile(
    r"""
    \b(?:ignore|disregard|forget|override|bypass)\b[^.!?\n]{0,40}\b(?:instructions?|prompts?|rules?|above|previous|everything|context|guidelines?)\b
  | \b(?:you\ are|act\ as|pretend\ to\ be|you\ must\ now|from\ now\ on,?\ you)\b[^.!?\n]{0,60}\b(?:assistant|ai|model|chatbot|gpt|dan|developer\ mode|unrestricted)\b
  | \b(?:reveal|print|repeat|show|output)\b[^.!?\n]{0,30}\b(?:system\ prompt|your\ instructions|your\ prompt)\b
  | \b(?:new|updated|real)\ (?:system\ )?(?:instructions?|prompt)\b\s*:
  | ^\s*(?:\#+\s*)?(?:system|assistant|user)\s*:
  | <\|?\s*(?:im_start|im_end|system|assistant|user|endoftext)[^>]{0,20}\|?>
  | \[/?(?:INST|SYS)\]
  | \b(?:answer|reply|respond|say)\ (?:only\ |always\ |nothing\ but\ )?(?:with|exactly|the\ word|the\ following)\b
    """,
    re.I | re.X | re.M,
)


def visible(text: str) -> str:
    """Without the signs that nobody sees, in which orders are hidden."""
    return _UNSEEN.sub("", text)


def gives_orders(text: str) -> bool:
    """Whether a text speaks to a model instead of to people."""
    return bool(_ORDERS.search(visible(text)))
