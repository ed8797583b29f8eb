"""A language LoRA for Ollama: a Modelfile, the addition beside it, and the two commands that run it. Read `export_ollama`.

Ollama reads the files of peft (ADAPTER with a folder) on bases of the family Llama alone; by its own source (convert/convert_llama_adapter.go) it
rearranges lora_A of the layers q and k there, which is not what a LoRA for them means. So such a folder is named only where those two were not taught,
as in the presets; else the .gguf file is, which is written here and needs no rearranging. Its newer engine (fs/ggml, OllamaEngineRequired) loads no
addition at all, so that Qwen3 and Gemma 3 are refused. It reads weights with torch: pages begin it as a task
(jobs.background(project, "share.export_ollama", run=run.id)).
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib.errors import UserError
from lib.models.text_lora import OPEN_TO_ALL, Controls, bases
from lib.models.text_lora.base import shown_name
from lib.player import Playable, find
from lib.project import arguments, consent, datasets, outputs, runs
from lib.project.folder import now
from lib.share.destination import ask_to_publish, hand_over

if TYPE_CHECKING:
    from lib.project import Project

MODEL = "text_lora"
MODELFILE, ADAPTER, README = "Modelfile", "adapter", "README.md"
PARTING = "<|endoftext|>"       # a first token that Ollama does not put there by itself


@dataclass(frozen=True)
class Known:
    """A base as Ollama calls it. tag: in its library. reads_peft: whether it reads a folder of peft's files for it."""

    tag: str
    reads_peft: bool = True


# base here -> the same there: of the same maker, size and kind (to chat, or not).
KNOWN = {
    "smollm2": Known("smollm2:135m"),
    "HuggingFaceTB/SmolLM2-135M-Instruct": Known("smollm2:135m"),
    "HuggingFaceTB/SmolLM2-360M-Instruct": Known("smollm2:360m"),
    "HuggingFaceTB/SmolLM2-1.7B-Instruct": Known("smollm2:1.7b"),
    "TinyLlama/TinyLlama-1.1B-Chat-v1.0": Known("tinyllama:1.1b"),
    "meta-llama/Llama-3.2-1B-Instruct": Known("llama3.2:1b"),
    "meta-llama/Llama-3.2-3B-Instruct": Known("llama3.2:3b"),
    "mistralai/Mistral-7B-Instruct-v0.3": Known("mistral:7b"),
    "Qwen/Qwen2.5-0.5B-Instruct": Known("qwen2.5:0.5b", reads_peft=False),
    "Qwen/Qwen2.5-1.5B-Instruct": Known("qwen2.5:1.5b", reads_peft=False),
}  # fmt: skip


def export_ollama(project: Project, run: object, to: object = None, *, progress: Callable[[int, int], object] | None = None) -> list[Path]:
    """Writes Modelfile, README.md, the two files of peft in a folder "adapter", and <run>.gguf, and returns them, the Modelfile first.

    to: the folder, made if need be; None keeps them with the run, in one zip. Outside the project everybody in its data must allow a model to be
    published. Raises UserError where somebody does not, where it is no language LoRA, and where Ollama knows its base not, or loads nothing beside it.
    """
    progress = arguments.call("progress", progress) or (lambda done, total: None)
    playable = find(project, run)
    if playable.model != MODEL or playable.run is None:
        raise UserError(f"{playable.id} is not exported.", f"It is a {playable.card.title}, and Ollama runs language models.", "Choose a run of such a LoRA.")
    known(playable)
    if to is None:
        return hand_over(project, playable, None, lambda: {zip_name(playable): _zipped(_contents(project, playable), called(playable))}, progress)
    return hand_over(project, playable, to, lambda: _contents(project, playable), progress)


def ollama_file(project: Project, run: object) -> Path | None:
    """The zip that export_ollama has kept with a run, to be handed on; None where there is none, or it has learned more since.

    Raises UserError where somebody in its data does not allow a model to be published, and where Ollama does not know its base.
    """
    playable = find(project, run)
    assert playable.run is not None
    known(playable)
    ask_to_publish(project, playable)
    kept = playable.run.path / runs.LIVE / zip_name(playable)
    learned = [path.stat().st_mtime_ns for part in (runs.RESULT, runs.CHECKPOINTS) for path in (playable.run.path / part).glob("*.*")]
    return kept if kept.exists() and kept.stat().st_mtime_ns >= max(learned, default=0) else None


def known(playable: Playable) -> Known:
    """Its base as Ollama calls it. Raises UserError where it knows none."""
    assert playable.run is not None
    base = str(playable.run.settings["base"]).strip()
    if base in KNOWN:
        return KNOWN[base]
    would = ", ".join(dict.fromkeys(name for name in KNOWN if bases.facts(name)))
    raise UserError(
        f"{shown_name(base)} is no base that Ollama could run with an addition.",
        "Its library does not hold it, or its newer engine, which loads no additions, is what runs it (Qwen3, Gemma 3).",
        f"What was learned plays here on Generate, and in other programs with the files of its folder “result” (peft). With these bases Ollama works: {would}.",
    )  # fmt: skip


def ollama_commands(project: Project, run: object) -> tuple[str, str]:
    """What is typed in the folder of the Modelfile, to make it and to run it."""
    return commands(find(project, run))


