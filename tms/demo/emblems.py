"""The symbols in the middle of the demo's badges, each drawn around (300, 270) and about 230 wide."""

import math

from tms.demo.drawing import (
    Point,
    Shape,
    Sheet,
    arc,
    around,
    box,
    circle,
    curve,
    ellipse,
    letters,
    line,
    polygon,
    regular,
    rounded,
    star,
    together,
    without,
)

LIGHT = "#fffaf0"
SUN = "#ffd166"
C: Point = (300, 270)


def terminal(sheet: Sheet, accent: str) -> None:
    """A window with a prompt."""
    sheet.layer(LIGHT, box((185, 180), (415, 360), 22))
    sheet.layer(accent, box((199, 216), (401, 346), 10), *(circle((208 + 20 * n, 198), 6) for n in range(3)))
    sheet.layer(LIGHT, line([(225, 248), (262, 281), (225, 314)], 17))
    sheet.layer(SUN, line([(285, 314), (345, 314)], 17))


def crates(sheet: Sheet, accent: str) -> None:
    """Three cubes, stacked."""
    for x, y in ((240, 318), (360, 318), (300, 214)):
        sheet.layer(accent, rounded(regular((x, y), 56, 6), 7))
        sheet.layer(LIGHT, polygon([(x, y - 62), (x + 54, y - 31), (x, y), (x - 54, y - 31)]))
        sheet.layer("#a9d6f5", polygon([(x - 54, y - 31), (x, y), (x, y + 60), (x - 54, y + 29)]))
        sheet.layer("#6fb3e0", polygon([(x + 54, y - 31), (x, y), (x, y + 60), (x + 54, y + 29)]))


def helm(sheet: Sheet, accent: str) -> None:
    """A ship's wheel."""
    hub = (300, 258)
    spokes = [line([around(hub, 20, turn), around(hub, 114, turn)], 15) for turn in range(0, 360, 45)]
    grips = [circle(around(hub, 114, turn), 14) for turn in range(0, 360, 45)]
    sheet.layer(LIGHT, without(circle(hub, 88), circle(hub, 62)), *spokes, *grips, circle(hub, 32))
    sheet.layer(accent, circle(hub, 15))


def nodes(sheet: Sheet, accent: str) -> None:
    """A network, with the way through it marked."""
    at: list[Point] = [(205, 330), (215, 205), (300, 268), (318, 362), (392, 300), (385, 190)]
    sheet.layer(LIGHT, *(line([at[a], at[b]], 9) for a, b in ((0, 1), (1, 2), (0, 3), (3, 4), (1, 5))), opacity=0.6)
    sheet.layer(SUN, line([at[0], at[2], at[4], at[5]], 14))
    sheet.layer(LIGHT, *(circle(point, 27) for point in at))
    sheet.layer(accent, *(circle(point, 12) for point in at))


def cloud(sheet: Sheet, accent: str) -> None:
    """A cloud with a pin in it, as on a map."""
    puffs = [circle((240, 300), 55), circle((305, 250), 78), circle((372, 296), 58)]
    sheet.layer(LIGHT, *puffs, box((240, 290), (372, 354), 10))
    drop = together(circle((305, 248), 40), polygon([(268, 264), (342, 264), (305, 332)]))
    sheet.layer(accent, without(drop, circle((305, 248), 16)))


def braces(sheet: Sheet, _accent: str) -> None:
    """Curly braces around an arrow: code through which data flows."""
    for side in (-1, 1):
        x = 300 + side * 92
        upper = [*curve((x - side * 28, 182), (x, 180), (x, 214)), *curve((x, 230), (x, 264), (x + side * 26, 270))]
        lower = [(px, 540 - py) for px, py in reversed(upper)]
        sheet.layer(LIGHT, line([*upper, *lower], 20))
    sheet.layer(SUN, line([(248, 270), (342, 270)], 18), line([(312, 238), (346, 270), (312, 302)], 18))


