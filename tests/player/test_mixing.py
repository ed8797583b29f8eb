"""Covers several LoRAs at once: whoever said no in the data of one stops all, and what comes out names them all."""

from __future__ import annotations

import json

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from lib import generate, ledger, share
from lib.errors import UserError
from lib.models.playing import Request
from lib.player import requests
from lib.player.order_store import OrderStore
from lib.player.order_worker import OrderWorker
from lib.project import outputs
from tests.models.tiny_pipelines import tiny_sd15
from tests.player.conftest import lora_project, played_project

QUICK = {"steps": 2}


@pytest.fixture
def loras(home):
    """(project, the run of Ruth's digits, the run of Mila's)"""
    return lora_project(home)


def serve(project, run, **asked):
    return OrderWorker(project.home).serve(OrderStore(project.home).place(project, requests.check(project, run, **asked)))


def test_what_was_mixed_stands_in_the_story_with_everybody_whose_data_it_was(loras):
    project, ruths, milas = loras
    done = serve(project, ruths, inputs={"prompt": "a digit", "mix": {milas: 0.5}}, controls=QUICK)
    assert done.state == "finished", done.error
    made = outputs.get(project, done.made[0])
    story = made.provenance()
    assert story["run"] == ruths.id and story["inputs"]["mix"] == [{"run": milas.id, "dataset": milas.dataset_path.name, "strength": 0.5}]
    assert {person["credit"] for person in story["people"]} == {"R.M.", "M.K."} and story["datapoints"] == 8
    inside = json.loads(Image.open(made.path).text[outputs.CHUNK])
    assert inside["inputs"]["mix"][0]["run"] == milas.id and inside["people"] == story["people"]
    alone = serve(project, ruths, inputs={"prompt": "a digit"}, controls=QUICK)
    assert Image.open(outputs.get(project, alone.made[0]).path).tobytes() != Image.open(made.path).tobytes()
    again = OrderWorker(project.home).serve(generate.ask_again(project, story))
    assert outputs.get(project, again.made[0]).provenance()["inputs"] == story["inputs"]


def test_where_somebody_says_no_in_the_data_of_one_nothing_is_mixed_with_it_and_what_was_is_not_shown(loras):
    project, ruths, milas = loras
    asked = {"inputs": {"prompt": "a digit", "mix": {milas.id: 0.5}}, "controls": QUICK}
    waiting = OrderStore(project.home).place(project, requests.check(project, ruths, **asked))
    made = serve(project, ruths, **asked).made[0]
    assert made in [output.path.name for output in outputs.listed(project)]
    story = outputs.get(project, made).provenance()
    ledger.withdraw(project, items=[milas.learned_from[0]], confirm=True)
    with pytest.raises(UserError, match="is not played"):
        requests.check(project, ruths, **asked)
    late = OrderWorker(project.home).serve(waiting)
    assert late.state == "failed" and milas.id in late.error["what"]
    assert outputs.listed(project) == [] and outputs.not_shown(project)[0] == 1
    with pytest.raises(UserError):
        outputs.get(project, made)
    with pytest.raises(UserError):
        generate.ask_again(project, story)
    assert requests.check(project, ruths, inputs={"prompt": "a digit"}).model == ruths.id


def test_a_file_of_a_run_that_is_here_is_that_run_and_a_strangers_is_kept_by_its_hash(loras, tmp_path):
    project, ruths, milas = loras
    mixed = lambda given: requests.check(project, ruths, inputs={"mix": given}).inputs["mix"]
    kohya = share.export_lora(project, milas)[0].rename(tmp_path / "hers.safetensors")
    assert mixed({kohya: 0.5}) == mixed({milas: 0.5}) == mixed({milas: 0.5, kohya: 0.5})
    [wide] = [file for file in (tiny_sd15() / "unet").glob("*.safetensors")]
    [one] = mixed({wide: 0.5})
    assert one.name == wide.name and one.sha256 in one.path and one.run == ""
    request = requests.check(project, ruths, inputs={"mix": {wide: 0.5}}, controls=QUICK)
    assert request.hashes == {one.sha256} and Request.from_plain(json.loads(json.dumps(request.as_plain()))) == request
    failed = serve(project, ruths, inputs={"mix": {wide: 0.5}}, controls=QUICK)
    assert failed.state == "failed" and failed.error["what"] == f"{wide.name} does not fit this base." and "conv_in.weight" in failed.error["why"]
    outputs.forget_unused_inputs(project.path, request.hashes, 1e12)
    assert mixed(request.inputs["mix"]) == request.inputs["mix"]
    outputs.forget_unused_inputs(project.path, (), 1e12)
    with pytest.raises(UserError, match="is gone"):
        requests.again(project, request)


def test_what_does_not_go_together_is_said_in_words(loras, home, tmp_path):
    project, ruths, milas = loras

    def refused(given) -> str:
        with pytest.raises(UserError) as caught:
            requests.check(project, ruths, inputs={"mix": given})
        return caught.value.what

    other = project.path / "runs" / "other"
    other.mkdir()
    for part in ("request.json", "status.json", "result"):
        (other / part).symlink_to(milas.path / part)
    elsewhere = json.loads((milas.path / "request.json").read_text())
    elsewhere["settings"]["base"] = "somebody/else"
    (other / "request.json").unlink()
    (other / "request.json").write_text(json.dumps(elsewhere))
    (tmp_path / "cut.safetensors").write_bytes(b"12345678")
    for number in range(5):
        save_file({"x": torch.tensor([float(number)])}, tmp_path / f"{number}.safetensors")
    assert refused({"other": 0.5}) == f"other does not go with {ruths.id}."
    assert refused({ruths: 0.5}) == f"{ruths.id} is the one that plays."
    assert refused({milas: 2}) == "mix cannot be 2."
    assert refused("hers") == "mix cannot be 'hers'."
    assert refused({tmp_path / "none.safetensors": 1}) == "none.safetensors is no file."
    assert refused({tmp_path / "cut.safetensors": 1}) == "cut.safetensors cannot be read."
    assert refused({tmp_path / f"{number}.safetensors": 1 for number in range(5)}) == "These are 5 to play along."
    assert requests.check(project, ruths, inputs={"mix": {milas: 0}}).inputs == {}
    with pytest.raises(UserError, match="mix cannot be"):
        requests.check(*played_project(home), inputs={"mix": {milas: 0.5}})
