"""Finds the verb, parses its arguments, runs it, and turns failures into messages and codes."""

from __future__ import annotations

import argparse
import difflib
import importlib
import os
import sys
from typing import Any, NoReturn

from console import __version__
from console.cli import exits
from console.cli.verbs import BY_NAME, VERBS, Verb

PROGRAM = "gladius-console"


def run(argv: list[str]) -> int:
    """The exit code of one call."""
    if sys.platform not in ("linux", "darwin"):
        print(f"{PROGRAM} runs on Linux and macOS; this is {sys.platform}", file=sys.stderr)
        return exits.FAILED
    try:
        return _dispatch(argv)
    except exits.Failure as failure:
        print(f"{PROGRAM}: {failure.message}", file=sys.stderr)
        return failure.code
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; nothing may be written to it at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.DONE
    except OSError as error:
        print(f"{PROGRAM}: {_clean(str(error))}", file=sys.stderr)
        return exits.FAILED


class Parser(argparse.ArgumentParser):
    """Repeats what was typed without its control sequences."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(exits.USAGE, f"{self.prog}: {_clean(message)}\n")


def _clean(text: str) -> str:
    from console.cli.output import clean

    return clean(text)


def _dispatch(argv: list[str]) -> int:
    if argv and argv[0] in BY_NAME:
        return _run_verb(BY_NAME[argv[0]], argv[1:])
    if argv == ["--json"]:
        return _run_verb(BY_NAME["runs"], argv)
    parser = _top_parser()
    if argv and not argv[0].startswith("-"):
        close = difflib.get_close_matches(argv[0], BY_NAME, 1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(BY_NAME)}"
        parser.error(f"there is no verb {argv[0]!r}; {hint}")
    options = parser.parse_args(argv)
    if options.verb is not None:
        parser.error(f"options come after the verb: {PROGRAM} {options.verb} …")
    code: int = _module("overview").run(options)
    return code


def _run_verb(verb: Verb, argv: list[str]) -> int:
    module = _module(verb.module)
    parser = Parser(
        prog=f"{PROGRAM} {verb.name}",
        description=f"{verb.help[0].upper()}{verb.help[1:]}.",
        epilog=f"example: {PROGRAM} {verb.example}",
        allow_abbrev=False,
    )
    parser.set_defaults(verb=verb.name, argv=tuple(argv))
    module.arguments(parser)
    options = parser.parse_args(argv)
    code: int = module.run(options)
    sys.stdout.flush()
    return code


def _module(name: str) -> Any:
    return importlib.import_module(f"console.cli.{name}")


def _top_parser() -> argparse.ArgumentParser:
    lines = "\n".join(f"  {verb.name:<11} {verb.help}" for verb in VERBS)
    parser = Parser(
        prog=PROGRAM,
        usage=f"{PROGRAM} [VERB] [OPTIONS]",
        description="Watch, steer and record training runs. Without a verb: all runs on a screen.",
        epilog=f"verbs:\n{lines}\n\nexample: {PROGRAM} train --config qwen_moe.yaml",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    parser.add_argument("verb", metavar="VERB", nargs="?", help="one of the verbs below")
    _module("overview").arguments(parser)
    return parser
