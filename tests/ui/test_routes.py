"""Covers the addresses beside the pages: what is in a project is answered, what is not is a plain 404, and nothing is run."""

from __future__ import annotations

import io
import json
import zipfile
from urllib.parse import quote

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from lib import augment, collect, ledger
from lib.media import story_inside
from lib.media.sound import open_sound
from lib.project import Consent, Project, outputs
from lib.ui.http import addresses, routes
from lib.ui.http.small_pictures import SmallPictures
from tests.media.made_files import write_sound
from tests.media.made_pdfs import drawn
from tests.player.conftest import played_project


@pytest.fixture
def client(home):
    return TestClient(Starlette(routes=routes.ROUTES, middleware=[Middleware(SmallPictures)]), raise_server_exceptions=True)


@pytest.fixture
def item(project, tmp_path):
    Image.new("RGB", (300, 200), "tomato").save(tmp_path / "red <b>.png")
    collect.add_files(project, tmp_path / "red <b>.png", Consent(state="given", purposes=["train"]))
    return project.items()[0]


def test_a_thumbnail_is_a_small_webp_that_may_be_kept(client, project, item, monkeypatch):
    answer = client.get(addresses.thumbnail(project, item, 128))
    assert answer.status_code == 200 and answer.headers["content-type"] == "image/webp"
    assert "immutable" in answer.headers["cache-control"] and "private" in answer.headers["cache-control"]
    assert max(Image.open(io.BytesIO(answer.content)).size) == 128


def test_a_picture_that_the_browser_has_is_not_sent_again(client, project, item):
    address = addresses.thumbnail(project, item, 128)
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304 and again.content == b"" and again.headers["etag"] == first.headers["etag"]
    assert client.get(address, headers={"If-None-Match": '"of another"'}).content == first.content
    project.set_consent([item.id], Consent(state="refused"))
    assert client.get(address, headers={"If-None-Match": first.headers["etag"]}).status_code == 404


