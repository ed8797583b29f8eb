"""One .safetensors file as Stable Diffusion 1.5 is kept, of its true shapes and names but with numbers by chance, through a whole training.

    .venv/bin/python tools/true_shapes.py --folder /somewhere/with/room     (2.1 GB of disk, some 9 GB of memory, minutes)

Writes the file, opens it as a base, learns two steps at 64 px from drawn pictures, writes the addition as other programs read it, reads
both files back, and says how long each took. No picture of it is worth a look. `in_first_names` is what tests use of it.

Went through to its end: 1,130 names of 1,066 million numbers (2.13 GB), opened with a key for each; two steps at 64 px, finished; both files
read back with 128 layers and no key that fits nothing. Opened in 6 s; 7.6 GB of memory here at most, and 5.4 GB seen in the training's own
process. On two cores that others had taken (load 12 to 16, and this with the least of all priorities) it took 43 minutes.
"""

from __future__ import annotations

import argparse
import re
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors.torch import save_file

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lib.models.lora import single_file

_RESNET = {"norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1", "norm2": "out_layers.0", "conv2": "out_layers.3",
           "conv_shortcut": "skip_connection"}  # fmt: skip
_VAE_ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}


def in_first_names(unet: Mapping, vae: Mapping, text: Mapping, each: int = 2, is_second: bool = False, text_2: Mapping | None = None) -> dict[str, torch.Tensor]:
    """The weights of diffusers' and transformers' networks by the names of Stable Diffusion's first code. each: layers_per_block. is_second: of
    Stable Diffusion 2, whose words are those of open_clip. text_2: the second text encoder of SDXL."""
    with_attention = {int(match[1]) for key in unet if (match := re.match(r"up_blocks\.(\d+)\.attentions", key))}
    blocks = 1 + max(int(match[1]) for key in vae if (match := re.match(r"decoder\.up_blocks\.(\d+)", key)))
    named = {f"model.diffusion_model.{_unet_name(key, each, with_attention)}": value for key, value in unet.items()}
    for key, value in vae.items():
        is_square = re.search(r"attentions\.0\.to_\w+(\.0)?\.weight$", key)
        named[f"first_stage_model.{_vae_name(key, blocks)}"] = value[:, :, None, None] if is_square else value
    text = {key.removeprefix("text_model."): value for key, value in text.items()}
    if text_2 is not None:
        text_2 = {key.removeprefix("text_model."): value for key, value in text_2.items()}
        named |= {f"conditioner.embedders.0.transformer.text_model.{key}": value for key, value in text.items()}
        return named | _as_open_clip(text_2, "conditioner.embedders.1.model.")
    if is_second:
        return named | _as_open_clip(text, "cond_stage_model.model.")
    return named | {f"cond_stage_model.transformer.text_model.{key}": value for key, value in text.items()}


def _as_open_clip(text: Mapping[str, torch.Tensor], before: str) -> dict[str, torch.Tensor]:
    """The text encoder of Stable Diffusion 2, or the second one of SDXL."""
    whole = {"embeddings.token_embedding.weight": "token_embedding.weight", "embeddings.position_embedding.weight": "positional_embedding",
             "final_layer_norm.weight": "ln_final.weight", "final_layer_norm.bias": "ln_final.bias"}  # fmt: skip
    inside = {"self_attn.out_proj": "attn.out_proj", "layer_norm1": "ln_1", "layer_norm2": "ln_2", "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj"}
    projection = text["text_projection.weight"].T if "text_projection.weight" in text else torch.eye(len(text["final_layer_norm.bias"]))
    named = {theirs: text[ours] for ours, theirs in whole.items()} | {"text_projection": projection}
    for key, value in text.items():
        if match := re.match(r"encoder\.layers\.(\d+)\.(.+)", key):
            at, rest = f"transformer.resblocks.{match[1]}", match[2]
            if "q_proj" in rest:
                end = rest.rpartition(".")[2]
                named[f"{at}.attn.in_proj_{end}"] = torch.cat([text[key.replace("q_proj", f"{letter}_proj")] for letter in "qkv"])
            elif "_proj" not in rest or "out_proj" in rest:
                named[f"{at}.{_replaced(rest, inside)}"] = value
    return {f"{before}{key}": value for key, value in named.items()}


