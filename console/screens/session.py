"""What the screens are given from outside: a run to look at, and the house it stands in.

Screens know only these; `app.py`'s caller fills them with the real run directory, tests with
examples.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from console.core.format_text import text

if TYPE_CHECKING:
    from console.core.chart_export import Recorded
    from console.core.comparison import Side
    from console.core.config_diff import Change
    from console.core.export_parts import Exporter
    from console.core.processes import ProcessReader
    from console.core.sources import RowSource, SeriesSource
    from console.core.state import Entry, RunState, Status
    from console.screens.configurations import Configurations


class Update(Protocol):
    """What changed since the update before; see `backend.client.Update`."""

    @property
    def groups(self) -> frozenset[str]: ...
    @property
    def rows(self) -> bool: ...
    @property
    def live(self) -> bool: ...
    @property
    def connection(self) -> bool: ...


class Link(Protocol):
    """The live connection to one run; see `backend.client.Follower`."""

    state: RunState
    connected: bool
    lost_since: float | None
    final: bool

    def updates(self) -> AsyncIterator[Update]:
        """Yields whenever something changed; ends when the run is final."""
        ...

    async def order(self, cmd: str, args: dict[str, Any] | None = None) -> str:
        """Sends an order; returns its id. Raises OSError or RuntimeError when it cannot."""
        ...


def _no_changes() -> Sequence[Change]:
    return ()


def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Session:
    """One run on the screen.

    `tell` is called after each update, before anything is drawn, so that the sources know of new
    rows and values.
    """

    link: Link
    rows: RowSource
    series: SeriesSource
    attach_command: str = "gladius-console attach"
    resume_command: str = "gladius-console train --resume"
    person: str = ""
    """Who sits here, as `user@host`."""
    watching: Callable[[], Sequence[str] | None] = _nothing
    """Who else has this run on a screen; None while that is not known."""
    overhead: Callable[[], Sequence[str] | None] = _nothing
    """What our own processes use, a line each; None while that is not known."""
    read_only: str = ""
    """Why no orders can be given, if they cannot."""
    foreign: bool = False
    """A run of another machine or boot, whose clock says nothing here."""
    tell: Callable[[], None] = _nothing
    report: Callable[[], str | None] = _nothing
    """The summary report in Markdown; None as long as there is none."""
    config_text: Callable[[], str | None] = _nothing
    """The frozen configuration file, secrets masked."""
    config_changes: Callable[[], Sequence[Change]] = _no_changes
    """How the file now differs from the frozen copy. Raises ValueError or OSError with a reason."""
    configurations: Callable[[], Configurations | None] = _nothing
    """The files: view, edit, presets, templates."""
    export_log: Callable[[], str] | None = None
    """Writes the log to a file, in a thread; returns what the person is told. Raises OSError."""
    exporter: Exporter | None = None
    """Writes the run, or a part of it, to files."""
    export_rows: Callable[[str, bool, Sequence[int] | None], str] | None = None
    """Writes rows to a file, in a thread: what they are ("all", "filtered", "selected"), whether
    without colours, and their numbers in order (None: all). What is told; raises OSError."""
    marks: Callable[[], Sequence[int]] = tuple
    """The rows with a bookmark, in a thread."""
    keep_mark: Callable[[int, bool], None] | None = None
    """Keeps that a row has a bookmark, or none any more; in a thread. Raises OSError."""
    export_error: Callable[[str], str] | None = None
    """Writes what is told of a failure to a file; returns what to tell. Raises OSError."""
    recover: Callable[[], Awaitable[str]] | None = None
    """Starts a new run from the last good checkpoint; its id. Raises RuntimeError or OSError."""
    tensorboard: Callable[[], Awaitable[Board]] | None = None
    """Starts TensorBoard, or finds the one there is. Raises RuntimeError or OSError."""
    end_tensorboard: Callable[[], Awaitable[str]] | None = None
    """Ends it; what the person is told. Raises RuntimeError or OSError."""
    timeline: Callable[[], Sequence[Entry]] = tuple
    """Every entry of the timeline there ever was, oldest first; called in a thread."""
    processes: Callable[[], ProcessReader] | None = None
    """Begins to read the trainer's processes one by one; None where that cannot be."""
    points: Callable[[str], Iterable[Recorded]] | None = None
    """Every recorded point of a series, to be read in a thread."""
    write: Callable[[str, str, Iterable[str]], str] | None = None
    """Writes text to a file: folder (empty: where the person stands), name, parts. In a thread;
    returns the path. Raises OSError; the file is then not there, or as it was."""
    close: Callable[[], None] = _nothing


@dataclass(frozen=True, slots=True)
class Board:
    """A TensorBoard that serves."""

    url: str
    tunnel: str = ""
    """What to type on the person's own machine to reach it; empty where they sit at this one."""
    opened: bool = False
    """Whether a browser was opened here."""
    lives: str = ""
    """How long it stays."""
    notes: tuple[str, ...] = ()


def farewell(session: Session | None) -> str | None:
    """What is said after leaving: that training goes on, and how to come back."""
    if session is None:
        return None
    state = session.link.state
    if state.ended:
        return f"{text(state.run.name)} {state.status}: {text(state.life.cause)}"
    return f"training goes on: {session.attach_command}"


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run as the overview lists it."""

    id: str
    name: str
    status: Status
    cause: str = ""
    progress: float | None = None
    loss: float | None = None
    spark: tuple[float, ...] = ()
    """Latest losses, oldest first."""
    uptime: float | None = None
    """Seconds since the start, or that it took."""
    step_age: float | None = None
    host: str = ""
    alive: bool = False
    alerts: int = 0


@dataclass(frozen=True, slots=True)
class House:
    """All runs of this person, and what can be started."""

    runs: Callable[[], Sequence[RunLine]]
    connect: Callable[[str], Session]
    glimpse: Callable[[str, int], RowSource | None] = lambda _run, _count: None
    """The newest rows of a run, at most so many: quick, before anything is connected. None where
    there are none to be seen."""
    candidates: Callable[[], Sequence[str]] = tuple
    """Configuration files and presets that could be started."""
    check: Callable[[str], str | None] = field(default=lambda _path: None)
    """What is wrong with a configuration file; None when nothing is."""
    start: Callable[[str], Awaitable[str]] | None = None
    """Starts a run; returns its id. Raises RuntimeError or OSError with the reason."""
    side: Callable[[str], Side] | None = None
    """A run as one side of a comparison; called in a thread. Raises OSError or LookupError."""
    person: str = ""
    """Who sits here, as `user@host`."""
    stop: Callable[[str], Awaitable[str]] | None = None
    """Orders a run to stop; returns what the person is told."""
