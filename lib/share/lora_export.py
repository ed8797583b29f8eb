"""A LoRA as the files that other programs read: kohya's, for ComfyUI and AUTOMATIC1111, and that of diffusers. Read `export_lora`.

What it learned from and who allows what goes with it, inside the files. It reads weights with torch: pages begin it as a task
(jobs.background(project, "share.export_lora", run=run.id)).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib.errors import UserError
from lib.player import Playable, find
from lib.project import arguments, consent, datasets, outputs, runs
from lib.project.folder import now
from lib.share.destination import ask_to_publish, hand_over

if TYPE_CHECKING:
    from lib.project import Project

_FEWER = "It was trained with fewer ranks at noisy steps, which other programs know nothing of"
PEFT, README = "pytorch_lora_weights.safetensors", "README.md"


def export_lora(project: Project, run: object, to: object = None, *, progress: Callable[[int, int], object] | None = None) -> list[Path]:
    """Writes what a run of LoRA has learned as <run>.safetensors (kohya), pytorch_lora_weights.safetensors (diffusers) and README.md,
    and returns the three.

    to: the folder, made if need be; None keeps them with the run. Outside the project everybody in its data must allow a model to be
    published. Raises UserError where somebody does not, and where it is no LoRA; then nothing is left of it.
    """
    progress = arguments.call("progress", progress) or (lambda done, total: None)
    playable = find(project, run)
    if playable.model != "lora" or playable.run is None:
        raise UserError(f"{playable.id} is not exported.", f"It is a {playable.card.title}, and these files hold a LoRA.", "Choose a run of LoRA.")
    return hand_over(project, playable, to, lambda: _contents(project, playable), progress)


def lora_files(project: Project, run: object) -> list[Path]:
    """Those of other programs that export_lora has kept with a run, to be handed on; none where there are none, or it has learned more since.

    Raises UserError where somebody in its data does not allow a model to be published.
    """
    playable = find(project, run)
    assert playable.run is not None
    ask_to_publish(project, playable)
    run_folder = playable.run.path
    kept = [run_folder / runs.LIVE / name for name in (f"{playable.id}.safetensors", PEFT)]
    learned = [path.stat().st_mtime_ns for part in (runs.RESULT, runs.CHECKPOINTS) for path in (run_folder / part).glob("*.safetensors")]
    is_newest = all(path.exists() and path.stat().st_mtime_ns >= max(learned, default=0) for path in kept)
    return kept if is_newest else []


def _contents(project: Project, playable: Playable) -> dict[str, bytes]:
    """What is in each file, by its name."""
    from lib.models.lora import files

    layers, learned = files.layers_of_run(playable.folder)
    told = _facts(project, playable, learned)
    metadata = {name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for name, value in told.items()}
    return {
        f"{playable.id}.safetensors": files.as_kohya(layers, metadata, learned["base_version"] == files.OF_XL), PEFT: files.as_peft(layers, metadata),
        README: _readme(playable, told, learned).encode(),
    }  # fmt: skip


def _facts(project: Project, playable: Playable, learned: dict) -> dict[str, Any]:
    """The names that begin with ss_ are kohya's: other programs show them. The card of the dataset and what people allow stand beside them."""
    assert playable.run is not None
    run, dataset = playable.run, datasets.get(project, playable.run.dataset_path)
    story = outputs.base_story(project, run, dataset)
    survey = consent.survey(project)
    allowed = [purpose for purpose in consent.PURPOSES if survey.of(run, purpose).whole]
    return {
        "ss_network_module": "networks.lora", "ss_network_dim": str(learned["rank"]), "ss_network_alpha": f"{learned['alpha']:g}",
        "ss_base_model_version": learned["base_version"], "ss_sd_model_name": Path(learned["base"]).name, "ss_output_name": playable.id,
        "ss_num_train_images": str(learned["pictures"]), "ss_tag_frequency": {dataset.path.name: _tags(dataset, learned["trigger"])},
        "ss_resolution": f"({learned['size']}, {learned['size']})", "ss_steps": str(learned["best_step"]), "ss_seed": str(run.request["seed"]),
        "ss_optimizer": run.settings["optimiser"], "ss_learning_rate": f"{run.settings['learning_rate']:g}" if run.settings["optimiser"] == "AdamW" else "1",
        **({"fewer_ranks_at_noise": "true"} if learned.get("fewer_at_noise") else {}),
        **({"prior": {"pictures_of_the_base": learned["prior"], "of": learned["prior_words"]}} if learned.get("prior") else {}),
        "trigger": learned["trigger"], "made_with": "Handmade", "made": now(),
        "dataset": {
            "name": dataset.path.name, "hash": story["dataset_hash"], "kind": dataset.kind, "datapoints": story["datapoints"],
            "credits": [person["credit"] for person in story["people"] if person["credit"]],
        },
        "consent": {"allowed_by_everybody": allowed, "on": now()},
    }  # fmt: skip


def _tags(dataset: datasets.Dataset, trigger: str) -> dict[str, int]:
    """The parts of captions between commas, and in how many of them each is."""
    from lib.models.lora.captions import text_of

    texts = [text_of(row, trigger) for row in dataset.rows("train")]
    counts = Counter(tag for text in texts for tag in {part.strip() for part in text.split(",")} if tag)
    return dict(counts.most_common())


def _readme(playable: Playable, told: dict[str, Any], learned: dict) -> str:
    data, words = told["dataset"], f" Its trigger word is “{learned['trigger']}”." if learned["trigger"] else ""
    thanks = f", by {', '.join(data['credits'])}" if data["credits"] else ""
    allowed = [consent.PURPOSE_WORDS[purpose] for purpose in told["consent"]["allowed_by_everybody"]]
    lines = [
        f"# {playable.id}",
        "",
        f"A LoRA for {told['ss_sd_model_name']}, made with Handmade: rank {told['ss_network_dim']}, alpha {told['ss_network_alpha']}.{words}",
        "",
        f"- Learned from {data['datapoints']} pictures of the dataset {data['name']}{thanks}.",
        *([f"- Beside them it learned from {learned['prior']} pictures of “{learned['prior_words']}” that its base had made."] if learned.get("prior") else []),
        *_worse_elsewhere(learned),
        f"- `{told['ss_output_name']}.safetensors` is for ComfyUI (models/loras) and AUTOMATIC1111 (models/Lora).",
        f"- `{PEFT}` is for diffusers: `pipeline.load_lora_weights(\"{PEFT}\")`.",
        f"- All in its data allow: {', '.join(allowed) or 'nothing'}. Who made it, of what and what they allow stands inside both files too.",
        f"- Licence: {playable.card.licence}",
    ]
    return "\n".join(lines) + "\n"


def _worse_elsewhere(learned: dict) -> list[str]:
    """What a plain file cannot do, in a sentence; none where it can do all."""
    if not learned.get("fewer_at_noise"):
        return []
    here, elsewhere = learned.get("as_plain_file") or (None, None)
    if here is None or elsewhere is None:
        return [f"- {_FEWER}, so it may do worse there than in Handmade."]
    does = "does worse" if elsewhere > here else "does no worse"
    return [f"- {_FEWER}; it {does} there: on pictures held back its error is {here:.4f} in Handmade and {elsewhere:.4f} as a plain file."]
