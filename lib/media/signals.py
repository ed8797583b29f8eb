"""What a website says about being fetched and learned from: signals, each with the line that says it. Read `settle` first.

Known are robots.txt (RFC 9309, through Protego), rules for AI preferences in it and in a header (Content-Usage, IETF
draft aipref-attach), the TDM Reservation Protocol (W3C community report 2024: file, then header, then page), X-Robots-Tag
and meta tags (noai, noimageai, noindex, noimageindex: what img2dataset refuses too), ai.txt (Spawning), and what stands in
a picture itself (the DataMining word of PLUS in XMP, training-mining of C2PA and CAWG).
Nothing here asks anybody anything: it reads what was brought. That nobody says no is not yet a yes of the maker.
"""

from __future__ import annotations

import functools
import itertools
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from protego import Protego

AGENT = "Handmade"  # the name that a robots.txt can address
NO, YES, UNKNOWN, ALLOWED = "no", "yes", "unknown", "allowed"

# Programs that only gather what models learn from. Who shuts them out speaks about what Handmade is for.
GATHERERS = (
    "GPTBot", "CCBot", "ClaudeBot", "anthropic-ai", "Google-Extended", "Applebot-Extended", "meta-externalagent", "Bytespider",
)  # fmt: skip
_ASKED_ABOUT = {"*", AGENT.lower(), *(name.lower() for name in GATHERERS)}
_REFUSING = {"noai", "noimageai", "noindex", "noimageindex", "none"}
_LONGEST = 300  # letters of a line that are kept as evidence
_NESTED = 2_000  # rules of a tdmrep.json that are read


@dataclass(frozen=True)
class Signal:
    """kind: "robots.txt", "ai.txt", "Content-Usage", "TDM reservation", "X-Robots-Tag", "meta tag", "in the picture".

    says: "no", "yes" or "unknown" (it could not be read). line: the words that say so. where: the address they stand at.
    """

    kind: str
    says: str
    line: str
    where: str

    def as_plain(self) -> dict[str, str]:
        return {"kind": self.kind, "says": self.says, "line": self.line, "where": self.where}


def settle(signals: Iterable[Signal]) -> str:
    """All signals in one word: "no" where one says no, else "unknown" where one could not be read, else "allowed"."""
    verdicts = {signal.says for signal in signals}
    return NO if NO in verdicts else UNKNOWN if UNKNOWN in verdicts else ALLOWED


# ---- robots.txt and ai.txt -----------------------------------------------------------------------------------------


def in_robots(text: str, address: str, where: str) -> list[Signal]:
    """What a robots.txt says about an address: to everybody or to us, to gatherers for training, and about usage."""
    if _is_markup(text):
        return []
    rules, groups, path = _parsed(text), _groups(text), _path(address)
    signals = []
    if not rules.can_fetch(address, AGENT):
        signals.append(Signal("robots.txt", NO, _line_against(groups, AGENT, path), where))
    for gatherer in GATHERERS:
        if gatherer.lower() in groups and not rules.can_fetch(address, gatherer) and not signals:
            line = _line_against(groups, gatherer, path)
            signals.append(Signal("robots.txt", NO, f"User-agent: {gatherer} / {line}", where))
    return signals + _usage_rules(groups, path, where)


def may_ask(text: str, address: str) -> bool:
    """True where a robots.txt lets us ask for an address at all."""
    return _is_markup(text) or _parsed(text).can_fetch(address, AGENT)


def pause_of(text: str) -> float | None:
    """The seconds between two requests that a robots.txt asks of us (Crawl-delay), or None."""
    return None if _is_markup(text) else _parsed(text).crawl_delay(AGENT)


def in_ai_txt(text: str, address: str, where: str) -> list[Signal]:
    """ai.txt is written like robots.txt, with lines such as `Disallow: *.jpg`; each group counts for us."""
    if _is_markup(text) or _parsed(text).can_fetch(address, AGENT):
        return []
    return [Signal("ai.txt", NO, _line_against(_groups(text), AGENT, _path(address)), where)]


@functools.lru_cache(maxsize=8)
def _parsed(text: str) -> Protego:
    """Read once for all the pictures of a website: there may be 200 of them, and half a megabyte of rules."""
    return Protego.parse(text)


def _is_markup(text: str) -> bool:
    """Many sites answer with a web page where there is no such file."""
    return text.lstrip("\ufeff \t\r\n").startswith("<")


