"""microgpt: what it reads, that it learns, what it writes, and that the twin by hand computes the very same."""

from __future__ import annotations

import json
import math
import random
import shutil
import subprocess
import sys

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from lib import models
from lib.errors import UserError
from lib.models.microgpt import Settings, before, by_hand, inside, judge
from lib.models.microgpt import tokens as alphabets
from lib.models.microgpt.generate import Reader, Writer, load, play, write
from lib.models.microgpt.network import GPT, window
from lib.models.microgpt.rows import NOTHING, Rows
from lib.models.microgpt.train import BETAS, Pupil
from lib.models.playing import MAKE, WRITE, Request
from lib.models.texts import documents
from lib.models.texts.writing import choose
from lib.project.dataset_folder import DatasetFolder
from tests.conftest import ROOT
from tests.models.conftest import frozen

FLOWERS = (ROOT / "assets" / "samples" / "flowers.txt").read_text(encoding="utf-8").split("\n")[:-1]
RAIN = ["it rained", "it rained again", "the rain went on", "rain, and no sun", "the sun came out", "no rain at all", "sun again"]


@pytest.fixture
def rain(tmp_path):
    return frozen(tmp_path / "datasets" / "rain", "text", ".txt", ["\n".join(RAIN).encode(), b"on the hill\nit stayed dry for a day\nand another\n"])


def request(way: str = MAKE, count: int = 1, seed: int = 0, prompt: str = "", stop: str = "", **controls) -> Request:
    values = {"letters": 60, "temperature": 0.8, "top_k": 0, "top_p": 1.0} | controls
    return Request("a run", way, {"prompt": prompt, "stop": stop}, seed, count, values)


def a_writer(texts: list[str] = RAIN, context: int = 8, documents: str = "lines") -> Writer:
    """One that knows nothing."""
    known = alphabets.learn(texts, [])
    torch.manual_seed(0)
    return Writer(GPT(len(known), context, 16, 4, 2).eval(), known, documents)


# ---- what it reads


def test_lines_end_wherever_a_line_can_end_and_a_byte_order_mark_is_no_letter():
    text = "\ufeffone\r\ntwo\rthree\u0085four\u2028 five \n\n\x0csix"
    assert [piece for _, piece in documents.cut(text, "lines")] == ["one", "two", "three", "four", "five", "six"]
    known = alphabets.learn([documents.plain(text)], [])
    assert not {"\ufeff", "\r", "\u0085", "\u2028"} & set(known.letters)
    assert documents.plain("e\u0301") == "é"


def test_poems_are_parted_by_empty_lines_and_know_where_they_begin():
    text = "\n\nA rose\r\n is a rose\r\n \t\r\n\r\nThe fox\u0085went\n\n\n\nEnd"
    assert list(documents.cut(text, "poems")) == [(3, "A rose\n is a rose"), (7, "The fox\nwent"), (12, "End")]
    assert [piece for _, piece in documents.cut(text, "files")] == ["A rose\n is a rose\n\n\nThe fox\nwent\n\n\n\nEnd"]


def test_no_double_is_learned_from_and_held_back_whatever_its_spaces_capitals_and_file(tmp_path):
    lines = [f"line number {number}" for number in range(40)]
    changed = "\n".join(line.replace(" ", "   ").upper() for line in lines)
    folder = frozen(tmp_path / "twice", "text", ".txt", ["\n".join(lines).encode(), changed.encode()])
    corpus = documents.read(DatasetFolder(folder), "lines")
    assert (len(corpus.learned), len(corpus.held), corpus.doubles) == (36, 4, 40)
    assert not {documents.likeness(one.text) for one in corpus.learned} & {documents.likeness(one.text) for one in corpus.held}
    again = documents.read(DatasetFolder(frozen(tmp_path / "other", "text", ".txt", [changed.encode()])), "lines")
    assert {documents.likeness(one.text) for one in again.held} == {documents.likeness(one.text) for one in corpus.held}


def test_what_the_dataset_holds_back_is_held_back_but_for_what_stands_among_the_others_too(tmp_path):
    folder = frozen(tmp_path / "both", "text", ".txt", [b"a rose\nthe fox", b"snow"])
    (folder / "test").mkdir()
    (folder / "test" / "000003.txt").write_text("The  fox\nthe owl", encoding="utf-8")
    (folder / "test" / "metadata.jsonl").write_text(json.dumps({"file_name": "000003.txt", "item": "i3", "number": 3, "sha256": ""}) + "\n", encoding="utf-8")
    corpus = documents.read(DatasetFolder(folder), "lines")
    assert [one.text for one in corpus.held] == ["the owl"] and corpus.crossing == 1
    assert [one.text for one in corpus.learned] == ["a rose", "the fox", "snow"]


