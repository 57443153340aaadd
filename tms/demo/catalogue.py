"""What the demo's company teaches: courses with their activities, labs, learning paths, subscriptions."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from courses.models import (
    ContentProvider,
    Course,
    CourseActivity,
    CourseTag,
    Lab,
    LearningPath,
    LearningPathCourse,
    PublishingGroup,
    SubscriptionProfile,
)
from organizations.models import Organization

Kind = CourseActivity.Kind


@dataclass(frozen=True)
class Topic:
    """A course of the demo; `labs` are numbers of labs, in the order they are taken."""

    number: str
    name: str
    words: str
    tags: str
    labs: tuple[str, ...] = ()
    owner: str = "group"
    provider: str = "Kestrel & Quill Press"
    achievements_for_outside: bool = False
    is_archived: bool = False


COURSES = (
    Topic("KQ-101", "Linux Foundations", "Files, processes, permissions and the shell, on real machines.",
            "linux foundations", ("L-101", "L-102")),
    Topic("KQ-110", "Shell Scripting for Operators", "Small programs that do the boring work every night.",
            "linux automation", ("L-111", "L-112")),
    Topic("KQ-120", "Networking Essentials", "From a cable to a name that resolves, and what breaks in between.",
            "networking foundations", ("L-121", "L-122"), achievements_for_outside=True),
    Topic("KQ-130", "Containers from the Ground Up", "Images, layers, volumes and networks without magic.",
            "containers cloud", ("L-131", "L-132")),
    Topic("KQ-210", "Running Clusters", "Scheduling, roll-outs, and sleeping well on call.",
            "containers cloud operations", ("L-211", "L-212")),
    Topic("KQ-220", "Cloud Landing Zones", "Accounts, identities and bills that somebody can explain.",
            "cloud", ("L-221",), provider="Harbour Light Courseware"),
    Topic("KQ-301", "Secure Coding Workshop", "Find it, exploit it, fix it, and write the test.",
            "security", ("L-301", "L-302")),
    Topic("KQ-310", "Threat Modelling in Practice", "Draw the system, ask what can go wrong, decide what to do.",
            "security", ("L-311",)),
    Topic("KQ-320", "Incident Response Drill", "Two days of alarms, with people who play the attackers.",
            "security operations", ("L-321", "L-322"), achievements_for_outside=True),
    Topic("KQ-401", "SQL Foundations", "Questions, joins, windows, and reading a plan.",
            "data foundations", ("L-401", "L-402")),
    Topic("KQ-410", "Data Pipelines with Python", "From a messy file to a table that can be trusted.",
            "data automation", ("L-411", "L-412"), provider="Harbour Light Courseware"),
    Topic("KQ-420", "Dashboards People Read", "One page, three numbers, and the courage to leave things out.",
            "data", ("L-421",)),
    Topic("DEN-501", "Site Reliability Clinic", "Bring your worst week; leave with a budget for errors.",
            "operations", ("L-501",), owner="denver"),
    Topic("LYO-210", "Qualité des données, de A à Z", "Des données fiables, de la saisie au tableau de bord.",
            "data", ("L-431",), owner="lyon"),
    Topic("OSA-150", "装置保全の基礎", "Preventive maintenance for machine rooms, taught in Japanese.",
            "operations", ("L-151",), owner="osaka"),
    Topic("QCS-010", "Workplace Safety Refresher", "Yearly, short, and with better pictures than last year.",
            "compliance", (), owner="compliance"),
    Topic("KQ-099", "Dial-Up Administration", "Kept for the record.", "networking", (), is_archived=True),
    Topic("MHC-1", "Field Botany for Beginners", "Twelve plants, one hand lens, good boots.",
            "botany", ("MH-1",), owner="college", provider="Marrow Hill Faculty of Science"),
)  # fmt: skip


@dataclass(frozen=True)
class Bench:
    """A lab of the demo."""

    number: str
    name: str
    minutes: int
    owner: str = "group"
    passing_score: int | None = None


LABS = (
    Bench("L-101", "Find your way around a server", 45),
    Bench("L-102", "Users, groups and permissions", 60),
    Bench("L-111", "Pipes and filters", 50),
    Bench("L-112", "A backup that restores", 75),
    Bench("L-121", "Subnets by hand", 40),
    Bench("L-122", "Why is it always DNS?", 60),
    Bench("L-131", "Build a small image", 45),
    Bench("L-132", "Three containers and a network", 70),
    Bench("L-211", "Roll out, roll back", 80),
    Bench("L-212", "Drain a node at noon", 55),
    Bench("L-221", "A landing zone in an afternoon", 90),
    Bench("L-301", "Injection, and how to stop it", 60),
    Bench("L-302", "Sessions, cookies and secrets", 65),
    Bench("L-311", "Model the mail-order shop", 50),
    Bench("L-321", "Triage under pressure", 75),
    Bench("L-322", "Follow the attacker’s footprints", 95),
    Bench("L-401", "Joins at the bicycle hire", 50),
    Bench("L-402", "Window functions, finally", 60),
    Bench("L-411", "Clean a dirty file", 55),
    Bench("L-412", "A pipeline with a test", 85),
    Bench("L-421", "One chart, one message", 40),
    Bench("L-431", "Doublons et orthographes", 45, "lyon"),
    Bench("L-151", "点検表を作る", 40, "osaka"),
    Bench("L-501", "Write the postmortem", 60, "denver"),
    Bench("X-INF", "Infrastructure Engineer practical exam", 120, passing_score=70),
    Bench("X-SEC", "Security Practitioner practical exam", 150, passing_score=75),
    Bench("X-DAT", "Data Storyteller practical exam", 120, passing_score=70),
    Bench("MH-1", "Key out a plant", 45, "college"),
)


@dataclass(frozen=True)
class Route:
    """A learning path of the demo."""

    name: str
    words: str
    level: str
    subscription: str
    courses: tuple[str, ...]
    exam: str


PATHS = (
    Route("Infrastructure Engineer", "From the first command to a cluster that survives Friday.",
          LearningPath.Level.INTERMEDIATE, "All Access", ("KQ-101", "KQ-120", "KQ-130", "KQ-210"), "X-INF"),
    Route("Security Practitioner", "Build it, break it, defend it.",
          LearningPath.Level.ADVANCED, "All Access", ("KQ-101", "KQ-301", "KQ-310", "KQ-320"), "X-SEC"),
    Route("Data Storyteller", "Ask good questions of data, and tell what it answered.",
          LearningPath.Level.BEGINNER, "Data Season Ticket", ("KQ-401", "KQ-410", "KQ-420"), "X-DAT"),
)  # fmt: skip

GROUP = ("group", "denver", "lyon", "grenoble", "osaka", "compliance")
CLIENTS = ("rail", "hospitals")


@dataclass
class Catalogue:
    """What is taught, by number or name."""

    courses: dict[str, Course] = field(default_factory=dict)
    labs: dict[str, Lab] = field(default_factory=dict)
    tags: dict[str, CourseTag] = field(default_factory=dict)
    subscriptions: dict[str, SubscriptionProfile] = field(default_factory=dict)
    paths: dict[str, LearningPath] = field(default_factory=dict)


def add_catalogue(places: dict[str, Organization]) -> Catalogue:
    """Everything there is to learn, in few statements."""
    catalogue = Catalogue()
    labs = [
        Lab(
            number=bench.number,
            name=bench.name,
            organization=places[bench.owner],
            expected_minutes=bench.minutes,
            is_exam=bench.passing_score is not None,
            passing_score=bench.passing_score,
        )
        for bench in LABS
    ]
    catalogue.labs = {lab.number: lab for lab in Lab.objects.bulk_create(labs)}
    catalogue.tags = _add_tags(places)
    catalogue.courses = _add_courses(places)
    _tag(catalogue)
    _publish(catalogue, places)
    CourseActivity.objects.bulk_create(_activities(catalogue))
    _add_paths(catalogue, places)
    return catalogue


def labs_of(number: str) -> tuple[str, ...]:
    """The numbers of the labs of a course."""
    return next(topic.labs for topic in COURSES if topic.number == number)


def _owner_of_tags(topic: Topic) -> str:
    return "college" if topic.owner == "college" else "group"


def _add_tags(places: dict[str, Organization]) -> dict[str, CourseTag]:
    owners = {tag: _owner_of_tags(topic) for topic in COURSES for tag in topic.tags.split()}
    tags = CourseTag.objects.bulk_create(
        CourseTag(name=tag, organization=places[owner]) for tag, owner in sorted(owners.items())
    )
    return {tag.name: tag for tag in tags}


def _add_courses(places: dict[str, Organization]) -> dict[str, Course]:
    makers = {topic.provider: _owner_of_tags(topic) for topic in COURSES}
    providers = {
        provider.name: provider
        for provider in ContentProvider.objects.bulk_create(
            ContentProvider(name=name, organization=places[owner]) for name, owner in makers.items()
        )
    }
    courses = Course.objects.bulk_create(
        Course(
            number=topic.number,
            name=topic.name,
            description=topic.words,
            organization=places[topic.owner],
            content_provider=providers[topic.provider],
            achievements_for_outside_organizations=topic.achievements_for_outside,
            is_archived=topic.is_archived,
        )
        for topic in COURSES
    )
    return {course.number: course for course in courses}


def _tag(catalogue: Catalogue) -> None:
    link = Course.tags.through
    link.objects.bulk_create(
        link(course_id=catalogue.courses[topic.number].pk, coursetag_id=catalogue.tags[tag].pk)
        for topic in COURSES
        for tag in topic.tags.split()
    )


def _publish(catalogue: Catalogue, places: dict[str, Organization]) -> None:
    """Three groups: the company, the company with its clients, and the college, which has nothing to do with it."""
    inside = PublishingGroup.objects.create(name="Kestrel & Quill campuses", organization=places["group"])
    outside = PublishingGroup.objects.create(name="Clients and campuses", organization=places["group"])
    college = PublishingGroup.objects.create(name="Marrow Hill", organization=places["college"])
    inside.publishes_to.set(places[key] for key in GROUP)
    outside.publishes_to.set(places[key] for key in (*GROUP, *CLIENTS))
    college.publishes_to.set([places["college"]])
    link = Course.publishing_groups.through
    link.objects.bulk_create(
        link(course_id=catalogue.courses[topic.number].pk, publishinggroup_id=group.pk)
        for topic in COURSES
        for group in [{"college": college, "group": outside}.get(topic.owner, inside)]
    )


def _activities(catalogue: Catalogue) -> Iterator[CourseActivity]:
    """A film and a handout at the beginning, then the labs, then something to test oneself with."""
    for topic in COURSES:
        course = catalogue.courses[topic.number]
        labs = [catalogue.labs[number] for number in topic.labs]
        pieces = [
            CourseActivity(name=f"Welcome to {topic.name}", kind=Kind.VIDEO, is_required=False),
            CourseActivity(name="Course handbook", kind=Kind.DOCUMENT),
            *(CourseActivity(name=lab.name, kind=Kind.LAB, lab=lab) for lab in labs),
            CourseActivity(name="Check what you know", kind=Kind.ASSESSMENT),
            CourseActivity(name="Further reading", kind=Kind.LINK, is_required=False),
        ]
        for position, piece in enumerate(pieces, start=1):
            piece.course, piece.position = course, position
            yield piece


def _add_paths(catalogue: Catalogue, places: dict[str, Organization]) -> None:
    words = {
        "All Access": "Every course of the catalogue for a year.",
        "Data Season Ticket": "The data courses, one quarter at a time.",
    }
    for name, description in words.items():
        catalogue.subscriptions[name] = SubscriptionProfile.objects.create(
            name=name, description=description, organization=places["group"]
        )
    for route in PATHS:
        catalogue.paths[route.name] = LearningPath.objects.create(
            name=route.name,
            description=route.words,
            organization=places["group"],
            subscription_profile=catalogue.subscriptions[route.subscription],
            audience_level=route.level,
            exam=catalogue.labs[route.exam],
        )
    LearningPathCourse.objects.bulk_create(
        LearningPathCourse(learning_path=catalogue.paths[route.name], course=catalogue.courses[number], position=place)
        for route in PATHS
        for place, number in enumerate(route.courses, start=1)
    )
