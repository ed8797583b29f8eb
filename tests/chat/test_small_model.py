"""SmolLM2 itself: a short answer from a paper, and the rules that it reads once. It is loaded in a process of its own, a fork where that can be."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT


def test_the_small_model_answers_from_a_paper_and_remembers_only_its_rules(forked, tmp_path):
    told = tmp_path / "told.json"
    with subprocess.Popen([sys.executable, "-m", "tests.chat.test_small_model", str(told)], cwd=ROOT) as process:
        assert process.wait(120) == 0
    facts = json.loads(told.read_text(encoding="utf-8"))
    assert "goat" in facts["said"].casefold() and facts["tokens"] <= 24
    assert facts["same"] and facts["kept"] == 1 and not facts["heard"]
    assert facts["follows"] == [" ate", " hat"] and facts["goes_on"]
    assert facts["stopped"] == "It rained all " and facts["first"] == [7, 7, 7]


def main(told: Path) -> None:
    import torch

    from lib.chat import chain, speakers
    from lib.chat.personas import LIBRARIAN
    from lib.models.smollm2 import generate

    small = speakers.find("smollm2")
    speakers.wake(small)
    model = speakers._loaded()
    rules = ("system", f"{LIBRARIAN.words} {chain.RULES}")
    asked = [rules, ("user", "Passage 1: The goat ate my hat.\n\nQuestion: Who ate the hat?")]
    pieces = list(generate.write(model, asked, 24, 0.0))
    # The same thoughts with the rules remembered as without; and of the question nothing is kept.
    tokens = generate.prompt_tokens(model, asked)
    beginning, past = generate.begin(model, rules[1])
    again, _ = generate._read(model, tokens[len(beginning) :], past)
    whole, _ = generate._read(model, tokens, None)
    heard = any(len(key) > len(beginning) or past.get_seq_length() != len(key) for key, past in model.read.items())
    # What stands after a word in the paper is rather written after it: "goat" is followed by "ate" and "hat" there.
    follow = generate._following(model, "The goat ate the goat hat")
    goat = model.tokenizer.encode(" goat").ids[-1]
    follows = sorted(model.tokenizer.decode([token]) for token in follow[goat])
    even = torch.zeros(model.network.config.vocab_size)
    goes_on = generate._choose(even, [], 0.0, torch.Generator(), follow[goat]) in follow[goat]
    # It ends before a stop word; and where only the likeliest may come, it does, however daring.
    stopped = "".join(generate.until(iter(["It rained", " all d", "ay long.", " Then"]), "day, night"))
    likely = torch.zeros(model.network.config.vocab_size)
    likely[7] = 3.0
    first = [generate._choose(likely.clone(), [], 2.0, torch.Generator().manual_seed(0), (), *how) for how in ((1, 1.0), (0, 1e-9), (1, 0.5))]
    facts = {"stopped": stopped, "first": first, "follows": follows, "goes_on": goes_on, "said": "".join(pieces), "tokens": len(pieces), "same": bool(torch.allclose(again, whole, atol=1e-2)), "kept": len(model.read), "heard": heard}
    told.write_text(json.dumps(facts), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
