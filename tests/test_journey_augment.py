"""Covers Augment in a real Chromium: from the sample to a new version with its sheet, leaving one out, with the keyboard, on a phone."""

from __future__ import annotations

from lib import augment
from lib.project import datasets


def pictures_are_whole(page) -> bool:
    """Every picture on the page has come."""
    return page.evaluate("[...document.images].filter(one => one.loading !== 'lazy' || one.complete).every(one => one.naturalWidth > 0)")


def test_from_the_recipe_to_a_version_with_its_sheet(tulips, visitor):
    visit = visitor("/augment?project=tulips")
    page = visit.page
    assert page.get_by_role("heading", name="Before and after").is_visible()
    page.get_by_text("Answer the question about mirroring first").wait_for()
    assert page.get_by_role("button", name="Freeze as tulips-64 v2").is_disabled()
    page.get_by_text("Yes, it means the same").click()
    page.get_by_text("3 Mirror", exact=True).wait_for()
    page.get_by_role("img", name="Number 1, mirrored").first.wait_for()
    page.get_by_text("380 pictures").wait_for()
    page.get_by_role("button", name="Freeze as tulips-64 v2").click()
    page.get_by_text("tulips-64 v2 is frozen.").wait_for()
    page.get_by_role("heading", name="tulips-64 v2").wait_for()
    sheet = page.get_by_role("img", name="Contact sheet of tulips-64 v2").first
    sheet.scroll_into_view_if_needed()
    page.wait_for_function("picture => picture.complete && picture.naturalWidth > 300", arg=sheet.element_handle())
    assert tulips.dataset("tulips-64-v2").counts == {"train": 360, "test": 20}
    visit.go(page.url)                                  # a reload finds everything again
    assert page.get_by_role("radio", name="Yes, it means the same").is_checked()
    page.get_by_text("tulips-64 v2 is frozen.").wait_for()
    assert pictures_are_whole(page)
    page.get_by_role("button", name="Train on tulips-64 v2").click()
    page.wait_for_url("**/train?*dataset=tulips-64-v2*")
    assert visit.refused == [] and visit.complaints == []


def test_an_odd_one_is_looked_for_shown_and_left_out_with_a_reason(tulips, visitor):
    visit = visitor("/augment?project=tulips")
    page = visit.page
    page.get_by_role("button", name="Look for them").click()
    page.get_by_text("Choose which to leave out").click()
    page.get_by_role("button", name="Leave out: Number").first.click()
    page.get_by_text("1 stays out: set aside").wait_for()
    reason = page.get_by_role("textbox", name="Why do they stay out?")
    reason.fill("drawn on another day")
    reason.press("Enter")
    page.get_by_text("No, leave them as they are").click()
    page.wait_for_function("() => !document.body.innerText.includes('about mirroring first')")
    page.get_by_role("button", name="Freeze as tulips-64 v2").click()
    page.get_by_text("tulips-64 v2 is frozen.").wait_for()
    [left_out] = tulips.dataset("tulips-64-v2").left_out
    assert left_out["reason"] == "set aside: drawn on another day"
    assert left_out["item"] in augment.read_plan(tulips).aside
    assert visit.complaints == []


def test_a_step_is_moved_and_removed_with_the_keyboard_and_added_on_a_phone_where_nothing_lies_beside_the_screen(tulips, visitor):
    page = visitor("/augment?project=tulips").page
    page.get_by_role("button", name="Down", exact=True).first.focus()
    page.keyboard.press("Enter")
    page.get_by_text("1 Resize", exact=True).wait_for()
    page.get_by_text("Move it above Resize").wait_for()
    page.get_by_role("button", name="Remove", exact=True).nth(1).focus()
    page.keyboard.press("Space")
    page.get_by_text("2 Square crop", exact=True).wait_for(state="detached")
    assert augment.read_plan(tulips).recipe == augment.Recipe(augment.Resize(64))
    assert [version.version for version in datasets.versions(tulips)] == [1]
    visit = visitor("/augment?project=tulips", width=390, scheme="dark")
    page = visit.page
    page.get_by_role("button", name="Add a step").click()
    page.get_by_role("searchbox", name="Find a step").fill("other light")
    page.get_by_role("dialog").get_by_role("button", name="Light and colour").click()
    page.get_by_text("2 Light and colour", exact=True).wait_for()
    top = {name: page.get_by_role("heading", name=name, exact=True).bounding_box()["y"]
           for name in ("Recipe", "May they be mirrored?", "Freeze", "Before and after")}    # fmt: skip
    assert list(top) == sorted(top, key=top.get)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert visit.refused == [] and visit.complaints == []


def test_recipes_are_kept_sent_and_brought_in_and_versions_are_compared(tulips, visitor, tmp_path):
    visit = visitor("/augment?project=tulips")
    page = visit.page
    page.get_by_role("button", name="Add a step").click()
    menu = page.get_by_role("dialog", name="Add a step")
    page.keyboard.type("paper around")                  # the field has the focus; arrows lead on, Enter takes
    menu.get_by_role("button", name="Square crop").wait_for(state="hidden")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_text("3 Paper around it", exact=True).wait_for()
    assert page.evaluate("document.activeElement.shadowRoot?.activeElement?.className") == "opens"
    page.get_by_role("textbox", name="Save the recipe above as").fill("Soft squares")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("heading", name="Soft squares").wait_for()
    page.get_by_role("img", name="Number 1 after Resize").nth(1).wait_for()     # the recipe as a picture of its steps
    with page.expect_download() as coming:
        page.get_by_role("button", name="Export").click()
    theirs = tmp_path / "theirs.json"
    theirs.write_bytes(coming.value.path().read_bytes().replace(b"Soft squares", b"From Ben").replace(b'"size": 64', b'"size": 32'))
    page.get_by_text("Bring in a recipe from a file").click()
    visit.settle()
    page.locator("input[type=file]").set_input_files(theirs)
    page.get_by_role("heading", name="From Ben").wait_for()
    page.locator(".st-key-take-from-ben-json button").click()       # others of that name stand at the versions
    page.get_by_role("button", name="Freeze as tulips-32 v1").wait_for()
    assert augment.read_plan(tulips).size == 32
    page.get_by_text("No, leave them as they are").click()
    page.get_by_role("button", name="Freeze as tulips-32 v1").click()
    page.get_by_text("tulips-32 v1 is frozen.").wait_for()
    page.get_by_role("button", name="What changed?").first.click()
    page.get_by_text("Resize to 64 px became: Resize to 32 px.").wait_for()
    page.wait_for_url("**changed=tulips-32-v1*")
    visit.go(page.url)                                  # what is compared stands in the address
    page.get_by_text("Paper around it, #ffffff: new.").wait_for()
    assert visit.refused == [] and visit.complaints == []
