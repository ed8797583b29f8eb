"""A no on the page: what it touches, by pictures and numbers, before it is carried out; carried out; and what became of it.

Read `offer`. Writing a no down keeps something from being used, and can be taken back; deleting for good cannot, and is asked
twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import streamlit as st

from lib import jobs, ledger
from lib.errors import UserError
from lib.jobs import Task
from lib.ledger import Ending, Touched
from lib.project import Consent, Project, consent, handing_out, withdrawal
from lib.project.consent import PURPOSE_WORDS
from lib.ui.http import addresses
from lib.ui.shell import navigation
from lib.ui.widgets import picture_grid, show

_INLINE = 96  # more datapoints than these are withdrawn by a task in the background
_SHOWN, _SMALL = 8, 64  # pictures of each kind; px
_ASKED, _TOLD, _DONE, _TASK = "no.asked", "no.told", "no.done", "no.task"
_UNDER_WAY = ("queued", "running")


# ---- before a decision is written down -------------------------------------------------------------------------------


def ends(project: Project, about: Sequence[str], decision: Consent) -> None:
    """What a decision ends, in a sentence with numbers and in pictures; nothing where it ends nothing."""
    ending: Ending = _remembered(project, ("ends", tuple(about), decision), lambda: ledger.ending(project, about, decision))
    uses = {purpose: count for purpose, count in ending.purposes.items() if purpose not in ("collect", "label")}
    if not uses:
        return
    made = any((ending.touched.datasets, ending.touched.runs, ending.touched.outputs))
    more = " What was made from that is used no more then:" if made else ""
    st.markdown(f":material/block: **This ends: {ends_words(uses, len(about))}.**{more}")
    if ending.touched.items:
        touches(project, ending.touched, key="ends")


def ends_words(uses: dict[str, int], count: int) -> str:
    """"training, showing" where it ends for all; "training (for 3), showing" where not."""
    return ", ".join(PURPOSE_WORDS[purpose] + (f" (for {number:,})" if number < count else "") for purpose, number in uses.items())


def touches(project: Project, touched: Touched, key: str) -> None:
    """What was made from these datapoints: numbers first, then pictures of what is still shown."""
    st.markdown(numbers(touched))
    for name, some in _rows(project, touched):
        if some:
            st.markdown(f":small[{name}]")
            picture_grid.grid(some, key=f"{key}.{name}", size=_SMALL)


def numbers(touched: Touched) -> str:
    """"**6 datapoints** · 1 dataset that holds them · 1 model that learned from them · 5 outputs"."""
    parts = [f"**{show.several(len(touched.items), 'datapoint')}**"]
    them = "it" if len(touched.items) == 1 else "them"
    for some, singular, plural in ((touched.datasets, f"dataset that holds {them}", f"datasets that hold {them}"),
                            (touched.runs, f"model that learned from {them}", f"models that learned from {them}"),
                            (touched.outputs, "output of such a model", "outputs of such models")):  # fmt: skip
        if some:
            parts.append(show.several(len(some), singular, plural))
    return " · ".join(parts)


def _rows(project: Project, touched: Touched) -> Iterable[tuple[str, list[picture_grid.Picture]]]:
    yield "Datapoints", [
        picture_grid.Picture(item.id, addresses.thumbnail(project, item), f"Number {item.number}", label=str(item.number))
        for item in touched.items[:_SHOWN] if not item.consent.says_no
    ]
    yield "Datasets", [
        picture_grid.Picture(dataset.path.name, addresses.sheet(project, dataset), f"Contact sheet of {dataset.path.name}")
        for dataset in touched.datasets[:_SHOWN] if handing_out.sheet(project, dataset)
    ]
    yield "Outputs", [
        picture_grid.Picture(
            output.path.name, addresses.output(project, output), f"Output {output.path.name}", film=output.path.suffix == ".mp4"
        )  # fmt: skip
        for output in _shown_today(project, touched)
    ]


def _shown_today(project: Project, touched: Touched) -> list:
    """Outputs of which nobody in their data has said no so far."""
    survey = consent.survey(project)
    if not all(survey.of(run).whole for run in touched.runs):
        return []
    return [output for output in touched.outputs if output.path.suffix in (".png", ".gif")][:_SHOWN]


# ---- carrying it out -------------------------------------------------------------------------------------------------


def offer(project: Project, about: Sequence[str], person: str = "", name: str = "", key: str = "no", pictures_too: bool = True) -> None:
    """What a no touches, and the button that carries it out. about: ids. person: where these are all of somebody's (an id)."""
    who = {"person": person} if person else {"items": list(about)}
    touched = _remembered(project, ("touched", tuple(about), person), lambda: ledger.touched(project, **who))
    if pictures_too:
        touches(project, touched, key)
    if st.session_state.get(_ASKED) != key:
        st.button("Delete all of it for good…" if len(touched.items) != 1 else "Delete it for good…", icon=":material/delete_forever:",
                  key=f"{key}.delete", on_click=_ask, args=(key,))  # fmt: skip
        return
    with st.container(border=True, key=f"{key}.question"):
        whose = f" of {show.plain(name)}" if person and name else ""
        st.subheader(f"Delete {show.several(len(touched.items), 'datapoint')}{whose} for good?", anchor=False)
        st.markdown(means(touched))
        with st.container(horizontal=True):
            if st.button("Yes, delete for good", type="primary", key=f"{key}.yes"):
                with show.errors():
                    _carry_out(project, touched, who)
            st.button("Keep", key=f"{key}.keep", on_click=_ask, args=("",))


def _ask(key: str) -> None:
    st.session_state[_ASKED] = key


