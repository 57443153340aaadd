"""Draws the demo's badges: a frame that says what kind it is, a face in its own colour, an emblem, and its word."""

from collections.abc import Callable
from dataclasses import dataclass

from tms.demo.drawing import (
    Paint,
    Point,
    Shape,
    Sheet,
    arc,
    around,
    box,
    circle,
    curve,
    letters,
    line,
    polygon,
    regular,
    rounded,
    together,
)
from tms.demo.emblems import LIGHT, shield

type Emblem = Callable[[Sheet, str], None]
type Frame = Callable[[Sheet, "Colours"], float]  # draws itself, and tells how large the emblem may be

GOLD = ("#f6d27a", "#b57b1c")
STEEL = ("#dfe5ea", "#7c8894")
C: Point = (300, 290)
UPPER: Point = (300, 268)  # the middle of what the ribbon leaves free


@dataclass(frozen=True)
class Colours:
    """The face from top to bottom, and the dark of rims, shadows and letters."""

    top: str
    bottom: str
    dark: str

    @property
    def face(self) -> Paint:
        """From light at the top to deep at the bottom."""
        return self.top, self.bottom


@dataclass(frozen=True)
class Design:
    """How one badge looks."""

    frame: Frame
    colours: Colours
    emblem: Emblem
    word: str


def draw(design: Design) -> bytes:
    """The badge as a PNG with a transparent ground; always the same for the same design."""
    sheet = Sheet()
    sheet.zoom, sheet.about = design.frame(sheet, design.colours), UPPER
    design.emblem(sheet, design.colours.bottom)
    sheet.zoom = 1.0
    _ribbon(sheet, design)
    return sheet.png()


def hexagon(sheet: Sheet, colours: Colours) -> float:
    """Skills."""
    _face(sheet, colours, lambda size: rounded(regular(C, 266 * size, 6), 16), rim=(colours.bottom, colours.dark))
    return 1.15


def shielded(sheet: Sheet, colours: Colours) -> float:
    """Security."""
    _face(sheet, colours, lambda size: rounded(shield((300, 280), 236 * size), 16), rim=STEEL)
    return 1.08


def scalloped(sheet: Sheet, colours: Colours) -> float:
    """Milestones."""

    def scallops(size: float) -> Shape:
        edge = [circle(around(C, 236 * size, corner * 20), 41 * size) for corner in range(18)]
        return together(circle(C, 236 * size), *edge)

    _face(sheet, colours, scallops, rim=(colours.bottom, colours.dark))
    return 1.15


def gem(sheet: Sheet, colours: Colours) -> float:
    """Points."""
    _face(sheet, colours, lambda size: rounded(regular(C, 262 * size, 8, 22.5), 14), rim=GOLD)
    cuts = [line([around(C, 192, turn), around(C, 226, turn)], 6) for turn in (22.5, 67.5, 292.5, 337.5)]
    sheet.layer(LIGHT, *cuts, opacity=0.5)
    return 1.1


def rosette(sheet: Sheet, colours: Colours) -> float:
    """Honours that a person gives."""
    middle = (300, 264)
    petals = [around(middle, 208, turn) for turn in range(0, 360, 18)]
    for side in (-1, 1):
        tail = [(40, 420), (150, 380), (200, 566), (140, 545), (98, 594)]
        points = [(300 + side * x, y) for x, y in tail]
        sheet.layer((colours.bottom, colours.dark), rounded(points, 4))
    sheet.layer(colours.dark, circle(middle, 218), *(circle(petal, 42) for petal in petals))
    sheet.layer(colours.face, *(circle(petal, 34) for petal in petals))
    sheet.layer(GOLD, circle(middle, 202))
    sheet.layer(colours.dark, circle(middle, 186))
    sheet.layer(colours.face, circle(middle, 178))
    return 1.08


def laurelled(sheet: Sheet, colours: Colours) -> float:
    """Learning paths: a medal in a wreath."""
    for side in (-1, 1):
        _branch(sheet, side)
    middle = (300, 276)
    sheet.layer(colours.dark, circle(middle, 208))
    sheet.layer(GOLD, circle(middle, 200))
    sheet.layer(colours.dark, circle(middle, 183))
    sheet.layer(colours.face, circle(middle, 177))
    return 1.05


def seal(sheet: Sheet, colours: Colours) -> float:
    """Another house's badge: a round seal with a beaded rim."""
    sheet.layer(colours.dark, circle(C, 276))
    sheet.layer("#e8dcc0", *(circle(around(C, 254, bead * 9), 11) for bead in range(40)), circle(C, 234))
    sheet.layer(colours.face, circle(C, 224))
    return 1.2


def _face(sheet: Sheet, colours: Colours, shape: Callable[[float], Shape], rim: Paint) -> None:
    """A dark edge, a rim, a thin bright line, and the face with a light on its upper left."""
    sheet.layer(colours.dark, shape(1.03))
    sheet.layer(rim, shape(1.0))
    sheet.layer(LIGHT, shape(0.9))
    sheet.layer(colours.face, shape(0.86))
    sheet.layer(LIGHT, polygon([(0, 0), (430, 0), (120, 600), (0, 600)]), within=shape(0.86), opacity=0.1)


def _branch(sheet: Sheet, side: int) -> None:
    """Half a wreath, from the foot upwards; leaves in pairs, one to each side."""
    middle = (300, 286)
    sheet.layer(("#3f8f55", "#1f5c38"), arc(middle, 232, 11, side * 18, side * 168))
    for number in range(11):
        degrees = side * (164 - number * 14.5)
        root = around(middle, 232, degrees)
        for lean, paint in ((-36, ("#4ea86c", "#256b3f")), (36, ("#7acb8f", "#2f8650"))):
            sheet.layer(paint, _leaf(root, around(root, 62, degrees - side * (90 + lean))))


def _leaf(root: Point, tip: Point) -> Shape:
    across = ((tip[1] - root[1]) * 0.42, (root[0] - tip[0]) * 0.42)
    middle = ((root[0] + tip[0]) / 2, (root[1] + tip[1]) / 2)
    left, right = ((middle[0] + sign * across[0], middle[1] + sign * across[1]) for sign in (1, -1))
    return rounded([*curve(root, left, tip, 10), *curve(tip, right, root, 10)], 5)


def _ribbon(sheet: Sheet, design: Design) -> None:
    """The banner across the foot, folded at both ends, with the badge's word on it."""
    y, half = 452, 216
    for side in (-1, 1):
        x = 300 + side * half
        end = [(-34, -12), (54, -12), (32, 32), (54, 76), (-34, 76)]
        sheet.layer(("#efe2c4", "#cdb88a"), polygon([(x + side * dx, y + dy) for dx, dy in end]))
        sheet.layer("#8a7448", polygon([(x, y + 54), (x - side * 34, y + 54), (x - side * 34, y + 76)]))
    sheet.layer(design.colours.dark, box((300 - half, y - 40), (300 + half, y + 58)), opacity=0.3)
    sheet.layer(("#fffdf6", "#f3e8cd"), box((300 - half, y - 37), (300 + half, y + 54)))
    sheet.layer(design.colours.dark, letters(design.word, (300, y + 9), 62, wide=half * 2 - 30))
