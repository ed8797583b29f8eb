"""Covers a language LoRA for Ollama: what its Modelfile says, what its files hold, by whose consent they go out, and which bases are refused."""

from __future__ import annotations

import json
import re
import zipfile

import gguf
import pytest
from safetensors import safe_open

from lib import augment, collect, jobs, share
from lib import train as training
from lib.errors import UserError
from lib.jobs import worker
from lib.project import Consent
from lib.project.runs import LIVE
from lib.share import ollama_export
from lib.share.ollama_export import Known
from tests.models.tiny_language import tiny_language

LINES = "\n".join(f"On day {number} it rained, and I wrote it down." for number in range(8))
# What Ollama's converter has a place for in a model of the family Llama, but for q and k, which it would rearrange wrongly.
_READ = re.compile(r"base_model\.model\.model\.layers\.\d+\.(self_attn\.(v|o)_proj|mlp\.(gate|up|down)_proj)\.lora_(A|B)\.weight")


@pytest.fixture
def taught(project, tmp_path, monkeypatch):
    """taught(**settings): its finished run on lines by one person. The tiny base stands for one that Ollama knows."""
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
    base = str(tiny_language())
    monkeypatch.setitem(ollama_export.KNOWN, base, Known("smollm2:135m"))
    person = project.add_person("Ruth Meyer", credit="initials")
    (tmp_path / "days.txt").write_text(LINES)
    collect.add_files(project, [tmp_path / "days.txt"], consent=Consent(state="given", purposes=["train", "show"], person=person.id))
    dataset = augment.build(project, augment.Recipe([]), name="days", kind="text")

    def run(**settings):
        run = training.start(project, "text_lora", dataset, **({"base": base, "rank": 2, "steps": 2} | settings))
        run.set_status(state="running", lane="cpu", started="", error=None)
        worker._work(run, "cpu")
        assert run.state == "finished", run.log()
        return run

    return run


def allow(project) -> None:
    project.set_consent([item.id for item in project.items()], Consent(state="given", purposes=["train", "show", "publish_model"]))


def test_its_folder_is_what_ollama_asks_for_and_goes_out_with_everybodys_consent(project, taught, tmp_path):
    run = taught()
    with pytest.raises(UserError, match="not exported") as refused:
        share.export_ollama(project, run, tmp_path / "out")
    assert "publishing a model" in refused.value.why and not (tmp_path / "out").exists()
    allow(project)
    files = share.export_ollama(project, run, tmp_path / "out")
    assert [str(file.relative_to(tmp_path / "out")) for file in files] == ["Modelfile", "adapter/adapter_model.safetensors", "adapter/adapter_config.json", "days.gguf", "README.md"]

    modelfile = files[0].read_text()
    assert "FROM smollm2:135m\n" in modelfile and "ADAPTER ./adapter\n" in modelfile and 'TEMPLATE """<|endoftext|>{{ .Prompt }}"""' in modelfile
    assert 'PARAMETER stop "<|endoftext|>"' in modelfile and 'PARAMETER stop "\\n"' in modelfile
    assert share.ollama_commands(project, run) == ("ollama create days -f Modelfile", "ollama run days")
    assert all(command in modelfile and command in files[-1].read_text() for command in share.ollama_commands(project, run))

    with safe_open(files[1], "pt") as opened:
        shapes = {key: opened.get_tensor(key).shape for key in opened.keys()}
        told = opened.metadata()
    assert shapes and all(_READ.fullmatch(key) for key in shapes)
    assert all(shape[0] <= shape[1] if "lora_A" in key else shape[0] >= shape[1] for key, shape in shapes.items()), "Ollama would turn others over"
    assert json.loads(told["dataset"])["credits"] == ["R.M."] and "Ruth" not in str(told) and "publish_model" in json.loads(told["consent"])["allowed_by_everybody"]
    config = json.loads(files[2].read_text())
    assert isinstance(config["lora_alpha"], int) and config["peft_type"] == "LORA", "Ollama reads a whole number"
    assert gguf.GGUFReader(files[3]).fields["general.type"].contents() == "adapter"
    assert "R.M." in files[-1].read_text() and str(tmp_path) not in "".join(file.read_text() for file in (files[0], files[2], files[-1]))


def test_where_q_and_k_were_taught_the_file_of_llama_cpp_is_named(project, taught, tmp_path):
    run = taught(layers="all", documents="files")
    allow(project)
    files = share.export_ollama(project, run, tmp_path / "out")
    modelfile = files[0].read_text()
    assert "ADAPTER ./days.gguf\n" in modelfile and 'stop "\\n"' not in modelfile and "names the .gguf file" in files[-1].read_text()


def test_kept_with_the_run_it_is_one_zip_until_it_has_learned_more(project, taught):
    run = taught()
    allow(project)
    assert share.ollama_file(project, run) is None
    [kept] = share.export_ollama(project, run)
    assert kept == run.path / LIVE / "days-for-ollama.zip" == share.ollama_file(project, run)
    with zipfile.ZipFile(kept) as archive:
        assert {name.partition("/")[0] for name in archive.namelist()} == {"days"} and "days/Modelfile" in archive.namelist()
    (run.path / "result" / "model.json").touch()
    assert share.ollama_file(project, run) is None


def test_a_base_that_ollama_does_not_know_is_refused_with_what_would_work(project, taught, tmp_path, monkeypatch):
    run = taught()
    monkeypatch.setattr(ollama_export, "KNOWN", {name: known for name, known in ollama_export.KNOWN.items() if name != str(tiny_language())})
    for ask in (lambda: share.export_ollama(project, run, tmp_path / "out"), lambda: share.ollama_file(project, run)):
        with pytest.raises(UserError, match="no base that Ollama could run") as caught:
            ask()
        assert "tiny-llama" in caught.value.what and "smollm2" in caught.value.fix and str(tmp_path) not in str(caught.value)
    assert "distilbert/distilgpt2" not in ollama_export.KNOWN and "Qwen/Qwen3-0.6B-Base" not in ollama_export.KNOWN
