"""Covers recipes with a name: saved, listed, renamed, deleted and brought back, sent as a file, and refused in three lines."""

from __future__ import annotations

import json

import pytest

from lib import augment
from lib.augment import CropSquare, Mirror, Recipe, Resize
from lib.errors import UserError

SOFT = Recipe([CropSquare("top"), Resize(32), Mirror()])


def refused(call, *given, **named) -> UserError:
    with pytest.raises(UserError) as wrong:
        call(*given, **named)
    return wrong.value


def test_a_recipe_is_saved_under_its_name_and_found_again(project):
    made = augment.save_recipe(project, "  Soft   squares ", SOFT)
    assert (made.name, made.file, made.kind) == ("Soft squares", "soft-squares.json", "image")
    [found] = augment.saved_recipes(project)
    assert found == made and found.recipe == SOFT
    plain = json.loads((project.path / "recipes" / made.file).read_text())
    assert plain["steps"][1] == {"step": "Resize", "size": 32, "how": "area"} and plain["schema"] == 1


def test_they_are_listed_by_name_and_by_kind(project):
    for name in ("b", "A", "c"):
        augment.save_recipe(project, name, SOFT)
    assert [one.name for one in augment.saved_recipes(project)] == ["A", "b", "c"]
    assert augment.saved_recipes(project, "sound") == [] and len(augment.saved_recipes(project, "image")) == 3


def test_a_name_is_given_once_unless_the_earlier_one_is_replaced(project):
    augment.save_recipe(project, "Soft", SOFT)
    assert "already" in refused(augment.save_recipe, project, "Soft", Recipe()).what
    augment.save_recipe(project, "Soft", Resize(16), replace=True)
    assert augment.saved_recipe(project, "Soft").recipe == Recipe(Resize(16))
    assert "no letter" in refused(augment.save_recipe, project, "!!", SOFT).what


def test_renaming_moves_it_and_never_writes_over_another(project):
    augment.save_recipe(project, "One", SOFT)
    augment.save_recipe(project, "Two", Resize(16))
    refused(augment.rename_recipe, project, "One", "two")
    augment.rename_recipe(project, "One", "Three")
    assert [one.name for one in augment.saved_recipes(project)] == ["Three", "Two"]
    assert augment.rename_recipe(project, "Three", "THREE").name == "THREE"
    assert augment.saved_recipe(project, "three").recipe == SOFT


def test_what_was_deleted_can_be_brought_back(project):
    augment.save_recipe(project, "Soft", SOFT)
    augment.delete_recipe(project, "Soft")
    assert augment.saved_recipes(project) == []
    assert "no recipe called" in refused(augment.delete_recipe, project, "Soft").what
    assert augment.restore_recipe(project, "Soft").recipe == SOFT
    augment.delete_recipe(project, "Soft")
    augment.save_recipe(project, "Soft", Recipe(Resize(16)))
    assert "new recipe" in refused(augment.restore_recipe, project, "Soft").what
    assert augment.saved_recipe(project, "Soft").recipe == Recipe(Resize(16))


def test_an_exported_recipe_comes_in_again_as_it_was(project):
    content = augment.export_recipe(SOFT, "Für Großmutter, 8×8")
    read = augment.import_recipe(content, "whatever.json")
    assert read.recipe == SOFT and read.name == "Für Großmutter, 8×8"
    assert augment.export_recipe(read) == content
    assert augment.import_recipe(b"\xef\xbb\xbf" + content).recipe == SOFT         # an editor that marks UTF-8


def test_a_file_without_a_name_is_called_like_the_file():
    assert augment.import_recipe(b'{"steps": []}', "/somewhere/from ana.json").name == "from ana"


def file(*steps, **more) -> bytes:
    return json.dumps({"schema": 1, "name": "Theirs", "steps": list(steps), **more}).encode()


@pytest.mark.parametrize(
    "content, said",
    [
        (b"", "is not JSON"),
        (b"\x89PNG\r\n\x1a\n\xff\x00", "is not JSON"),
        (b"[" * 50_000, "is not JSON"),
        (b"[1, 2]", "is no recipe"),
        (b'{"schema": 1}', "is no recipe"),
        (b'{"steps": "Resize"}', "is no recipe"),
        (file(schema=99), "newer Handmade"),
        (file(schema="one"), "is no recipe"),
        (file({"step": "Summon"}), "There is no step 'Summon'"),
        (file("Resize"), "its step 1 does not fit"),
        (file({"name": "Resize", "size": 64}), "A step has no “step”: {'name': 'Resize', 'size': 64}"),
        (file({"step": "CropSquare"}, {"step": "Resize", "size": 63}), "its step 2 does not fit"),
        (file({"step": "Rotate", "copies": 9}), "Rotate cannot have copies 9"),
        (file({"step": "Rotate", "degrees": "NaN"}), "Rotate cannot have degrees"),
        (b'{"steps": [{"step": "Rotate", "degrees": NaN}]}', "is not JSON"),
        (file({"step": "Mirror", "__class__": "os.system"}), "Mirror has nothing called __class__"),
        (file(*[{"step": "Mirror"}] * 61), "has 61 steps"),
        (file(*[{"step": "Mirror"}] * 7), "makes 128 pictures"),
        (b" " * 100_001, "too large"),
        (file({"step": "Resize"}, kind="text"), "mixes steps"),
        (file(name="!!"), "no letter"),
    ],
)
def test_a_file_that_is_no_recipe_is_refused_in_three_lines(content, said):
    wrong = refused(augment.import_recipe, content, "theirs.json")
    assert said in str(wrong).replace("’", "'") and wrong.what and wrong.fix
    assert "theirs.json" in str(wrong) or "letter" in said


def test_a_damaged_file_is_named_and_the_others_are_listed_all_the_same(project):
    augment.save_recipe(project, "Soft", SOFT)
    (project.path / "recipes" / "torn.json").write_text('{"steps": [')
    assert [one.name for one in augment.saved_recipes(project)] == ["Soft"]
    [(name, wrong)] = augment.broken_recipes(project)
    assert name == "torn.json" and "not JSON" in wrong.what


def test_nothing_is_written_that_could_not_be_read_again(project):
    many = [CropSquare()] * 70
    assert "70 steps" in refused(augment.save_recipe, project, "many", many).what
    assert "not for sounds" in refused(augment.save_recipe, project, "loud", Mirror(), kind="sound").what
    assert "no kind" in refused(augment.save_recipe, project, "loud", Mirror(), kind=["image"]).what
    assert "70 steps" in refused(augment.export_recipe, many, "many").what
    assert not list((project.path / "recipes").glob("*"))
    assert augment.save_recipe(project, "No step yet", Recipe(), kind="sound").kind == "sound"


def test_only_the_bytes_of_a_file_are_imported_and_what_was_imported_is_exported(project):
    for wrong in (None, "{}", 5, ["{}"]):
        assert "in bytes" in refused(augment.import_recipe, wrong).why
    made = augment.import_recipe(b'{"steps": [], "name": "hi", "saved": "\\ud800"}')
    assert augment.import_recipe(augment.export_recipe(made)) == made
    assert augment.import_recipe(json.dumps({"steps": [], "name": "hi", "saved": {"a": 1}}).encode()).saved == ""
