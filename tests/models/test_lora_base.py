"""Covers what a LoRA starts from: one .safetensors file as other programs keep it, and the list of bases with the memory that each takes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from transformers import CLIPTokenizer

from lib import models
from lib.errors import UserError
from lib.models.lora import base, bases, captions, generate, layers, single_file, train
from lib.models.lora.parts import open_parts
from lib.models.playing import Request
from lib.project.dataset_folder import DatasetFolder
from tests.models.conftest import Trainee
from tests.models.test_lora import CONTROLS, captioned, whole
from tests.models.tiny_pipelines import tiny_sd15
from tools.true_shapes import in_first_names

__all__ = ["captioned"]


@pytest.fixture
def one_file(tmp_path, monkeypatch):
    """one_file(second=, change) writes SD 1.5's (or 2's) names, a hundredth as wide, and returns the file and the folder that it was made of.

    What such a file leaves out is then carried in the narrow shapes. change: a function of the names and tensors.
    """

    def write(second: bool = False, change=lambda tensors: tensors) -> tuple[Path, Path]:
        folder, path = tiny_sd15(), tmp_path / "paints.safetensors"
        parts = open_parts(folder)
        named = in_first_names(parts.unet.state_dict(), parts.vae.state_dict(), parts.text.state_dict(), is_second=second)
        save_file({key: value.contiguous() for key, value in change(named).items()}, path)
        carried = tmp_path / "carried"
        shutil.copytree(folder, carried / ("v2" if second else "v1"), ignore=shutil.ignore_patterns("*.safetensors"))
        shutil.copytree(folder / "tokenizer", carried / "tokenizer")
        monkeypatch.setattr(single_file, "CARRIED", carried)
        return path, folder

    return write


# ---- one file


@pytest.mark.parametrize("second", [False, True], ids=["v1", "v2"])
def test_one_file_opens_to_the_same_numbers_as_the_folder_that_it_was_made_of(one_file, second):
    path, folder = one_file(second)
    assert single_file.kind_of(path) == ("v2" if second else "v1") and base.find(str(path)) == path
    opened, expected = open_parts(path), open_parts(folder)
    for name in ("unet", "vae", "text"):
        ours, theirs = getattr(opened, name).state_dict(), getattr(expected, name).state_dict()
        assert ours.keys() == theirs.keys() and all(torch.equal(ours[key], theirs[key]) for key in theirs), name
    if not second:      # which fills up with another piece
        assert torch.equal(opened.said("the red").tokens, expected.said("the red").tokens)


def test_one_file_is_taught_two_steps_and_played_without_a_network(one_file, captioned, tmp_path, monkeypatch):
    path, _ = one_file()
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("a network was asked"))
    run, words = Trainee(tmp_path / "run"), ["the red"] * 9 + [" ".join(["red"] * 100)]
    run.sample_due = lambda: False
    settings = models.validate("lora", {"base": str(path), "rank": 2, "batch": 2, "steps": 2})
    assert captions.look(DatasetFolder(captioned(10, 64, words)), settings).texts[-1].cut.count("red") == 25
    train.train(captioned(10, 64, words), run, settings)
    run.close()
    [medium] = whole(generate.play(generate.load(run.path), Request("a run", inputs={"prompt": "red"}, controls=CONTROLS)))
    assert medium.content.size == (64, 64)


def test_a_file_that_will_not_do_says_what_it_is(one_file, tmp_path):
    def begins(key: str, shape=(1,)):
        save_file({key: torch.zeros(shape)}, tmp_path / "other.safetensors")
        with pytest.raises(UserError, match="cannot be the base of a LoRA here") as caught:
            base.find(str(tmp_path / "other.safetensors"))
        return caught.value.why

    assert "no U-Net" in begins("conditioner.embedders.0.transformer.text_model.embeddings.position_ids")
    assert "Flux" in begins("double_blocks.0.img_attn.qkv.weight") and "Stable Diffusion 3" in begins("model.diffusion_model.joint_blocks.0.x")
    assert "a LoRA itself" in begins("lora_unet_down_blocks_0.lora_down.weight") and "no U-Net" in begins("something.else")
    assert "9 channels" in begins("model.diffusion_model.input_blocks.0.0.weight", (4, 9, 3, 3))
    assert "autoencoder" in begins("model.diffusion_model.input_blocks.0.0.weight", (4, 4, 3, 3))
    path, _ = one_file(change=lambda named: {key: value for key, value in named.items() if not key.startswith("cond_stage_model")})
    with pytest.raises(UserError, match="cannot be the base") as caught:
        base.find(str(path))
    assert "no text encoder" in caught.value.why


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 200, (20).to_bytes(8, "little") + b"no json is in here !", (9**9).to_bytes(8, "little")])
def test_half_a_file_is_told_as_one(tmp_path, content):
    (tmp_path / "half.safetensors").write_bytes(content)
    with pytest.raises(UserError, match="cannot be read"):
        base.find(str(tmp_path / "half.safetensors"))


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float32])
@pytest.mark.parametrize(("spread", "says"), [(0.03, single_file.V2), (0.3, single_file.V2_VELOCITY)])
def test_a_file_of_stable_diffusion_2_is_known_by_how_wide_one_row_is_spread(tmp_path, kind, spread, says):
    row, first = "model.diffusion_model.output_blocks.11.1.transformer_blocks.0.norm1.bias", "model.diffusion_model.input_blocks.0.0.weight"
    others = {first: torch.zeros(4, 4, 3, 3), "first_stage_model.x": torch.zeros(1), "cond_stage_model.model.x": torch.zeros(1)}
    save_file({**others, row: (torch.tensor([1.0, -1.0] * 8) * spread).to(kind)}, tmp_path / "second.safetensors")
    assert single_file.kind_of(tmp_path / "second.safetensors") == says


def test_what_is_carried_for_a_file_has_the_true_shapes_and_cuts_words_as_clip_does():
    from diffusers import UNet2DConditionModel

    with torch.device("meta"):
        for kind, width in ((single_file.V1, 768), (single_file.V2, 1024)):
            unet = UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(single_file.CARRIED / kind / "unet"))
            assert unet.config.cross_attention_dim == width and 8.5e8 < sum(value.numel() for value in unet.parameters()) < 8.8e8
    cutter = CLIPTokenizer.from_pretrained(single_file.CARRIED / single_file.TOKENIZER)
    assert cutter("a photo of a cat").input_ids == [49406, 320, 1125, 539, 320, 2368, 49407] and len(cutter) == 49408
    assert cutter("!").input_ids == [49406, 256, 49407] and cutter.pad_token_id == 49407
    files = [path for path in single_file.CARRIED.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 1_600_000 and not [path for path in files if path.suffix == ".safetensors"]


# ---- the list


def test_each_base_says_whose_it_is_what_it_learned_from_its_licence_and_its_size():
    assert [one.title for one in bases.OFFERED] == ["Tiny base", "Stable Diffusion 1.5", "SD-Turbo", "SDXL"] and bases.OFFERED[0].name in base.CARRIED
    for one in bases.OFFERED:
        assert all((one.whose, one.licence, one.learned, one.note, one.time))
        assert one.gigabytes == 0 or (bases.WORKED_OUT in one.time.lower() and bases.can_be_fetched(one.name))
        assert "LAION-5B" in one.learned or "ot disclosed" in one.learned or one.name == "tiny_base"
    assert not bases.can_be_fetched("tiny_base") and not bases.can_be_fetched("/somewhere/model") and not bases.is_here("nobody/nothing")
    assert bases.facts("nobody/nothing") is None and bases.suited("nobody/nothing", 8, True) == {}
    assert bases.suited("tiny_base", 1, False) == bases.ON_TINY == bases.suited("tiny_base", None, True) and bases.suited(bases.OFFERED[1].name, None, True) == {}


def test_the_card_of_what_was_taught_says_what_its_base_learned_from_and_not_where_it_lay():
    assert "LAION-5B" in models.starts_from("lora", {"base": bases.OFFERED[1].name})
    assert models.starts_from("lora", {"base": "/home/ana/secret/paints.safetensors"}).startswith("the base paints.safetensors. ")
    assert "owner/paints" in models.starts_from("lora", {"base": "owner/paints"}) and models.starts_from("gan", {}) == "nothing but your data."
    assert models.base_field("lora") == "base" and models.base_field("gan") == ""


def test_more_memory_means_larger_pictures_and_more_of_them():
    for one in [one for one in bases.OFFERED if one.millions]:
        presets = [preset for preset in bases.presets(one.name).values() if preset]
        sides = [preset["size"] or one.side for preset in presets]
        assert presets and sides == sorted(sides)
        for gigabytes, preset in bases.presets(one.name).items():
            if preset:
                needed = bases.memory(one, preset["size"] or one.side, preset["batch"], preset["checkpointing"], on_card=True)
                assert needed < gigabytes and models.validate("lora", preset)
    assert bases.presets("stable-diffusion-v1-5/stable-diffusion-v1-5") == {
        6: {"size": 384, "batch": 2, "checkpointing": True}, 8: {"size": 0, "batch": 2, "checkpointing": True},
        12: {"size": 0, "batch": 2, "checkpointing": False}, 16: {"size": 0, "batch": 4, "checkpointing": False},
        24: {"size": 0, "batch": 4, "checkpointing": False},
    }  # fmt: skip
    sd = bases.OFFERED[1].name
    assert bases.suited(sd, 16, False) == {"size": 256, "batch": 1, "checkpointing": False} and bases.suited(sd, 4, False) is None
    assert bases.in_words(sd, None) == "too small" and bases.in_words(sd, {}) == ""


def test_the_numbers_of_a_base_in_half_leave_the_addition_in_full():
    """As on a card: the base in bfloat16, what learns in float32."""
    unet = open_parts(tiny_sd15()).unet.to(torch.bfloat16)
    layers.add(unet, 2, 2.0, "attention")
    own = layers.tensors(unet)
    with torch.autocast("cpu", torch.bfloat16):
        said = unet(torch.randn(1, 4, 8, 8), torch.tensor([5]), torch.randn(1, 7, 16)).sample
    said.float().square().mean().backward()
    assert {value.dtype for value in own.values()} == {torch.float32} and all(value.grad is not None and value.grad.isfinite().all() for value in own.values())
