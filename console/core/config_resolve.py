"""What a configuration comes to: its canonical text, the identity of the job, the command."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import yaml

from console.core import config_formats as formats
from console.core import config_schema as schema
from console.core.config_placeholder import fill
from console.core.config_problem import ConfigError, Problem
from console.core.config_scalar import SCALARS
from console.core.config_yaml import MOST_BYTES

if TYPE_CHECKING:
    from console.core.config_load import Config


def resolved_text(config: Config) -> str:
    """The configuration as YAML that reads back the same, in the schema's order.

    It is written so that YAML 1.1 readers (PyYAML) see the same values. Raises ConfigError when
    expanded aliases make it larger than a configuration may be.
    """
    text = yaml.dump(
        _resolved(config),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=100,
    )
    if len(text.encode()) > MOST_BYTES:
        raise ConfigError([Problem(config.file, 1, 1, "with its aliases it is larger than 1 MiB")])
    return text


def job_key(config: Config, cwd: str) -> str:
    """SHA-256, in hex, of what makes two starts the same job: all settings but the name, and the
    working directory (its real path)."""
    resolved = _resolved(config)
    resolved["run"].pop("name", None)
    return hashlib.sha256(json.dumps([_canonical(resolved), cwd]).encode()).hexdigest()


def command_line(
    config: Config, *, python: str, config_path: str, run_dir: str, checkpoint: str | None
) -> list[str]:
    """The trainer's argument list, placeholders replaced.

    With a checkpoint `run.resume_args` follow; without one `{checkpoint}` is the empty text.
    """
    words = config.run.command + (config.run.resume_args if checkpoint else ())
    values = {
        "python": python,
        "config": config_path,
        "run_dir": run_dir,
        "checkpoint": checkpoint or "",
    }
    return [fill(word, values) for word in words]


def _resolved(config: Config) -> dict[str, Any]:
    """Everything that is set, in the schema's order."""
    tree: dict[str, Any] = {}
    for section, name, value in schema.settings(config.tree):
        tree.setdefault(section, {})[name] = value
    if config.formats:
        tree[formats.SECTION] = config.tree[formats.SECTION]
    if config.program is not None:
        tree[schema.FREE_SECTION] = config.program
    return tree


def _canonical(value: object) -> object:
    """The same for equal settings, however they are ordered."""
    if isinstance(value, Mapping):
        pairs = [[type(key).__name__, str(key), _canonical(item)] for key, item in value.items()]
        return {"mapping": sorted(pairs, key=lambda pair: str(pair[:2]))}
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    return value


class _Dumper(yaml.SafeDumper):
    """Quotes every text that YAML 1.1 or 1.2 would read as something else."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 (PyYAML's protocol)
        return True

    def represent_text(self, data: str) -> yaml.ScalarNode:
        """Escapes what is not printable; PyYAML would fold NEL and the like into spaces."""
        style = None if data.replace("\n", "").isprintable() else '"'
        return self.represent_scalar("tag:yaml.org,2002:str", data, style)


_Dumper.add_representer(str, _Dumper.represent_text)

for _tag, _pattern in SCALARS.items():
    _Dumper.add_implicit_resolver(_tag, _pattern, None)
