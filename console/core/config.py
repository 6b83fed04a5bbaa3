"""The configuration of a run: YAML text in, typed settings with places out.

This is the door; behind it `config_schema` says which settings there are (add one there),
`config_kind` which kinds of values, `config_yaml` and `config_scalar` read YAML, `config_load`
checks, `config_resolve` makes the command and the job key, `config_diff` compares, `config_view`
fills the panel. Nothing here touches a file.
"""

from console.core.config_diff import Change, diff
from console.core.config_load import Config, load, override
from console.core.config_problem import ConfigError, Problem
from console.core.config_resolve import command_line, job_key, resolved_text
from console.core.config_view import configuration_state, panel

__all__ = [
    "Change",
    "Config",
    "ConfigError",
    "Problem",
    "command_line",
    "configuration_state",
    "diff",
    "job_key",
    "load",
    "override",
    "panel",
    "resolved_text",
]