@functools.lru_cache(maxsize=8)
def _groups(text: str) -> dict[str, list[tuple[str, str]]]:
    """{agent in small letters: [(field, value)]}: the rules of each group, merged by agent as RFC 9309 has it.

    Only of agents that we ask about: a stranger may name thousands.
    """
    groups: dict[str, list[tuple[str, str]]] = {}
    current: list[str] = []
    in_rules = True
    for line in text.lstrip("\ufeff").splitlines():
        field, colon, value = line.partition("#")[0].partition(":")
        field, value = field.strip().lower(), value.strip()
        if not colon:
            continue
        if field in ("user-agent", "useragent"):
            current = [] if in_rules else current
            in_rules = False
            if (agent := value.lower()) in _ASKED_ABOUT and agent not in current:
                current.append(agent)
                groups.setdefault(agent, [])
        else:
            in_rules = True
            for agent in current:
                groups[agent].append((field, value))
    return groups


def _rules_for(groups: dict[str, list[tuple[str, str]]], agent: str) -> list[tuple[str, str]]:
    own = groups.get(agent.lower())
    return groups.get("*", []) if own is None else own


def _line_against(groups: dict[str, list[tuple[str, str]]], agent: str, path: str) -> str:
    """The longest Disallow that fits, as it stands there."""
    fitting = [value for field, value in _rules_for(groups, agent) if field == "disallow" and _fits(value, path)]
    return _cut(f"Disallow: {max(fitting, key=len)}") if fitting else "Disallow"


def _usage_rules(groups: dict[str, list[tuple[str, str]]], path: str, where: str) -> list[Signal]:
    """`Content-Usage: train-ai=n` or `Content-Usage: /path train-ai=n`; the longest path that fits decides."""
    best: dict[int, list[str]] = {}
    for field, value in _rules_for(groups, AGENT):
        if field == "content-usage":
            first, _, rest = value.partition(" ")
            pattern, usage = (first, rest) if first[:1] in ("/", "*") else ("/", value)
            if _fits(pattern, path):
                best.setdefault(len(pattern), []).append(usage.strip())
    usages = best[max(best)] if best else []
    return [signal for usage in usages for signal in in_usage([usage], where)]


