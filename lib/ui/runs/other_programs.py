"""A model as the files that other programs read: made when asked, or there already, then to be downloaded. Read `offer`."""

from __future__ import annotations

import streamlit as st

from lib import share
from lib.errors import UserError
from lib.jobs import Task
from lib.project import Project
from lib.project.runs import Run
from lib.ui.widgets import on_request, show

EXPORT, TO_OLLAMA = "share.export_lora", "share.export_ollama"
_FOR = ("Download for ComfyUI and AUTOMATIC1111", "Download for diffusers")     # in the order of share.lora_files
_HELP = "What it has learned as .safetensors files, with the dataset, the credits and what people allow inside."


def offer(project: Project, run: Run) -> None:
    """Nothing for a run that is no LoRA (on pictures or on a language model) and no RAVE."""
    if run.model == "rave" and run.result:
        st.header("In other programs", anchor=False)
        _rave(project, run)
    if run.model == "lora":
        st.header("In other programs", anchor=False)
        on_request.offer(project, run, EXPORT, "Writing the files", lambda task: _there(project, run, task), ":material/output:", _HELP, "content")
    elif run.model == "text_lora" and run.result:
        st.header("In Ollama", anchor=False)
        on_request.offer(project, run, TO_OLLAMA, "Writing the files", lambda task: _for_ollama(project, run, task), ":material/output:", _HELP, "content")


def _for_ollama(project: Project, run: Run, task: Task | None) -> str:
    """The download and the two commands, or why there are none."""
    try:
        file = share.ollama_file(project, run)
    except UserError as error:
        st.markdown(f"{show.plain(error.why)} {show.plain(error.fix)}")
        return ""
    if file:
        st.download_button("Download for Ollama (zip)", file.read_bytes(), file.name, "application/zip", icon=":material/download:", on_click="ignore")
        st.markdown("Unpack it, open a terminal in its folder, and type:")
        st.code("\n".join(share.ollama_commands(project, run)), language="bash")
        st.markdown(":small[Ollama fetches the base itself, where it is not there yet. Then type a beginning, and it goes on in your voice.]")
        return ""
    if task and task.error:
        show.error(task.error)
    return "Files for Ollama"


def _rave(project: Project, run: Run) -> None:
    """The download, or why there is none."""
    try:
        share.may_be_exported(project, run)
    except UserError as error:
        st.markdown(f"{show.plain(error.why)} {show.plain(error.fix)}")
        return
    st.download_button("Download for nn~, Max, Pure Data and Neutone", lambda: share.rave_zip(project, run), f"{run.id}.zip", "application/zip",
                       icon=":material/download:", on_click="ignore")  # fmt: skip
    st.markdown(":small[Its .ts for streaming, and a README that says how it is played, whose sounds are in it, and under which licence.]")


def _there(project: Project, run: Run, task: Task | None) -> str:
    """The downloads, or why there are none."""
    try:
        files = share.lora_files(project, run)
    except UserError as error:
        st.markdown(f"{show.plain(error.why)} {show.plain(error.fix)}")
        return ""
    if files:
        with st.container(horizontal=True):
            for label, path in zip(_FOR, files, strict=True):
                st.download_button(label, path.read_bytes(), path.name, "application/octet-stream", icon=":material/download:", on_click="ignore")
        st.markdown(":small[The first goes into ComfyUI's models/loras, or AUTOMATIC1111's models/Lora. Both need the base that it was taught on.]")
        return ""
    if task and task.error:
        show.error(task.error)
    return "Files for other programs"