def test_byte_pairs_lose_nothing_and_are_pieces_that_words_share():
    known = alphabets.learn(FLOWERS, [], 150)
    assert all(known.decode(known.encode(name)) == name for name in FLOWERS)
    assert sum(len(known.encode(name)) for name in FLOWERS) < 0.6 * sum(map(len, FLOWERS))
    assert {"wort", "flower"} <= set(known.names)
    once = alphabets.learn(["Wilhelmina met Wilhelmina", "Wilhelmina came", "the Wilhelmina"], [], 150)
    assert not any(len(name) > 1 for name in once.names), "what stands in one word only, however often, is no piece"


def test_what_it_will_see_is_told_before_it_begins(tmp_path):
    text = "\n".join([*(f"a rather long line, number {number}" for number in range(20)), "short", "SHORT", "Zyx"])
    told = before.look(DatasetFolder(frozen(tmp_path / "told", "text", ".txt", [text.encode()])), Settings())
    words = " ".join(told.in_words)
    assert "2 lines are held back" in words and "It sees 16 letters at a time" in words and "are longer" in words and "counts once" in words and "Z y x" not in words
    assert told.documents[0].pieces[0] == told.documents[0].pieces[-1] == "" and told.documents[0].first == 17
    few = before.look(DatasetFolder(frozen(tmp_path / "few", "text", ".txt", [b"one file"])), Settings(documents="files"))
    assert "Nothing is held back" in " ".join(few.in_words)


# ---- the smallest, and its twin


def test_the_preset_quick_is_the_smallest_number_for_number():
    quick = models.validate("microgpt")
    assert (quick.layers, quick.width, quick.heads, quick.context, quick.batch, quick.steps, quick.learning_rate) == (1, 16, 4, 16, 1, 2000, 0.01)
    assert BETAS == (0.85, 0.99) and quick.alone and not quick.dropout and not quick.weight_decay
    torch.manual_seed(0)
    network = GPT(27, quick.context, quick.width, quick.heads, quick.layers)
    assert sum(weight.numel() for weight in network.parameters()) == 4192
    assert float(torch.cat([weight.detach().flatten() for weight in network.parameters()]).std()) == pytest.approx(0.08, rel=0.05)
    good, best = (models.validate("microgpt", preset=preset) for preset in ("good", "best"))
    assert (good.layers, good.width, good.context) == (4, 128, 64) and (best.layers, best.width, best.context) == (6, 384, 256)


@pytest.mark.parametrize(("layers", "width", "context"), [(1, 12, 6), (2, 4, 4)])
def test_the_twin_by_hand_has_the_same_losses_over_fifty_steps(tmp_path, layers, width, context):
    settings, known = Settings(layers=layers, width=width, context=context, steps=60), alphabets.learn(RAIN, [])
    torch.manual_seed(3)
    pupil = Pupil(known, settings, torch.device("cpu"))
    pupil.network.double()
    save_file(pupil.network.state_dict(), tmp_path / "begin.safetensors")
    twin = by_hand.read_weights(tmp_path / "begin.safetensors")
    rows = Rows(RAIN, known, settings.context, True, seed=0)
    fast, read = [], []
    for step in range(1, 51):
        seen, asked = rows.batch(step, 1)
        read.append([*seen[0].tolist(), int(asked[0, -1])])
        fast.append(float(pupil.learn(seen, asked)))
        pupil.step = step
    slow = list(by_hand.learn(twin, settings.heads, read, settings.learning_rate, settings.steps))
    assert slow == pytest.approx(fast, abs=1e-6) and slow[-1] < slow[0]
    for name, weight in pupil.network.state_dict().items():
        assert torch.allclose(torch.tensor([[number.value for number in row] for row in twin[name]]).double(), weight, atol=1e-6), name


