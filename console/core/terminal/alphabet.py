"""The characters and sequences of foreign text: what is plain, what is a token, what never passes.

`UNSAFE` is the body of a character class: C0 but newline, DEL, C1, the bidirectional and
zero-width controls and byte order marks that can make a row read differently from its bytes.
"""

from __future__ import annotations

import codecs
import re

from console.core.terminal.sgr import CANONICAL

SEQUENCE_LIMIT = 4096  # characters after which an unfinished sequence is given up

UNSAFE = (
    r"\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\ufeff\ufff9-\ufffb"
)

# A stretch that is already what the cleaner would write: text, and colours closed in their line.
# Adjacent coloured runs are left to the window, which joins them when their colour is the same.
CLEAN = re.compile(rf"(?:[^{UNSAFE}]++|\x1b\[{CANONICAL}m[^{UNSAFE}\n]++\x1b\[0m(?!\x1b))*+")

TABBED = re.compile(r"[ -~\t\n]*+")  # text in which only the tabs are to be resolved

_BODY = SEQUENCE_LIMIT - 2

# ECMA-48 sequences. A string also ends at a newline: text that follows an unclosed one is kept.
TOKEN = re.compile(
    rf"(?P<text>[^{UNSAFE}\n]+)"
    r"|(?P<newline>\r*\n)"
    r"|(?P<back>\r+|\x08+)"
    rf"|(?P<csi>(?:\x1b\[|\x9b)(?P<parameters>[ -?]{{0,{_BODY}}}+)(?P<final>[@-~]?))"
    rf"|(?P<string>(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x18\x1a\x1b\x9c\n]{{0,{_BODY}}}+"
    r"(?P<end>\x07|\x18|\x1a|\x1b\\|\x9c)?)"
    r"|(?P<escape>\x1b[ -/]{0,16}+(?P<letter>[0-~]?))"
    r"|(?P<control>.)",
    re.DOTALL,
)

# Language tags (invisible copies of ASCII) lie outside the plane that `UNSAFE` covers.
_TAGS = re.compile("[\U000e0000-\U000e007f]+")

_ERRORS = "gladius-c1"


def _replace(error: UnicodeError) -> tuple[str, int]:
    """U+FFFD for a broken sequence; a lone byte 0x80–0x9f is the C1 control it stands for."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    broken = error.object[error.start : error.end]
    is_c1 = len(broken) == 1 and 0x80 <= broken[0] <= 0x9F
    return chr(broken[0]) if is_c1 else "\ufffd", error.end


codecs.register_error(_ERRORS, _replace)


def decode(data: bytes, final: bool = False) -> tuple[str, int]:
    """UTF-8 text of `data`, and bytes used: an incomplete last character is left."""
    text, used = codecs.utf_8_decode(data, _ERRORS, final)
    return _TAGS.sub("", text) if b"\xf3" in data else text, used


def is_unfinished(token: re.Match[str]) -> bool:
    """Whether more bytes could change what this token, the last of its text, means."""
    kind = token.lastgroup or ""
    if kind == "back":
        return token.group().startswith("\r")
    return kind in _LAST and not token[_LAST[kind]]


_LAST = {"csi": "final", "string": "end", "escape": "letter"}