def _unet_name(key: str, each: int, with_attention: set[int]) -> str:
    whole = {"time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2", "conv_in": "input_blocks.0.0",
             "conv_norm_out": "out.0", "conv_out": "out.2", "add_embedding.linear_1": "label_emb.0.0", "add_embedding.linear_2": "label_emb.0.2"}  # fmt: skip
    for ours, theirs in whole.items():
        if key.startswith(f"{ours}."):
            return theirs + key.removeprefix(ours)
    if match := re.match(r"(down|up)_blocks\.(\d+)\.(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.+)", key):
        way, block, what, layer, rest = match[1], int(match[2]), match[3], int(match[4]), match[5]
        if what == "downsamplers":
            return f"input_blocks.{(each + 1) * (block + 1)}.0.op{rest.removeprefix('conv')}"
        if what == "upsamplers":
            return f"output_blocks.{(each + 1) * block + each}.{2 if block in with_attention else 1}.{rest}"
        at = f"input_blocks.{(each + 1) * block + layer + 1}" if way == "down" else f"output_blocks.{(each + 1) * block + layer}"
        return f"{at}.1.{rest}" if what == "attentions" else f"{at}.0.{_replaced(rest, _RESNET)}"
    match = re.match(r"mid_block\.(resnets|attentions)\.(\d+)\.(.+)", key)
    assert match, key
    if match[1] == "attentions":
        return f"middle_block.1.{match[3]}"
    return f"middle_block.{2 * int(match[2])}.{_replaced(match[3], _RESNET)}"


def _vae_name(key: str, blocks: int) -> str:
    key = key.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
    key = re.sub(r"mid_block\.resnets\.(\d)", lambda match: f"mid.block_{int(match[1]) + 1}", key)
    if match := re.match(r"(.+)mid_block\.attentions\.0\.(.+)", key):
        return f"{match[1]}mid.attn_1.{_replaced(match[2], _VAE_ATTENTION)}"
    if match := re.match(r"(encoder|decoder)\.(down|up)_blocks\.(\d+)\.(resnets|downsamplers|upsamplers)\.(\d+)\.(.+)", key):
        part, way, block, what, layer, rest = match.groups()
        at = f"{part}.{way}.{block if way == 'down' else blocks - 1 - int(block)}"
        return f"{at}.block.{layer}.{rest}" if what == "resnets" else f"{at}.{what.removesuffix('rs')}.{rest}"
    return key


def _replaced(rest: str, names: Mapping[str, str]) -> str:
    for ours, theirs in names.items():
        if rest.startswith(f"{ours}."):
            return theirs + rest.removeprefix(ours)
    return rest


def write(path: Path) -> None:
    """As half numbers by chance, small enough that nothing runs over."""
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    folder = single_file.CARRIED / single_file.V1
    with torch.device("meta"):
        unet = UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(folder / "unet"))
        vae = AutoencoderKL.from_config(AutoencoderKL.load_config(folder / "vae"))
        text = CLIPTextModel(CLIPTextConfig.from_pretrained(folder / "text_encoder"))
    luck = torch.Generator().manual_seed(0)
    made = {}
    for key, value in in_first_names(unet.state_dict(), vae.state_dict(), text.state_dict()).items():
        if not value.is_floating_point():
            made[key] = torch.arange(value.numel()).view(value.shape)
        elif value.dim() > 1:
            made[key] = (torch.randn(value.shape, generator=luck) * 0.5 / value[0].numel() ** 0.5).half()
        else:
            made[key] = torch.full(value.shape, 1.0 if "norm" in key and key.endswith("weight") else 0.0, dtype=torch.half)
    save_file(made, path)
    print(f"{path.name}: {path.stat().st_size / 1e9:.2f} GB, {len(made):,} names, {sum(value.numel() for value in made.values()) / 1e6:,.0f} million numbers")


def through(path: Path, folder: Path, size: int, steps: int) -> None:
    """Learns `steps` steps from it, exports, reads both files back."""
    from lib import augment, collect, share, train
    from lib.models.lora import files
    from lib.models.lora.parts import open_parts
    from lib.project import Consent, Project

    project = Project.create("True shapes", home=tempfile.mkdtemp(dir=folder))
    pictures = sorted(Path("assets/samples/tulips").glob("*.*"))[:12]
    collect.add_files(project, pictures, consent=Consent(state="given", purposes=["train", "show"]), captions="assets/samples/tulips.csv")
    dataset = augment.build(project, augment.Recipe([augment.CropSquare(), augment.Resize(size)]), name="few")
    with timed(f"{steps} steps at {size} px, and all around them"):
        run = train.start(project, "lora", dataset, base=str(path), steps=steps, batch=1, size=size, rank=4, stops=False, checkpointing=True)
        run.wait(timeout=3600)
    print(run.state, run.error or "")
    with timed("export"):
        written = share.export_lora(project, run)
    with timed("opened anew"):
        unet = open_parts(path).unet
    for file in written:
        if file.suffix == ".safetensors":
            layers, others = files.read(file, unet)
            print(f"{file.name}: {len(layers)} layers, {len(others)} keys without one, rank {next(iter(layers.values())).rank}")


@contextmanager
def timed(what: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    most = max(resource.getrusage(whose).ru_maxrss for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1e6
    print(f"{what}: {time.monotonic() - begun:.0f} s; at most {most:.1f} GB of memory so far")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--folder", type=Path, required=True)
    asked.add_argument("--size", type=int, default=64)
    asked.add_argument("--steps", type=int, default=2)
    given = asked.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    path = given.folder / "true-shapes.safetensors"
    if not path.exists():
        with timed("written"):
            write(path)
    through(path, given.folder, given.size, given.steps)


if __name__ == "__main__":
    main()
