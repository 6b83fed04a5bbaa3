"""What the box of a run shows: facts from the hook's records, and rows of text from the facts."""

import locale
import math
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

ROWS = 7
WIDTH = 64
SPARK_CELLS = 50
RECENT = 40
"""Steps over which the speed is taken."""

UNKNOWN = "—"
BARS, ASCII_BARS = "▁▂▃▄▅▆▇█", ".,:-=+*#"
FRAME, ASCII_FRAME = "╭─╮│╰╯", "+-+|++"
NAMES = {
    "rate": ("learning_rate", "lr"),
    "norm": ("gradient_norm", "grad_norm"),
}
"""What trainers call the same value."""


class Picture:
    """One run as far as it was told."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.step: int | None = None
        self.total: int | None = None
        self.epoch: float | None = None
        self.epochs: float | None = None
        self.values: dict[str, float] = {}
        self.losses: deque[float] = deque(maxlen=SPARK_CELLS)
        self.best: float | None = None
        self.phase = ""
        self.gpu: Sequence[float | None] | None = None
        self.began: float | None = None
        self.over: str | None = None
        """The trainer's last word."""
        self.error = ""
        self._recent: deque[tuple[float, int]] = deque(maxlen=RECENT)

    @property
    def is_over(self) -> bool:
        return self.over is not None

    @property
    def speed(self) -> float | None:
        """Steps a second, lately."""
        if len(self._recent) < 2:
            return None
        (t, step), (later, last) = self._recent[0], self._recent[-1]
        return (last - step) / (later - t) if later > t and last > step else None

    @property
    def remaining(self) -> float | None:
        """Seconds to go at this speed."""
        if self.step is None or self.total is None or not self.speed:
            return None
        return max(0.0, (self.total - self.step) / self.speed)

    def value(self, name: str) -> float | None:
        names = NAMES.get(name, (name,))
        return next((self.values[one] for one in names if one in self.values), None)

    def take(self, records: Sequence[Mapping[str, Any]]) -> None:
        """What the hook has told; a record that makes no sense changes nothing."""
        takes = {"log": self._log, "info": self._info, "phase": self._phase, "bye": self._bye}
        for record in records:
            act = takes.get(str(record.get("k")))
            if self.began is None and (t := number(record.get("t"))) is not None:
                self.began = t
            if act is not None:
                act(record)

    def _log(self, record: Mapping[str, Any]) -> None:
        step, values = record.get("step"), record.get("values")
        if not isinstance(step, int) or not isinstance(values, dict):
            return
        if self._recent and step < self._recent[-1][1]:
            self._recent.clear()
        self.step = step
        self.epoch = number(record.get("epoch")) or self.epoch
        self._recent.append((number(record.get("t")) or 0.0, step))
        for name, said in values.items():
            made = number(said)
            self.values[str(name)] = math.nan if made is None else made
        loss = self.values.get("loss") if "loss" in values else None
        if loss is not None:
            self.losses.append(loss)
            if math.isfinite(loss):
                self.best = loss if self.best is None else min(self.best, loss)

    def _info(self, record: Mapping[str, Any]) -> None:
        values = record.get("values")
        if isinstance(values, dict):
            total = number(values.get("total_steps"))
            self.total = self.total if total is None else int(total)
            self.epochs = number(values.get("total_epochs")) or self.epochs

    def _phase(self, record: Mapping[str, Any]) -> None:
        self.phase = str(record.get("phase") or "")

    def _bye(self, record: Mapping[str, Any]) -> None:
        self.over, self.error = str(record.get("reason") or ""), str(record.get("error") or "")


