from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from console.keeper import fifo

NAME = "control.fifo"


def _regular(path: Path) -> None:
    path.touch(0o600)


def _link(path: Path) -> None:
    os.mkfifo(path.with_name("real"), 0o600)
    path.symlink_to(path.with_name("real"))


def _open_to_others(path: Path) -> None:
    os.mkfifo(path)
    path.chmod(0o666)
    os.open(path, os.O_RDWR)  # without a reader, that would be the reason given


def _directory(path: Path) -> None:
    path.mkdir()


UNSAFE = {
    _regular: "is not a pipe",
    _link: "is a link",
    _open_to_others: "is open to other users",
    _directory: "is a directory",
}


@pytest.mark.parametrize(("prepare", "reason"), UNSAFE.items())
def test_fault_27_what_is_not_our_pipe_is_refused_and_named(
    tmp_path: Path, prepare: Callable[[Path], None], reason: str
) -> None:
    prepare(tmp_path / NAME)
    with pytest.raises(fifo.Unsafe, match=reason):
        fifo.send(tmp_path, NAME, b"pause\n")
    with pytest.raises(fifo.Unsafe, match=f"{NAME} {reason}"):
        fifo.open_rw(tmp_path, NAME)


def test_a_strangers_pipe_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fifo.make(tmp_path, NAME)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(fifo.Unsafe, match="belongs to user"):
        fifo.open_rw(tmp_path, NAME)


def test_fault_27_missing_unread_and_full_are_told_apart_and_nothing_waits(tmp_path: Path) -> None:
    with pytest.raises(fifo.Missing):
        fifo.send(tmp_path, NAME, b"pause\n")
    with pytest.raises(fifo.Missing):
        fifo.open_rw(tmp_path, NAME)
    fifo.make(tmp_path, NAME)
    fifo.make(tmp_path, NAME)
    with pytest.raises(fifo.NobodyReads):
        fifo.send(tmp_path, NAME, b"pause\n")
    reader = fifo.open_rw(tmp_path, NAME)
    with pytest.raises(fifo.Full):  # noqa: PT012
        while True:
            fifo.send(tmp_path, NAME, b"p" * fifo.LINE_BYTES)
    os.close(reader)


def test_a_line_arrives_whole(tmp_path: Path) -> None:
    fifo.make(tmp_path, NAME)
    reader = fifo.open_rw(tmp_path, NAME)
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600
    fifo.send(tmp_path, NAME, b"pause\n")
    assert os.read(reader, 100) == b"pause\n"
    with pytest.raises(BlockingIOError):
        os.read(reader, 100)
    os.close(reader)


def test_a_line_that_could_be_torn_is_refused(tmp_path: Path) -> None:
    fifo.make(tmp_path, NAME)
    with pytest.raises(ValueError, match="512"):
        fifo.send(tmp_path, NAME, b"p" * 513)


@pytest.mark.skipif(sys.platform != "linux", reason="the size of a pipe can be set on Linux only")
def test_the_output_pipe_holds_a_mebibyte(tmp_path: Path) -> None:
    fifo.make(tmp_path, fifo.OUTPUT_FIFO)
    descriptor = fifo.open_rw(tmp_path, fifo.OUTPUT_FIFO)
    written = 0
    with pytest.raises(BlockingIOError):  # noqa: PT012
        while True:
            written += os.write(descriptor, b"x" * 4096)
    os.close(descriptor)
    assert written == fifo.OUTPUT_PIPE_BYTES
