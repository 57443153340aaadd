"""The demo's badges and the providers that bring them, with their art."""

from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from badges.models import Badge, BadgeProvider
from courses.models import Course
from organizations.models import Organization
from tms.demo import art
from tms.demo.credly_account import TEMPLATES


@dataclass(frozen=True)
class Honour:
    """A badge of the demo. `courses` list it first when a badge is chosen for one of their students."""

    key: str
    name: str
    owner: str
    words: str
    criteria: str
    manual: bool = False
    courses: tuple[str, ...] = ()


HONOURS = (
    Honour("linux", "Linux Foundations", "denver",
           "At home on a Linux server.", "Complete the course Linux Foundations.", manual=True, courses=("KQ-101",)),
    Honour("networks", "Network Pathfinder", "denver",
           "Finds the way from any host to any other.", "Complete Networking Essentials.", manual=True,
           courses=("KQ-120",)),
    Honour("containers", "Container Craft", "denver",
           "Packs software so that it travels.", "Complete the lab “Three containers and a network”.", manual=True,
           courses=("KQ-130", "KQ-210")),
    Honour("clusters", "Cluster Navigator", "denver",
           "Keeps a cluster on course.", "Complete Running Clusters and both of its labs.", courses=("KQ-210",)),
    Honour("cloud", "Cloud Cartographer", "group",
           "Maps accounts, networks and bills.", "Complete two different courses tagged “cloud”.",
           courses=("KQ-220",)),
    Honour("pipelines", "Pipeline Builder", "lyon",
           "Turns a messy file into a table that can be trusted.", "Complete Data Pipelines with Python.",
           manual=True, courses=("KQ-410",)),
    Honour("sql", "SQL Raconteur", "lyon",
           "Asks a database the right question.", "Complete SQL Foundations.", manual=True, courses=("KQ-401",)),
    Honour("secure", "Security Sentinel", "group",
           "Has looked at security from three sides.", "Complete three different courses tagged “security”.",
           courses=("KQ-301", "KQ-310")),
    Honour("incident", "Incident Responder", "denver",
           "Stays calm when everything rings.", "Complete the Incident Response Drill.", manual=True,
           courses=("KQ-320",)),
    Honour("infrastructure", "Infrastructure Engineer", "group",
           "Took the whole path, and passed the practical exam.",
           "Complete the four courses of the learning path Infrastructure Engineer and pass its exam."),
    Honour("practitioner", "Security Practitioner", "group",
           "Builds, breaks and defends.",
           "Complete the four courses of the learning path Security Practitioner and pass its exam."),
    Honour("storyteller", "Data Storyteller", "group",
           "Lets data speak, and knows when it should not.",
           "Complete the three courses of the learning path Data Storyteller and pass its exam."),
    Honour("explorer", "Lab Explorer", "group",
           "Curious enough for ten different labs.", "Complete ten different labs."),
    Honour("first", "First Steps", "group",
           "Every journey starts with one course.", "Complete any course."),
    Honour("points", "Five Hundred Points", "group",
           "Half a thousand points of other achievements.", "Collect 500 points."),
    Honour("polymath", "Grand Laurel", "group",
           "Two learning paths, each walked to its end.", "Earn Infrastructure Engineer and Security Practitioner."),
    Honour("champion", "Classroom Champion", "denver",
           "The one the whole class learned from.", "Given by the instructor at the end of a class.", manual=True),
    Honour("mentor", "Peer Mentor", "denver",
           "Helped others before being asked.", "Given by an instructor or an administrator.", manual=True),
    Honour("kaizen", "改善 Kaizen", "osaka",
           "Made one thing better every day.", "Given by the instructor in Osaka.", manual=True, courses=("OSA-150",)),
    Honour("botanist", "Field Botanist", "college",
           "Knows twelve plants by leaf.", "Complete Field Botany for Beginners.", manual=True, courses=("MHC-1",)),
    Honour("operator", "Platform Operator", "denver",
           "Comes from the stand-in for Credly, and waits to be accepted there.",
           "Given by an instructor or an administrator.", manual=True),
    Honour("analyst", "Threat Analyst", "denver",
           "The stand-in for Credly refuses it to everybody: see what a refusal looks like.",
           "Given by an instructor or an administrator.", manual=True),
    Honour("architect", "Network Architect", "denver",
           "The stand-in for Credly fails at each first call: see how it is tried again.",
           "Given by an instructor or an administrator.", manual=True),
)  # fmt: skip

CHILDREN = ("denver", "lyon", "grenoble", "osaka", "compliance")


def add_badges(places: dict[str, Organization], courses: dict[str, Course], outside: BadgeProvider) -> dict[str, Badge]:
    """Every badge with its art, by key; the group's provider and badges are available to its children.

    Those that have a template at Credly come from the `outside` provider.
    """
    group = BadgeProvider.objects.create(
        name="Kestrel & Quill badges",
        description="Signed by the product itself; nobody outside is asked.",
        organization=places["group"],
        kind=BadgeProvider.Kind.BUILT_IN,
    )
    group.available_to.set(places[key] for key in CHILDREN)
    college = BadgeProvider.objects.create(
        name="Marrow Hill honours", organization=places["college"], kind=BadgeProvider.Kind.BUILT_IN
    )
    templates = {template.key: template.id for template in TEMPLATES}
    badges = {
        honour.key: Badge(
            name=honour.name,
            description=honour.words,
            criteria=honour.criteria,
            image=_image_name(honour),
            organization=places[honour.owner],
            provider=outside if honour.key in templates else college if honour.owner == "college" else group,
            provider_template_id=templates.get(honour.key, ""),
            manual_issuance=honour.manual,
        )
        for honour in HONOURS
    }
    Badge.objects.bulk_create(badges.values())
    _link(badges, places, courses)
    return badges


def put_art() -> int:
    """Put what the storage lacks; the number of pictures put. Safe to repeat, and no part of a transaction."""
    missing = [honour for honour in HONOURS if not default_storage.exists(_image_name(honour))]
    for honour in missing:
        default_storage.save(_image_name(honour), ContentFile(art.picture(honour.key)))
    return len(missing)


def _image_name(honour: Honour) -> str:
    return f"badges/demo-{honour.key}.png"


def _link(badges: dict[str, Badge], places: dict[str, Organization], courses: dict[str, Course]) -> None:
    of_courses = Course.badges.through
    of_courses.objects.bulk_create(
        of_courses(course_id=courses[number].pk, badge_id=badges[honour.key].pk)
        for honour in HONOURS
        for number in honour.courses
    )
    available = Badge.available_to.through
    available.objects.bulk_create(
        available(badge_id=badges[honour.key].pk, organization_id=places[key].pk)
        for honour in HONOURS
        if honour.owner == "group"
        for key in CHILDREN
    )
