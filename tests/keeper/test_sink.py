from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.keeper import rundir, sink
from console.keeper.sink import Moved, Sink
from tests.keeper.house import output

MakeSink = Callable[..., Sink]


class Pipe:
    """A pipe that is written and moved in one go."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        os.set_blocking(self.reader, False)

    def through(self, to: Sink, data: bytes) -> list[Moved]:
        os.write(self.writer, data)
        moves = []
        while sum(move.kept + move.dropped for move in moves) < len(data):
            moves.append(to.move(self.reader))
        return moves


@pytest.fixture
def make_sink(tmp_path: Path) -> Iterator[Callable[..., Sink]]:
    with ExitStack() as stack:
        yield lambda splices=True: stack.enter_context(closing(Sink(tmp_path, splices=splices)))


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    os.close(made.reader)
    os.close(made.writer)


splicing = pytest.mark.parametrize("splices", [True, False], ids=["splice", "read and write"])


@splicing
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(chunks=st.lists(st.binary(min_size=1, max_size=300), max_size=12), limit=st.integers(1, 400))
def test_any_chunks_and_successors_keep_every_byte_in_place(
    tmp_path: Path, pipe: Pipe, splices: bool, chunks: list[bytes], limit: int
) -> None:
    for _, path in rundir.segments(tmp_path):
        path.unlink()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sink, "SEGMENT_BYTES", limit)
        for chunk in chunks:
            # Each by a successor, which finds its position in the files.
            with closing(Sink(tmp_path, splices=splices)) as to:
                assert all(move.dropped == 0 for move in pipe.through(to, chunk))
    assert output(tmp_path) == b"".join(chunks)
    sizes = [path.stat().st_size for _, path in rundir.segments(tmp_path)]
    assert all(size == limit for size in sizes[:-1])


@splicing
def test_a_deleted_segment_is_followed_by_one_at_the_next_byte(
    tmp_path: Path, pipe: Pipe, make_sink: MakeSink, splices: bool
) -> None:
    to = make_sink(splices)
    pipe.through(to, b"before")
    (tmp_path / rundir.segment_name(0)).unlink()
    to.check()
    pipe.through(to, b"after")
    pipe.through(make_sink(splices), b"wards")
    assert [(at, path.read_bytes()) for at, path in rundir.segments(tmp_path)] == [
        (6, b"afterwards")
    ]


@splicing
def test_a_directory_in_place_of_a_segment_drops_until_it_is_gone(
    tmp_path: Path,
    pipe: Pipe,
    make_sink: MakeSink,
    splices: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / rundir.segment_name(0)).mkdir()
    to = make_sink(splices)
    assert pipe.through(to, b"lost") == [Moved(0, 4)]
    (tmp_path / rundir.segment_name(0)).rmdir()
    assert pipe.through(to, b"too") == [Moved(0, 3)], "tried again only after a while"
    monkeypatch.setattr(to, "_retry_at", 0.0)
    pipe.through(to, b"kept")
    assert output(tmp_path) == b"kept"


def test_neither_a_link_nor_a_pipe_is_written_to(
    tmp_path: Path, pipe: Pipe, make_sink: MakeSink
) -> None:
    (tmp_path / rundir.segment_name(0)).symlink_to(tmp_path / "elsewhere")
    assert pipe.through(make_sink(), b"lost") == [Moved(0, 4)]
    assert not (tmp_path / "elsewhere").exists()
    (tmp_path / rundir.segment_name(0)).unlink()
    os.mkfifo(tmp_path / rundir.segment_name(0))
    reader = os.open(tmp_path / rundir.segment_name(0), os.O_RDONLY | os.O_NONBLOCK)
    assert pipe.through(make_sink(), b"lost") == [Moved(0, 4)]
    assert os.read(reader, 10) == b""
    os.close(reader)


FAULTS = ["ENOSPC", "EDQUOT", "EFBIG", "EIO", "ENOENT", "EACCES", "EROFS", "ESTALE"]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", ["splice", "write", "open"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_every_fault_at_every_call_drops_and_counts_exactly(
    tmp_path: Path,
    pipe: Pipe,
    make_sink: MakeSink,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
    call: str,
    nth: int,
) -> None:
    monkeypatch.setattr(sink, "SEGMENT_BYTES", 10)
    real = getattr(os, call)
    calls = iter(range(1, 1000))

    def failing(*arguments: object) -> object:
        if next(calls) == nth:
            raise OSError(getattr(errno, fault), fault)
        return real(*arguments)

    to = make_sink(call == "splice")
    os.write(pipe.writer, b"0123456789abcdefghijk")
    moves: list[Moved] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, call, failing)
        with pytest.raises(BlockingIOError):
            moves.extend(iter(lambda: to.move(pipe.reader), None))
    kept, dropped = sum(move.kept for move in moves), sum(move.dropped for move in moves)
    assert len(output(tmp_path)) == kept
    assert kept + dropped == 21
    assert dropped > 0


def test_a_file_system_that_cannot_splice_is_written_to(
    tmp_path: Path, pipe: Pipe, make_sink: MakeSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> int:
        raise OSError(errno.EINVAL, "no splice here")

    monkeypatch.setattr(os, "splice", refuse)
    assert pipe.through(make_sink(), b"kept") == [Moved(4, 0)]
    assert output(tmp_path) == b"kept"


def test_a_directory_that_cannot_be_looked_at_costs_nothing(
    tmp_path: Path, pipe: Pipe, make_sink: MakeSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = make_sink()
    pipe.through(to, b"be")

    def refuse(*arguments: object) -> None:
        raise PermissionError

    with monkeypatch.context() as patch:
        patch.setattr(Path, "lstat", refuse)
        to.check()
    pipe.through(to, b"fore")
    assert output(tmp_path) == b"before"