def means(touched: Touched) -> str:
    """What goes, what shrinks, and what is used no more, a line each."""
    is_one = len(touched.items) == 1
    lines = [f"- **Gone:** the {'original' if is_one else 'originals'}, small pictures, prepared copies, captions, labels and the record"
             + (" with the name and contact." if touched.people else ".")]  # fmt: skip
    if touched.datasets:
        lines.append(f"- **Shrinks:** {_named('dataset', [made.path.name for made in touched.datasets])}. What is left can be trained on.")
    if touched.runs:
        lines.append(
            f"- **Used no more:** {_named('model', [run.id for run in touched.runs])}"
            f"{' with ' + show.several(len(touched.outputs), 'output') if touched.outputs else ''}. A model cannot unlearn, so it is neither "
            "played, shown, zipped nor exported. Afterwards you can train the same again without them."
        )
    if touched.copies:
        copies = "the copy in a zip that was" if touched.copies == 1 else f"the copies in {touched.copies} zips that were"
        lines.append(f"- **Stays:** {copies} given out to be trained on another computer. Have it deleted there.")
    if touched.named:
        lines.append(f"- **Stays:** the name, {' and '.join(touched.named)}, since somebody else wrote that. Look there yourself.")
    return "\n".join([*lines, "", "This cannot be undone."])


def _named(what: str, names: list[str]) -> str:
    few = ", ".join(map(show.plain, names[:3]))
    return f"{show.several(len(names), what)} ({few}{', …' if len(names) > 3 else ''})"


def _carry_out(project: Project, touched: Touched, who: dict) -> None:
    _ask("")
    if len(touched.items) > _INLINE:
        st.session_state[_TASK] = ledger.withdraw_later(project, **who).id
    else:
        with st.spinner("Deleting for good"):
            touched = ledger.withdraw(project, **who, confirm=True)
        st.session_state[_DONE] = str(project.path), (done := _Done.of(touched))
        st.toast(done_words(done), icon=":material/check:")
    navigation.go("make/collect.py", project)


# ---- what became of it -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Done:
    """What a withdrawal has reached, in numbers. runs: ids."""

    items: int
    datasets: int
    outputs: int
    runs: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, touched: Touched) -> _Done:
        return cls(len(touched.items), len(touched.datasets), len(touched.outputs), [run.id for run in touched.runs])


def became(project: Project) -> None:
    """On Collect: how far a withdrawal in the background is, and what the last one has done, with the way on."""
    task = ledger.under_way(project)
    if task is not None and task.state in _UNDER_WAY:
        st.fragment(_progress, run_every=1.0)(task)
    elif task is not None and task.state != "finished":
        _not_done(project, task)
    elif task is not None and st.session_state.get(_TASK) == task.id:
        del st.session_state[_TASK]
        result = task.result()
        items, datasets, outputs = (len(result[name]) for name in ("items", "datasets", "outputs"))
        st.session_state[_DONE] = str(project.path), _Done(items, datasets, outputs, result["runs"])
    where, done = st.session_state.get(_DONE, (None, None))
    if where == str(project.path):
        _tell(project, done)


def _progress(task: Task) -> None:
    if task.state not in _UNDER_WAY:
        st.rerun(scope="app")
    done, total = task.status.get("step") or 0, task.status.get("total") or 0
    st.progress(min(1.0, done / total) if total else 0.0, text=f"Deleting for good: {done:,} of {total:,}" if total else "Deleting for good")


def _not_done(project: Project, task: Task) -> None:
    """What was begun is finished at each look already (lib/ui/shell/page.py); what was not begun can be asked for again."""
    still = withdrawal.is_interrupted(project)
    what = "A withdrawal did not come to its end." if still else "A withdrawal was interrupted."
    show.error(task.error or UserError(what, "The program that did it has ended.", "Reload this page: it does what is left." if still else "If anything of it is still here, ask for it again."))
    if st.button("Dismiss", type="tertiary", key=f"no.away.{task.id}", disabled=still):
        with show.errors():
            jobs.forget(task)
            st.rerun()


def _tell(project: Project, done: _Done) -> None:
    with st.container(border=True, key="no.done"):
        st.markdown(f":material/check: {done_words(done)}")
        with st.container(horizontal=True):
            for run in done.runs[:3]:
                navigation.link("train/run.py", project, "Train again without them" if len(done.runs) == 1 else f"Train again: {run}", run=run, icon=":material/refresh:")
            st.button("Dismiss", type="tertiary", key="no.dismiss", on_click=lambda: st.session_state.pop(_DONE, None))


def done_words(done: _Done) -> str:
    """"**6 datapoints are gone for good.** 1 dataset shrank. 1 model and 5 outputs are used no more."."""
    sentences = [f"**{show.several(done.items, 'datapoint')} {'is' if done.items == 1 else 'are'} gone for good.**"]
    if done.datasets:
        sentences.append(f"{show.several(done.datasets, 'dataset')} shrank.")
    if done.runs:
        outputs = f" and {show.several(done.outputs, 'output')}" if done.outputs else ""
        sentences.append(f"{show.several(len(done.runs), 'model')}{outputs} {'is' if len(done.runs) == 1 and not outputs else 'are'} used no more.")
    return " ".join(sentences)


def _remembered(project: Project, what: tuple, work):
    """What `work` found for this question; looked for anew when the question, or anything that people allow, is another."""
    survey = consent.survey(project)
    known, answer = st.session_state.get(_TOLD, {}).get(what[0], (None, None))
    if known is None or known[0] is not survey or known[1] != what:
        answer = work()
        st.session_state[_TOLD] = {**st.session_state.get(_TOLD, {}), what[0]: ((survey, what), answer)}
    return answer