def test_a_small_picture_that_lies_ready_is_answered_before_the_routes_are_asked_and_by_the_same_answer(client, project, item):
    address, nobody = addresses.thumbnail(project, item, 128), TestClient(Starlette(middleware=[Middleware(SmallPictures)]))
    assert nobody.get(address).status_code == 404       # it is not made yet
    made = client.get(address)
    ready = nobody.get(address)
    assert ready.content == made.content and dict(ready.headers) == dict(made.headers)
    assert nobody.get(address, headers={"If-None-Match": made.headers["etag"]}).status_code == 304
    assert nobody.get(address, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 404
    project.set_consent([item.id], Consent(state="refused"))
    assert nobody.get(address).status_code == client.get(address).status_code == 404


def test_the_original_comes_as_what_it_is(client, project, item):
    answer = client.get(f"/files/tulips/items/{item.id}")
    assert answer.content == item.path.read_bytes() and answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_a_text_is_never_served_as_a_page(client, project, tmp_path):
    (tmp_path / "page.txt").write_text("<script>alert(1)</script> " * 3)
    collect.add_files(project, tmp_path / "page.txt")
    answer = client.get(f"/files/tulips/items/{project.items()[0].id}")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain")


def test_a_page_of_a_paper_comes_drawn_with_what_is_asked_about_marked(client, project, tmp_path):
    (tmp_path / "letters.pdf").write_bytes(drawn([(20, 200, "The goat ate my hat.")], [(20, 200, "It rained.")]))
    [item] = collect.add_files(project, tmp_path / "letters.pdf", Consent(state="given", purposes=["retrieve"])).added
    address = addresses.pages(project, item.id)
    told = client.get(f"{address}/1/4-8").json()
    assert told["words"] == "The goat ate my hat." and told["marked"] == [4, 8] and len(told["boxes"]) == 1 and told["size"] == [1000, 750]
    picture = client.get(f"{address}/1.webp")
    assert picture.headers["content-type"] == "image/webp" and Image.open(io.BytesIO(picture.content)).size == (1000, 750)
    assert client.get(f"{address}/2/4-8").json() == {"words": "It rained.", "by_machine": False, "marked": [0, 0], "boxes": [], "size": [1000, 750]}
    for nowhere in ("3/0-0", "0/0-0", "3.webp", "0.webp"):
        assert client.get(f"{address}/{nowhere}").status_code == 404, nowhere
    project.set_consent([item.id], Consent(state="refused"))
    assert [client.get(f"{address}/{page}").status_code for page in ("1/4-8", "1.webp")] == [404, 404]


@pytest.mark.parametrize("path", [
    "/files/nowhere/items/x", "/files/tulips/items/x", "/files/tulips/thumbnails/x/256", "/files/tulips/runs/x/y.png",
    "/files/tulips/datasets/x.png", "/files/tulips/outputs/x.png", "/files/.handmade/items/x", "/files/tulips/outputs/..",
])  # fmt: skip
def test_what_is_not_there_is_a_plain_404(client, project, path):
    answer = client.get(path)
    assert answer.status_code == 404 and "Traceback" not in answer.text


def test_a_thumbnail_of_an_unreasonable_size_is_refused(client, project, item):
    assert client.get(f"/files/tulips/thumbnails/{item.id}/100000").status_code == 404


def test_the_sheet_of_a_dataset_is_answered(client, project, item):
    dataset = augment.build(project, augment.Resize(16), "small")
    answer = client.get(f"/files/tulips/datasets/{dataset.path.name}.png")
    assert answer.content == (dataset.path / "sheet.png").read_bytes()


def test_the_project_can_be_taken_away_as_a_zip(client, project, item):
    answer = client.get("/files/tulips/project.zip")
    assert "attachment" in answer.headers["content-disposition"]
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert f"tulips/items/{item.file}" in names


@pytest.fixture
def learned(home, monkeypatch):
    """(project, its run, an output, Ruth's first datapoint): all of it by Ruth."""
    project, run = played_project(home)
    dataset = project.dataset("digits")
    output = outputs.save(project, Image.new("RGB", (32, 32)), 3, outputs.base_story(project, run, dataset))
    return project, run, output, project.items()[0]


def of_everything(project, run, output, item) -> dict[str, str]:
    """The address of each file that stands on a datapoint."""
    dataset = project.dataset("digits")
    row = next(row for row in dataset.rows() if row["item"] == item.id)
    base = f"/files/{project.path.name}"
    return {
        "original": f"{base}/items/{item.id}", "thumbnail": f"{base}/thumbnails/{item.id}/256",
        "prepared": f"{base}/datasets/{dataset.path.name}/train/{row['file_name']}", "sheet": f"{base}/datasets/{dataset.path.name}.png",
        "sample": f"{base}/runs/{run.id}/step_000002.png", "output": f"{base}/outputs/{output.path.name}",
    }  # fmt: skip


def codes(client, addresses: dict[str, str]) -> dict[str, int]:
    return {what: client.get(address).status_code for what, address in addresses.items()}


def packed(client, project) -> set[str]:
    names = zipfile.ZipFile(io.BytesIO(client.get(f"/files/{project.path.name}/project.zip").content)).namelist()
    return {name.partition("/")[2] for name in names}


def test_what_stands_on_a_datapoint_is_handed_out_until_somebody_says_no_and_again_after_a_yes(client, learned):
    project, run, output, item = learned
    where = of_everything(*learned)
    assert set(codes(client, where).values()) == {200}
    project.set_consent([item.id], Consent("refused", person=item.person))
    assert set(codes(client, where).values()) == {404}
    names = packed(client, project)
    assert not [name for name in names if name in (f"items/{item.file}", f"outputs/{output.path.name}") or "sheet.png" in name]
    assert not [name for name in names if name.startswith(f"runs/{run.id}/") and ("/samples/" in name or "/result/" in name or "/checkpoints/" in name)]
    assert f"runs/{run.id}/run.md" in names, "that it was, and what was asked, may be told"
    other = next(one for one in project.items() if one.id != item.id)
    assert client.get(f"/files/{project.path.name}/items/{other.id}").status_code == 200
    row = next(row for row in project.dataset("digits").rows() if row["item"] == other.id)
    assert client.get(f"/files/{project.path.name}/datasets/digits-v1/train/{row['file_name']}").status_code == 200
    project.set_consent([item.id], Consent("given", ["train", "show"], person=item.person))
    assert set(codes(client, where).values()) == {200}


def test_a_yes_to_showing_alone_closes_what_was_learned_and_leaves_the_thing_itself(client, learned):
    project, run, output, item = learned
    project.set_consent([item.id], Consent("given", ["show"], person=item.person))
    assert codes(client, of_everything(*learned)) == {
        "original": 200, "thumbnail": 200, "prepared": 404, "sheet": 404, "sample": 404, "output": 404,
    }  # fmt: skip


def test_after_a_withdrawal_nothing_of_it_is_handed_out_and_the_shrunk_sheet_is(client, learned):
    project, run, output, item = learned
    where = of_everything(*learned)
    ledger.withdraw(project, items=[item], confirm=True)
    assert codes(client, where) == {"original": 404, "thumbnail": 404, "prepared": 404, "sheet": 200, "sample": 404, "output": 404}
    names = packed(client, project)
    assert f"outputs/{output.path.name}" not in names and "datasets/digits-v1/sheet.png" in names
    assert client.get(f"/files/{project.path.name}/outputs.zip").content.count(b"PK\x03\x04") == 0


def test_what_nobody_has_decided_about_is_seen_by_those_who_are_to_decide(client, project, tmp_path):
    Image.new("RGB", (30, 20), "teal").save(tmp_path / "teal.png")
    collect.add_files(project, tmp_path / "teal.png")
    assert client.get(f"/files/tulips/thumbnails/{project.items()[0].id}/256").status_code == 200


def test_in_the_place_of_what_somebody_said_no_to_a_page_shows_a_drawn_picture(project, item, monkeypatch):
    project.set_consent([item.id], Consent("refused"))
    refused = project.item(item.id)
    assert addresses.thumbnail(project, refused) == addresses.original(project, refused)
    assert addresses.thumbnail(project, refused).startswith("data:image/svg+xml")


def test_a_project_with_a_name_in_other_letters_is_taken_away_under_it(client, home):
    project = Project.create("Тюльпаны и “розы”", home=home)
    answer = client.get(f"/files/{project.path.name}/project.zip")
    assert answer.status_code == 200
    assert f"filename*=UTF-8''{quote(project.path.name)}.zip" in answer.headers["content-disposition"]
    assert f"{project.path.name}/project.json" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()


def test_a_sound_is_answered_with_what_is_seen_and_measured_of_it_as_long_as_it_may_be_heard(client, project, tmp_path):
    write_sound(tmp_path / "hum.wav", 2.0)
    collect.add_files(project, tmp_path / "hum.wav", Consent(state="given", purposes=["train"]))
    [item] = project.items()
    address = addresses.overview(project, "items", item.id)
    told = client.get(address).json()
    assert (told["seconds"], told["rate"], told["channels"]) == (2.0, 22_050, 1) and -30 < told["lufs"] < 0
    assert told["picture"].startswith("data:image/webp;base64,")
    project.set_consent([item.id], Consent(state="refused"))
    assert client.get(address).status_code == 404
    assert client.get(addresses.overview(project, "outputs", "nothing.wav")).status_code == 404


def test_what_a_model_made_can_be_taken_along_as_flac_with_the_same_story(client, project, tmp_path):
    made = outputs.save(project, open_sound(write_sound(tmp_path / "hum.wav")), 3, outputs.story_without_run("smollm2"))
    answer = client.get(addresses.flac(project, made))
    assert answer.status_code == 200 and answer.headers["content-type"] == "audio/flac"
    assert json.loads(story_inside.read_from_flac(answer.content)) == made.provenance()
    assert client.get(addresses.overview(project, "outputs", made.path.name)).json()["seconds"] == 1.0
    assert client.get(addresses.flac(project, made).replace(made.path.stem, "other")).status_code == 404
