"""How long the first word of SmolLM2 takes: cold (what is loaded, and for how long) and warm, by the length of the prompt.

    .venv/bin/python benchmarks/first_word.py [--threads 2] [--times 3]

Each line is the median of some questions: the rules are remembered between them, as in the chat; "anew" reads them each time.

The goal: within 3 s when warm, at the 450 tokens that a prompt may have (lib/chat/speakers.py). On a calm machine of two cores, two threads:

    tokens of the prompt    first word    anew      tokens a second afterwards
    113                     0.16 s        0.27 s    18
    200                     0.29 s        0.40 s    18
    316                     0.46 s        0.55 s    18
    461                     0.69 s        0.81 s    17

On one thread beside a training and tests (load 9 to 13) the last was 3.06 s.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

_SENTENCE = "On Sunday it rained all day and the tulips bent down, so grandmother stayed in and wrote letter number {} to Ana. "


def main(options: argparse.Namespace) -> None:
    start = time.perf_counter()
    import torch

    if options.threads:
        torch.set_num_threads(options.threads)
    start = _tell("importing torch", start)
    from lib.chat import chain, embedding, personas, speakers

    embedding.carried().embed(["Good morning."])
    start = _tell("waking the embedder", start)
    small = speakers.find(speakers.SMALL)
    speakers.wake(small)
    _tell("waking SmolLM2", start)
    rules = f"{personas.LIBRARIAN.words} {chain.RULES}"
    print(f"\n{torch.get_num_threads()} threads\n\n| tokens of the prompt | first word | anew | tokens a second afterwards |\n|---|---|---|---|")
    for wanted in (100, 200, 300, 450):
        print(_line(speakers, small, rules, wanted, options.times), flush=True)


def _tell(what: str, start: float) -> float:
    now = time.perf_counter()
    print(f"{what}: {now - start:.1f} s", flush=True)
    return now


def _line(speakers, small, rules: str, wanted: int, times: int) -> str:
    model = speakers._loaded()
    first, anew, speed = [], [], []
    for number in range(times + 1):
        words, at = "", number * 100
        while speakers.count_tokens(small, rules + words) < wanted - 40:
            words, at = words + _SENTENCE.format(at), at + 1
        asked = [("system", rules), ("human", f"{words}\n\nQuestion: What did grandmother write on day {number}?")]
        took, each = _ask(speakers, small, asked)
        first.append(took)
        speed.append(each)
        model.read.clear()
        anew.append(_ask(speakers, small, asked)[0])
    tokens = sum(speakers.count_tokens(small, words) + 8 for _, words in asked)
    return f"| {tokens} | {statistics.median(first[1:]):.2f} s | {statistics.median(anew[1:]):.2f} s | {statistics.median(speed[1:]):.0f} |"


def _ask(speakers, small, asked: list[tuple[str, str]]) -> tuple[float, float]:
    """(seconds to the first word, tokens a second after it)."""
    start, came = time.perf_counter(), []
    for _ in zip(range(20), speakers.chat_model(small, 0.0, 0, 0).stream(asked), strict=False):
        came.append(time.perf_counter())
    return came[0] - start, (len(came) - 1) / max(1e-9, came[-1] - came[0])


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--threads", type=int, default=0, help="0: as torch has them")
    arguments.add_argument("--times", type=int, default=3)
    main(arguments.parse_args())
