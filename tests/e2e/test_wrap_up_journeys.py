"""The end of a class day in a real browser: with a script and without, wide and narrow, and how many clicks it takes."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from badges.models import IssuanceBatch, IssuedBadge
from classes.models import Enrollment
from tests.e2e.conftest import NARROW, WIDE, shoot
from tests.factories import AchievementFactory, BadgeFactory, EnrollmentFactory, IssuedBadgeFactory, StudentFactory

NAMES = ["Incident Responder", "Classroom Champion", "Peer Mentor"]
Completion = Enrollment.Completion


@pytest.fixture(autouse=True)
def _can_undo(settings):
    settings.UNDO_SECONDS = 120


@pytest.fixture
def badges(world):
    """Three of the course, for ten students."""
    badges = [BadgeFactory.create(organization=world.academy, name=name) for name in NAMES]
    world.course.badges.set(badges)
    for number in range(9):
        student = StudentFactory.create(organization=world.academy, first_name="Nguyệt", last_name=f"Student {number}")
        EnrollmentFactory.create(klass=world.klass, student=student)
    return badges


class Clicks:
    """Clicks, and counts them."""

    def __init__(self) -> None:
        self.count = 0

    def on(self, place: Locator) -> None:
        place.click()
        self.count += 1


def wrap_up_of(world):
    return reverse("classes:wrap_up", args=[world.klass.pk])


def issue_button(page: Page):
    return page.locator("#issue")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("has_script", [True, False], ids=["script", "plain"])
def test_the_whole_class_takes_four_clicks_from_the_list_of_classes(world, page_as, badges, size, has_script):
    page, clicks = page_as(world.instructor, viewport=size, java_script_enabled=has_script), Clicks()
    page.goto(reverse("classes:list"))

    clicks.on(page.get_by_role("link", name="Roster").last)
    clicks.on(page.get_by_role("link", name="Wrap up"))
    clicks.on(page.get_by_role("button", name="Set 10 to Complete"))
    expect(page.get_by_text("10 changes saved.")).to_be_visible()
    if has_script:
        expect(issue_button(page)).to_have_accessible_name("Issue 30 badges to 10 students")
    shoot(page, f"wrap-up-{'script' if has_script else 'plain'}")
    page.set_viewport_size(size)
    clicks.on(issue_button(page))

    expect(page.get_by_role("heading", name="The following badges were successfully issued:")).to_be_visible()
    expect(page.locator("#results").get_by_role("button", name="Undo")).to_be_visible()
    assert clicks.count == 4
    assert IssuedBadge.objects.count() == 30
    assert Enrollment.objects.filter(completion_status=Completion.COMPLETE).count() == 10


def test_three_badges_for_those_who_are_complete_take_three_clicks(world, page_as, badges):
    Enrollment.objects.exclude(pk=world.guest_enrollment.pk).update(
        completion_status=Completion.COMPLETE, completed_at=world.klass.starts_at
    )
    page, clicks = page_as(world.instructor), Clicks()
    page.goto(reverse("classes:list"))

    clicks.on(page.get_by_role("link", name="Roster").last)
    clicks.on(page.get_by_role("link", name="Wrap up"))
    clicks.on(issue_button(page))

    expect(page.locator("#results")).to_be_visible()
    assert (clicks.count, IssuedBadge.objects.count()) == (3, 30)


def test_the_number_follows_the_ticks_and_proposals_follow_the_completion(world, page_as, badges, axe):
    page = page_as(world.instructor)
    page.goto(wrap_up_of(world))
    line = page.get_by_role("row", name=str(world.student))
    boxes = line.get_by_role("checkbox")

    expect(issue_button(page)).to_be_disabled()
    expect(page.get_by_text("Tick at least one badge.")).to_be_visible()
    expect(page.get_by_role("button", name="Save completion")).to_be_hidden()
    line.get_by_role("combobox").select_option("Complete")
    expect(issue_button(page)).to_have_accessible_name("Issue 3 badges to 1 student")
    expect(page.get_by_text("The completion you have set is saved first.")).to_be_visible()
    boxes.nth(0).uncheck()
    boxes.nth(1).uncheck()
    expect(issue_button(page)).to_have_accessible_name("Issue 1 badge to 1 student")
    line.get_by_role("combobox").select_option("No Show")
    expect(issue_button(page)).to_be_disabled()
    line.get_by_role("combobox").select_option("Complete")
    expect(boxes.nth(0)).not_to_be_checked()  # what was unticked by hand stays
    expect(page.get_by_text("3 ready")).to_be_visible()
    page.get_by_role("row", name="Nguyệt Student 1").get_by_role("checkbox", name="Peer Mentor").check()
    page.get_by_role("button", name="Untick 1 who are ready for Peer Mentor").click()
    expect(issue_button(page)).to_have_accessible_name("Issue 1 badge to 1 student")  # who has not completed stays
    axe(page)
    page.get_by_role("button", name="Tick 1 who are ready for Peer Mentor", exact=True).click()
    expect(boxes.nth(2)).to_be_checked()
    page.get_by_role("row", name="Nguyệt Student 1").get_by_role("checkbox", name="Peer Mentor").uncheck()
    issue_button(page).click()

    expect(page.locator("#results")).to_be_visible()
    assert [(row.badge.name, row.student) for row in IssuedBadge.objects.all()] == [(NAMES[2], world.student)]
    world.enrollment.refresh_from_db()
    assert world.enrollment.completion_status == Completion.COMPLETE


def test_what_is_held_refused_or_automatic_is_told_in_its_cell(world, page_as, badges, axe):
    conditions = [{"Subject": 10, "Count": 1, "CourseIds": [world.course.pk], "Complete": True}]
    AchievementFactory.create(organization=world.academy, badge=badges[0], conditions=conditions)
    IssuedBadgeFactory.create(badge=badges[1], student=world.student)
    lacking = Enrollment.objects.filter(klass=world.klass).latest("pk").student
    lacking.email = ""
    lacking.save()
    page = page_as(world.administrator)
    page.goto(wrap_up_of(world))

    expect(page.get_by_role("row", name=str(world.student)).get_by_text("Held")).to_be_visible()
    expect(page.get_by_role("columnheader", name=NAMES[0])).to_contain_text("comes automatically")
    repair = page.get_by_role("row", name=str(lacking)).get_by_role("link", name="No e-mail").first
    expect(repair).to_have_accessible_name(re.compile("No e-mail.*The student's account has no e-mail address."))
    page.get_by_text("Why some badges cannot be issued").click()
    expect(page.locator("#reasons").get_by_text("The student's account has no e-mail address.")).to_be_visible()
    shoot(page, "wrap-up-refused")
    axe(page)
    page.set_viewport_size(WIDE)
    repair.click()
    expect(page).to_have_url(re.compile(f"/admin/organizations/user/{lacking.pk}/change/$"))


def test_badges_are_added_beside_what_is_ticked(world, page_as, badges):
    BadgeFactory.create(organization=world.academy, name="Early Bird")
    page = page_as(world.instructor)
    page.goto(wrap_up_of(world))
    page.get_by_role("row", name=str(world.student)).get_by_role("checkbox").first.check()

    page.get_by_role("link", name="Add Badges").click()
    dialog = page.get_by_role("dialog", name="Choose Badges")
    expect(dialog.get_by_role("checkbox", name=NAMES[0], exact=True)).to_be_checked()
    dialog.get_by_role("checkbox", name="Early Bird", exact=True).check()
    dialog.get_by_role("button", name="(Select a Badge)").click()

    expect(page.get_by_role("columnheader", name="Early Bird")).to_be_visible()
    expect(issue_button(page)).to_have_accessible_name("Issue 1 badge to 1 student")
    page.reload()
    expect(page.get_by_role("columnheader", name="Early Bird")).to_be_visible()


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("has_script", [True, False], ids=["script", "plain"])
def test_ten_students_of_a_list_take_six_clicks_one_of_them_for_a_near_miss(
    world, page_as, badges, axe, size, has_script
):
    more = [EnrollmentFactory.create(klass=world.klass).student for _number in range(5)]
    text = [f"{student.last_name}, {student.first_name}" for student in more] + ["Mike Pennyfarrow"]
    text += [f"Nguyet Student {number}" for number in range(4)] + ["Nguyett Student 4"]
    page, clicks = page_as(world.instructor, viewport=size, java_script_enabled=has_script), Clicks()
    page.goto(reverse("classes:list"))

    clicks.on(page.get_by_role("link", name="Roster").last)
    clicks.on(page.get_by_role("link", name="Wrap up"))
    clicks.on(page.get_by_text("Paste a list"))
    page.get_by_label("Names or e-mail addresses").fill("\n".join(text))
    clicks.on(page.get_by_role("button", name="Find students"))
    expect(page.get_by_text("9 students found and selected below.")).to_be_in_viewport()
    expect(page.locator("#found")).to_be_focused()
    expect(page.get_by_label("1 not found among your Enrolled students")).to_have_value("Mike Pennyfarrow")
    shoot(page, f"wrap-up-list-{'script' if has_script else 'plain'}")
    if has_script:
        axe(page)
    page.set_viewport_size(size)
    clicks.on(page.get_by_role("button", name="Nguyệt Student 4"))
    expect(page.get_by_text("10 students found and selected below.")).to_be_visible()
    if has_script:
        expect(issue_button(page)).to_have_accessible_name("Issue 30 badges to 10 students")
    clicks.on(issue_button(page))

    expect(page.locator("#results")).to_be_visible()
    assert clicks.count == 6
    assert IssuedBadge.objects.count() == 30


def test_a_refused_completion_keeps_what_was_chosen(world, page_as, badges, complaints):
    page = page_as(world.instructor)
    page.goto(wrap_up_of(world))
    line = page.get_by_role("row", name=str(world.student))
    line.get_by_role("combobox").select_option("Complete")
    Enrollment.objects.filter(pk=world.enrollment.pk).update(completion_status=Completion.FAILED)

    issue_button(page).click()

    expect(page.get_by_text("Nothing was saved or issued.")).to_be_visible()
    expect(line.get_by_text("Someone else just changed this student to Enrolled, Failed.")).to_be_visible()
    expect(line.get_by_role("combobox")).to_have_value("complete")
    expect(line.get_by_role("checkbox").first).to_be_checked()
    shoot(page, "wrap-up-refused-completion")
    assert not IssuanceBatch.objects.exists()
    issue_button(page).click()
    expect(page.locator("#results")).to_be_visible()
    complaints.expect("422")


def test_in_german_long_words_have_room(world, page_as, badges):
    world.instructor.language = "de"
    world.instructor.save()
    for size in (NARROW, WIDE):
        page = page_as(world.instructor, viewport=size, locale="de")
        page.goto(wrap_up_of(world))
        shoot(page, "wrap-up-german", schemes=("light",))
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_note_for_everybody_and_one_for_a_student_go_with_the_badges(world, page_as, badges, complaints):
    """What is wrong is marked in what opens again; a badge that is added meanwhile loses nothing that was typed."""
    page = page_as(world.instructor)
    page.goto(wrap_up_of(world))
    line = page.get_by_role("row").filter(has=page.get_by_text("Nguyệt Student 3"))
    page.get_by_text("Add a note or a link").click()
    page.get_by_label("Note", exact=True).fill("Built a network of their own.")
    page.get_by_label("Link", exact=True).fill("javascript:alert(1)")
    line.get_by_text("Note or link").locator("..").click()
    line.get_by_role("textbox", name="Note").fill("Led the team.")
    line.get_by_role("checkbox", name="Peer Mentor").check()
    line.get_by_role("combobox").select_option("Complete")
    issue_button(page).click()

    expect(page.get_by_text("Enter a whole web address that begins with https://.")).to_be_visible()
    expect(page.get_by_label("Link", exact=True)).to_have_value("javascript:alert(1)")
    expect(line.get_by_role("textbox", name="Note")).to_have_value("Led the team.")
    shoot(page, "wrap-up-note-refused")
    page.set_viewport_size(WIDE)
    page.get_by_label("Link", exact=True).fill("work.example/network")
    page.get_by_role("link", name="Add Badges").click()
    page.get_by_role("button", name="(Select a Badge)").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_label("Link", exact=True)).to_have_value("work.example/network")
    issue_button(page).click()

    expect(page.get_by_role("heading", name="The following badges were successfully issued:")).to_be_visible()
    said = set(IssuedBadge.objects.values_list("note", "link"))
    assert said == {("Led the team.", "https://work.example/network")}
    complaints.expect("422")
