"""Consent: the one rule that decides, over every purpose and every state."""

from __future__ import annotations

import datetime
from types import SimpleNamespace

import pytest

from lib.errors import UserError
from lib.project.consent import PURPOSES, STATES, Consent, Row, allows, licence_key, sum_up

TODAY = datetime.date.today()
DAY = datetime.timedelta(days=1)


def item(*consents: Consent):
    """An item about which these were written down, oldest first."""
    rows = [Row(p, s, c.person, c.until, c.basis, c.licence) for c in consents for p, s in c.rows()]
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
