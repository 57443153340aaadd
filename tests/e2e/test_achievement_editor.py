"""What administrators do about achievements, in a real browser: above all, saying who earns them (N6)."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from achievements.definitions.editing import save_achievement
from achievements.models import Achievement
from operation.models import SweepHint
from tests.e2e.conftest import NARROW, shoot
from tests.factories import (
    PAST,
    AchievementFactory,
    BadgeFactory,
    CourseFactory,
    CourseTagFactory,
    EarnedAchievementFactory,
    LabFactory,
    StudentFactory,
    TrainingRecordFactory,
)

CREATE = reverse("achievements:create")

TYPE_WHEN_IT_APPEARS = """() => new MutationObserver((_, observer) => {
    const field = document.querySelector("input[name='conditions-0-count']")
    if (!field) return
    observer.disconnect()
    field.value = "7"
    field.dispatchEvent(new Event("input", {bubbles: true}))
}).observe(document.body, {childList: true, subtree: true})"""


@pytest.fixture
def catalogue(world):
    """Labs, courses and a tag of the umbrella, and what its conditions may not name."""
    own = {"organization": world.umbrella}
    tag = CourseTagFactory.create(name="Industrial security", **own)
    for number, name in enumerate(["Routing", "Switching", "Hardening", "Incident Response"], start=1):
        CourseFactory.create(name=name, number=f"NET-{number}", **own).tags.add(tag)
    LabFactory.create(name="Network Exam", number="X-1", is_exam=True, **own)
    LabFactory.create(name="Firewalls", number="L-1", **own)
    CourseFactory.create(name="Of strangers", organization=world.outside)
    BadgeFactory.create(name="Network Defender", **own)
    return world


@pytest.fixture
def editor(catalogue, page_as) -> Page:
    page: Page = page_as(catalogue.administrator)
    page.goto(CREATE)
    page.get_by_label("Name", exact=False).first.fill("Network Path with Exam")
    return page


def open_text(page: Page) -> None:
    page.locator(".as-text > summary").click()


def add_condition(page: Page, kind: str) -> Locator:
    number = page.locator("fieldset.condition").count() + 1
    page.locator(f"[value='add-{kind}']").click()
    return page.get_by_role("group", name=f"Condition {number}")


def choose(page: Page, condition: Locator, link: str, *names: str) -> None:
    condition.get_by_role("link", name=link).click()
    dialog = page.get_by_role("dialog", name=link + "s")
    for name in names:
        dialog.get_by_role("checkbox", name=name).check()
    dialog.get_by_role("button", name="Add these").click()
    expect(dialog).to_be_hidden()


def text_of(page: Page) -> Locator:
    return page.get_by_label("Conditions as JSON")


def save(page: Page) -> Achievement:
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("was saved.")).to_be_visible()
    return Achievement.objects.get()


def test_a_lab_that_is_completed(editor):
    condition = add_condition(editor, "lab")
    choose(editor, condition, "Choose Lab", "Firewalls")

    expect(editor.locator(".in-words")).to_contain_text("Complete a lab: Firewalls")
    lab = int(condition.locator("input[type='hidden'][name$='lab_ids']").input_value())
    assert save(editor).conditions == [{"Subject": 0, "Count": 1, "LabProfileIds": [lab], "Complete": True}]


def test_a_course_that_is_completed(editor):
    condition = add_condition(editor, "course")
    choose(editor, condition, "Choose Course", "Routing")

    expect(editor.locator(".in-words")).to_contain_text("Complete a course: Routing")
    assert [(one["Subject"], one["Count"], len(one["CourseIds"])) for one in save(editor).conditions] == [(10, 1, 1)]


def test_three_courses_with_a_tag(editor):
    condition = add_condition(editor, "tag")
    choose(editor, condition, "Choose Tag", "Industrial security")
    editor.get_by_label("How many times").fill("3")

    expect(editor.locator(".in-words")).to_contain_text("Complete 3 courses")
    expect(text_of(editor)).to_have_value(re.compile(r'"Subject": 20, "Count": 3, "CourseTagIds"'))
    assert save(editor).conditions[0]["Count"] == 3


def test_a_path_with_an_exam(world, editor, axe):
    courses = add_condition(editor, "course")
    choose(editor, courses, "Choose Course", "Routing", "Switching", "Hardening", "Incident Response")
    editor.get_by_label("How many times").fill("4")
    expect(courses.get_by_text("Without Distinct, one of these taken 4 times is enough.")).to_be_visible()
    courses.get_by_label("Different ones or repeated").select_option("different")
    expect(editor.get_by_text("Without Distinct")).to_have_count(0)  # beside it, in the preview, neither
    exam = add_condition(editor, "lab")
    choose(editor, exam, "Choose Lab", "Network Exam")
    exam.get_by_label("Completed or started").select_option("start")
    exam.get_by_label("Whether the exam is passed").select_option("passed as an exam")

    expect(editor.locator(".in-words")).to_contain_text("Pass a lab: Network Exam")
    shoot(editor, "editor-path-with-exam")
    axe(editor)
    achievement = save(editor)
    expect(editor.get_by_text("Checking everyone now.")).to_be_visible()  # it says so for a minute
    assert [sorted(one) for one in achievement.conditions] == [
        ["Complete", "Count", "CourseIds", "Distinct", "Subject"],
        ["Count", "LabProfileIds", "Passed", "Subject"],
    ]
    shoot(editor, "achievement-details")
    axe(editor)
    EarnedAchievementFactory.create(achievement=achievement, user=world.student)
    SweepHint.objects.all().delete()
    expect(editor.locator("#checking")).to_contain_text("The results are here.")
    expect(editor.locator("#earned-figures li").first).to_contain_text("1")
    shoot(editor, "achievement-checked")


def test_points_from_others(editor):
    condition = add_condition(editor, "points")
    condition.get_by_label("Points", exact=True).fill("500")

    expect(editor.locator(".in-words")).to_contain_text("Earn 500 points from other achievements.")
    assert save(editor).conditions == [{"Subject": 40, "Points": 500}]


def test_the_text_makes_the_form(editor):
    open_text(editor)

    text_of(editor).fill("[{Subject:40, Points:500}]")
    text_of(editor).blur()

    expect(editor.get_by_label("Points", exact=True).nth(0)).to_be_visible()
    expect(editor.get_by_role("group", name="Condition 1").get_by_label("Points", exact=True)).to_have_value("500")
    expect(text_of(editor)).to_have_value('[\n  {"Subject": 40, "Points": 500}\n]')


def test_a_text_that_is_wrong_says_where_and_is_kept(editor, axe):
    open_text(editor)

    text_of(editor).fill("[{Subject:10,\n Cuont:3}]")
    text_of(editor).blur()

    expect(editor.get_by_text("Line 2, column 2: There is no field “Cuont”. Did you mean Count?").first).to_be_visible()
    expect(text_of(editor)).to_have_value("[{Subject:10,\n Cuont:3}]")
    shoot(editor, "editor-wrong-text")
    axe(editor)


def test_an_error_in_the_folded_text_opens_it_and_its_link_leads_there(editor, complaints):
    open_text(editor)
    text_of(editor).fill("[{Subject:10,\n Cuont:3}]")
    editor.locator(".as-text > summary").click()
    expect(text_of(editor)).to_be_hidden()

    editor.get_by_role("button", name="Save").click()

    expect(editor.locator(".error-summary")).to_be_focused()
    expect(text_of(editor)).to_be_visible()
    shoot(editor, "editor-errors-in-text")
    editor.locator(".as-text > summary").click()
    editor.locator(".error-summary").get_by_role("link", name="Conditions as JSON").click()
    expect(text_of(editor)).to_be_focused()
    complaints.expect("422")


def test_an_error_of_a_condition_leads_to_its_field(editor, axe, complaints):
    condition = add_condition(editor, "course")
    condition.get_by_label("How many times").fill("many")

    editor.get_by_role("button", name="Save").click()

    expect(editor.locator(".error-summary")).to_be_focused()
    shoot(editor, "editor-errors-in-conditions")
    axe(editor)
    editor.get_by_role("link", name="Condition 1, How many times").click()
    expect(condition.get_by_label("How many times")).to_be_focused()
    complaints.expect("422")


def test_without_conditions_the_error_leads_to_where_one_adds_one(editor, complaints):
    editor.get_by_role("button", name="Save").click()

    editor.locator(".error-summary").get_by_role("link", name="Conditions").click()

    expect(editor.get_by_role("button", name="Labs", exact=True)).to_be_focused()
    complaints.expect("422")


def test_typing_is_not_disturbed(editor):
    condition = add_condition(editor, "lab")

    condition.get_by_label("How many times").fill("")
    condition.get_by_label("How many times").press_sequentially("12345", delay=150)

    expect(text_of(editor)).to_have_value(re.compile('"Count": 12345'))
    expect(condition.get_by_label("How many times")).to_be_focused()
    expect(condition.get_by_label("How many times")).to_have_value("12345")


def test_what_is_typed_in_the_very_moment_a_field_appears_counts(editor):
    editor.evaluate(TYPE_WHEN_IT_APPEARS)

    editor.locator("[value='add-course']").click()

    expect(text_of(editor)).to_have_value(re.compile('"Count": 7'))


def test_an_id_that_is_not_there_is_said_at_its_field(editor):
    open_text(editor)

    text_of(editor).fill("[{Subject:10, CourseIds:[4711], Count:1, Complete:true}]")
    text_of(editor).blur()

    condition = editor.get_by_role("group", name="Condition 1")
    expect(condition.get_by_text("There is no course 4711 here.")).to_be_visible()
    expect(condition.get_by_text("not available here", exact=True)).to_be_visible()


def test_a_chosen_id_can_be_taken_away(editor):
    condition = add_condition(editor, "course")
    choose(editor, condition, "Choose Course", "Routing", "Switching")

    condition.get_by_role("button", name="Remove Routing").click()

    expect(condition.get_by_role("button", name="Remove Routing")).to_be_hidden()
    expect(condition.get_by_role("button", name="Remove Switching")).to_be_visible()


def test_the_search_of_a_dialog_finds_what_may_be_named(editor):
    condition = add_condition(editor, "course")
    condition.get_by_role("link", name="Choose Course").click()
    dialog = editor.get_by_role("dialog", name="Choose Courses")

    expect(dialog.get_by_role("checkbox", name="Of strangers")).to_be_hidden()
    shoot(editor, "editor-choose-course")
    dialog.get_by_label("Search", exact=True).fill("NET-3")
    dialog.get_by_role("button", name="Search").click()

    expect(dialog.get_by_role("checkbox", name="Hardening")).to_be_visible()
    expect(dialog.get_by_role("checkbox", name="Routing")).to_be_hidden()


def test_a_badge_is_chosen(editor):
    editor.get_by_label("Organization").select_option("Umbrella")
    editor.get_by_role("link", name="Choose Badge").click()
    dialog = editor.get_by_role("dialog", name="Choose Badge")
    dialog.get_by_role("radio", name="Network Defender").check()
    dialog.get_by_role("button", name="(Select a Badge)").click()

    expect(editor.get_by_label("Badge", exact=True).locator("option:checked")).to_have_text("Network Defender")


def test_a_badge_is_chosen_by_a_click_on_its_line_and_no_choice_is_told(editor, complaints):
    editor.get_by_label("Organization").select_option("Umbrella")
    editor.get_by_role("link", name="Choose Badge").click()
    dialog = editor.get_by_role("dialog", name="Choose Badge")
    dialog.get_by_role("button", name="(Select a Badge)").click()
    expect(dialog.get_by_role("alert")).to_have_text("Choose a badge first.")
    complaints.expect("422")

    dialog.get_by_role("row", name="Network Defender").get_by_text("Umbrella").click()
    expect(dialog.get_by_role("alert")).to_have_count(0)
    shoot(editor, "editor-choose-badge")
    dialog.get_by_role("button", name="(Select a Badge)").click()

    expect(dialog).to_be_hidden()
    expect(editor.get_by_label("Badge", exact=True).locator("option:checked")).to_have_text("Network Defender")


def test_adding_none_is_told_and_the_dialog_stays(editor, complaints):
    condition = add_condition(editor, "course")
    condition.get_by_role("link", name="Choose Course").click()
    dialog = editor.get_by_role("dialog", name="Choose Courses")

    dialog.get_by_role("button", name="Add these").click()

    expect(dialog.get_by_role("alert")).to_have_text("Choose at least one first.")
    complaints.expect("422")
    dialog.get_by_role("row", name="Routing").get_by_text("Umbrella").click()
    expect(dialog.get_by_role("alert")).to_have_count(0)
    dialog.get_by_role("button", name="Add these").click()
    expect(editor.locator(".in-words")).to_contain_text("Complete a course: Routing")


def test_by_keyboard_alone(editor):
    editor.locator("[value='add-course']").focus()
    editor.keyboard.press("Enter")
    condition = editor.get_by_role("group", name="Condition 1")
    expect(condition.get_by_label("How many times")).to_be_focused()
    condition.get_by_label("What counts").focus()
    editor.keyboard.type("Points")
    condition.get_by_label("Points", exact=True).focus()
    editor.keyboard.type("20")
    expect(text_of(editor)).to_have_value('[\n  {"Subject": 40, "Points": 20}\n]')


def test_a_name_is_found_while_one_writes_it_and_picked_by_keyboard(editor, axe):
    condition = add_condition(editor, "course")
    words = condition.get_by_label("Courses that count")
    expect(condition.get_by_text("any course")).to_be_visible()

    words.press_sequentially("ing")
    expect(condition.get_by_role("button", name="Routing NET-1")).to_be_visible()
    expect(condition.get_by_role("button", name="Of strangers")).to_be_hidden()
    shoot(editor, "editor-found-by-name")
    axe(editor)
    editor.keyboard.press("ArrowDown")
    editor.keyboard.press("ArrowDown")
    expect(condition.get_by_role("button", name="Routing NET-1")).to_be_focused()
    editor.keyboard.press("Enter")
    expect(condition.get_by_role("button", name="Remove Routing")).to_be_visible()
    expect(words).to_be_focused()
    words.press_sequentially("hard")
    expect(condition.get_by_role("button", name="Hardening NET-3")).to_be_visible()
    editor.keyboard.press("Enter")

    expect(condition.get_by_role("button", name="Remove Hardening")).to_be_visible()
    expect(editor.locator(".in-words")).to_contain_text("out of these: Routing, Hardening")
    assert len(save(editor).conditions[0]["CourseIds"]) == 2


def test_a_name_that_is_not_chosen_is_not_saved_as_any(editor, complaints):
    condition = add_condition(editor, "course")
    condition.get_by_label("Courses that count").press_sequentially("rout")
    expect(condition.get_by_role("button", name="Routing NET-1")).to_be_visible()

    editor.get_by_role("button", name="Save").click()

    editor.get_by_role("link", name="Condition 1, Courses that count").click()
    expect(condition.get_by_label("Courses that count")).to_be_focused()
    expect(condition.get_by_label("Courses that count")).to_have_value("rout")
    complaints.expect("422")
    condition.get_by_role("button", name="Routing NET-1").click()
    expect(condition.get_by_role("button", name="Remove Routing")).to_be_visible()
    assert len(save(editor).conditions[0]["CourseIds"]) == 1


def test_three_labs_with_a_badge_and_who_earns_them_stands_beside_it(catalogue, page_as, axe):
    for number in range(3):
        student = StudentFactory.create(
            organization=catalogue.umbrella, email=f"s{number}@example.com" if number else ""
        )
        for lab in LabFactory.create_batch(3, organization=catalogue.umbrella):
            TrainingRecordFactory.create(user=student, course=None, lab=lab)
    page = page_as(catalogue.administrator)
    page.goto(CREATE)
    clicks = 0

    def press(target: Locator) -> None:
        nonlocal clicks
        clicks += 1
        target.click()

    press(
        page.get_by_role("group", name="Choose what a student has to do").get_by_role("button", name="Labs", exact=True)
    )
    condition = page.get_by_role("group", name="Condition 1")
    expect(condition.get_by_label("How many times")).to_be_focused()
    page.keyboard.type("3")
    clicks += 3  # a word of the sentence, the name and the badge
    condition.get_by_label("Different ones or repeated").select_option("different")
    expect(page.locator(".live .verdict")).to_have_text("3 people earn it")
    page.get_by_label("Organization").select_option("Umbrella")
    page.get_by_label("Badge", exact=True).select_option("Network Defender")
    expect(page.locator(".live .legend")).to_contain_text("Get the badge")
    expect(page.locator(".live .legend > .good strong")).to_have_text("2")
    expect(page.locator(".live")).to_contain_text("1 account has no e-mail address.")
    page.get_by_label("Name", exact=False).first.fill("A long evening of labs")
    said = page.locator("#preview-said")
    expect(said).to_contain_text("2 get the badge")
    page.set_viewport_size(NARROW)
    expect(said.get_by_role("link", name="3 people earn it")).to_be_in_viewport()
    shoot(page, "editor-three-labs")
    axe(page)
    press(page.get_by_role("button", name="Save"))

    expect(page.get_by_text("was saved.")).to_be_visible()
    assert clicks == 5
    stored = Achievement.objects.get()
    assert stored.conditions == [{"Subject": 0, "Count": 3, "Distinct": True, "Complete": True}]


def test_it_reads_as_german_where_somebody_reads_german(catalogue, page_as, axe):
    catalogue.administrator.language = "de"
    catalogue.administrator.save()
    page = page_as(catalogue.administrator)
    page.goto(CREATE)
    page.locator("[value='add-course']").click()
    page.locator("[name='conditions-0-count']").fill("3")

    expect(page.locator(".in-words")).to_contain_text("3 Kurse")
    expect(page.locator(".live .verdict")).to_contain_text("erw")
    shoot(page, "editor-german")
    axe(page)


def test_the_preview_says_that_it_waits_for_the_rest(editor):
    condition = add_condition(editor, "points")
    expect(editor.locator(".live")).to_contain_text("Not complete yet")

    condition.get_by_label("Points", exact=True).fill("500")

    expect(editor.locator(".live .verdict")).to_have_text("0 people earn it")


def test_enter_in_a_field_saves_and_takes_no_condition_away(editor):
    condition = add_condition(editor, "course")

    condition.get_by_label("How many times").press("Enter")

    expect(editor.get_by_text("was saved.")).to_be_visible()
    assert Achievement.objects.get().conditions == [{"Subject": 10, "Count": 1, "Complete": True}]


def test_without_a_script_buttons_and_text_do_it_all(catalogue, page_as):
    page = page_as(catalogue.administrator, java_script_enabled=False)
    page.goto(CREATE)
    page.get_by_label("Name").first.fill("By Hand")

    page.get_by_role("button", name="Courses", exact=True).click()
    page.get_by_role("button", name="Labs", exact=True).click()
    page.get_by_role("group", name="Condition 1").get_by_label("How many times").fill("2")
    page.get_by_role("button", name="Remove condition 2").click()
    expect(text_of(page)).to_have_value(re.compile('"Count": 2'))
    page.get_by_role("group", name="Condition 1").get_by_label("Courses that count").fill("rout")
    page.get_by_role("button", name="Find", exact=True).first.click()
    page.get_by_role("button", name="Routing NET-1").click()
    page.get_by_role("button", name="Remove Routing").click()
    expect(page.get_by_label("Name").first).to_have_value("By Hand")
    shoot(page, "editor-without-script")
    achievement = save(page)

    assert achievement.conditions == [{"Subject": 10, "Count": 2, "Complete": True}]


def test_whoever_comes_second_is_told_and_loses_nothing(catalogue, page_as, axe, complaints):
    achievement = AchievementFactory.create(name="Diver", organization=catalogue.umbrella, points=1)
    page = page_as(catalogue.administrator)
    page.goto(reverse("achievements:edit", args=[achievement.pk]))
    theirs = Achievement.objects.get()
    theirs.points, theirs.description = 10, "Dives deep."
    theirs.conditions = [{"Subject": 0, "Count": 3, "Complete": True}]
    save_achievement(theirs, by=catalogue.administrator, at=PAST)

    page.locator("#id_points").fill("20")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("You both changed: Points.")).to_be_visible()
    expect(page.locator("#id_points")).to_have_value("20")
    expect(page.get_by_label("Description")).to_have_value("Dives deep.")
    shoot(page, "editor-meanwhile")
    axe(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("was saved.")).to_be_visible()
    complaints.expect("409")
    stored = Achievement.objects.get()
    assert (stored.points, stored.description, stored.conditions) == (20, "Dives deep.", theirs.conditions)


def test_the_history_tells_both(catalogue, page_as, axe):
    achievement = AchievementFactory.create(name="Diver", organization=catalogue.umbrella, points=1)
    achievement.points = 10
    achievement.conditions = [{"Subject": 0, "Count": 3, "Complete": True}, {"Subject": 40, "Points": 5}]
    save_achievement(achievement, by=catalogue.administrator, at=PAST)
    page = page_as(catalogue.administrator)
    page.goto(reverse("achievements:details", args=[achievement.pk]))

    page.get_by_role("link", name="History").click()

    expect(page.get_by_text("Complete 3 labs, repeats count.")).to_be_visible()
    shoot(page, "achievement-history")
    axe(page)


def test_an_achievement_is_copied_disabled_and_enabled(catalogue, page_as):
    achievement = AchievementFactory.create(name="Diver", organization=catalogue.umbrella)
    page = page_as(catalogue.administrator)
    page.goto(reverse("achievements:details", args=[achievement.pk]))

    page.get_by_role("button", name="Disable").click()
    dialog = page.get_by_role("dialog", name="Please confirm")
    expect(dialog).to_contain_text("What students have earned stays earned.")
    shoot(page, "achievement-disable")
    dialog.get_by_role("button", name="Disable").click()
    expect(page.get_by_text("is disabled. What students have earned stays earned.")).to_be_visible()
    page.get_by_role("button", name="Enable").click()
    dialog.get_by_role("button", name="Enable").click()
    expect(page.get_by_text("Everyone who qualifies will be awarded shortly")).to_be_visible()
    page.get_by_role("button", name="Copy").click()

    expect(page.get_by_label("Name").first).to_have_value("Copy of Diver")
    assert list(Achievement.objects.order_by("pk").values_list("is_enabled", flat=True)) == [True, False]
