"""A small kit for badge art: shapes and lettering with smooth edges, in units of a sheet 600 wide and 600 high."""

import io
import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFont

SIDE = 600
FINENESS = 4  # everything is drawn this much larger and scaled down: that is what makes edges smooth

type Point = tuple[float, float]
type Paint = str | tuple[str, str]  # a colour, or one at the top that turns into another at the bottom
type Shape = Callable[["Pen"], None]


class Pen:
    """Draws shapes into the mask of one layer, larger or smaller around a point; ink 0 takes away again."""

    def __init__(self, zoom: float, about: Point) -> None:
        self.ink = 255
        self.zoom = zoom * FINENESS
        self.origin = tuple(part * FINENESS * (1 - zoom) for part in about)
        self.mask = Image.new("L", (SIDE * FINENESS, SIDE * FINENESS), 0)
        self.draw = ImageDraw.Draw(self.mask)

    def at(self, point: Point) -> Point:
        """Where on the fine mask a point of the sheet lies."""
        return point[0] * self.zoom + self.origin[0], point[1] * self.zoom + self.origin[1]


class Sheet:
    """A picture that grows layer by layer."""

    def __init__(self) -> None:
        self.picture = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
        self.zoom = 1.0
        self.about: Point = (SIDE / 2, SIDE / 2)

    def layer(self, paint: Paint, *shapes: Shape, within: Shape | None = None, opacity: float = 1) -> None:
        """Paint what the shapes cover, and of it only what lies `within` another one, if given."""
        mask = self._mask(*shapes)
        if within is not None:
            mask = ImageChops.darker(mask, self._mask(within))
        covered = mask.getbbox()
        if covered is None:
            return
        # Only what is covered is scaled down and composed: most layers are small.
        left, top, right, bottom = (edge // FINENESS for edge in covered)
        box = (left, top, min(right + 1, SIDE), min(bottom + 1, SIDE))
        left, top, right, bottom = (edge * FINENESS for edge in box)
        alpha = mask.reduce(FINENESS, (left, top, right, bottom))
        if opacity < 1:
            alpha = alpha.point([round(value * opacity) for value in range(256)])
        coat = _coat(paint).crop(box)
        coat.putalpha(alpha)
        self.picture.alpha_composite(coat, box[:2])

    def png(self) -> bytes:
        """The finished picture."""
        output = io.BytesIO()
        self.picture.save(output, format="PNG")
        return output.getvalue()

    def _mask(self, *shapes: Shape) -> Image.Image:
        pen = Pen(self.zoom, self.about)
        for shape in shapes:
            shape(pen)
        return pen.mask


def polygon(points: Sequence[Point]) -> Shape:
    """A filled polygon."""
    return lambda pen: pen.draw.polygon([pen.at(point) for point in points], fill=pen.ink)


def ellipse(middle: Point, across: float, down: float) -> Shape:
    """A filled ellipse of these radii."""
    x, y = middle
    corners = [(x - across, y - down), (x + across, y + down)]
    return lambda pen: pen.draw.ellipse([pen.at(corner) for corner in corners], fill=pen.ink)


def circle(middle: Point, radius: float) -> Shape:
    """A filled circle."""
    return ellipse(middle, radius, radius)


def line(points: Sequence[Point], width: float) -> Shape:
    """A line with round ends and joints."""

    def shape(pen: Pen) -> None:
        for start, end in pairwise(points):
            pen.draw.line([pen.at(start), pen.at(end)], fill=pen.ink, width=round(width * pen.zoom))
        for point in points:
            circle(point, width / 2)(pen)

    return shape


def arc(middle: Point, radius: float, width: float, start: float, end: float) -> Shape:
    """A part of a ring, with round ends; degrees clockwise from the top."""
    steps = max(8, round(abs(end - start) / 3))
    return line([around(middle, radius, start + (end - start) * step / steps) for step in range(steps + 1)], width)


def rounded(points: Sequence[Point], radius: float) -> Shape:
    """A filled polygon with round corners; the radius is added around it."""
    return together(polygon(points), line([*points, points[0]], radius * 2))


def box(top_left: Point, bottom_right: Point, radius: float = 0) -> Shape:
    """A filled rectangle with round corners."""
    return lambda pen: pen.draw.rounded_rectangle(
        [pen.at(top_left), pen.at(bottom_right)], radius * pen.zoom, fill=pen.ink
    )


def together(*shapes: Shape) -> Shape:
    """All of them, one after the other."""

    def shape(pen: Pen) -> None:
        for one in shapes:
            one(pen)

    return shape


def without(shape: Shape, *holes: Shape) -> Shape:
    """A shape with holes in it."""

    def pierced(pen: Pen) -> None:
        shape(pen)
        pen.ink, ink = 0, pen.ink
        together(*holes)(pen)
        pen.ink = ink

    return pierced


def letters(words: str, middle: Point, height: float, *, wide: float, weight: float = 0.055) -> Shape:
    """Words around a point, made smaller until they are no wider than `wide`.

    The one font that comes with Pillow is a thin one: `weight`, a part of the height, is drawn around each letter.
    """

    def shape(pen: Pen) -> None:
        size, font, steps = _fitted(words, height * pen.zoom, wide * pen.zoom, weight)
        x, y = pen.at(middle)
        x -= sum(steps) / 2
        for letter, step in zip(words, steps, strict=True):
            # In the middle of its step, so that what is drawn around it is the same on both sides.
            pen.draw.text(
                (x + step / 2, y), letter, fill=pen.ink, font=font, anchor="mm", stroke_width=round(size * weight)
            )
            x += step

    return shape


def around(middle: Point, radius: float, degrees: float) -> Point:
    """The point at this distance, in degrees clockwise from the top."""
    angle = math.radians(degrees)
    return middle[0] + radius * math.sin(angle), middle[1] - radius * math.cos(angle)


def regular(middle: Point, radius: float, corners: int, turn: float = 0) -> list[Point]:
    """The corners of a regular polygon, the first at the top."""
    return [around(middle, radius, turn + 360 * corner / corners) for corner in range(corners)]


def star(middle: Point, radius: float, inner: float, points: int = 5) -> list[Point]:
    """The corners of a star with one point at the top."""
    return [around(middle, inner if corner % 2 else radius, 180 * corner / points) for corner in range(points * 2)]


def curve(start: Point, control: Point, end: Point, steps: int = 24) -> list[Point]:
    """Points on a curve that leaves towards the control point and arrives from it."""
    points = []
    for step in range(steps + 1):
        part = step / steps
        a, b, c = (1 - part) ** 2, 2 * part * (1 - part), part**2
        points.append((a * start[0] + b * control[0] + c * end[0], a * start[1] + b * control[1] + c * end[1]))
    return points


def _fitted(
    words: str, height: float, wide: float, weight: float
) -> tuple[float, ImageFont.FreeTypeFont | ImageFont.ImageFont, list[float]]:
    """The height that fits, its font, and how far each letter goes."""
    font = ImageFont.load_default(height)
    steps = [font.getlength(letter) + height * weight * 2.2 for letter in words]
    if sum(steps) <= wide:
        return height, font, steps
    return _fitted(words, height * wide / sum(steps) * 0.995, wide, weight)


@lru_cache(maxsize=128)
def _coat(paint: Paint) -> Image.Image:
    if isinstance(paint, str):
        return Image.new("RGBA", (SIDE, SIDE), paint)
    top, bottom = (Image.new("RGBA", (SIDE, SIDE), ImageColor.getrgb(colour)) for colour in paint)
    return Image.composite(bottom, top, Image.linear_gradient("L").resize((SIDE, SIDE)))
