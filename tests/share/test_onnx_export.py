"""Covers a model as one ONNX file: it says what PyTorch says, carries its story, asks for consent, and leaves nothing where it fails."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from lib import jobs, ledger, models, share
from lib.errors import UserError
from lib.project import Consent
from lib.project.runs import LIVE
from lib.share import onnx_export
from tests.player.conftest import played_project

ALL = Consent(state="given", purposes=["train", "show", "publish_model"])


def test_the_file_says_what_pytorch_says(learned):
    project, run = learned
    told = []
    path, facts, card = share.export_onnx(project, run, progress=lambda done, total: told.append((done, total)))
    assert path == run.path / LIVE / "model.onnx" and facts.exists() and "Digits" not in card.read_text()
    assert sorted(one.name for one in path.parent.iterdir()) == ["README.md", "model.json", "model.onnx"]
    session, luck = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]), np.random.default_rng(7)
    network = models.generator("pix2pix").load(run.path, narrow=True).network
    for _ in range(10):
        source = luck.uniform(-1, 1, (1, 3, 64, 64)).astype(np.float32)
        [picture] = session.run(["picture"], {"source": source})
        assert picture.shape == (1, 3, 64, 64) and picture.dtype == np.float32
        assert np.abs(picture - network(torch.from_numpy(source)).numpy()).max() < 1e-3
    assert told[-1] == (12, 12) and told == sorted(told)


def test_it_carries_who_it_comes_from(live):
    project, run = live
    model = onnx.load(run.path / LIVE / "model.onnx")
    told = {entry.key: entry.value for entry in model.metadata_props}
    assert told["run"] == run.id and told["size"] == "64" and told["direction"].startswith("Edges") and "R.M." in told["credits"]
    assert "Ruth" not in str(told)
    found = share.live_model(project, run)
    assert found.is_newest and found.facts["live"]["camera"] == "edges" and found.facts["credits"] == ["R.M."]


def test_outside_the_project_everybody_must_allow_it(learned, tmp_path):
    project, run = learned
    with pytest.raises(UserError, match="not exported") as refused:
        share.export_onnx(project, run, tmp_path / "out" / "model")
    assert "publishing a model" in refused.value.why and not (tmp_path / "out").is_dir() or not list((tmp_path / "out").iterdir())
    project.set_consent([item.id for item in project.items()], ALL)
    files = share.export_onnx(project, run, tmp_path / "out" / "model")
    assert [file.name for file in files] == ["model.onnx", "model.json", "README.md"] and files[0].parent == tmp_path / "out" / "model"
    assert run.id in files[2].read_text() and "12 datapoints" in files[2].read_text()


def test_a_file_in_the_place_of_the_folder_is_no_folder(learned, tmp_path):
    project, run = learned
    project.set_consent([item.id for item in project.items()], ALL)
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(UserError, match="is a file"):
        share.export_onnx(project, run, tmp_path / "note.txt")
    assert (tmp_path / "note.txt").read_text() == "mine"


def test_after_a_no_it_is_neither_exported_nor_handed_out(live):
    project, run = live
    project.set_consent([project.items()[0].id], Consent(state="refused"))
    with pytest.raises(UserError):
        share.export_onnx(project, run)
    with pytest.raises(UserError):
        share.live_model(project, run)


def test_a_withdrawal_takes_the_file_away(live):
    project, run = live
    ledger.withdraw(project, items=[project.items()[0].id], confirm=True)
    assert not (run.path / LIVE).exists()


def test_where_the_two_differ_nothing_is_left(learned, monkeypatch):
    project, run = learned
    before = sorted(path.name for path in run.path.iterdir())
    monkeypatch.setattr(onnx_export, "CLOSE", -1.0)
    with pytest.raises(UserError, match="cannot be exported"):
        share.export_onnx(project, run)
    assert sorted(path.name for path in run.path.iterdir()) == before and share.live_model(project, run) is None


def test_a_model_that_is_given_no_picture_is_refused_in_words(home):
    project, run = played_project(home)
    assert not share.can_be_live(run)
    with pytest.raises(UserError, match="not exported"):
        share.export_onnx(project, run)


def test_pages_have_it_made_as_a_task(learned):
    project, run = learned
    task = jobs.background(project, "share.export_onnx", run=run.id)
    assert task.wait(timeout=300) == "finished", task.log()
    assert share.live_model(project, run).is_newest
