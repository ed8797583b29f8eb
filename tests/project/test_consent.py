"""Consent: the one rule that decides, over every purpose and every state."""

from __future__ import annotations

import datetime
from types import SimpleNamespace

import pytest

from lib import collect
from lib.errors import UserError
from lib.project import items
from lib.project.consent import PURPOSES, STATES, Consent, Row, allows, check, licence_key, remember, sum_up

TODAY = datetime.date.today()
DAY = datetime.timedelta(days=1)


def item(*consents: Consent):
    """An item about which these were written down, oldest first."""
    rows = [
        Row(p, s, c.person, c.until, c.basis, c.licence, decision=number)
        for number, c in enumerate(consents, start=1) for p, s in c.rows()
    ]  # fmt: skip
    return SimpleNamespace(consent=sum_up(rows))


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("state", STATES)
def test_only_a_yes_for_that_purpose_allows_it(purpose, state):
    said = item(Consent(state=state, purposes=[purpose], person="R."))
    for asked in PURPOSES:
        is_yes = state in ("given", "limited") and asked in (purpose, "collect", "label")
        assert allows(said, asked) is is_yes


def test_silence_is_a_no():
    assert not any(allows(item(), purpose) for purpose in PURPOSES)
    assert item().consent.state == "unknown"


def test_publish_means_both_kinds():
    assert Consent(state="given", purposes=["publish"]).purposes == ("publish_model", "publish_data")


def test_a_yes_ends_after_its_last_day():
    said = item(Consent(state="given", purposes=["train"], until=TODAY))
    assert allows(said, "train")
    assert not allows(said, "train", on=TODAY + DAY)
    assert item(Consent(state="given", purposes=["train"], until=TODAY - DAY)).consent.state == "expired"


def test_the_latest_word_counts():
    yes = Consent(state="given", purposes=["train", "show"], person="R.")
    assert not allows(item(yes, Consent(state="withdrawn", person="R.")), "train")
    assert allows(item(Consent(state="refused", person="R."), yes), "train")


def test_a_later_yes_to_less_replaces_the_earlier_one_whole():
    said = item(Consent("given", ["train", "show", "retrieve"], person="R."), Consent("given", ["show"], person="R."))
    assert said.consent.purposes == ["collect", "label", "show"]
    assert said.consent.why_not("train") == "consent is given, but not for training"
    assert said.consent.why_not("retrieve") == "consent is given, but not for answers in a chat"


def test_a_later_yes_by_somebody_else_or_by_nobody_named_says_anew_whose_it_is():
    yes = Consent("given", ["train", "show"], person="R.")
    assert item(yes, Consent("given", ["show"], person="S.")).consent.purposes == ["collect", "label", "show"]
    assert item(yes, Consent("given", ["print"])).consent.purposes == ["collect", "label", "print"]
    assert item(Consent("given", ["train"]), Consent("given", ["show"], person="S.")).consent.people == {"S."}


def test_the_no_of_a_person_with_a_name_stays_until_that_person_decides_otherwise():
    no, other = Consent("refused", person="R."), Consent("given", ["train", "show"], person="S.")
    said = item(no, other, Consent("given", ["train"]))
    assert not said.consent.purposes and said.consent.state == "refused" and said.consent.says_no
    assert said.consent.why_not("train") == "consent was refused"
    assert allows(item(no, other, Consent("unknown", person="R."), other), "train")
    assert allows(item(no, other, Consent("given", ["train"], person="R.")), "train")


def test_a_no_without_a_name_ends_everything_until_somebody_says_yes_again():
    no, yes = Consent("withdrawn"), Consent("given", ["train"], person="R.")
    assert not item(yes, no).consent.purposes
    assert allows(item(yes, no, yes), "train")


@pytest.mark.parametrize("person", [None, "R."])
def test_one_purpose_that_a_person_took_back_stays_back_until_they_give_it_again(person):
    yes, part = Consent("given", ["train", "show"], person=person), Consent("withdrawn", ["show"], person=person)
    assert item(yes, part).consent.purposes == ["collect", "label", "train"] and not item(yes, part).consent.says_no
    assert item(yes, part, yes).consent.purposes == ["collect", "label", "train", "show"]
    assert item(yes, part, Consent("withdrawn", ["train"], person=person)).consent.purposes == ["collect", "label"]


@pytest.mark.parametrize("steps", [
    [Consent("given", ["train", "show"], person="R."), Consent("withdrawn", ["show"], person="R."), Consent("given", ["print"])],
    [Consent("refused", person="R."), Consent("given", ["train"], person="S."), Consent("withdrawn", ["train"])],
    [Consent(licence="CC0"), Consent("refused", ["train"], person="R."), Consent(), Consent("given", ["teach"], person="S.")],
])  # fmt: skip
def test_what_would_hold_after_a_decision_is_what_holds_once_it_is_written_down(steps):
    for count in range(len(steps)):
        foretold = item(*steps[:count]).consent.after(steps[count], steps[count].person)
        written = item(*steps[: count + 1]).consent
        assert (foretold.purposes, foretold.state, foretold.people) == (written.purposes, written.state, written.people)