def test_the_twin_takes_the_weights_of_a_run_and_is_as_surprised(train, rain, tmp_path):
    run = train("microgpt", rain, steps=30, width=8)
    weights, writer = by_hand.read_weights(run.path / "result" / "model.safetensors"), load(run.path)
    document = [writer.tokens.end, *writer.tokens.encode("it rained"), writer.tokens.end]
    [nats] = judge.costs(writer.network, writer.tokens, ["it rained"])
    assert by_hand.surprise(weights, 4, document).value * (len(document) - 1) == pytest.approx(nats, abs=1e-4)
    assert by_hand.write(weights, 4, writer.tokens.end, random.Random(0))


def test_the_twin_is_one_file_that_needs_nothing_else(tmp_path, train, rain):
    run = train("microgpt", rain, steps=20, width=4, context=4)
    (tmp_path / "names.txt").write_text("\n".join(RAIN), encoding="utf-8")
    alone = tmp_path / "by_hand.py"
    alone.write_bytes((ROOT / "lib" / "models" / "microgpt" / "by_hand.py").read_bytes())
    told = subprocess.run([sys.executable, "-I", "-S", alone, tmp_path / "names.txt", run.path], capture_output=True, text=True, check=True)
    assert told.stdout.startswith("Surprise: ") and len(told.stdout.splitlines()) == 21


# ---- learning


def test_each_row_is_a_document_or_as_full_as_can_be():
    known = alphabets.learn(FLOWERS, [])
    alone, packed = (Rows(FLOWERS, known, 16, is_alone, seed=1) for is_alone in (True, False))
    torch.manual_seed(0)
    read, asked = alone.batch(1, 3)
    assert read.shape[0] == 3 and (read[:, 0] == known.end).all()
    assert all((row == NOTHING).sum() + (row >= 0).sum() == asked.shape[1] for row in asked)
    read, asked = packed.batch(1, 5)
    assert read.shape == asked.shape == (5, 16) and (asked >= 0).all() and torch.equal(read[:, 1:], asked[:, :-1])
    long = Rows(["abcdefghij" * 5], alphabets.learn(["abcdefghij"], []), 8, True, seed=0)
    starts = {int(long.batch(step, 1)[0][0, 0]) for step in range(1, 60)}
    assert len(starts) > 5, "of a document that does not fit, another part each time"


def test_it_learns_and_the_result_is_the_step_at_which_held_back_text_was_guessed_best(tmp_path, train):
    lines = [f"{when} {what} {where}" for when in ("today", "in may", "at night") for what in ("it rained", "i slept", "we met", "he sang") for where in ("here", "at sea", "in town", "alone")]
    folder = frozen(tmp_path / "days", "text", ".txt", ["\n".join(lines).encode()])
    run = train("microgpt", folder, steps=120, context=24, batch=4, learning_rate=0.02)
    looks = [line for line in run._run.metrics() if "held_out" in line]
    facts = json.loads((run.path / "result" / "model.json").read_text(encoding="utf-8"))
    best = min(looks, key=lambda look: look["held_out"])
    assert facts["best"] == best["step"] and facts["bits_per_byte"] == pytest.approx(best["held_out"], rel=1e-3)
    assert looks[0]["held_out"] > 3 and facts["bits_per_byte"] < 2
    writer, corpus = load(run.path), documents.read(DatasetFolder(folder), "lines")
    held = [one.text for one in corpus.held]
    assert judge.bits_per_byte(judge.costs(writer.network, writer.tokens, held), held) == pytest.approx(facts["bits_per_byte"])


def test_bits_for_each_byte_are_what_they_say():
    writer, text = a_writer(context=64), "no rain"
    numbers = [writer.tokens.end, *writer.tokens.encode(text), writer.tokens.end]
    nats = F.cross_entropy(writer.network(torch.tensor([numbers[:-1]]))[0], torch.tensor(numbers[1:]), reduction="sum").item()
    assert judge.costs(writer.network, writer.tokens, [text, "sun"])[0] == pytest.approx(nats, rel=1e-5)
    assert judge.bits_per_byte([nats], ["né rain"]) == pytest.approx(nats / math.log(2) / 9)


def test_a_long_text_is_judged_as_it_would_be_written():
    writer, text = a_writer(context=8), "the rain went on and on"
    numbers = [writer.tokens.end, *writer.tokens.encode(text), writer.tokens.end]
    reader = Reader(writer.network)     # which remembers what it has read
    letter_by_letter = sum(-float(reader.guess(numbers[:place]).log_softmax(-1)[numbers[place]]) for place in range(1, len(numbers)))
    assert judge.costs(writer.network, writer.tokens, [text]) == [pytest.approx(letter_by_letter, rel=1e-4)]
    assert [len(window(list(range(length)), 8)) for length in (7, 8, 9, 12, 13)] == [7, 8, 5, 8, 5]


