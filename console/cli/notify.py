"""`notify --test [RUN]`: sends a test notice by every way a person is told by, and says for each
whether it went, or what to do."""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from console.backend import runs, settingsfile
from console.backend.notifier import ways
from console.cli.exits import DONE, FAILED, USAGE, Failure
from console.cli.options import add_json, find_run
from console.cli.output import clean, print_json
from console.core.config_notify import FROM_ENVIRONMENT, Way, described
from console.core.notify import INFO, Notice
from console.core.notify_line import Parcel
from console.core.notify_terminal import means
from console.core.settings import Settings

if TYPE_CHECKING:
    from console.core.notify_line import Answer
    from console.core.notify_terminal import Means

EXAMPLE = "notify: {phone: {ntfy: https://ntfy.sh/my-topic}}"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", nargs="?", metavar="RUN", help="whose ways (left out: the newest)")
    parser.add_argument("--test", action="store_true", help="send a test notice by each way")
    parser.add_argument(
        "--config", metavar="FILE", help="the ways of a configuration file instead of a run's"
    )
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    if options.run and options.config:
        raise Failure(USAGE, "give a run or --config FILE, not both")
    found, name, folder = _ways(options)
    by = means(_settings().notices, os.environ)
    if not options.test:
        _list(found, by, name, as_json=options.json)
        return DONE
    parcel = Parcel(_notice(name), 0)
    answers = _sent(found, parcel, folder)
    if options.json:
        said = [
            {"way": way.name, "by": described(way), "ok": answer.ok, "detail": answer.detail}
            for way, answer in zip(found, answers, strict=True)
        ]
        print_json({"run": name, "ways": said})
    else:
        for way, answer in zip(found, answers, strict=True):
            print("\n".join(_lines(way, answer)))
        _tell_terminal(by, parcel)
        if not found:
            print(f"no ways are configured{f' for {clean(name)}' if name else ''}: {EXAMPLE}")
    return DONE if all(answer.ok for answer in answers) else FAILED


def _ways(options: argparse.Namespace) -> tuple[tuple[Way, ...], str, str]:
    """The ways, whose they are, and the folder commands are run in."""
    if options.config:
        from console.cli import configfile

        found = configfile.read(configfile.find(options.config), [])
        return found.config.notify.ways, Path(found.path).name, os.getcwd()
    if not options.run and not runs.records():
        return (), "", os.getcwd()
    item = find_run(options.run)
    return ways(item.dir), item.name, os.getcwd()


def _settings() -> Settings:
    try:
        return settingsfile.read(settingsfile.path_of())[0]
    except settingsfile.Unreadable:
        return Settings()


def _notice(name: str) -> Notice:
    now = time.time()
    return Notice(
        id=f"test/{now:.3f}", number=0, event="test", severity=INFO, run="", t=now,
        name=clean(name) or "gladius-console", text="a test: notices reach you this way",
    )  # fmt: skip


def _sent(found: tuple[Way, ...], parcel: Parcel, folder: str) -> list[Answer]:
    """All at once: none waits for one that hangs."""
    from console.backend.post import send

    if not found:
        return []
    with ThreadPoolExecutor(len(found)) as pool:
        return list(pool.map(lambda way: send(way, parcel, folder), found))


def _lines(way: Way, answer: Answer) -> list[str]:
    head = f"{'ok' if answer.ok else 'to do':<5}  {way.name:<12} {clean(described(way))}"
    if answer.ok:
        return [head]
    lines = [head, f"{'':<20}{clean(answer.detail)}"]
    if FROM_ENVIRONMENT in (way.target[:4], way.token[:4]):
        lines.append(f"{'':<20}a run takes the variable from where it was started")
    return lines


def _tell_terminal(by: Means, parcel: Parcel) -> None:
    """On the terminal of this command, as an attached screen would."""
    if not sys.stdout.isatty():
        return
    forms = [word for word in ("bell", "osc9", "osc777") if getattr(by, word)]
    notice = parcel.notice
    sys.stdout.write(by.sequence(notice.title, notice.text))
    sys.stdout.flush()
    more = "; in tmux: set -g allow-passthrough on" if by.passthrough else ""
    print(f"sent   terminal     {', '.join(forms) or 'nothing is on'}{more}")
    print(f"{'':<20}nothing seen? settings: notices {{bell, osc9, osc777, tmux: true or false}}")


def _list(found: tuple[Way, ...], by: Means, name: str, *, as_json: bool) -> None:
    if as_json:
        said = [
            {"way": way.name, "by": described(way), "on": list(way.on), "at_most": way.per_minute}
            for way in found
        ]
        print_json({"run": name, "ways": said})
        return
    for way in found:
        told = f"on {', '.join(way.on) or 'nothing'}, at most {way.per_minute} a minute"
        print(f"{way.name:<12} {clean(described(way))}: {told}")
    if not found:
        print(f"no ways are configured: {EXAMPLE}")
    forms = [word for word in ("bell", "osc9", "osc777", "tmux") if getattr(by, word)]
    print(f"{'terminal':<12} {', '.join(forms) or 'off'}, of attached screens")
    print("gladius-console notify --test sends one by each")
