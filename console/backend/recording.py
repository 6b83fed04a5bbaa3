"""What the parts of the backend need of the recorder: look at the state, tell what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

from console.keeper import clock

if TYPE_CHECKING:
    from console.core.protocol import Event
    from console.core.state import RunState


class Recording(Protocol):
    """The one state of a run and the way to change it; `recorder.Recorder` is one."""

    @property
    def state(self) -> RunState: ...
    @property
    def rows(self) -> int: ...
    @property
    def live(self) -> list[bytes]: ...
    def apply(self, event: Event, *, journal: bool = True) -> None: ...
    def commit(self) -> object: ...


def tell(recording: Recording, kind: type[Event], **facts: Any) -> None:
    """Records an event of this kind that happens now."""
    event: Any = cast("Any", kind)(t=clock.wall(), m=clock.since_boot(), **facts)
    recording.apply(event)