def called(playable: Playable) -> str:
    """What it is called in Ollama: small letters, numbers and hyphens."""
    name = re.sub(r"[^a-z0-9]+", "-", playable.id.partition(f"_{MODEL}_")[2].lower()).strip("-")
    return name or "my-voice"


def zip_name(playable: Playable) -> str:
    return f"{called(playable)}-for-ollama.zip"


def commands(playable: Playable) -> tuple[str, str]:
    name = called(playable)
    return f"ollama create {name} -f {MODELFILE}", f"ollama run {name}"


def _contents(project: Project, playable: Playable) -> dict[str, bytes]:
    """What is in each file, by its name."""
    from lib.models.text_lora import adapter

    weights, learned = adapter.read_run(playable.folder)
    result = playable.folder / runs.RESULT
    told = _facts(project, playable)
    metadata = {name: json.dumps(value, ensure_ascii=False) for name, value in told.items()}
    gguf = f"{called(playable)}.gguf"
    peft = {} if not (result / adapter.CONFIG).exists() else {
        f"{ADAPTER}/{adapter.WEIGHTS}": adapter.as_safetensors(weights, metadata), f"{ADAPTER}/{adapter.CONFIG}": (result / adapter.CONFIG).read_bytes(),
    }  # fmt: skip
    by_folder = bool(peft) and known(playable).reads_peft and learned["layers"] == OPEN_TO_ALL
    return {
        MODELFILE: modelfile(playable, learned, f"./{ADAPTER}" if by_folder else f"./{gguf}", told).encode(), **peft,
        gguf: adapter.as_gguf(weights, learned, playable.id), README: _readme(playable, told, learned, by_folder).encode(),
    }  # fmt: skip


def modelfile(playable: Playable, learned: Mapping[str, Any], adapter: str, told: Mapping[str, Any]) -> str:
    """It goes on with what is typed, as here: no system, no roles."""
    turned = Controls()
    start = learned["start"] if learned["start"] == PARTING else ""
    stops = dict.fromkeys([learned["end"], learned["start"], *(["\\n"] if learned["documents"] == "lines" else [])])
    create, play = commands(playable)
    return "\n".join([
        f"# {playable.id}, made with Handmade of the dataset {told['dataset']['name']}. In this folder:",
        f"#   {create}",
        f"#   {play}",
        f"FROM {known(playable).tag}",
        f"ADAPTER {adapter}",
        f'TEMPLATE """{start}{{{{ .Prompt }}}}"""',
        *(f'PARAMETER stop "{stop}"' for stop in stops),
        f"PARAMETER temperature {turned.temperature:g}",
        f"PARAMETER top_p {turned.top_p:g}",
        f"PARAMETER top_k {turned.top_k}",
        "PARAMETER repeat_penalty 1",
        f"PARAMETER num_predict {turned.tokens}",
    ]) + "\n"  # fmt: skip


def _facts(project: Project, playable: Playable) -> dict[str, Any]:
    assert playable.run is not None
    dataset = datasets.get(project, playable.run.dataset_path)
    story = outputs.base_story(project, playable.run, dataset)
    survey = consent.survey(project)
    return {
        "run": playable.id, "made_with": "Handmade", "made": now(),
        "dataset": {
            "name": dataset.path.name, "hash": story["dataset_hash"], "datapoints": story["datapoints"],
            "credits": [person["credit"] for person in story["people"] if person["credit"]],
        },
        "consent": {"allowed_by_everybody": [purpose for purpose in consent.PURPOSES if survey.of(playable.run, purpose).whole], "on": now()},
    }  # fmt: skip


def _readme(playable: Playable, told: Mapping[str, Any], learned: Mapping[str, Any], by_folder: bool) -> str:
    data, base = told["dataset"], bases.told(learned["base"])
    thanks = f", by {', '.join(data['credits'])}" if data["credits"] else ""
    allowed = [consent.PURPOSE_WORDS[purpose] for purpose in told["consent"]["allowed_by_everybody"]]
    of = bases.facts(learned["base"])
    create, play = commands(playable)
    return "\n".join([
        f"# {playable.id}",
        "",
        f"A voice for {known(playable).tag}, made with Handmade: a LoRA of rank {learned['rank']}, alpha {learned['alpha']}.",
        "",
        "With Ollama (ollama.com), in this folder:",
        "",
        f"    {create}",
        f"    {play}",
        "",
        "The first fetches the base, where it is not there yet. Then type the beginning of a text, and it goes on; `/clear` lets it forget what was written before.",
        "",
        f"- Learned from {data['datapoints']} {'text' if data['datapoints'] == 1 else 'texts'} of the dataset {data['name']}{thanks}".rstrip(".") + ".",
        f"- Its base: {base}{f' Licence: {of.licence}' if of else ' Its licence holds for what it writes.'}",
        f"- `{ADAPTER}/` holds the addition as peft and transformers read it, `{called(playable)}.gguf` as llama.cpp does (`--lora`); both are the same.",
        *([] if by_folder else ["- The Modelfile names the .gguf file, since Ollama would read the other one wrongly for this base or these layers."]),
        "- The base there may be rounded in another way than here, so that the same seed writes other words.",
        f"- All in its data allow: {', '.join(allowed) or 'nothing'}. Who made it, of what and what they allow stands inside the adapter too.",
        f"- Licence: {playable.card.licence}",
    ]) + "\n"  # fmt: skip


def _zipped(contents: Mapping[str, bytes], folder: str) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(f"{folder}/{name}", content)
    return whole.getvalue()