@pytest.mark.parametrize("said, why", [
    ([], "nobody has been asked"),
    ([Consent("asked", person="R.")], "asked, but not answered yet"),
    ([Consent("refused", person="R.")], "consent was refused"),
    ([Consent("withdrawn")], "consent was withdrawn"),
    ([Consent("given", ["train"], until=TODAY - DAY)], "consent has run out"),
    ([Consent("given", ["show"])], "consent is given, but not for training"),
    ([Consent("limited", ["show"])], "consent is given, but not for training"),
    ([Consent(licence="CC BY-ND 4.0")], "the licence does not permit training"),
    ([Consent("given", ["train"])], ""),
])  # fmt: skip
def test_why_not_is_said_in_one_vocabulary(said, why):
    one = item(*said)
    one.id, one.number = "a", 7
    assert one.consent.why_not("train") == why
    allowed, left_out = check([one], "train")
    assert (allowed, left_out) == (([one], []) if not why else ([], [{"item": "a", "number": 7, "reason": why}]))


def test_taking_back_one_purpose_leaves_the_others():
    said = item(Consent(state="given", purposes=["train", "show"]), Consent(state="withdrawn", purposes=["show"]))
    assert allows(said, "train")
    assert not allows(said, "show")


def test_an_open_licence_permits_without_asking():
    said = item(Consent(licence="CC BY-NC 4.0", source="https://example.org/1"))
    assert allows(said, "train")
    assert not allows(said, "train_others")
    assert not allows(item(Consent(licence="CC BY-ND 4.0")), "train")
    assert not allows(item(Consent(licence="all rights reserved")), "train")


def test_a_refusal_is_stronger_than_a_licence():
    assert not allows(item(Consent(licence="CC0"), Consent(state="refused", person="R.")), "train")


@pytest.mark.parametrize(
    "written, key",
    [("CC BY-SA 3.0", "cc-by-sa-4.0"), ("cc0", "cc0-1.0"), ("CC BY", "cc-by-4.0"), ("CC BY-NC-ND 3.0 DE", "cc-by-nc-nd-4.0"), ("Public Domain", "public-domain")],
)
def test_licences_are_known_however_they_are_written(written, key):
    assert licence_key(written) == key


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "yes"},
        {"state": "given", "purposes": ["sell"]},
        {"state": "given"},
        {"until": "tomorrow"},
        {"state": "given", "purposes": "train"},
    ],
)
def test_a_word_that_does_not_exist_is_refused_with_a_way_out(wrong):
    with pytest.raises(UserError) as caught:
        Consent(**wrong)
    assert caught.value.fix


def test_asking_for_a_purpose_that_does_not_exist_is_refused():
    with pytest.raises(UserError, match="publish_model"):
        allows(item(), "sell")


@pytest.mark.parametrize("licence", ["All rights reserved", "Getty Images"])
def test_a_yes_under_a_licence_that_we_do_not_know_must_name_its_purposes(licence):
    with pytest.raises(UserError, match="yes to nothing"):
        Consent(state="given", licence=licence)
    assert allows(item(Consent(state="given", purposes=["train"], licence=licence)), "train")


@pytest.mark.parametrize("wrong", [{"purposes": None}, {"purposes": [["train"]]}, {"note": None}, {"person": 5}])
def test_a_value_of_the_wrong_kind_is_refused(wrong):
    with pytest.raises(UserError):
        Consent(**{"state": "given", "purposes": ["train"], **wrong})


def test_what_is_remembered_is_looked_at_anew_when_an_item_comes_or_somebody_decides(project, tmp_path):
    looked = []

    def look() -> int:
        looked.append(items.count(project, consent="train"))
        return looked[-1]

    def ask() -> int:
        return remember(project, "how many", look)

    assert [ask(), ask()] == [0, 0] and len(looked) == 1
    (tmp_path / "poem.txt").write_text("a tulip in the rain")
    collect.add_files(project, tmp_path / "poem.txt")
    assert ask() == 0 and len(looked) == 2
    project.set_consent([project.items()[0].id], Consent(state="given", purposes=["train"]))
    assert [ask(), ask()] == [1, 1] and len(looked) == 3
    assert items.count(project, consent="train") == 1 and items.count_by_kind(project) == {"text": 1}
    collect.remove(project, project.items()[0].id)
    assert ask() == 0 and items.count_by_kind(project) == {} and items.count(project, removed=True) == 1
