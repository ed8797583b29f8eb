"""The loop that every text-to-image model plays through: equal to diffusers' own pipelines, and what it promises besides."""

from __future__ import annotations

import itertools
import json
import shutil

import numpy as np
import pytest
import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    PNDMScheduler,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
)
from PIL import Image

from lib.errors import UserError
from lib.models.diffusion.painting import as_mask, as_tensor, paint
from lib.models.diffusion.parts import Parts, open_parts
from lib.models.diffusion.sampling import Asked, decode, sample
from lib.models.diffusion.words import cut_off
from tests.models.tiny_pipelines import write_pipeline

WORDS = ("two red fish", "blue")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_pipeline(tmp_path_factory.mktemp("tiny") / "base")


@pytest.fixture(scope="module")
def parts(folder) -> Parts:
    return open_parts(folder)


@pytest.fixture(scope="module")
def four(tmp_path_factory) -> Parts:
    """With four channels of latents, which is what diffusers paints over."""
    return open_parts(write_pipeline(tmp_path_factory.mktemp("four") / "base", latents=4))


def reference(kind, parts: Parts, scheduler=None):
    made = kind(parts.vae, parts.text_encoder, parts.tokenizer, parts.unet, scheduler or parts.scheduler, None, None, requires_safety_checker=False)
    made.set_progress_bar_config(disable=True)
    return made


def dice(*seeds: int) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def ours(parts: Parts, asked: Asked, *seeds: int) -> torch.Tensor:
    *_, last = sample(parts, asked, seeds)
    assert last.number == last.of
    return decode(parts, last.latents)


def far(one: torch.Tensor, other) -> float:
    return float((one - torch.as_tensor(other)).abs().max())


def picture(side: int = 64) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8))


@pytest.mark.parametrize(("guidance", "rescale"), [(4.0, 0.0), (4.0, 0.7), (1.0, 0.0)])
def test_a_picture_of_words_is_that_of_diffusers(parts, guidance, rescale):
    pipeline = reference(StableDiffusionPipeline, parts)
    theirs = pipeline([WORDS[0]] * 2, negative_prompt=[WORDS[1]] * 2 if guidance > 1 else None, num_inference_steps=4, guidance_scale=guidance,
                      guidance_rescale=rescale, generator=dice(3, 4), output_type="pt").images  # fmt: skip
    made = ours(parts, Asked(WORDS[0], WORDS[1], guidance, rescale, 4), 3, 4)
    assert far((made / 2 + 0.5).clamp(0, 1), theirs) < 1e-4


@pytest.mark.parametrize("kind", [PNDMScheduler, DPMSolverMultistepScheduler, EulerAncestralDiscreteScheduler])
def test_so_it_is_with_other_schedulers_of_stable_diffusion(parts, kind):
    scheduler = kind(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1)
    theirs = reference(StableDiffusionPipeline, parts, scheduler)(WORDS[0], num_inference_steps=4, generator=dice(3), output_type="pt").images
    made = ours(Parts(parts.vae, parts.text_encoder, parts.tokenizer, parts.unet, scheduler), Asked(WORDS[0], steps=4), 3)
    assert far((made / 2 + 0.5).clamp(0, 1), theirs) < 1e-4


@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_a_picture_of_a_picture_is_that_of_diffusers(parts, strength):
    theirs = reference(StableDiffusionImg2ImgPipeline, parts)(
        WORDS[0], image=picture(), strength=strength, num_inference_steps=6, guidance_scale=3.0, generator=dice(5), output_type="pt").images  # fmt: skip
    made = ours(parts, Asked(WORDS[0], guidance=3.0, rescale=0.0, steps=6, picture=as_tensor(picture()), strength=strength), 5)
    assert far((made / 2 + 0.5).clamp(0, 1), theirs) < 1e-4


@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_what_is_painted_over_is_that_of_diffusers(four, strength):
    painted = Image.new("L", (64, 64))
    painted.paste(255, (0, 16, 32, 64))
    theirs = reference(StableDiffusionInpaintPipeline, four)(
        WORDS[0], image=picture(), mask_image=painted, strength=strength, num_inference_steps=6, guidance_scale=3.0, height=64, width=64,
        generator=dice(5), output_type="pt").images  # fmt: skip
    asked = Asked(WORDS[0], guidance=3.0, rescale=0.0, steps=6, picture=as_tensor(picture()), strength=strength, mask=as_mask(painted))
    assert far((ours(four, asked, 5) / 2 + 0.5).clamp(0, 1), theirs) < 1e-4


