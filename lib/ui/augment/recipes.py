"""Recipes with a name: kept, shown as a picture of their steps, taken again, renamed, deleted, sent and brought in. Read `section`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from lib import augment
from lib.augment import Plan, Prospect, SavedRecipe
from lib.errors import UserError
from lib.ui.augment import preview, recipe, strip
from lib.ui.collect import uploader
from lib.ui.widgets import show

if TYPE_CHECKING:
    from lib.project import Project

_AT_ONCE = 3
_SAID, _WRONG, _GONE, _ROUND = "augment.recipes.said", "augment.recipes.wrong", "augment.recipes.gone", "augment.recipes.round"


def section(project: Project, plan: Plan, prospect: Prospect) -> None:
    """All of them for what is being prepared, and the way to keep this one."""
    kept = augment.saved_recipes(project, plan.kind)
    st.header("Your recipes", anchor=False)
    st.markdown("Keep a recipe under a name, take it again another day, or send it to somebody as a small file.")
    if plan.recipe.steps:
        _offer_to_save(project, plan, kept)
    _tell(project)
    pages = -(-len(kept) // _AT_ONCE)
    page = st.pagination(pages, key="recipes") if pages > 1 else 1
    first = preview.first(project, prospect) if kept and plan.kind == "image" else None
    for made in kept[(page - 1) * _AT_ONCE : page * _AT_ONCE]:
        _one(project, plan, made, first)
    _offer_to_import(project)
    for file, wrong in augment.broken_recipes(project):
        show.error(UserError(f"recipes/{file} cannot be read.", f"{wrong.what} {wrong.why}".strip(), "Take it out of the folder, or mend it."))


def _offer_to_save(project: Project, plan: Plan, kept: list[SavedRecipe]) -> None:
    """The name and the button; saving under a name that is there replaces that one, and the button says so."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        key = f"{_ROUND}.name.{_round('name')}"
        name = st.text_input("Save the recipe above as", key=key, max_chars=60, placeholder="Soft squares", width=300).strip()
        there = any(made.name.casefold() == name.casefold() for made in kept)
        st.button(f"Replace “{name}”" if there else "Save", key="recipes.save", icon=":material/bookmark_add:",
                  on_click=_save, args=(project, plan, key, name if there else ""))    # fmt: skip


def _save(project: Project, plan: Plan, key: str, replaced: str) -> None:
    """key: of the field, which may hold a newer name than the button was drawn with. replaced: the name that it said it would replace."""
    name = str(st.session_state.get(key, "")).strip()
    plan = augment.read_plan(project, plan.kind)    # a step may have come since the button was drawn, and stand above already
    with _noting():
        made = augment.save_recipe(project, name, plan.recipe, kind=plan.kind, replace=bool(replaced) and name == replaced)
        _say(f"“{made.name}” is saved.")
        _next_round("name")


def _offer_to_import(project: Project) -> None:
    with st.expander("Bring in a recipe from a file", icon=":material/upload_file:"):
        file = st.file_uploader("A recipe that was exported (.json)", type=["json"], key=f"{_ROUND}.file.{_round('file')}")
    if file:
        with _noting():
            made = _keep_under_free_name(project, augment.import_recipe(file.getvalue(), file.name))
            _say(f"“{made.name}” has come in.")
        uploader.let_go([file])
        _next_round("file")
        st.rerun()


def _keep_under_free_name(project: Project, made: SavedRecipe) -> SavedRecipe:
    """Beside those that are there: "Soft squares 2", but not twice the very same."""
    taken = {saved.name: saved for saved in augment.saved_recipes(project)}
    for number in range(1, len(taken) + 2):
        name = made.name if number == 1 else f"{made.name[:56]} {number}"
        if name in taken and taken[name].recipe == made.recipe:
            return taken[name]
        try:
            return augment.save_recipe(project, name, made.recipe, kind=made.kind)
        except UserError:
            if number > len(taken):
                raise
    raise AssertionError("unreachable: one of so many names is free")


def _one(project: Project, plan: Plan, made: SavedRecipe, first) -> None:
    """Its name, its picture, and what can be done with it."""
    with st.container(border=True, gap="small"):
        in_use = made.recipe == plan.recipe
        st.subheader(show.plain(made.name), anchor=False)
        drawn, _ = strip.cells(project, first if made.recipe.light else None, made.recipe)
        strip.strip(drawn, key=f"strip.{made.file}")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("In use" if in_use else "Use this recipe", key=f"take.{made.file}", icon=":material/check:" if in_use else ":material/replay:",
                      disabled=in_use, on_click=recipe.take_recipe, args=(project, plan, made.recipe))    # fmt: skip
            st.download_button("Export", augment.export_recipe(made), made.file, "application/json", key=f"export.{made.file}",
                               type="tertiary", icon=":material/download:", on_click="ignore")    # fmt: skip
            with st.popover("Rename", type="tertiary", icon=":material/edit:"):
                st.text_input("New name", made.name, key=f"to.{made.file}", max_chars=60)
                st.button("Rename it", key=f"rename.{made.file}", on_click=_rename, args=(project, made, f"to.{made.file}"))
            with st.popover("Delete", type="tertiary", icon=":material/delete:"):
                st.markdown(f"Delete “{show.plain(made.name)}”? Datasets that were frozen with it stay, and it can be brought back.")
                st.button("Delete it", key=f"delete.{made.file}", on_click=_delete, args=(project, made))


def _rename(project: Project, made: SavedRecipe, key: str) -> None:
    with _noting():
        now = augment.rename_recipe(project, made.name, str(st.session_state.get(key, "")))
        _say(f"“{made.name}” is now called “{now.name}”.")


def _delete(project: Project, made: SavedRecipe) -> None:
    with _noting():
        augment.delete_recipe(project, made.name)
        _say(f"“{made.name}” is deleted.")
        st.session_state[_GONE] = made.name


def _restore(project: Project, name: str) -> None:
    with _noting():
        augment.restore_recipe(project, name)
        _say(f"“{name}” is back.")


class _noting:
    """Whatever is refused is noted, to be said where the recipes are; what was said before is forgotten."""

    def __enter__(self) -> None:
        for key in (_SAID, _WRONG, _GONE):
            st.session_state.pop(key, None)

    def __exit__(self, kind, error, _) -> bool:
        if isinstance(error, UserError):
            st.session_state[_WRONG] = error
        elif isinstance(error, OSError):
            st.session_state[_WRONG] = UserError("The recipe could not be written.", f"{error.strerror or error}.", "Try again.")
        return isinstance(error, UserError | OSError)


def _say(words: str) -> None:
    st.session_state[_SAID] = words


def _tell(project: Project) -> None:
    """What came of the last click, with the way back from a deletion."""
    if wrong := st.session_state.get(_WRONG):
        show.error(wrong)
    if message := st.session_state.get(_SAID):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/check: {show.plain(message)}", width="content")
            if gone := st.session_state.get(_GONE):
                st.button("Bring it back", key="recipes.undo", type="tertiary", icon=":material/undo:", on_click=_restore, args=(project, gone))


def _round(field: str) -> int:
    return st.session_state.get(f"{_ROUND}.{field}", 0)


def _next_round(field: str) -> None:
    """A field whose words or file are kept is empty again; the other one keeps what is in it."""
    st.session_state[f"{_ROUND}.{field}"] = _round(field) + 1
