"""What instructors do on a roster, in a real browser."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Dialog, Page, expect

from badges.delivery.rounds import deliver_due
from badges.models import IssuedBadge
from classes.models import Enrollment
from tests.e2e.conftest import NARROW, WIDE, shoot, stop_clock
from tests.factories import BadgeFactory, EnrollmentFactory, IssuedBadgeFactory, StudentFactory


@pytest.fixture
def badge(world):
    badge = BadgeFactory.create(organization=world.academy, name="Network Defender")
    world.course.badges.add(badge)
    BadgeFactory.create(organization=world.academy, name="Incident Commander")
    BadgeFactory.create(organization=world.academy, name="A badge with a name that is a good deal longer than most are")
    BadgeFactory.create(organization=world.academy, name="Not by hand", manual_issuance=False)
    return badge


def roster_of(world):
    return reverse("classes:roster", args=[world.klass.pk])


def issue_badges_of(world):
    return reverse("classes:issue_badges", args=[world.klass.pk])


def open_choose_badge(page: Page, student):
    page.get_by_role("link", name=f"Issue a Badge to {student}").click()
    dialog = page.get_by_role("dialog", name="Choose Badge")
    expect(dialog).to_be_visible()
    return dialog


def choose(page: Page, opener: str, dialog_name: str, names: list[str], button: str):
    page.get_by_role("link", name=opener).click()
    dialog = page.get_by_role("dialog", name=dialog_name)
    for name in names:
        dialog.get_by_role("checkbox", name=name, exact=True).check()
    shoot(page, dialog_name.lower().replace(" ", "-").replace("(s)", "s"))
    dialog.get_by_role("button", name=button).click()
    expect(dialog).to_be_hidden()


def test_an_instructor_issues_one_badge_from_the_roster(world, page_as, badge, complaints):
    page = page_as(world.instructor, reduced_motion="reduce")  # otherwise the line says so for some seconds
    page.goto(roster_of(world))

    dialog = open_choose_badge(page, world.student)
    expect(dialog.get_by_text("3 Results Found")).to_be_visible()
    dialog.get_by_role("searchbox").fill("defender")
    dialog.get_by_role("button", name="Search").click()
    expect(dialog.get_by_text("1 Result Found")).to_be_visible()
    dialog.get_by_role("radio", name="Network Defender").check()
    shoot(page, "choose-badge")
    stop_clock(page)
    dialog.get_by_role("button", name="(Select a Badge)").click()

    expect(dialog.get_by_role("button", name="Successfully Issued Badge")).to_be_visible()
    page.clock.run_for(2000)
    expect(dialog).to_be_hidden()
    line = page.get_by_role("row", name=str(world.student))
    expect(line.get_by_text("Successfully Issued Badge")).to_be_visible()
    expect(line.get_by_text("Network Defender: Accepted")).to_be_attached()
    shoot(page, "roster-issued")

    dialog = open_choose_badge(page, world.student)
    dialog.get_by_role("radio", name="Network Defender").check()
    dialog.get_by_role("button", name="(Select a Badge)").click()
    expect(dialog.get_by_text("The student already has this badge.")).to_be_visible()
    shoot(page, "choose-badge-refused")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("link", name=f"Issue a Badge to {world.student}")).to_be_focused()
    assert IssuedBadge.objects.count() == 1
    complaints.expect("422")


def test_a_refusal_keeps_what_was_chosen_and_looked_for(world, page_as, badge, complaints):
    IssuedBadgeFactory.create(badge=badge, student=world.student)
    page = page_as(world.instructor)
    page.goto(roster_of(world))
    dialog = open_choose_badge(page, world.student)
    dialog.get_by_role("searchbox").fill("defender")
    dialog.get_by_role("button", name="Search").click()
    expect(dialog.get_by_text("1 Result Found")).to_be_visible()
    dialog.get_by_role("radio", name="Network Defender").check()

    dialog.get_by_role("button", name="(Select a Badge)").click()

    expect(dialog.get_by_text("The student already has this badge.")).to_be_visible()
    expect(dialog.get_by_role("radio", name="Network Defender")).to_be_checked()
    expect(dialog.get_by_text("1 Result Found")).to_be_visible()
    expect(dialog.get_by_role("searchbox")).to_have_value("defender")
    shoot(page, "choose-badge-refused-and-kept")
    complaints.expect("422")


@pytest.mark.parametrize("next_step", ["choose", "search", "sort"])
def test_a_refusal_is_over_once_something_else_is_chosen_or_looked_for(world, page_as, badge, complaints, next_step):
    page = page_as(world.instructor)
    page.goto(roster_of(world))
    dialog = open_choose_badge(page, world.student)
    dialog.get_by_role("button", name="(Select a Badge)").click()
    refusal = dialog.get_by_text("Choose a badge first.")
    expect(refusal).to_be_visible()
    complaints.expect("422")

    match next_step:
        case "choose":
            dialog.get_by_role("radio", name="Network Defender").check()
        case "search":
            dialog.get_by_role("button", name="Search").click()
        case _:
            dialog.get_by_role("link", name="Name").click()

    expect(refusal).to_have_count(0)


def test_choosing_nobody_is_told_until_somebody_is_looked_for(world, page_as, complaints):
    page = page_as(world.administrator)
    page.goto(roster_of(world))
    page.get_by_role("link", name="Add Students").click()
    dialog = page.get_by_role("dialog", name="Choose Student(s)")
    dialog.get_by_role("button", name="OK").click()
    expect(dialog.get_by_role("alert")).to_have_count(1)
    complaints.expect("422")

    dialog.get_by_role("button", name="Search").click()

    expect(dialog.get_by_role("alert")).to_have_count(0)


def test_a_click_on_a_line_chooses_it(world, page_as, badge):
    page = page_as(world.instructor)
    page.goto(issue_badges_of(world))
    page.get_by_role("link", name="Add Badges").click()
    dialog = page.get_by_role("dialog", name="Choose Badges")
    line = dialog.get_by_role("row", name="Network Defender")

    line.get_by_text("Network Defender").click()
    expect(line.get_by_role("checkbox")).to_be_checked()
    line.get_by_text("Academy").click()

    expect(line.get_by_role("checkbox")).not_to_be_checked()


def test_a_long_name_stays_in_its_cell(world, page_as):
    badge = BadgeFactory.create(organization=world.academy, name="Donaudampfschifffahrtsgesellschaft" * 6)
    other = BadgeFactory.create(organization=world.academy)
    IssuedBadgeFactory.create(badge=badge, student=world.student)
    page = page_as(world.instructor)
    query = f"badges={badge.pk},{other.pk}&students={world.student.pk}"

    for size in (NARROW, WIDE):
        page.set_viewport_size(size)
        page.goto(f"{issue_badges_of(world)}?{query}")
        expect(page.locator("td .pill", has_text=badge.name)).to_be_visible()
        shoot(page, "issue-badges-long-name")
        assert (
            page.locator("td").evaluate_all(
                "cells => cells.filter(one => one.scrollWidth > one.clientWidth + 1).length"
            )
            == 0
        )


def test_an_instructor_issues_many_badges_with_one_failure(world, page_as, badge):
    others = [line.student for line in EnrollmentFactory.create_batch(4, klass=world.klass)]
    IssuedBadgeFactory.create(badge=badge, student=others[0])
    page = page_as(world.contractor)
    page.goto(roster_of(world))

    page.get_by_role("link", name="Issue Badges").click()
    shoot(page, "issue-badges-empty")
    choose(page, "Add Badges", "Choose Badges", ["Network Defender"], "(Select a Badge)")
    choose(page, "Add Students", "Choose Student(s)", [str(student) for student in (*others, world.guest)], "OK")
    page.get_by_role("button", name=f"Remove {world.guest}").click()
    expect(page.get_by_role("cell", name=str(world.guest), exact=True)).to_have_count(0)
    expect(page.get_by_text("3 badges are ready to be issued. 1 is not")).to_be_visible()
    shoot(page, "issue-badges-review")
    page.reload()
    expect(page.get_by_text("3 badges are ready to be issued.")).to_be_visible()
    IssuedBadgeFactory.create(badge=badge, student=others[1])
    page.get_by_role("button", name="Issue Badges").click()

    results = page.get_by_role("region", name="Results")
    expect(results.get_by_role("heading", name="The following badges were successfully issued:")).to_be_visible()
    expect(results.get_by_text("Warning: Not all badges were successfully issued.")).to_be_visible()
    failed = results.get_by_role("group", name="The following badge issuances failed:")
    expect(failed.get_by_role("listitem")).to_have_text(
        f"Badge: Network Defender was not issued to {others[1]} because of this error: "
        "The student already has this badge."
    )
    left_out = results.get_by_role("group", name="The following badges were left out:")
    expect(left_out.get_by_role("listitem")).to_contain_text(f"to {others[0]}")
    expect(page.get_by_text("No badge chosen yet.")).to_be_visible()
    expect(results.get_by_text("2 badges are on their way")).to_be_visible()
    deliver_due()
    expect(results.get_by_text("2 badges are on their way")).to_have_count(0)
    expect(results.get_by_text("1 of 3 failed.")).to_be_visible()
    shoot(page, "issue-badges-results")
    assert IssuedBadge.objects.count() == 4


def test_what_was_chosen_before_stays_chosen(world, page_as, badge):
    page = page_as(world.contractor)
    page.goto(issue_badges_of(world))

    choose(page, "Add Badges", "Choose Badges", ["Network Defender"], "(Select a Badge)")
    choose(page, "Add Badges", "Choose Badges", ["Incident Commander"], "(Select a Badge)")
    choose(page, "Add Students", "Choose Student(s)", [str(world.student)], "OK")
    page.get_by_role("link", name="Add Students").click()
    dialog = page.get_by_role("dialog", name="Choose Student(s)")
    expect(dialog.get_by_role("checkbox", name=str(world.student), exact=True)).to_be_checked()
    dialog.get_by_role("checkbox", name=str(world.guest), exact=True).check()
    dialog.get_by_role("button", name="OK").click()

    expect(page.get_by_text("4 badges are ready to be issued.")).to_be_visible()
    page.get_by_role("button", name=f"Remove {world.guest}").click()
    expect(page.get_by_text("2 badges are ready to be issued.")).to_be_visible()


def test_an_organization_instructor_and_a_contract_instructor_see_different_students(world, page_as, badge):
    for persona in ("instructor", "contractor"):
        page = page_as(world.personas[persona])
        page.goto(issue_badges_of(world))
        page.get_by_role("link", name="Add Students").click()
        dialog = page.get_by_role("dialog", name="Choose Student(s)")
        expect(dialog.get_by_role("checkbox", name=str(world.student), exact=True)).to_be_visible()
        guest = dialog.get_by_role("checkbox", name=str(world.guest), exact=True)
        expect(guest).to_have_count(1 if persona == "contractor" else 0)


def test_an_administrator_adds_students_to_the_roster(world, page_as, axe):
    world.klass.max_students = 4
    world.klass.save()
    names = [("Ada", "Park"), ("Bo", "Quist"), ("Cleo", "Rand")]
    for first, last in names:
        StudentFactory.create(organization=world.academy, first_name=first, last_name=last)
    page = page_as(world.administrator)
    page.goto(roster_of(world))
    expect(page.get_by_role("link", name="Edit")).to_be_visible()

    page.get_by_role("link", name="Add Students").click()
    dialog = page.get_by_role("dialog", name="Choose Student(s)")
    dialog.get_by_role("checkbox", name="Ada Park").check()
    dialog.get_by_role("searchbox").fill("quist")
    expect(dialog.get_by_text("1 Result Found")).to_be_visible()
    dialog.get_by_role("checkbox", name="Bo Quist").check()
    dialog.get_by_role("button", name="Clear search").click()
    expect(dialog.get_by_role("checkbox", name="Ada Park")).to_be_checked()
    dialog.get_by_role("checkbox", name="Cleo Rand").check()
    expect(dialog.get_by_text("Free seats: 2 of 4.")).to_be_visible()
    shoot(page, "add-students")
    axe(page)
    dialog.get_by_role("button", name="OK").click()

    expect(page.get_by_text("2 students were added as Enrolled.")).to_be_visible()
    expect(page.get_by_text("Not added: Cleo Rand. The class is full: its maximum is 4.")).to_be_visible()
    expect(page.get_by_role("row").filter(has=page.get_by_text("New", exact=True))).to_have_count(2)
    expect(page.locator("[data-status=enrolled] dd")).to_have_text("4")
    shoot(page, "roster-added")
    axe(page)
    page.get_by_role("link", name="Add Students").click()
    dialog.get_by_label("Enrollment Status").select_option("Wait-Listed")
    dialog.get_by_role("checkbox", name="Cleo Rand").check()
    dialog.get_by_role("button", name="OK").click()
    expect(page.get_by_text("1 student was added as Wait-Listed.")).to_be_visible()


def test_a_refused_choice_stays_in_the_dialog(world, page_as, complaints):
    page = page_as(world.administrator)
    page.goto(roster_of(world))

    page.get_by_role("link", name="Add Students").click()
    dialog = page.get_by_role("dialog", name="Choose Student(s)")
    dialog.get_by_role("button", name="OK").click()

    expect(dialog.get_by_text("Choose at least one student.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Add Students")).to_be_focused()
    complaints.expect("422")


def test_students_are_added_to_an_empty_roster_without_a_script(world, page_as):
    Enrollment.objects.all().delete()
    page = page_as(world.administrator, java_script_enabled=False)

    page.goto(roster_of(world))
    shoot(page, "roster-empty")
    page.get_by_role("link", name="Add Students").click()
    page.get_by_role("checkbox", name=str(world.student)).check()
    shoot(page, "add-students-page")
    page.get_by_role("button", name="OK").click()

    expect(page.get_by_text("1 student was added as Enrolled.")).to_be_visible()


def test_the_summary_shows_what_save_changes_would_change(world, page_as):
    waiting = EnrollmentFactory.create(klass=world.klass, enrollment_status=Enrollment.Status.WAIT_LISTED)
    page = page_as(world.contractor)
    page.goto(roster_of(world))

    page.get_by_label(f"Enrollment Status of {waiting.student}").select_option("Enrolled")
    page.get_by_label(f"Completion Status of {world.student}").select_option("Complete")

    expect(page.locator("[data-status=enrolled] dd")).to_have_text("2 (+1)")
    expect(page.locator("[data-status=wait_listed] dd")).to_have_text("1 (-1)")
    shoot(page, "roster-changed")
    page.get_by_role("button", name="Save Changes").click()
    expect(page.get_by_text("2 changes saved.")).to_be_visible()
    expect(page.locator("[data-status=enrolled] dd")).to_have_text("3")


def test_changes_that_are_not_saved_are_not_lost_without_a_question(world, page_as):
    page = page_as(world.contractor)
    page.goto(roster_of(world))
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_label(f"Completion Status of {world.student}").select_option("Complete")

    page.get_by_role("link", name="Organization").click()

    expect(page.get_by_label(f"Completion Status of {world.student}")).to_have_value("complete")
    assert asked == ["beforeunload"]


def test_everything_works_without_a_script(world, page_as, badge):
    page = page_as(world.contractor, java_script_enabled=False)

    page.goto(issue_badges_of(world))
    page.get_by_text("Add a note or a link").click()
    page.get_by_label("Note", exact=True).fill("Built a network.")
    page.get_by_role("button", name="Add Badges").click()
    page.get_by_role("checkbox", name="Network Defender").check()
    page.get_by_role("button", name="(Select a Badge)").click()
    page.get_by_role("button", name="Add Students").click()
    page.get_by_role("checkbox", name=str(world.student)).check()
    shoot(page, "choose-students-page")
    page.get_by_role("button", name="OK").click()
    page.get_by_role("button", name="Issue Badges").click()

    expect(page.get_by_role("heading", name="The following badges were successfully issued:")).to_be_visible()
    assert IssuedBadge.objects.get().note == "Built a network."


@pytest.fixture
def five_hundred(world):
    """As many more on the roster, among them 20 of the name Zimmer."""
    return [
        EnrollmentFactory.create(
            klass=world.klass, student__last_name="Zimmer" if number < 20 else f"Person{number}"
        ).student
        for number in range(500)
    ]


@pytest.mark.parametrize("has_script", [True, False])
def test_a_class_of_five_hundred_is_chosen_over_pages_and_a_search(world, page_as, badge, five_hundred, has_script):
    page = page_as(world.contractor, java_script_enabled=has_script)
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.goto(issue_badges_of(world))
    opener = "link" if has_script else "button"
    page.get_by_role(opener, name="Add Badges").click()
    page.get_by_role("checkbox", name="Network Defender").check()
    page.get_by_role("button", name="(Select a Badge)").click()

    page.get_by_role(opener, name="Add Students").click()
    search = page.get_by_role("searchbox")
    search.fill("zimmer")
    if not has_script:  # with one the list is searched while somebody types
        search.press("Enter")
    expect(page.get_by_text("20 Results Found")).to_be_visible()
    page.get_by_role("button", name="Choose all 20 found").click()
    expect(page.locator("[data-chosen]")).to_have_text("20")
    page.get_by_role("button", name="Clear search").click()
    expect(page.get_by_text("502 Results Found")).to_be_visible()
    page.get_by_role("button", name="Choose all 502 found").click()
    expect(page.locator("[data-chosen]")).to_have_text("502")
    page.get_by_role("button", name="Next").click()
    expect(page.locator(".pages [aria-current]")).to_have_text(re.compile("2"))
    page.locator("tbody").get_by_role("checkbox").first.uncheck()
    shoot(page, f"choose-five-hundred-{has_script}")
    page.get_by_role("button", name="OK").click()
    expect(page.get_by_text("1 badge × 501 students = 501. At most 20,000 at once.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("501 badges are ready to be issued.")).to_be_visible()
    shoot(page, f"issue-five-hundred-{has_script}")
    page.get_by_role("button", name="Issue Badges").click()

    expect(page.get_by_role("heading", name="The following badges were successfully issued:")).to_be_visible()
    assert IssuedBadge.objects.count() == 501
    assert max(len(address) for address in addresses) < 200


def test_axe_finds_nothing_on_the_page_to_add_students(world, page_as, axe):
    page = page_as(world.administrator)

    page.goto(reverse("classes:add_students", args=[world.klass.pk]))

    axe(page)


def test_axe_finds_nothing_in_the_dialog_and_the_review(world, page_as, axe, badge):
    IssuedBadgeFactory.create(badge=badge, student=world.student)
    page = page_as(world.contractor)
    page.goto(f"{issue_badges_of(world)}?badges={badge.pk}&students={world.student.pk}&students={world.guest.pk}")
    axe(page)

    page.get_by_role("link", name="Add Students").click()
    expect(page.get_by_role("dialog")).to_be_visible()

    axe(page)
