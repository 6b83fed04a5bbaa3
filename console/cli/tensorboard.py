"""`tensorboard [RUN]`: starts TensorBoard on a run, once for all, and says how to see it."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

from console.backend import boards
from console.cli.boarding import Boarding
from console.cli.exits import DONE, FAILED, Failure
from console.cli.options import add_json, add_run, find_run, local_only
from console.cli.output import clean, print_json

if TYPE_CHECKING:
    from pathlib import Path

    from console.screens.session import Board

LOOK_SECONDS = 0.25


def arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    parser.add_argument("--stop", action="store_true", help="end the run's TensorBoard")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    item = find_run(options.run)
    local_only(item)
    boarding = Boarding(item.dir)
    try:
        if options.stop:
            print(boarding.end())
            return DONE
        board = boarding.begin()
        stays = boards.find(item.dir)
        is_ours = stays is not None and stays.is_for_users
        if options.json:
            facts = {"run": item.id, "url": board.url, "tunnel": board.tunnel or None}
            print_json(facts, lines=True)
        else:
            print("\n".join(_sentences(item.id, board, is_ours)), flush=True)
        if is_ours:
            _stay(item.dir)
    except (boards.BoardFailed, OSError) as error:
        raise Failure(FAILED, clean(str(error))) from None
    finally:
        boarding.leave()
    return DONE


def _sentences(run: str, board: Board, is_ours: bool) -> list[str]:
    said = [board.url, *map(clean, board.notes)]
    if board.tunnel:
        said.append(f"on your own machine, before you open it there: {clean(board.tunnel)}")
    elif board.opened:
        said.append("a browser was opened")
    if is_ours:
        return [*said, "the run has ended: TensorBoard ends with this command (Ctrl+C)"]
    return [*said, f"it ends with the run, or by: gladius-console tensorboard --stop {run}"]


def _stay(directory: Path) -> None:
    """Holds the TensorBoard of an ended run, until it is ended by somebody else."""
    while boards.find(directory) is not None:
        time.sleep(LOOK_SECONDS)
