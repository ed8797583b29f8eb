"""Covers SDXL as the base of a LoRA: two text encoders, the sizes that it is told, its names in files, and that it does what diffusers does."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from diffusers import DDPMScheduler, StableDiffusionXLImg2ImgPipeline, StableDiffusionXLPipeline
from peft import LoraConfig
from PIL import Image
from safetensors.torch import load_file, save_file

from lib import models
from lib.errors import UserError
from lib.models.adversarial import Order, seed_step
from lib.models.diffusion.painting import as_tensor
from lib.models.diffusion.sampling import Asked, decode, sample
from lib.models.lora import base, bases, files, generate, latents, layers, single_file, train
from lib.models.lora.latents import Data
from lib.models.lora.parts import open_parts
from lib.models.playing import Request
from lib.project.dataset_folder import DatasetFolder
from tests.models.conftest import Trainee
from tests.models.test_lora import CONTROLS, PLAIN, captioned, whole
from tests.models.tiny_pipelines import tiny_sd15, tiny_sdxl
from tools.true_shapes import in_first_names

__all__ = ["captioned"]

SDXL = "stabilityai/stable-diffusion-xl-base-1.0"


# ---- learning


def test_with_our_extras_off_it_is_the_published_loop_of_sdxl(captioned, tmp_path):
    """Ten steps beside the loop of diffusers' train_text_to_image_lora_sdxl.py, written anew: loss and weights to 1e-4. The pictures are made smaller."""
    folder = captioned(12, size=96)
    settings = models.validate("lora", {"base": str(tiny_sdxl()), "rank": 4, "batch": 2, "steps": 10, **PLAIN})
    run, losses = Trainee(tmp_path / "run"), []
    parts = open_parts(tiny_sdxl())
    data = Data(folder, parts, run, settings)
    assert data.size == 64 and {seen.sizes for seen in data.train} == {(96, 96, 0, 0, 64, 64)}
    torch.manual_seed(0)
    lesson = train.Lesson(parts, data, settings, 0)
    for n in range(1, 11):
        seed_step(0, n)
        losses.append(lesson.play())
        lesson.step = n
    theirs, weights = published_loop(folder, settings, lesson.turn.held)
    assert np.abs(np.array(losses) - np.array(theirs)).max() < 1e-4
    assert losses[0] != losses[-1] and weights.keys() == lesson.own.keys()
    assert max((weights[key] - value.detach()).abs().max() for key, value in lesson.own.items()) < 1e-4
    assert max(value.detach().abs().max() for key, value in lesson.own.items() if "lora_B" in key) > 1e-3