def _path(address: str) -> str:
    parts = urlsplit(address)
    return _even(parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _even(path: str) -> str:
    """The same letters, however they were escaped."""
    return quote(path, safe="/%*$?=&;:@+,!~'()[]")


def _fits(pattern: str, path: str) -> bool:
    """A pattern of robots.txt: a beginning, with * for anything and $ for the end. Linear, whatever a stranger writes."""
    if not pattern:
        return False
    to_the_end = pattern.endswith("$")
    first, *rest = re.sub(r"\*+", "*", _even(pattern.removesuffix("$"))).split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    for number, part in enumerate(rest):
        if to_the_end and number == len(rest) - 1:
            return path.endswith(part) and len(path) - len(part) >= at
        at = path.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return at == len(path) if to_the_end else True


# ---- headers and meta tags -----------------------------------------------------------------------------------------


def in_headers(headers: Sequence[tuple[str, str]], where: str) -> list[Signal]:
    """What stands in the headers of an answer, but the TDM reservation (`tdm` weighs that against the file)."""
    return [
        *in_usage([value for name, value in headers if name.lower() == "content-usage"], where),
        *[signal for name, value in headers if name.lower() == "x-robots-tag" for signal in in_robots_tag(value, where)],
    ]


def in_usage(values: Sequence[str], where: str) -> list[Signal]:
    """`train-ai=n, search=y`. A wider word (bots, all) counts where the narrower ones say nothing."""
    answers: dict[str, str] = {}
    words = " ".join(", ".join(values).lower().split()).replace(" =", "=").replace("= ", "=")
    for part in re.split("[,; ]", words):
        name, _, value = part.partition("=")
        answers[name] = {"n": NO, "y": YES}.get(value.strip('"'), "")
    narrow = [answers[name] for name in ("train-genai", "train-ai", "genai", "ai") if answers.get(name)]
    wide = [answers[name] for name in ("bots", "all") if answers.get(name)]
    verdict = NO if NO in narrow else (narrow or wide or [""])[0]
    line = _cut(f"Content-Usage: {', '.join(values)}")
    return [Signal("Content-Usage", verdict, line, where)] if verdict else []


def in_robots_tag(value: str, where: str) -> list[Signal]:
    """One X-Robots-Tag: `noai`, or `agent: noai, noindex`, which counts where the agent is us."""
    is_for_us, refusing = True, []
    for part in value.split(","):
        name, colon, rest = part.strip().partition(":")
        if colon and name.strip().lower() not in ("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"):
            is_for_us, part = name.strip().lower() in (AGENT.lower(), "*"), rest
        if is_for_us and part.strip().lower() in _REFUSING:
            refusing.append(part.strip())
    return [Signal("X-Robots-Tag", NO, _cut(f"X-Robots-Tag: {value.strip()}"), where)] if refusing else []


def in_meta(metas: Iterable[tuple[str, str]], where: str) -> list[Signal]:
    """metas: (name, content) of a page's meta tags. `robots` counts, and one with our name."""
    signals = []
    for name, content in metas:
        if name.strip().lower() in ("robots", AGENT.lower()) and _REFUSING & {part.strip().lower() for part in content.split(",")}:
            signals.append(Signal("meta tag", NO, _cut(f'<meta name="{name}" content="{content}">'), where))
    return signals


# ---- TDM Reservation Protocol --------------------------------------------------------------------------------------


def tdm(file: str, headers: Sequence[tuple[str, str]], metas: Iterable[tuple[str, str]], address: str, file_address: str) -> list[Signal]:
    """The reservation that holds for an address: of the file, the header over it, the meta tag over both.

    Silence takes nothing back, and a value other than 0 or 1 is silence. file: the words of /.well-known/tdmrep.json or "".
    """
    reservation = _in_tdm_file(file, address, file_address)
    for value in [value for name, value in headers if name.lower() == "tdm-reservation"]:
        reservation = _reservation(value, f"tdm-reservation: {value}", address) or reservation
    for name, content in metas:
        if name.strip().lower() == "tdm-reservation":
            reservation = _reservation(content, f'<meta name="tdm-reservation" content="{content}">', address) or reservation
    return [reservation] if reservation else []


def _in_tdm_file(file: str, address: str, where: str) -> Signal | None:
    """The rule with the longest location that fits; of two as long, the one that reserves."""
    try:
        rules = json.loads(file) if file.strip() else []
    except (ValueError, RecursionError):
        return None
    path = _path(address)
    best: tuple[int, int, Signal | None] = (0, 0, None)
    for rule in (rules if isinstance(rules, list) else [rules])[:_NESTED]:
        location = rule.get("location") if isinstance(rule, dict) else None
        if isinstance(location, str) and _fits(location, path):
            line = f'"location": "{location}", "tdm-reservation": {rule.get("tdm-reservation")}'
            signal = _reservation(rule.get("tdm-reservation"), line, where)
            if signal:
                best = max(best, (len(location), signal.says == NO, signal), key=lambda candidate: candidate[:2])
    return best[2]


def _reservation(value: object, line: str, where: str) -> Signal | None:
    says = {"1": NO, "0": YES}.get(str(value).strip())
    return Signal("TDM reservation", says, _cut(line), where) if says else None


# ---- in the picture itself -----------------------------------------------------------------------------------------

_PLUS = re.compile(rb"DMI-(PROHIBITED[A-Z-]*)")
_LABEL = re.compile(rb"(?:c2pa|cawg)\.training-mining")
_ENTRY = re.compile(rb"((?:c2pa|cawg)\.(?:ai_generative_training|ai_training|data_mining))(?s:.{0,8}?)use(?s:.{0,4}?)notAllowed")
_LABELS_READ, _NEAR = 20, 4_000  # a stranger's file must not keep us long


def in_picture(content: bytes, where: str) -> list[Signal]:
    """What a picture carries along: a DataMining word in its XMP, or a training-mining assertion in its credentials.

    The words alone count; whether the credentials are signed is not asked, since a no needs no proof.
    """
    signals = []
    if word := _PLUS.search(content):
        signals.append(Signal("in the picture", NO, f"plus:DataMining DMI-{word[1].decode()}", where))
    for label in itertools.islice(_LABEL.finditer(content), _LABELS_READ):
        if entry := _ENTRY.search(content, label.end(), label.end() + _NEAR):
            return [*signals, Signal("in the picture", NO, f"{label[0].decode()}: {entry[1].decode()} notAllowed", where)]
    return signals


def _cut(line: str) -> str:
    line = " ".join(line.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