def cylinder(sheet: Sheet, accent: str) -> None:
    """A database: three discs, one on the other."""
    for y in (318, 262, 206):
        disc = together(box((203, y), (397, y + 34)), ellipse((300, y + 34), 97, 32), ellipse((300, y), 97, 32))
        sheet.layer(accent, together(box((203, y), (397, y + 46)), ellipse((300, y + 46), 97, 32)))
        sheet.layer(LIGHT, disc)
    sheet.layer(SUN, ellipse((300, 206), 74, 20))


def lock(sheet: Sheet, accent: str) -> None:
    """A padlock."""
    hoop = together(
        arc((300, 220), 54, 26, -90, 90), line([(246, 220), (246, 270)], 26), line([(354, 220), (354, 270)], 26)
    )
    sheet.layer("#ffd9a0", hoop)
    sheet.layer(LIGHT, box((212, 245), (388, 372), 22))
    sheet.layer(accent, circle((300, 294), 20), polygon([(290, 300), (310, 300), (317, 344), (283, 344)]))


def bolt(sheet: Sheet, accent: str) -> None:
    """Lightning, and the rings of an alarm."""
    for radius, shown in ((112, 0.8), (146, 0.45)):
        sheet.layer(LIGHT, arc(C, radius, 13, 40, 140), arc(C, radius, 13, 220, 320), opacity=shown)
    flash: list[Point] = [(322, 150), (232, 288), (292, 288), (270, 392), (372, 244), (308, 244)]
    sheet.layer(accent, rounded(flash, 12))
    sheet.layer(SUN, rounded(flash, 3))


def peaks(sheet: Sheet, accent: str) -> None:
    """Mountains with a flag on the summit."""
    sheet.layer("#bfe3cf", rounded([(300, 350), (372, 236), (432, 350)], 6))
    sheet.layer(LIGHT, rounded([(175, 350), (272, 190), (368, 350)], 6))
    sheet.layer(accent, polygon([(272, 186), (312, 252), (292, 244), (274, 262), (254, 242), (232, 252)]))
    sheet.layer(SUN, line([(272, 188), (272, 128)], 8), polygon([(274, 126), (332, 145), (274, 164)]))


def guard(sheet: Sheet, accent: str) -> None:
    """A small shield with a star."""
    sheet.layer(LIGHT, rounded(shield(C, 96), 8))
    sheet.layer(accent, rounded(shield(C, 78), 6))
    sheet.layer(SUN, rounded(star((300, 262), 54, 23), 3))


def bars(sheet: Sheet, _accent: str) -> None:
    """A chart that rises."""
    for number, height in enumerate((62, 98, 136, 178)):
        x = 202 + number * 52
        sheet.layer(SUN if number == 3 else LIGHT, box((x, 356 - height), (x + 40, 356), 8))
    sheet.layer(LIGHT, line([(196, 250), (252, 208), (302, 214), (348, 150)], 9), circle((348, 150), 14), opacity=0.9)


def flask(sheet: Sheet, accent: str) -> None:
    """A flask that bubbles."""
    glass = rounded([(270, 165), (330, 165), (330, 238), (398, 352), (202, 352), (270, 238)], 14)
    sheet.layer(LIGHT, glass, box((248, 142), (352, 172), 14))
    sheet.layer(accent, rounded([(258, 285), (342, 285), (382, 350), (218, 350)], 6))
    bubbles: list[tuple[Point, float]] = [((285, 322), 15), ((325, 335), 10), ((312, 300), 8), ((300, 250), 9)]
    sheet.layer(SUN, *(circle(at, radius) for at, radius in bubbles))


def sunrise(sheet: Sheet, _accent: str) -> None:
    """The sun over a horizon."""
    middle = (300, 318)
    rays = [line([around(middle, 92, turn), around(middle, 130, turn)], 14) for turn in range(-80, 81, 20)]
    sheet.layer("#fff1b8", *rays)
    sheet.layer(LIGHT, without(circle(middle, 74), box((180, 318), (420, 420))))
    sheet.layer(LIGHT, *(line([(186 + n * 28, 338 + n * 21), (414 - n * 28, 338 + n * 21)], 12) for n in range(2)))


