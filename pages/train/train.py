"""Train: a dataset, a kind of model, how far it shall go, and one button. Read from top to bottom, as the page stands."""

import streamlit as st

from lib import train
from lib.errors import UserError
from lib.ui.shell import navigation
from lib.ui.shell.page import begin
from lib.ui.train import base as train_base
from lib.ui.train import before, elsewhere, estimate, settings, terms
from lib.ui.train import dataset as train_dataset
from lib.ui.train import model as train_model
from lib.ui.train.plan import Plan, plan_of
from lib.ui.widgets import show

project = begin("Train")
st.title("Train", anchor=False)
there, coming = project.datasets()[::-1], train_dataset.coming(project)
if not there:
    if not coming:
        train_dataset.none_yet(project)
    st.stop()

try:
    plan = plan_of(project)
except UserError as error:
    show.error(error)
    plan = Plan(train_model.first())
if plan.run:
    st.markdown(plan.words)
    navigation.link("train/run.py", project, "That run", icon=":material/arrow_back:", run=plan.run.id)

datasets = train_dataset.fitting(project, there, plan.dataset)
if not datasets:
    navigation.next_step("make/augment.py", project, "Augment", make="pictures")
    st.stop()

left, right = st.columns([2, 3], gap="large")
with left:
    dataset = train_dataset.choose(project, datasets, plan.dataset, plan.key)
    allowed = train_dataset.consent(project, dataset)
with right:
    model = train_model.choose(dataset, plan.model, plan.key)
    problem = train_model.problem(model, dataset)
    if problem:
        show.error(problem)
        st.stop()
    base = train_base.choose(project, plan, model)
    knows = terms.ask(project, model)
    preset = settings.dial(plan)
    action = st.container()
    choice = settings.details(project, plan, model, dataset, preset, base)

with action:
    if choice.wrong:
        st.error(f"Look at {', '.join(choice.wrong)} below: a value there will not do.", icon=":material/error:")
    elif allowed and base.ready:
        estimate.sentence(project, model, dataset, choice)
    for wait in filter(None, (base.waits, "" if knows else terms.WAITS)):
        st.markdown(f":small[{wait}]")
    possible = not choice.wrong and allowed and knows
    with st.container(horizontal=True):
        start = st.button("Start", type="primary", icon=":material/play_arrow:", disabled=not possible or not base.ready)
        elsewhere.offer(project, model, dataset, choice, possible)
    before.show_before(project, model, dataset, choice)
    if start:
        with show.errors():
            run = train.start(project, model, dataset, preset=choice.preset, seed=choice.seed, **choice.settings)
            navigation.go("train/run.py", project, run=run.id)
