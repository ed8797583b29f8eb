"""Covers a LoRA as files: they carry who they come from, ask for consent, and say what the run has learned."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors import safe_open

from lib import augment, collect, jobs, label, ledger, share
from lib import train as training
from lib.errors import UserError
from lib.jobs import worker
from lib.models.lora import files
from lib.models.lora.parts import open_parts
from lib.project import Consent
from lib.project.runs import LIVE
from tests.models.tiny_pipelines import tiny_base
from tests.project.test_datasets import draw_digits


@pytest.fixture
def taught(project, tmp_path, monkeypatch):
    """(project, its finished run of LoRA): digits by one person, three with a caption."""
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
    person = project.add_person("Ruth Meyer", credit="initials")
    collect.add_files(project, draw_digits(tmp_path / "digits", 12), consent=Consent(state="given", purposes=["train", "show"], person=person.id))
    for item in project.items()[:3]:
        label.set_caption(project, item.id, "a digit, by hand")
    dataset = augment.build(project, augment.Recipe([augment.Resize(32)]), name="digits")
    with pytest.raises(UserError, match="not on this computer"):
        training.start(project, "lora", dataset, base="somebody/nothing")
    run = training.start(project, "lora", dataset, base=str(tiny_base()), rank=2, batch=2, steps=2, trigger="dgt", fewer_at_noise=True, prior=1, prior_words="a digit")
    run.set_status(state="running", lane="cpu", started="", error=None)
    worker._work(run, "cpu")
    assert run.state == "finished", run.log()
    return project, run


def test_its_files_carry_who_they_come_from_and_go_out_with_everybodys_consent(taught, tmp_path):
    project, run = taught
    kept = share.export_lora(project, run)
    assert {file.parent for file in kept} == {run.path / LIVE} and all(file.exists() for file in kept)
    with pytest.raises(UserError, match="not exported") as refused:
        share.export_lora(project, run, tmp_path / "out")
    assert "publishing a model" in refused.value.why and not (tmp_path / "out").exists()
    project.set_consent([item.id for item in project.items()], Consent(state="given", purposes=["train", "show", "publish_model"]))
    kohya, peft, readme = share.export_lora(project, run, tmp_path / "out")
    assert kohya.name == f"{run.id}.safetensors" and peft.name == "pytorch_lora_weights.safetensors"

    for file in (kohya, peft):
        with safe_open(file, "pt") as opened:
            told = opened.metadata()
        assert (told["ss_network_dim"], told["ss_network_alpha"], told["ss_output_name"]) == ("2", "2", run.id)
        assert told["ss_base_model_version"] == "other" and told["trigger"] == "dgt"
        assert json.loads(told["dataset"])["credits"] == ["R.M."] and "Ruth" not in str(told)
        assert "publish_model" in json.loads(told["consent"])["allowed_by_everybody"]
    assert "R.M." in readme.read_text() and "dgt" in readme.read_text()
    assert "fewer ranks at noisy steps" in readme.read_text() and "1 pictures of “a digit” that its base had made" in readme.read_text()
    assert told["fewer_ranks_at_noise"] == "true" and json.loads(told["prior"]) == {"pictures_of_the_base": 1, "of": "a digit"}
    [tags] = json.loads(told["ss_tag_frequency"]).values()
    learned, facts = files.layers_of_run(run.path)
    assert tags["dgt"] == facts["pictures"] == int(told["ss_num_train_images"])
    for file in (kohya, peft):
        back, others = files.read(file, open_parts(tiny_base()).unet)
        assert not others and all(torch.equal(back[name].up, layer.up) and back[name].alpha == layer.alpha for name, layer in learned.items())

    ledger.withdraw(project, items=[project.items()[0].id], confirm=True)
    assert not (run.path / LIVE).exists()
    with pytest.raises(UserError):
        share.export_lora(project, run)