def number(value: object) -> float | None:
    """A finite number, else None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:  # a whole number of 400 digits
        return None


def box(picture: Picture, now: float, *, wide: bool | None = None) -> list[str]:
    """ROWS rows of WIDTH cells; `wide` says whether the terminal knows more than ASCII."""
    wide = is_unicode() if wide is None else wide
    p = picture
    title = f"{plain(p.name) or 'training'}  {plain(p.phase)}".rstrip()
    rows = [
        f"step {of(p.step, p.total)}   epoch {of(p.epoch, p.epochs)}",
        f"loss {shown(p.value('loss'))}   rate {shown(p.value('rate'), '.1e')}   "
        f"gradient norm {shown(p.value('norm'), '.3f')}",
        f"{shown(p.speed, '.2f')} steps/s   elapsed {elapsed(p, now)}   ETA {clock(p.remaining)}",
        f"loss {spark(p.losses, BARS if wide else ASCII_BARS)}",
        gpu_line(p.gpu),
    ]
    return framed(title, rows, wide=wide)


def completion(picture: Picture, now: float, *, wide: bool | None = None) -> list[str]:
    """What stays on the terminal after the end."""
    wide = is_unicode() if wide is None else wide
    word = {"finished": "TRAINING COMPLETE", "stopped": "TRAINING STOPPED"}.get(picture.over or "")
    title = word or ("TRAINING FAILED" if picture.error else "TRAINING ENDED WITHOUT A LAST WORD")
    rows = [
        f"step {of(picture.step, picture.total)}   time {elapsed(picture, now)}",
        f"last loss {shown(picture.value('loss'))}   best loss {shown(picture.best)}",
        *([plain(picture.error)] if picture.error else []),
    ]
    return framed(title, rows, wide=wide)


def line(picture: Picture) -> str:
    """The same as one line, for where there is no room for a box."""
    return (
        f"step {of(picture.step, picture.total)}, loss {shown(picture.value('loss'))}, "
        f"rate {shown(picture.value('rate'), '.1e')}, {shown(picture.speed, '.2f')} steps/s, "
        f"ETA {clock(picture.remaining)}"
    )


def spark(values: Sequence[float], bars: str = BARS) -> str:
    """SPARK_CELLS cells, the newest value last; a value that is no number is a `?`."""
    finite = [value for value in values if math.isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    span = (high - low) or 1.0
    cells = [
        bars[round((value - low) / span * (len(bars) - 1))] if math.isfinite(value) else "?"
        for value in values
    ]
    return "".join(cells[-SPARK_CELLS:]).rjust(SPARK_CELLS)


def framed(title: str, rows: Sequence[str], *, wide: bool) -> list[str]:
    """The rows in a frame, each cut to its width."""
    left, bar, right, side, low_left, low_right = tuple(FRAME if wide else ASCII_FRAME)
    inner = WIDTH - 4
    texts = rows if wide else [row.replace(UNKNOWN, "-").replace("°", " ") for row in rows]
    head = f"{bar} {title[: inner - 2]} "
    return [
        left + head.ljust(WIDTH - 2, bar) + right,
        *(f"{side} {row[:inner].ljust(inner)} {side}" for row in texts),
        low_left + bar * (WIDTH - 2) + low_right,
    ]


def of(current: float | None, total: float | None) -> str:
    if current is None:
        return UNKNOWN
    said = f"{current:,}" if isinstance(current, int) else f"{current:.2f}"
    return said if total is None else f"{said}/{total:,.0f}"


def shown(value: float | None, form: str = ".4f") -> str:
    return UNKNOWN if value is None else format(value, form)


def elapsed(picture: Picture, now: float) -> str:
    return clock(None if picture.began is None else max(0.0, now - picture.began))


def clock(seconds: float | None) -> str:
    """`1:02:03`, `2:03`."""
    if seconds is None:
        return UNKNOWN
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def gpu_line(values: Sequence[float | None] | None) -> str:
    if values is None:
        return f"GPU {UNKNOWN}"
    used, total, load, heat, power = values
    memory = f"{shown(used and used / 1e9, '.1f')}/{shown(total and total / 1e9, '.1f')} GB"
    return f"GPU {memory}  {shown(load, '.0f')} %  {shown(heat, '.0f')} °C  {shown(power, '.0f')} W"


def plain(text: str) -> str:
    """Foreign text without anything a terminal would obey."""
    return "".join(c if c.isprintable() else "?" for c in text)


def is_unicode() -> bool:
    """Whether this place's terminals know more than ASCII."""
    return "utf" in locale.getpreferredencoding(False).lower()