def published_loop(folder, settings, held) -> tuple[list[float], dict]:
    """Plainly, with diffusers and peft: pictures and texts are encoded at each step, and each picture says its three sizes."""
    pipeline = StableDiffusionXLPipeline.from_pretrained(tiny_sdxl())
    unet, vae, encoders, tokenizers = pipeline.unet, pipeline.vae, [pipeline.text_encoder, pipeline.text_encoder_2], [pipeline.tokenizer, pipeline.tokenizer_2]
    for network in (unet, vae, *encoders):
        network.requires_grad_(False)
    torch.manual_seed(0)
    unet.add_adapter(LoraConfig(r=settings.rank, lora_alpha=settings.rank, init_lora_weights="gaussian", target_modules=["to_k", "to_q", "to_v", "to_out.0"]))
    learning = [p for p in unet.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(learning, lr=settings.learning_rate, betas=(0.9, 0.999), weight_decay=1e-2, eps=1e-8)
    noiser, data = DDPMScheduler.from_config(pipeline.scheduler.config), DatasetFolder(folder)
    places = [place for place, row in enumerate(data.rows("train")) if row["item"] not in held]
    order, losses = Order(len(places), 0), []
    for step in range(1, settings.steps + 1):
        seed_step(0, step)
        chosen = [places[place] for place in order.batch(step, settings.batch)]
        pictures = [Image.fromarray(picture) for picture in data.pictures("train")[chosen]]
        small = [np.asarray(picture.resize((64, 64), Image.Resampling.LANCZOS)) for picture in pictures]
        pixels = torch.from_numpy(np.stack(small)).permute(0, 3, 1, 2) / 127.5 - 1
        clean = vae.encode(pixels).latent_dist.sample() * vae.config.scaling_factor
        noise = torch.randn_like(clean.contiguous())
        times = torch.randint(0, noiser.config.num_train_timesteps, (len(clean),)).long()
        time_ids = torch.tensor([[picture.height, picture.width, 0, 0, 64, 64] for picture in pictures])
        heard, pooled = [], None
        for tokenizer, encoder in zip(tokenizers, encoders, strict=True):
            captions = [data.rows("train")[place]["caption"] for place in chosen]
            ids = tokenizer(captions, padding="max_length", max_length=77, truncation=True, return_tensors="pt").input_ids
            said = encoder(ids, output_hidden_states=True, return_dict=False)
            pooled = said[0]
            heard.append(said[-1][-2])
        said = unet(noiser.add_noise(clean, noise, times), times, torch.cat(heard, -1), added_cond_kwargs={"time_ids": time_ids, "text_embeds": pooled}).sample
        loss = F.mse_loss(said.float(), noise.float(), reduction="mean")
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        losses.append(loss.item())
    return losses, {key.replace(".default.", "."): value.detach() for key, value in unet.named_parameters() if ".lora_" in key}


def test_it_is_told_how_large_a_picture_was_and_where_it_was_cut():
    cover = latents.Cover.of(200, 100, 64, 32)
    assert (cover.bucket, cover.large, cover.cut) == ((96, 32), (96, 48), (0, 8))
    assert latents.fitted(Image.new("RGB", (200, 100)), 64, 32).size == cover.bucket
    assert latents.sizes_of(*cover.bucket, (200, 100), cover.cut) == (100, 200, 8, 0, 32, 96)     # height before width, top before left
    assert latents.sizes_of(96, 32) == (32, 96, 0, 0, 32, 96)


# ---- painting


@pytest.fixture(scope="module")
def pipeline():
    made = StableDiffusionXLPipeline.from_pretrained(tiny_sdxl())
    made.set_progress_bar_config(disable=True)
    return made


@pytest.mark.parametrize(("guidance", "negative"), [(5.0, ""), (5.0, "blue"), (1.0, "")], ids=["nothing is zeros", "not blue", "without guidance"])
def test_a_picture_of_words_is_that_of_diffusers(pipeline, guidance, negative):
    parts = open_parts(tiny_sdxl()).for_playing()
    *_, last = sample(parts, Asked("the red disc", negative, guidance, steps=4, width=96, height=64), [3, 4])
    theirs = pipeline(["the red disc"] * 2, negative_prompt=[negative] * 2 if negative else None, num_inference_steps=4, guidance_scale=guidance, width=96,
                      height=64, generator=[torch.Generator().manual_seed(seed) for seed in (3, 4)], output_type="pt").images  # fmt: skip
    assert ((decode(parts, last.latents) / 2 + 0.5).clamp(0, 1) - theirs).abs().max() < 1e-4


def test_a_picture_of_a_picture_is_that_of_diffusers(pipeline):
    parts, picture = open_parts(tiny_sdxl()).for_playing(), Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    asked = Asked("the red disc", guidance=3.0, steps=6, width=64, height=64, picture=as_tensor(picture), strength=0.5)
    *_, last = sample(parts, asked, [5])
    theirs = StableDiffusionXLImg2ImgPipeline(**pipeline.components)(
        "the red disc", image=picture, strength=0.5, num_inference_steps=6, guidance_scale=3.0, generator=[torch.Generator().manual_seed(5)], output_type="pt").images  # fmt: skip
    assert ((decode(parts, last.latents) / 2 + 0.5).clamp(0, 1) - theirs).abs().max() < 1e-4


# ---- the whole way


@pytest.fixture(scope="module")
def taught():
    """Layers that say something, beside a base of SDXL's shape: all kinds of them."""
    unet = open_parts(tiny_sdxl()).unet
    layers.add(unet, 4, 2.0, "all")
    luck, own = torch.Generator().manual_seed(1), layers.tensors(unet)
    with torch.no_grad():
        for value in own.values():
            value.copy_(0.3 * torch.randn(value.shape, generator=luck))
    return layers.layers_of(own, 2.0)


def test_it_is_taught_two_steps_exported_read_back_and_played_with_and_without(captioned, tmp_path):
    run = Trainee(tmp_path / "run")
    settings = {"base": str(tiny_sdxl()), "rank": 2, "batch": 2, "steps": 2, "mirror": True, "checkpointing": True, "prior": 1, "prior_words": "a disc"}
    train.train(captioned(10, 64), run, models.validate("lora", {**settings, "optimiser": "AdamW", "learning_rate": 0.05}))
    run.close()
    learned, facts = files.layers_of_run(run.path)
    assert facts["base_version"] == "sdxl_base_v1-0" == files.OF_XL
    for write in (lambda: files.as_kohya(learned, {}, is_xl=True), lambda: files.as_peft(learned, {})):
        (tmp_path / "one.safetensors").write_bytes(write())
        back, others = files.read(tmp_path / "one.safetensors", open_parts(tiny_sdxl()).unet)
        assert not others and back.keys() == learned.keys() and all(torch.equal(back[name].up, layer.up) for name, layer in learned.items())
    painter = generate.load(run.path)
    assert len(list(painter.parameters())) > len(list(painter.parts.unet.parameters())) and painter.parts.text_2 is not None

    def painted(**controls):
        [medium] = whole(generate.play(painter, Request("a run", inputs={"prompt": "the disc"}, seed=3, controls={**CONTROLS, **controls})))
        return medium.content

    assert painted().size == (64, 64) and painted().tobytes() != painted(strength=0.0).tobytes()


def test_kohyas_names_are_those_of_sdxls_first_code_and_the_others_those_of_diffusers(taught, tmp_path):
    (tmp_path / "kohya.safetensors").write_bytes(files.as_kohya(taught, {}, is_xl=True))
    parts = open_parts(tiny_sdxl())
    named = in_first_names(parts.unet.state_dict(), parts.vae.state_dict(), parts.text.state_dict(), text_2=parts.text_2.state_dict())
    before = "model.diffusion_model."
    known = {f"lora_unet_{key.removeprefix(before).removesuffix('.weight').replace('.', '_')}" for key in named if key.startswith(before) and key.endswith(".weight")}
    kohya = load_file(tmp_path / "kohya.safetensors")
    assert {key.partition(".")[0] for key in kohya} <= known and len(kohya) == 3 * len(taught)
    assert "lora_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q.lora_down.weight" in kohya and "lora_unet_middle_block_2_in_layers_2.alpha" in kohya


@pytest.mark.parametrize("write", [lambda taught: files.as_kohya(taught, {}, is_xl=True), lambda taught: files.as_kohya(taught, {}), lambda taught: files.as_peft(taught, {})],
                         ids=["kohya", "diffusers' names", "peft"])  # fmt: skip
def test_a_file_comes_back_as_it_was_and_diffusers_reads_the_same(write, taught, tmp_path):
    path = tmp_path / "pytorch_lora_weights.safetensors"
    path.write_bytes(write(taught))
    ours, plain, theirs = open_parts(tiny_sdxl()).unet, open_parts(tiny_sdxl()).unet, StableDiffusionXLPipeline.from_pretrained(tiny_sdxl())
    back, others = files.read(path, ours)
    assert not others and back.keys() == taught.keys()
    layers.attach(ours, back)
    theirs.load_lora_weights(tmp_path)
    given = (torch.randn(1, 4, 8, 8), torch.tensor([500]), torch.randn(1, 77, 40))
    beside = {"added_cond_kwargs": {"text_embeds": torch.randn(1, 24), "time_ids": torch.tensor([[64, 64, 0, 0, 64, 64]])}}
    with torch.no_grad():
        plain, said, other = (unet(*given, **beside).sample for unet in (plain, ours, theirs.unet))
    assert (said - other).abs().max() < 1e-5 and (said - plain).abs().max() > 1e-2


def test_a_lora_of_stable_diffusion_15_is_refused_with_its_keys_though_some_of_its_layers_would_fit(tmp_path):
    unet = open_parts(tiny_sd15()).unet
    layers.add(unet, 2, 2.0, "attention")
    (tmp_path / "sd15.safetensors").write_bytes(files.as_kohya(layers.layers_of(layers.tensors(unet), 2.0), {}))
    with pytest.raises(UserError, match="sd15.safetensors does not fit this base") as caught:
        files.read(tmp_path / "sd15.safetensors", open_parts(tiny_sdxl()).unet)
    assert "of another size" in caught.value.why and "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k" in caught.value.why


# ---- the base


@pytest.fixture
def one_file(tmp_path, monkeypatch):
    """One .safetensors file of the tiny SDXL, by the names of its first code; what such a file leaves out is carried in its shapes."""
    parts = open_parts(tiny_sdxl())
    named = in_first_names(parts.unet.state_dict(), parts.vae.state_dict(), parts.text.state_dict(), text_2=parts.text_2.state_dict())
    save_file({key: value.contiguous().clone() for key, value in named.items()}, tmp_path / "paints.safetensors")
    shutil.copytree(tiny_sdxl(), tmp_path / "carried" / "xl", ignore=shutil.ignore_patterns("*.safetensors"))
    shutil.copytree(tiny_sdxl() / "tokenizer", tmp_path / "carried" / "tokenizer")
    monkeypatch.setattr(single_file, "CARRIED", tmp_path / "carried")
    return tmp_path / "paints.safetensors"


def test_one_file_opens_to_the_same_numbers_as_the_folder_that_it_was_made_of(one_file):
    assert single_file.kind_of(one_file) == "xl" and base.find(str(one_file)) == one_file
    opened, expected = open_parts(one_file), open_parts(tiny_sdxl())
    for name in ("unet", "vae", "text", "text_2"):
        ours, theirs = getattr(opened, name).state_dict(), getattr(expected, name).state_dict()
        assert ours.keys() == theirs.keys() and all(torch.equal(ours[key], theirs[key]) for key in theirs), name
    assert opened.empty_is_zero and (opened.tokenizer.pad_token, opened.tokenizer_2.pad_token) == ("<|endoftext|>", "!")
    assert not opened.said("").tokens.any() and not opened.said("").whole.any() and opened.said("red").whole.any()


def test_what_is_carried_for_a_file_of_sdxl_has_the_true_shapes():
    from diffusers import UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModelWithProjection

    carried = single_file.CARRIED / single_file.XL
    with torch.device("meta"):
        unet = UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(carried / "unet"))
        second = CLIPTextModelWithProjection(CLIPTextConfig.from_pretrained(carried / "text_encoder_2"))
    assert sum(value.numel() for value in unet.parameters()) == 2_567_463_684     # as published: 2.6 billion
    assert sum(value.numel() for value in second.parameters()) == 694_659_840


