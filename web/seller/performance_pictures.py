"""Where things stand in the pictures of the Performance page: bar, pips, trend. Numbers in, places out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from metrics.definitions import Counts, Forecast, JudgingRules, Outcome, percent
from metrics.selectors import WeekPoint

# The plot of the trend, in pixels: 100 % at the top line, the lowest label 196 px below it.
TOP, HEIGHT = 10, 196
LOWEST_RATES = (Fraction(80, 100), Fraction(60, 100), Fraction(20, 100), Fraction(0))
MAX_PIPS = 12
GAP = 0.4  # Between two parts of the bar, in percent of its width.


@dataclass(frozen=True, slots=True)
class BarPart:
    kind: str  # ok | miss | run | none
    x: str
    width: str


def bar_parts(counts: Counts) -> list[BarPart]:
    """The week's sessions as one bar: in time, missed, running, not counted."""
    sizes = [
        ("ok", counts.in_time),
        ("miss", counts.failing),
        ("run", counts.open),
        ("none", sum(counts.excluded.values())),
    ]
    shown = [(kind, size) for kind, size in sizes if size]
    room = 100 - GAP * max(0, len(shown) - 1)
    parts, x = [], 0.0
    for kind, size in shown:
        width = room * size / counts.total
        parts.append(BarPart(kind, f"{x:.2f}%", f"{width:.2f}%"))
        x += width + GAP
    return parts


@dataclass(frozen=True, slots=True)
class Pip:
    kind: str  # used | left | mid | out
    x: int


@dataclass(frozen=True, slots=True)
class Pips:
    """One square per miss: used, left to the target, left to the floor, and one beyond it."""

    pips: list[Pip]
    target_x: int | None
    floor_x: int | None
    width: int


def pips_of(counts: Counts, forecast: Forecast) -> Pips | None:
    """None where there are too many squares to count them at a glance, or none."""
    to_target = max(0, forecast.misses_left_to_target)
    to_floor = forecast.misses_left_to_floor
    more = 0 if to_floor is None else max(0, to_floor - to_target)
    groups = [("used", counts.failing), ("left", to_target), ("mid", more), ("out", 1)]
    if sum(size for _, size in groups) > MAX_PIPS or not counts.counted + counts.open:
        return None
    pips: list[Pip] = []
    lines: dict[str, int] = {}
    x = 1
    for kind, size in groups:
        if kind in ("mid", "out") and pips and (kind == "mid" or more or to_floor is None):
            lines[kind] = x
            x += 8
        for _ in range(size):
            pips.append(Pip(kind, x))
            x += 30
    return Pips(pips, lines.get("mid" if more else "out"), lines.get("out") if more else None, x + 8)


@dataclass(frozen=True, slots=True)
class Dot:
    x: str
    y: float
    label_y: float
    shape: str  # ok | warn | bad | thin | now
    label: str
    before_y: float | None


@dataclass(frozen=True, slots=True)
class Stroke:
    x1: str
    y1: float
    x2: str
    y2: float
    is_so_far: bool


@dataclass(frozen=True, slots=True)
class Tick:
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class DayLabel:
    x: str
    on: date
    is_alternate: bool
    is_last: bool


@dataclass(frozen=True, slots=True)
class Trend:
    dots: list[Dot]
    strokes: list[Stroke]
    ticks: list[Tick]
    days: list[DayLabel]
    target_y: float
    floor_y: float | None
    bottom_y: float

    @property
    def warn_height(self) -> float:
        return (self.bottom_y if self.floor_y is None else self.floor_y) - self.target_y

    @property
    def bad_height(self) -> float:
        return 0.0 if self.floor_y is None else self.bottom_y - self.floor_y

    @property
    def target_dy(self) -> int:
        """Words stand below their line, or above it where the band is too narrow for them."""
        return 16 if self.warn_height >= 20 else -6


def trend_picture(points: Sequence[WeekPoint], rules: JudgingRules, *, last_is_running: bool) -> Trend:
    rates = [point.rate for point in points if point.rate is not None]
    rates += [point.before for point in points if point.before is not None]
    limits = [rules.target, *([rules.floor] if rules.floor is not None else [])]
    lowest = next(low for low in LOWEST_RATES if low <= min([*rates, *limits]))

    def y_of(rate: Fraction) -> float:
        return round(TOP + float((1 - rate) / (1 - lowest)) * HEIGHT, 2)

    def x_of(place: int) -> str:
        return f"{(place + 0.5) * 100 / len(points):.2f}%"

    places = [(place, point) for place, point in enumerate(points) if point.rate is not None]
    best = max((point.rate for _, point in places if point.rate is not None), default=None)
    dots, strokes = [], []
    for index, (place, point) in enumerate(places):
        assert point.rate is not None
        is_now = last_is_running and place == len(points) - 1
        shape = "now" if is_now else _shape(point)
        is_labelled = is_now or shape in ("warn", "bad") or index == len(places) - 1 or point.rate == best
        y = y_of(point.rate)
        below = shape in ("warn", "bad")
        dots.append(
            Dot(
                x=x_of(place),
                y=y,
                label_y=round(y + 21 if y < 24 or (below and y < 185) else y - 12, 2),
                shape=shape,
                label=f"{percent(point.rate)}%" if is_labelled else "",
                before_y=None if point.before is None else y_of(point.before),
            )
        )
        if point.rate == best:
            best = None  # One label for the best week is enough.
    for left, right in zip(range(len(places) - 1), range(1, len(places)), strict=True):
        is_next_week = places[right][0] == places[left][0] + 1
        is_now = last_is_running and places[right][0] == len(points) - 1
        if is_next_week:
            strokes.append(Stroke(dots[left].x, dots[left].y, dots[right].x, dots[right].y, is_now))
    ticks = [
        Tick(y_of(1 - (1 - lowest) * step / 4), f"{float((1 - (1 - lowest) * step / 4) * 100):g}%")
        for step in range(5)
    ]
    days = [
        DayLabel(x_of(place), point.monday, bool((len(points) - 1 - place) % 3), place == len(points) - 1)
        for place, point in enumerate(points)
    ]
    floor_y = None if rules.floor is None else y_of(rules.floor)
    return Trend(dots, strokes, ticks, days, y_of(rules.target), floor_y, TOP + HEIGHT)


def _shape(point: WeekPoint) -> str:
    return {Outcome.MET.value: "ok", "overturned": "ok", Outcome.WARNING.value: "warn"}.get(
        point.outcome, "bad" if point.outcome == Outcome.ENFORCEMENT.value else "thin"
    )
