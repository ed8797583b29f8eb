"""Covers LoRA: it does what the published loop does, its validation means something, its files are read by others and theirs by it."""

from __future__ import annotations

import json
import re
import shutil

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from diffusers import DDPMScheduler, StableDiffusionPipeline
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import CLIPTokenizer

from lib import models
from lib.errors import UserError
from lib.media.files import read_json
from lib.models.adversarial import Order, seed_step
from lib.models.lora import captions, diagnostics, files, generate, latents, layers, prior, train, validation
from lib.models.lora.base import find
from lib.models.lora.latents import Data
from lib.models.lora.parts import open_parts
from lib.models.playing import InputFile, Mixed, Request
from lib.project.dataset_folder import DatasetFolder
from lib.project.runs import KEPT
from lib.steps.marked import as_address
from tests.models.conftest import Trainee, as_png, disc, frozen
from tests.models.tiny_pipelines import tiny_base, tiny_sd15

PLAIN = {"min_snr": 0.0, "caption_dropout": 0.0, "average": 0.0, "optimiser": "AdamW", "learning_rate": 1e-3, "stops": False}   # our extras off
CONTROLS = {"strength": 1.0, "guidance": 3.0, "steps": 4}


def whole(media) -> list:
    """Without how they look while they form."""
    return [medium for medium in media if medium.is_whole]


@pytest.fixture
def captioned(tmp_path):
    """captioned(count, size, captions) makes a dataset folder of discs with these captions."""

    def make(count: int = 12, size: int = 32, words=None, name: str = "discs"):
        luck, folder = np.random.default_rng(0), tmp_path / "datasets" / f"{name}-{count}-{size}"
        if folder.exists():
            return folder
        frozen(folder, "image", ".png", [as_png(disc(luck, size)) for _ in range(count)], size=[size, size], channels=3)
        rows = [json.loads(line) for line in (folder / "train" / "metadata.jsonl").read_text().splitlines()]
        words = words or [f"the disc {number}" for number in range(count)]
        (folder / "train" / "metadata.jsonl").write_text("".join(json.dumps(row | {"caption": text}) + "\n" for row, text in zip(rows, words)))
        return folder

    return make


@pytest.mark.parametrize("base", [tiny_base, tiny_sd15], ids=["v-prediction", "epsilon"])
def test_with_our_extras_off_it_is_the_published_loop(base, captioned, tmp_path):
    """Twenty steps beside the loop of diffusers' train_text_to_image_lora.py, written anew: loss and weights to 1e-4."""
    folder = captioned(12, size=32 if base is tiny_base else 64)
    settings = models.validate("lora", {"base": str(base()), "rank": 4, "batch": 2, "steps": 20, **PLAIN})
    run, losses = Trainee(tmp_path / "run"), []
    parts = open_parts(base())
    data = Data(folder, parts, run, settings)
    torch.manual_seed(0)
    lesson = train.Lesson(parts, data, settings, 0)
    held = lesson.turn.held
    for n in range(1, 21):
        seed_step(0, n)
        losses.append(lesson.play())
        lesson.step = n
    theirs, weights = published_loop(folder, base(), settings, held)
    assert np.abs(np.array(losses) - np.array(theirs)).max() < 1e-4
    assert losses[0] != losses[-1] and weights.keys() == lesson.own.keys()
    assert max((weights[key] - value.detach()).abs().max() for key, value in lesson.own.items()) < 1e-4
    assert max(value.detach().abs().max() for key, value in lesson.own.items() if "lora_B" in key) > 1e-3