def test_numbers_that_break_end_in_words(train, rain, monkeypatch):
    monkeypatch.setattr(Pupil, "learn", lambda self, read, asked: torch.tensor(float("nan")))
    with pytest.raises(UserError, match="too large to compute with"):
        train("microgpt", rain, steps=10)


# ---- writing


def test_a_letter_that_it_never_saw_is_named_and_passed_over():
    *_, whole = play(a_writer(), request(prompt="it réined\r\non", letters=5))
    assert whole.content.startswith("it rinedon")
    assert "“é”" in whole.facts["remark"] and "“line break”" in whole.facts["remark"]
    *_, plain = play(a_writer(), request(prompt="it rained"))
    assert not plain.facts


def test_making_ends_with_the_document_and_writing_goes_on():
    writer = a_writer()
    ends = [len("".join(write(writer, seed=seed, letters=200))) for seed in range(8)]
    assert min(ends) < 200
    on = "".join(write(writer, seed=ends.index(min(ends)), letters=200, goes_on=True))
    assert len(on) == 200 and "\n" in on and not on.startswith("\n") and "\n\n" not in on
    [whole] = [medium.content for medium in play(writer, request(WRITE, letters=80)) if medium.is_whole]
    assert len(whole) == 80


def test_it_ends_before_a_stop_word_and_says_no_part_of_it():
    writer = a_writer()
    text = "".join(write(writer, seed=1, letters=120, goes_on=True))
    stop = next(text[at : at + 3] for at in range(40, 117) if text[at : at + 3].isalpha())
    pieces = list(write(writer, seed=1, letters=120, goes_on=True, stop=f"never, {stop}"))
    assert "".join(pieces) == text[: text.index(stop)]


def test_temperature_top_k_and_top_p_narrow_what_may_come():
    luck, scores = torch.Generator().manual_seed(0), torch.tensor([0.0, 3.0, 2.0, 1.0])
    assert choose(scores, 0, 0, 1.0, luck) == 1
    assert {choose(scores, 1.0, 1, 1.0, luck) for _ in range(20)} == {1}
    assert {choose(scores, 1.0, 2, 1.0, luck) for _ in range(50)} == {1, 2}
    assert {choose(scores, 1.0, 0, 0.5, luck) for _ in range(50)} == {1}
    assert len({choose(scores, 2.0, 0, 1.0, luck) for _ in range(200)}) == 4


def test_settings_that_do_not_go_together_are_refused_in_words():
    with pytest.raises(UserError, match="do not go together") as caught:
        models.validate("microgpt", {"width": 18})
    assert "multiple of the heads" in caught.value.why


# ---- looking inside


def test_what_can_be_looked_into_lies_beside_the_run_and_holds_no_words(train, rain):
    run = train("microgpt", rain, steps=4, stop_after=3)
    assert inside.is_open(run.path), "also before it has finished"
    assert (inside.facts(run.path)["layers"], inside.facts(run.path)["step"]) == (1, 3)
    assert "rained" not in (run.path / "live" / "inside.json").read_text(encoding="utf-8")
    places = inside.letter_map(run.path)
    assert places[-1][0] == "end" and {name for name, *_ in places} >= {"a", "space"} and all(0 <= value <= 1 for _, *both in places for value in both)
    told = inside.surprises(run.path, rain)
    assert {one.text for one in told} == {*RAIN, "on the hill", "it stayed dry for a day", "and another"}
    assert [one.bits for one in told] == sorted((one.bits for one in told), reverse=True) and sum(one.is_held for one in told) == 1
    assert next(one for one in told if one.text == "and another").line == 3
    shutil.rmtree(run.path / "live")
    assert not inside.is_open(run.path)
    done = train("microgpt", rain, "done", steps=2)
    shutil.rmtree(done.path / "live")       # as one that was trained on another computer
    assert inside.is_open(done.path) and inside.letter_map(done.path) and inside.surprises(done.path, rain) == []


def test_lines_that_are_not_in_the_dataset_any_more_are_not_shown(train, rain):
    run = train("microgpt", rain, steps=2)
    lost = rain / "train" / "metadata.jsonl"
    lost.write_text(lost.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    assert {one.text for one in inside.surprises(run.path, rain)} == set(RAIN)