def test_what_is_like_sdxl_but_cannot_be_taught_says_what_it_is(tmp_path):
    def why(key: str, **more):
        save_file({key: torch.zeros(1), **more}, tmp_path / "other.safetensors")
        with pytest.raises(UserError, match="cannot be the base of a LoRA here") as caught:
            base.find(str(tmp_path / "other.safetensors"))
        return caught.value.why

    assert "refiner" in why("conditioner.embedders.0.model.ln_final.bias")
    assert "Playground" in why("edm_mean") and "velocity" in why("v_pred")
    folder = tmp_path / "playground"
    (folder / "vae").mkdir(parents=True)
    (folder / "model_index.json").write_text(json.dumps({"_class_name": "StableDiffusionXLPipeline"}))
    (folder / "vae" / "config.json").write_text(json.dumps({"latents_mean": [0.1]}))
    with pytest.raises(UserError, match="playground cannot be the base"):
        base.find(str(folder))
    shutil.copytree(tiny_sdxl(), tmp_path / "half", ignore=shutil.ignore_patterns("text_encoder_2"))
    with pytest.raises(UserError, match="not whole") as caught:
        open_parts(tmp_path / "half")
    assert "text_encoder_2" in caught.value.why


def test_the_memory_that_it_takes_is_worked_out_as_for_the_others():
    assert bases.facts(SDXL).side == 1024 and bases.guidance(SDXL) == 5.0
    assert bases.presets(SDXL)[24] == {"size": 0, "batch": 2, "checkpointing": True} and bases.presets(SDXL)[6] is None
