"""Covers taking a run away: it can be brought back, deleting for good comes second, and a withdrawal still finds it."""

from __future__ import annotations

import pytest

from lib import jobs, train
from lib.errors import UserError
from lib.project import derived_data, runs


@pytest.fixture
def over(project, dataset, monkeypatch):
    """A run that was stopped before it began."""
    monkeypatch.setattr(jobs, "ensure_dispatcher", lambda workspace: None)
    run = train.start(project, "gan", dataset, steps=3)
    run.set_status(state="stopped")
    return run


def test_a_removed_run_is_in_no_list_and_comes_back_as_it_was(project, over):
    train.remove(project, over)
    assert project.runs() == [] and runs.newest_first(project) == []
    assert [run.id for run in train.removed(project)] == [over.id]
    with pytest.raises(UserError, match="There is no run"):
        project.run(over.id)
    assert train.bring_back(project, over.id).summary == over.summary
    assert train.removed(project) == []


def test_only_what_was_removed_can_be_deleted_for_good(project, over):
    with pytest.raises(UserError, match="no removed run"):
        train.delete_for_good(project, over.id)
    train.remove(project, over)
    assert train.size_of(train.removed(project)[0]) > 100
    train.delete_for_good(project, over.id)
    assert train.removed(project) == [] and project.runs() == []


def test_a_run_that_waits_or_runs_is_not_removed(project, over):
    over.set_status(state="queued")
    with pytest.raises(UserError, match="Stop it first"):
        train.remove(project, over)
    assert over.path.exists()


def test_a_withdrawal_reaches_a_run_that_was_put_aside(project, over):
    train.remove(project, over)
    gone = project.items()[:1]
    derived_data.forget(project, gone)
    assert train.removed(project)[0].withdrawn["items"] == [gone[0].id]


def test_the_number_of_a_dataset_that_a_removed_run_has_learned_from_is_not_given_again(project, over):
    from lib import augment

    train.remove(project, over)
    (project.dataset("digits").path / "dataset.json").unlink()
    assert augment.build(project, augment.Recipe([augment.Resize(32)]), name="digits").version == 2


def test_a_new_run_never_gets_the_name_of_a_removed_one(project, over):
    train.remove(project, over)
    name = over.id.split("_gan_")[1]
    for _ in range(2):  # within the same minute; else the names differ anyway
        run = jobs._free_folder(project, over.id)
        assert run.name.startswith(f"{over.id}-") and not any((project.path / "runs" / over.id).parent.glob(over.id))
    assert train.bring_back(project, over.id).id.endswith(name)


def test_a_removed_run_whose_name_is_in_use_says_so_and_stays(project, over):
    train.remove(project, over)
    (project.path / "runs" / over.id).mkdir()
    (project.path / "runs" / over.id / "request.json").write_text("{}")
    with pytest.raises(UserError, match="is not brought back"):
        train.bring_back(project, over.id)
    assert [run.id for run in train.removed(project)] == [over.id]


def test_deleting_for_good_that_is_interrupted_leaves_nothing_half_in_the_list(project, over, monkeypatch):
    import shutil

    train.remove(project, over)
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)    # as if the power failed
    train.delete_for_good(project, over.id)
    assert train.removed(project) == [] and runs.every(project, removed=True) == []