def published_loop(folder, base, settings, held) -> tuple[list[float], dict]:
    """Plainly, with diffusers and peft: pictures and texts are encoded at each step."""
    pipeline = StableDiffusionPipeline.from_pretrained(base, safety_checker=None)
    unet, vae, text, words = pipeline.unet, pipeline.vae, pipeline.text_encoder, pipeline.tokenizer
    for network in (unet, vae, text):
        network.requires_grad_(False)
    torch.manual_seed(0)
    config = LoraConfig(r=settings.rank, lora_alpha=settings.rank, init_lora_weights="gaussian", target_modules=["to_k", "to_q", "to_v", "to_out.0"])
    unet.add_adapter(config)
    learning = [p for p in unet.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(learning, lr=settings.learning_rate, betas=(0.9, 0.999), weight_decay=1e-2, eps=1e-8)
    noiser = DDPMScheduler.from_config(pipeline.scheduler.config)
    data = DatasetFolder(folder)
    places = [place for place, row in enumerate(data.rows("train")) if row["item"] not in held]
    order, losses = Order(len(places), 0), []
    for step in range(1, 21):
        seed_step(0, step)
        chosen = [places[place] for place in order.batch(step, settings.batch)]
        pixels = torch.from_numpy(data.pictures("train")[chosen]).permute(0, 3, 1, 2) / 127.5 - 1
        clean = vae.encode(pixels).latent_dist.sample() * vae.config.scaling_factor
        noise = torch.randn_like(clean.contiguous())   # however it lies in memory, so that both draw the same
        times = torch.randint(0, noiser.config.num_train_timesteps, (len(clean),)).long()
        ids = words([data.rows("train")[place]["caption"] for place in chosen], max_length=77, padding="max_length", truncation=True, return_tensors="pt")
        said = unet(noiser.add_noise(clean, noise, times), times, text(ids.input_ids, return_dict=False)[0], return_dict=False)[0]
        wanted = noise if noiser.config.prediction_type == "epsilon" else noiser.get_velocity(clean, noise, times)
        loss = F.mse_loss(said.float(), wanted.float(), reduction="mean")
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        losses.append(loss.item())
    return losses, get_peft_model_state_dict(unet)


def test_min_snr_weighs_as_in_the_paper_and_where_nothing_but_noise_is_left_it_counts_in_full(captioned, tmp_path):
    for base, size in ((tiny_base, 32), (tiny_sd15, 64)):
        settings = models.validate("lora", {"base": str(base()), "rank": 1})
        parts = open_parts(base())
        lesson = train.Lesson(parts, Data(captioned(12, size), parts, Trainee(tmp_path / f"run{size}"), settings), settings, 0)
        times = torch.tensor([0, 500, 999])
        snr = lesson.noiser.alphas_cumprod[times] / (1 - lesson.noiser.alphas_cumprod[times])
        weights = lesson.weight(times)
        if base is tiny_sd15:
            assert torch.allclose(weights, torch.minimum(snr, torch.full((3,), 5.0)) / snr)
        else:
            assert snr[2] == 0 and weights[2] == 1 and weights[0] < 0.1


def test_an_average_of_the_steps_is_what_plays(captioned, train_on):
    run = train_on(captioned(), steps=4)
    state = torch.load(run._run.checkpoints()[-1], weights_only=True)
    assert any(not torch.equal(state["average"][key], state["own"][key]) for key in state["own"])


@pytest.fixture
def train_on(tmp_path):
    def start(folder, name: str = "run", *, stop_after=None, **settings) -> Trainee:
        run = Trainee(tmp_path / "runs" / name, 0, stop_after)
        run.sample_due = lambda: False      # painting takes most of the time
        train.train(folder, run, models.validate("lora", {"base": str(tiny_base()), "rank": 2, "batch": 2, **settings}))
        run.close()
        return run

    return start


# ---- memory, masks, ranks


def test_where_memory_runs_out_half_as_many_pictures_go_on(captioned, train_on, monkeypatch):
    play, sizes = train.Lesson.loss_of, []

    def greedy(self, some):
        sizes.append(len(some))
        if len(some) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return play(self, some)

    monkeypatch.setattr(train.Lesson, "loss_of", greedy)
    run = train_on(captioned(), steps=3, batch=4)
    assert sizes == [4, 2, 1, 1, 1] and run._run.result
    assert [note for note in run.notes if "Memory ran out" in note] == [
        "Memory ran out: from here on 2 pictures a step.", "Memory ran out: from here on 1 picture a step."]
    monkeypatch.setattr(train.Lesson, "loss_of", lambda self, some: (_ for _ in ()).throw(MemoryError()))
    with pytest.raises(MemoryError):
        train_on(captioned(), "none", steps=3)


def test_fewer_ranks_answer_at_noisy_moments_and_all_of_them_afterwards(captioned, tmp_path):
    settings = models.validate("lora", {"base": str(tiny_base()), "rank": 4, "fewer_at_noise": True})
    parts = open_parts(tiny_base())
    train.Lesson(parts, Data(captioned(), parts, Trainee(tmp_path / "run"), settings), settings, 0)
    down = next(part.lora_A["default"] for part in parts.unet.modules() if hasattr(part, "lora_A"))
    given = torch.randn(2, 3, down.in_features)
    with parts.fewer.of(torch.tensor([999, 0])):
        answer = down(given)
    assert (answer[0, :, 2:] == 0).all() and (answer[0, :, :2] != 0).all() and (answer[1] != 0).all()
    assert (down(given) != 0).all()


def test_so_it_is_played_too_and_what_other_programs_make_of_it_is_said(captioned, train_on):
    run = train_on(captioned(), steps=6, fewer_at_noise=True, optimiser="AdamW", learning_rate=5e-2)
    painter, request = generate.load(run.path), Request("a run", inputs={"prompt": "the red disc"}, seed=3, controls=CONTROLS)
    [here] = whole(generate.play(painter, request))
    painter.parts.fewer = None
    [elsewhere] = whole(generate.play(painter, request))
    assert here.content.tobytes() != elsewhere.content.tobytes()
    assert any("as a plain file in other programs" in note for note in run.notes)
    assert len(read_json(run.path / "result" / "model.json")["as_plain_file"]) == 2


def test_what_lies_around_the_thing_counts_less_where_it_shall():
    picture = Image.new("RGB", (64, 64), "white")
    picture.paste((200, 30, 30), (20, 20, 44, 44))
    weight = latents.counting(latents.sought(picture), 0.1, 8)
    assert weight.shape == (1, 8, 8) and float(weight[0, 4, 4]) > 3 * float(weight[0, 0, 0]) and abs(float(weight.mean()) - 1) < 1e-5


def test_a_mask_that_was_drawn_counts_before_one_that_is_looked_for(captioned, tmp_path, monkeypatch):
    folder, half = captioned(4), Image.new("1", (32, 32))
    half.paste(1, (0, 0, 16, 32))
    rows = [json.loads(line) for line in (folder / "train" / "metadata.jsonl").read_text().splitlines()]
    rows[1]["mask"] = as_address(half)
    (folder / "train" / "metadata.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    monkeypatch.setattr(latents, "sought", lambda picture: Image.new("L", picture.size, 255))
    settings = models.validate("lora", {"base": str(tiny_base()), "masked": 0.1, "mirror": True})
    data = Data(folder, open_parts(tiny_base()), Trainee(tmp_path / "run"), settings)
    assert all(torch.equal(seen.weight, torch.ones_like(seen.weight)) for seen in data.train if seen.item != "i2")
    plain, mirrored = (seen.weight[0] for seen in data.train if seen.item == "i2")
    assert plain[0, 0] > 5 * plain[0, -1] and torch.allclose(plain.flip(1), mirrored, atol=1e-4) and abs(float(plain.mean()) - 1) < 1e-5
    [told] = [sentence for sentence in captions.look(DatasetFolder(folder), settings).in_words if "drawn" in sentence]
    assert "In 1 of 4 it is drawn" in told and "(2)" in told
    assert not [line for line in captions.look(DatasetFolder(folder), settings.model_copy(update={"masked": 1.0})).in_words if "drawn" in line]


# ---- pictures of the base


def test_pictures_of_the_base_are_painted_once_and_learned_beside_ones_own_with_full_weight(captioned, tmp_path, monkeypatch):
    settings = models.validate("lora", {"base": str(tiny_base()), "rank": 2, "batch": 2, "prior": 5, "prior_words": " a disc ", **PLAIN})
    run, parts = Trainee(tmp_path / "run"), open_parts(tiny_base())
    assert list(prior.paint(parts, run, settings, 32)) == [4, 5] and list(prior.paint(parts, run, settings, 32)) == []
    files_ = sorted((run.path / KEPT / prior.WHOSE).iterdir())
    assert len(files_) == 5 and any("5 pictures of “a disc”" in note for note in run.notes)
    files_[2].unlink()
    before = [file.read_bytes() for file in files_ if file.exists()]
    assert list(prior.paint(parts, run, settings, 32)) == [5] and [file.read_bytes() for file in files_ if file != files_[2]] == before
    data = Data(captioned(), parts, run, settings, prior.read(parts, run, settings, 32))
    assert [seen.text for seen in data.prior] == ["a disc"] * 5 and len(data.items) == 12 and "a disc" in data.words
    lesson, batches = train.Lesson(parts, data, settings, 0), []
    loss_of = train.Lesson.loss_of
    monkeypatch.setattr(train.Lesson, "loss_of", lambda self, some: batches.append(some) or loss_of(self, some))
    seed_step(0, 1)
    own = lesson.play()
    slopes = {key: value.grad.clone() for key, value in lesson.own.items() if value.grad is not None}
    assert [[seen.text for seen in some] for some in batches][-1] == ["a disc"] * 2 and len(batches[0]) == 2 and lesson.beside["prior"] > 0

    # The same by hand: the loss of one's own, plus the whole of the other.
    layers.put(lesson.own, lesson.first)
    lesson.optimiser.zero_grad(set_to_none=True)
    seed_step(0, 1)
    one, other = (loss_of(lesson, some) for some in batches)
    (one + other).backward()
    torch.nn.utils.clip_grad_norm_(lesson.own.values(), train.CLIP)
    assert abs(one.item() - own) < 1e-6 and abs(other.item() - lesson.beside["prior"]) < 1e-6
    assert all(torch.allclose(value.grad, slopes[key], atol=1e-6) for key, value in lesson.own.items() if key in slopes)


def test_a_run_with_pictures_of_the_base_goes_on_bit_for_bit_and_says_what_it_learned_from(captioned, train_on):
    asked = dict(steps=6, prior=3, prior_words="a disc", optimiser="AdamW")
    whole_, parts_ = train_on(captioned(), **asked), train_on(captioned(), "parts", stop_after=3, **asked)
    assert not parts_._run.result
    parts_ = train_on(captioned(), "parts", **asked)
    one, other = (load_file(each.path / "result" / "model.safetensors") for each in (whole_, parts_))
    assert all(torch.equal(one[key], other[key]) for key in one)
    facts = read_json(whole_.path / "result" / "model.json")
    assert (facts["prior"], facts["prior_words"]) == (3, "a disc") and whole_._run.metrics()[-1]["prior"] > 0
    with pytest.raises(UserError, match="Of what"):
        models.validate("lora", {"prior": 3})
    stopped = Trainee(whole_.path.parent / "stopped", 0, stop_after=0)
    train.train(captioned(), stopped, models.validate("lora", {"base": str(tiny_base()), "rank": 2, **asked}))
    assert not stopped._run.metrics() and not stopped._run.result


def test_pictures_keep_their_shape_and_are_hardly_cut():
    assert latents.bucket(640, 640, 512, 64) == (512, 512)
    for width, height in ((900, 600), (600, 900), (1000, 400)):
        w, h = latents.bucket(width, height, 512, 64)
        assert w % 64 == h % 64 == 0 and w * h <= 512 * 512 and abs(w / h * height / width - 1) < 0.15
        assert latents.fitted(Image.new("RGB", (width, height)), 512, 64).size == (w, h)


# ---- validation


def test_ten_and_more_pictures_spare_some_and_fewer_are_held_back_in_turns():
    class Twelve:
        items, test = [f"i{number}" for number in range(12)], []

    class Five:
        items, test = [f"i{number}" for number in range(5)], []

    class WithTest(Five):
        test = ["held"]

    [turn] = validation.turns(Twelve, 100, 0)
    assert len(turn.held) == 2 and turn.length == 100
    several = validation.turns(Five, 100, 0)
    assert [len(turn.held) for turn in several] == [1, 1, 1, 0] and len({turn.held for turn in several}) == 4 and {turn.length for turn in several} == {25}
    assert validation.turns(WithTest, 100, 0) == [validation.Turn((), 100)]


def test_looks_are_ever_the_same_and_change_nothing(captioned, tmp_path):
    settings = models.validate("lora", {"base": str(tiny_base()), "rank": 2})
    parts = open_parts(tiny_base())
    lesson = train.Lesson(parts, Data(captioned(), parts, Trainee(tmp_path / "run"), settings), settings, 0)
    before = {key: value.detach().clone() for key, value in lesson.own.items()}
    luck = torch.get_rng_state()
    assert lesson.look() == lesson.look()
    assert torch.equal(luck, torch.get_rng_state()) and all(torch.equal(before[key], value) for key, value in lesson.own.items())


@pytest.fixture
def looks_often(monkeypatch):
    monkeypatch.setattr(train, "LOOK_EVERY", 1)


def test_it_stops_by_itself_and_the_best_step_is_the_result(captioned, train_on, looks_often, monkeypatch):
    def some_losses():
        losses = iter([1.0, 0.9, 0.7, *np.linspace(0.75, 1.5, 40)])
        monkeypatch.setattr(train.Lesson, "held_out", lambda self: float(next(losses)))

    some_losses()
    run = train_on(captioned(), steps=12, optimiser="AdamW", learning_rate=1e-2)
    facts = read_json(run.path / "result" / "model.json")
    assert facts["best_step"] == 2 and facts["step"] == 8 and facts["untouched"] == 1.0
    [shown] = run._run.shown
    assert shown.name == "step_000002.png", "what came out is the best step's"
    assert any("stopped by itself" in note and "step 2" in note for note in run.notes)
    some_losses()
    on = train_on(captioned(), "on", steps=12, stops=False, optimiser="AdamW", learning_rate=1e-2)
    assert read_json(on.path / "result" / "model.json")["step"] == 12
    best, end = (load_file(each.path / "result" / "model.safetensors") for each in (run, on))
    assert read_json(on.path / "result" / "model.json")["best_step"] == 12 and not all(torch.equal(best[key], end[key]) for key in best)   # it plays the last one


def test_with_few_pictures_the_last_turn_learns_from_all_as_far_as_was_best(captioned, train_on, looks_often, monkeypatch):
    monkeypatch.setattr(train.Lesson, "held_out", lambda self: abs(self.n - 2) + 1.0)
    run = train_on(captioned(5), steps=12, optimiser="AdamW")
    assert read_json(run.path / "result" / "model.json")["step"] == 3 * 3 + 2
    assert any("step 2 was best on average" in note for note in run.notes)
    for stop in (4, 9):
        assert not train_on(captioned(5), f"parts {stop}", steps=12, optimiser="AdamW", stop_after=stop)._run.result
        resumed = train_on(captioned(5), f"parts {stop}", steps=12, optimiser="AdamW")
        one, other = (load_file(each.path / "result" / "model.safetensors") for each in (run, resumed))
        assert all(torch.equal(one[key], other[key]) for key in one)


def test_a_pictures_mirrored_twin_is_held_back_with_it(captioned, tmp_path):
    settings = models.validate("lora", {"base": str(tiny_base()), "mirror": True})
    parts, run = open_parts(tiny_base()), Trainee(tmp_path / "run")
    data = Data(captioned(12), parts, run, settings)
    assert len(data.train) == 24 and len(data.items) == 12
    assert not torch.equal(data.train[0].moments, data.train[1].moments)
    [turn] = validation.turns(data, 10, 0)
    assert len(turn.learned(data)) == 20 and len(turn.looked_at(data)) == 2
    assert {seen.item for seen in turn.learned(data)}.isdisjoint(turn.held)


# ---- what is kept of the data


def test_latents_are_kept_by_content_so_an_edited_picture_leaves_none(captioned, tmp_path):
    settings = models.validate("lora", {"base": str(tiny_base())})
    parts, run, folder = open_parts(tiny_base()), Trainee(tmp_path / "run"), captioned(3)
    first = Data(folder, parts, run, settings)
    kept = sorted((run.path / KEPT).glob("*/*"))
    assert len(kept) == 3 and {path.parent.name for path in kept} == {"i1", "i2", "i3"}
    times = [path.stat().st_mtime_ns for path in kept]
    again = Data(folder, parts, run, settings)
    assert [path.stat().st_mtime_ns for path in sorted((run.path / KEPT).glob("*/*"))] == times
    assert torch.equal(first.train[0].moments, again.train[0].moments)
    (folder / "train" / "000001.png").write_bytes(as_png(disc(np.random.default_rng(9), 32)))
    edited = Data(folder, parts, run, settings)
    now = sorted((run.path / KEPT).glob("*/*"))
    assert len(now) == 3 and now[1:] == kept[1:] and now[0] != kept[0]
    assert not torch.equal(first.train[0].moments, edited.train[0].moments)


def test_another_base_at_the_same_place_leaves_no_latents_of_the_one_before(captioned, tmp_path):
    place = tmp_path / "base"
    shutil.copytree(tiny_base(), place)
    settings, run = models.validate("lora", {"base": str(place)}), Trainee(tmp_path / "run")
    first = Data(captioned(3), open_parts(place), run, settings)
    path = place / "vae" / "diffusion_pytorch_model.safetensors"
    save_file({key: value * 1.1 for key, value in load_file(path).items()}, path)
    second = Data(captioned(3), open_parts(place), run, settings)
    assert not torch.equal(first.train[0].moments, second.train[0].moments) and len(list((run.path / KEPT).glob("*/*"))) == 3


# ---- before the start


def test_before_the_start_it_says_who_has_no_caption_and_what_is_cut(captioned):
    long = "the red " * 60
    words = ["the red disc", "", "a disc at the left", long, *["red"] * 6, "", "blue"]
    before = captions.look(DatasetFolder(captioned(12, words=words)), models.validate("lora", {"base": str(tiny_base()), "trigger": "Tlp", "mirror": True}))
    assert before.in_words[0] == "10 of 12 pictures have a caption; these 2 have none: 2, 11."
    assert "is not read of: 4" in before.in_words[1] and "Mirror" in before.in_words[2] and "(3)" in before.in_words[2]
    assert before.texts[0].text == "Tlp, the red disc" and before.texts[1].text == "Tlp"
    assert before.texts[3].cut.startswith("red the red") and before.texts[0].cut == ""
    assert dict(before.words)["tlp"] == 12 and dict(before.words)["red"] == 8 and "the" not in dict(before.words)
    assert captions.text_of({"caption": "my tlp, again"}, "tlp") == "my tlp, again"


def test_words_are_cut_as_transformers_cuts_them():
    cutter, theirs = captions._cutter(tiny_base() / "tokenizer"), CLIPTokenizer.from_pretrained(tiny_base() / "tokenizer")
    for text in ("the Red  disc, it's 42!", "Ein Häuschen – ganz klein", ""):
        assert cutter.encode(text, add_special_tokens=False).ids == theirs(text, add_special_tokens=False).input_ids


def test_how_it_goes_is_said_in_words():
    def looks(*held):
        return [{"step": 40 * place, "held_out": loss, "seen": 0.5, "best": 40 * (1 + int(np.argmin(held[:place]))), "untouched": 1.0}
                for place, loss in enumerate(held, 1)]  # fmt: skip

    assert "too early" in diagnostics.how_it_goes(looks(0.9), None)
    assert "best at step 120" in diagnostics.how_it_goes(looks(0.9, 0.8, 0.7), None) and "30% nearer" in diagnostics.how_it_goes(looks(0.9, 0.8, 0.7), None)
    assert "by heart" in diagnostics.how_it_goes(looks(0.9, 0.7, 0.8, 0.9), None)
    assert "hardly better" in diagnostics.how_it_goes(looks(1.0, 1.0, 0.999), None)
    assert "none is held back" in diagnostics.how_it_goes([{"step": 100, "loss": 0.2}], None)


# ---- files


@pytest.fixture(scope="module", params=["attention and MLP", "all"])
def taught(request):
    """Layers that say something, beside a base of SD 1.5's shape."""
    parts = open_parts(tiny_sd15())
    layers.add(parts.unet, 4, 2.0, request.param)
    luck = torch.Generator().manual_seed(1)
    own = layers.tensors(parts.unet)
    with torch.no_grad():
        for value in own.values():
            value.copy_(0.3 * torch.randn(value.shape, generator=luck))
    return layers.layers_of(own, 2.0)


# Which names ComfyUI (comfy/lora.py: "lora_unet_" and diffusers' name with underscores) and AUTOMATIC1111 (lora.py: these patterns) know.
A1111 = [
    r"lora_unet_down_blocks_(\d+)_(attentions|resnets)_(\d+)_(.+)", r"lora_unet_mid_block_(attentions|resnets)_(\d+)_(.+)",
    r"lora_unet_up_blocks_(\d+)_(attentions|resnets)_(\d+)_(.+)",
]  # fmt: skip
KOHYA = {"lora_down.weight", "lora_up.weight", "alpha"}
PEFT = (
    r"unet\.(down_blocks\.\d|up_blocks\.\d|mid_block)\.(attentions\.\d\.transformer_blocks\.0\.(attn[12]\.to_(q|k|v|out\.0)|ff\.net\.(0\.proj|2))"
    r"|attentions\.\d\.proj_(in|out)|resnets\.\d\.conv[12])\.lora_[AB]\.weight"
)  # fmt: skip


def test_its_files_have_the_names_that_others_publish(taught, tmp_path):
    (tmp_path / "kohya.safetensors").write_bytes(files.as_kohya(taught, {}))
    (tmp_path / "peft.safetensors").write_bytes(files.as_peft(taught, {}))
    kohya, peft = load_file(tmp_path / "kohya.safetensors"), load_file(tmp_path / "peft.safetensors")
    known = {name.replace(".", "_") for name, _ in open_parts(tiny_sd15()).unet.named_modules()}
    for key in kohya:
        name, _, part = key.partition(".")
        assert part in KOHYA and name.removeprefix("lora_unet_") in known and any(re.fullmatch(pattern, name) for pattern in A1111), key
    assert all(re.fullmatch(PEFT, key) for key in peft)
    assert len(kohya) == 3 * len(taught) and len(peft) == 2 * len(taught) and len(taught) in (16 * 10, 16 * 12 + 22 * 2)
    assert {float(value) for key, value in kohya.items() if key.endswith("alpha")} == {2.0}


@pytest.mark.parametrize("write", [files.as_kohya, files.as_peft])
def test_a_file_comes_back_as_it_was_and_diffusers_reads_the_same(write, taught, tmp_path):
    path = tmp_path / "pytorch_lora_weights.safetensors"
    path.write_bytes(write(taught, {"ss_output_name": "tulips"}))
    back, others = files.read(path, open_parts(tiny_sd15()).unet)
    assert not others and back.keys() == taught.keys()
    for name, layer in taught.items():
        assert back[name].alpha == 2.0
        assert max((back[name].down - layer.down).abs().max(), (back[name].up - layer.up).abs().max()) <= 1e-6
    ours, theirs = open_parts(tiny_sd15()), StableDiffusionPipeline.from_pretrained(tiny_sd15(), safety_checker=None)
    layers.attach(ours.unet, back)
    theirs.load_lora_weights(tmp_path)
    given = (torch.randn(1, 4, 8, 8), torch.tensor([500]), torch.randn(1, 77, 16))
    with torch.no_grad():
        plain, said, other = (unet(*given).sample for unet in (open_parts(tiny_sd15()).unet, ours.unet, theirs.unet))
    assert (said - other).abs().max() < 1e-5 and (said - plain).abs().max() > 1e-2


def test_names_of_earlier_days_are_read_too(taught, tmp_path):
    unet = open_parts(tiny_sd15()).unet
    name = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_out.0"
    layer = taught[name]
    for down, up in (
        ("unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.processor.to_out_lora.down.weight",) * 2,
        ("down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_out.0.lora.down.weight",) * 2,
        ("lora_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_out_0.lora_down.weight",) * 2,
        ("base_model.model.down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_out.0.lora_A.weight",) * 2,
    ):
        up = up.replace("down.weight", "up.weight").replace("lora_A", "lora_B")
        save_file({down: layer.down.detach(), up: layer.up.detach(), "lora_te_text_model_x.alpha": torch.tensor(1.0)}, tmp_path / "old.safetensors")
        found, others = files.read(tmp_path / "old.safetensors", unet)
        assert list(found) == [name] and found[name].alpha == 4 and others == ["lora_te_text_model_x.alpha"]


def test_a_lora_of_another_base_is_refused_with_the_keys_that_fit_nothing(tmp_path):
    unet = open_parts(tiny_sd15()).unet
    save_file({"lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight": torch.zeros(2, 3)}, tmp_path / "flux.safetensors")
    with pytest.raises(UserError, match="double_blocks_0_img_attn_qkv"):
        files.read(tmp_path / "flux.safetensors", unet)
    name = "unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q"
    save_file({f"{name}.lora_A.weight": torch.zeros(2, 320), f"{name}.lora_B.weight": torch.zeros(320, 2)}, tmp_path / "wide.safetensors")
    with pytest.raises(UserError, match="does not fit this base"):
        files.read(tmp_path / "wide.safetensors", unet)
    (tmp_path / "old.pt").write_bytes(b"")
    (tmp_path / "cut.safetensors").write_bytes(b"12345678")
    for name, words in (("old.pt", "is not opened"), ("cut.safetensors", "cannot be read")):
        with pytest.raises(UserError, match=words):
            files.read(tmp_path / name, unet)


# ---- the base, and playing


def test_at_strength_nothing_it_is_the_untouched_base_to_the_last_bit(captioned, train_on):
    run = train_on(captioned(), steps=6, optimiser="AdamW", learning_rate=5e-2)
    painter = generate.load(run.path)
    base = generate.Painter(open_parts(tiny_base()), 32)
    layers.add(base.parts.unet, 1, 1.0, "attention")

    def painted(model, **controls):
        request = Request("a run", inputs={"prompt": "the red disc"}, seed=3, controls={**CONTROLS, **controls})
        return whole(generate.play(model, request))[0].content.tobytes()

    untouched = painted(base, strength=0.0)
    one = painted(painter)
    assert painted(painter, strength=0.0) == untouched and one != untouched
    assert painted(painter) == one and painted(painter, strength=0.5) not in (one, untouched)


def test_others_mixed_in_count_by_their_own_strength_and_leave_nothing_behind(captioned, train_on, tmp_path):
    one, other, third = (train_on(captioned(name=name), name, steps=4, optimiser="AdamW", learning_rate=5e-2, fewer_at_noise=name == "third")
                         for name in ("one", "other", "third"))  # fmt: skip
    (tmp_path / "other.safetensors").write_bytes(files.as_kohya(files.layers_of_run(other.path)[0], {"text": "left"}))
    along = lambda run, strength: Mixed(str(run.path), strength, run.path.name)
    alone, of_other, painter = generate.load(one.path), generate.load(other.path), generate.load(one.path)

    def painted(model, *mixed, **controls):
        request = Request("a run", inputs={"prompt": "the red disc", "mix": mixed}, seed=3, controls={**CONTROLS, **controls})
        return whole(generate.play(model, request))[0].content.tobytes()

    itself = painted(alone)
    both = painted(painter, along(other, 0.7))
    assert both not in (itself, painted(of_other))
    assert painted(painter, Mixed(str(tmp_path / "other.safetensors"), 0.7, sha256="x", name="other.safetensors")) == both     # as a file, as a run
    assert painted(painter, along(other, 1.0), strength=0.0) == painted(of_other)
    assert painted(painter, along(other, 0.3)) != both
    many = painted(painter, along(other, 0.7), along(third, 0.5))
    assert many != both and painted(painter) == itself and painted(painter, along(third, 0.5), along(other, 0.7)) == many
    assert painted(painter) == itself and list(painter.parts.unet.peft_config) == [layers.NAME]


def test_a_file_that_fits_nothing_is_no_companion_and_of_another_what_fits_nothing_is_told(captioned, train_on, tmp_path):
    run = train_on(captioned(), steps=2)
    fitting = load_file(run.path / "result" / "model.safetensors")
    save_file({**fitting, "lora_te_text_model_encoder_layers_0_mlp_fc1.alpha": torch.tensor(1.0)}, tmp_path / "more.safetensors")
    save_file({"lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight": torch.zeros(2, 3)}, tmp_path / "flux.safetensors")

    def play(name):
        mixed = (Mixed(str(tmp_path / f"{name}.safetensors"), 0.5, sha256="x", name="theirs.safetensors"),)
        return whole(generate.play(generate.load(run.path), Request("a run", inputs={"prompt": "the disc", "mix": mixed}, controls=CONTROLS)))

    assert play("more")[0].facts["remark"] == (
        "Of theirs.safetensors this belongs to no layer of the base and is left out: lora_te_text_model_encoder_layers_0_mlp_fc1.alpha.")
    with pytest.raises(UserError, match="theirs.safetensors does not fit this base") as caught:
        play("flux")
    assert "lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight" in caught.value.why


def test_a_picture_and_a_brush_lead_it_and_outside_of_the_brush_no_pixel_changes(captioned, train_on, tmp_path):
    painter = generate.load(train_on(captioned(), steps=2).path)
    Image.new("RGB", (80, 80), "tomato").save(tmp_path / "red.png")
    painted = Image.new("L", (80, 80))
    painted.paste(255, (0, 0, 40, 80))
    painted.save(tmp_path / "mask.png")

    def play(anew, **given):
        inputs = {"prompt": "the disc"} | {name: InputFile(str(tmp_path / file), "") for name, file in given.items()}
        return whole(generate.play(painter, Request("a run", inputs=inputs, controls={**CONTROLS, "anew": anew})))[0].content

    little, much, part = play(0.3, picture="red.png"), play(1.0, picture="red.png"), play(1.0, picture="red.png", mask="mask.png")
    assert little.tobytes() != much.tobytes() and part.size == (32, 32)
    assert part.getpixel((30, 15)) == (255, 99, 71) != part.getpixel((4, 15))


def test_it_paints_in_another_size_where_somebody_wants_that(captioned, train_on):
    painter = generate.load(train_on(captioned(), steps=2).path)
    [medium] = whole(generate.play(painter, Request("a run", inputs={"prompt": "the disc"}, controls={**CONTROLS, "size": 48})))
    assert medium.content.size == (48, 48)


def test_a_base_of_sd_15s_shape_goes_through_load_two_steps_and_back(captioned, tmp_path):
    run = Trainee(tmp_path / "run")
    run.sample_due = lambda: False
    train.train(captioned(10, 64), run, models.validate("lora", {"base": str(tiny_sd15()), "rank": 2, "batch": 2, "steps": 2, "layers": "attention and MLP"}))
    run.close()
    learned, facts = files.layers_of_run(run.path)
    (tmp_path / "one.safetensors").write_bytes(files.as_kohya(learned, {}))
    back, others = files.read(tmp_path / "one.safetensors", open_parts(tiny_sd15()).unet)
    assert not others and all(torch.equal(back[name].up, layer.up) for name, layer in learned.items())
    painter = generate.load(run.path)
    [medium] = whole(generate.play(painter, Request("a run", inputs={"prompt": "the disc"}, controls=CONTROLS)))
    assert medium.content.size == (64, 64) and facts["base"] == str(tiny_sd15())


def test_a_base_that_is_not_here_or_of_another_kind_is_answered_in_words(tmp_path):
    with pytest.raises(UserError, match="not on this computer"):
        find("somebody/nothing")
    (tmp_path / "model_index.json").write_text(json.dumps({"_class_name": "FluxPipeline"}))
    with pytest.raises(UserError, match="FluxPipeline"):
        find(str(tmp_path))
    (tmp_path / "model.ckpt").write_bytes(b"")
    with pytest.raises(UserError, match="stranger"):
        find(str(tmp_path / "model.ckpt"))
    (tmp_path / "model.safetensors").write_bytes(b"no")
    with pytest.raises(UserError, match="not whole"):
        open_parts(find(str(tmp_path / "model.safetensors")))