def test_a_seed_makes_the_same_picture_alone_and_among_others(parts):
    asked = Asked(WORDS[0], steps=3)
    together = ours(parts, asked, 7, 8, 9)
    assert far(ours(parts, asked, 8)[0], together[1]) < 1e-4
    assert far(together[0], together[1]) > 0.01


def test_it_does_not_touch_the_scheduler_that_it_was_given(parts):
    before = parts.scheduler.timesteps.clone()
    ours(parts, Asked(WORDS[0], steps=3), 1)
    assert torch.equal(parts.scheduler.timesteps, before)


def test_where_the_schedule_begins_with_nothing_but_noise_guidance_is_kept_from_glaring(parts):
    said = Asked(WORDS[0], guidance=6.0, steps=3)
    assert far(ours(parts, said, 1), ours(parts, Asked(WORDS[0], guidance=6.0, rescale=0.7, steps=3), 1)) == 0
    plain = Parts(parts.vae, parts.text_encoder, parts.tokenizer, parts.unet, DDIMScheduler())
    assert far(ours(plain, said, 1), ours(plain, Asked(WORDS[0], guidance=6.0, rescale=0.0, steps=3), 1)) == 0


def test_other_sizes_are_made_in_multiples_of_the_factor(parts):
    [made] = [medium.content for medium in paint(parts, Asked(WORDS[0], steps=2, width=72, height=40), 0, 1) if medium.is_whole]
    assert made.size == (72, 40)
    with pytest.raises(UserError, match="multiple of 8 px. Choose 64 × 72 px"):
        next(paint(parts, Asked(WORDS[0], width=66, height=70), 0, 1))


def test_pictures_form_before_they_are_whole_and_one_may_leave_between_two_steps(parts):
    made = list(paint(parts, Asked(WORDS[0], steps=3), 5, 2, every=0))
    assert [(medium.number, medium.is_whole) for medium in made] == [(0, False), (1, False)] * 2 + [(0, True), (1, True)]
    assert made[0].facts == {"step": 1, "of": 3} and made[0].content.size == (64, 64)
    left = paint(parts, Asked(WORDS[0], steps=1000), 5, 2, every=0)
    assert len(list(itertools.islice(left, 2))) == 2
    left.close()


def test_of_a_large_picture_a_small_one_forms(parts):
    first = next(paint(parts, Asked(WORDS[0], steps=2, width=256, height=128), 0, 1, every=0))
    assert first.content.size == (128, 64) and not first.is_whole


def test_outside_of_the_brush_no_pixel_changes(parts, tmp_path):
    given, painted = picture(96), Image.new("L", (96, 96))
    painted.paste(255, (0, 0, 48, 96))
    given.save(tmp_path / "picture.png")
    painted.save(tmp_path / "mask.png")
    [made] = paint(parts, Asked(WORDS[0], steps=2), 0, 1, tmp_path / "picture.png", tmp_path / "mask.png", every=99)
    small = np.asarray(given.resize((64, 64), Image.Resampling.LANCZOS))
    changed = np.abs(np.asarray(made.content).astype(int) - small).max(2) > 0
    assert not changed[:, 33:].any() and changed[:, :28].mean() > 0.9


def test_the_words_that_are_not_read_are_told(parts):
    assert cut_off(parts, WORDS[0]) == ""
    long = " ".join(["red"] * 80)
    assert cut_off(parts, long) == " ".join(["red"] * 5)
    [made] = paint(parts, Asked(long, steps=1), 0, 1)
    assert made.facts["remark"].endswith("red red red red red")


def test_what_is_no_model_is_said_in_three_lines(folder, tmp_path):
    with pytest.raises(UserError, match="model_index.json is missing"):
        open_parts(tmp_path)
    copy = shutil.copytree(folder, tmp_path / "copy")
    (copy / "unet" / "diffusion_pytorch_model.safetensors").write_bytes(b"nothing")
    with pytest.raises(UserError, match="The model in copy cannot be opened"):
        open_parts(copy)
    shutil.rmtree(copy / "vae")
    with pytest.raises(UserError, match="These folders are missing: vae"):
        open_parts(copy)
    (copy / "vae").mkdir()
    (copy / "model_index.json").write_text(json.dumps({"scheduler": ["diffusers", "os"]}))
    with pytest.raises(UserError, match="not known here"):
        open_parts(copy)


def test_what_was_fetched_in_half_precision_alone_is_opened(folder, tmp_path):
    half = shutil.copytree(folder, tmp_path / "half")
    for file in half.rglob("*model.safetensors"):
        file.rename(file.with_suffix(".fp16.safetensors"))
    ours, theirs = open_parts(half), open_parts(folder)
    assert all(torch.equal(a, b) for a, b in zip(ours.parameters(), theirs.parameters(), strict=True))