def five_hundred(sheet: Sheet, accent: str) -> None:
    """The number itself."""
    sheet.layer(accent, letters("500", (305, 263), 150, wide=300))
    sheet.layer(LIGHT, letters("500", (300, 256), 150, wide=300))
    sheet.layer(SUN, *(polygon(star((236 + 64 * n, 350), 21, 8.5)) for n in range(3)))


def great_star(sheet: Sheet, accent: str) -> None:
    """A star with a facet on each arm."""
    corners = star((300, 272), 132, 58)
    sheet.layer(LIGHT, rounded(corners, 6))
    facets = [polygon([(300, 272), corners[corner], corners[corner + 1]]) for corner in range(0, 10, 2)]
    sheet.layer(accent, *facets, opacity=0.3)


def pair(sheet: Sheet, accent: str) -> None:
    """Two people, one before the other."""
    sheet.layer("#ffd8cc", _person((352, 214), 1.0))
    sheet.layer(accent, _person((262, 228), 1.22))
    sheet.layer(LIGHT, _person((262, 228), 1.06))


def wheel_of_change(sheet: Sheet, accent: str) -> None:
    """Two arrows in a ring around a small star: round and round, a little better each time."""
    for turn in (0, 180):
        head = [around(C, 68, turn + 134), around(C, 140, turn + 134), around(C, 104, turn + 166)]
        sheet.layer(LIGHT, arc(C, 104, 26, turn + 26, turn + 134), rounded(head, 3))
    sheet.layer(accent, rounded(star((300, 274), 56, 24), 8))
    sheet.layer(SUN, rounded(star((300, 274), 56, 24), 2))


def crown(sheet: Sheet, accent: str) -> None:
    """A crown with three stones."""
    outline: list[Point] = [(196, 330), (184, 208), (246, 262), (300, 172), (354, 262), (416, 208), (404, 330)]
    sheet.layer(SUN, rounded(outline, 9), *(circle(at, 19) for at in ((184, 200), (300, 162), (416, 200))))
    sheet.layer(LIGHT, box((192, 342), (408, 368), 10))
    sheet.layer(accent, *(polygon(regular((300 + n * 62, 300), 17, 4)) for n in (-1, 0, 1)))


def leaf(sheet: Sheet, accent: str) -> None:
    """One leaf and its veins."""
    tip, stalk = (392, 172), (212, 376)
    edge = [_bow(tip, stalk, 74, step / 30) for step in range(31)]
    back = [_bow(tip, stalk, -74, step / 30) for step in range(30, -1, -1)]
    veins = [
        line([_bow(tip, stalk, 0, part), _bow(tip, stalk, side, part - 0.14)], 7)
        for part in (0.3, 0.48, 0.66)
        for side in (38, -38)
    ]
    sheet.layer(LIGHT, rounded([*edge, *back], 3))
    sheet.layer(accent, line([(372, 194), stalk], 9), *veins)


def shield(middle: Point, size: float) -> list[Point]:
    """The outline of a shield, twice its size wide and a little higher."""
    x, y = middle
    side = [*curve((0, -1.0), (0.5, -0.84), (1.0, -0.84), 8), *curve((1.0, -0.1), (0.94, 0.7), (0.0, 1.1))]
    right = [(x + dx * size, y + dy * size) for dx, dy in side]
    return [*right, *((2 * x - px, py) for px, py in reversed(right[1:-1]))]


def _person(head: Point, size: float) -> Shape:
    """Head and shoulders; all people are cut off at the same height."""
    x, y = head
    shoulders = without(ellipse((x, 356), 82 * size, 86 * size), box((x - 140, 356), (x + 140, 500)))
    return together(circle((x, y), 40 * size), shoulders)


def _bow(start: Point, end: Point, bend: float, part: float) -> Point:
    """A point on the bow from start to end that stands out by `bend` in its middle."""
    (x0, y0), (x1, y1) = start, end
    length = math.hypot(x1 - x0, y1 - y0)
    out = bend * math.sin(math.pi * part) ** 0.8 if 0 < part < 1 else 0.0
    return x0 + (x1 - x0) * part - (y1 - y0) / length * out, y0 + (y1 - y0) * part + (x1 - x0) / length * out
