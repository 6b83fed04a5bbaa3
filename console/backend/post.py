"""One notice by one way: posted to an address, or given to a command. Slow; called in a thread.

What is answered never holds the address: it is a secret. Only the host of a redirect decides
whether it is followed, and of what comes back nothing is read but its status.
"""

from __future__ import annotations

import atexit
import http
import http.client
import os
import signal
import socket
import ssl
import subprocess
import urllib.error
import urllib.request
from contextlib import suppress
from email.message import Message
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

from console.core.config_notify import FROM_ENVIRONMENT, Way, address_problem
from console.core.notify_form import FORMS, environment, webhook
from console.core.notify_line import LIMIT_SECONDS, Answer

if TYPE_CHECKING:
    from console.core.notify_line import Parcel

MOST_REDIRECTS = 3
AGENT = "gladius-console"
_AGAIN = frozenset({408, 421, 425, 429})
"""Of the client's errors those that may be none the next time."""

_HINTS = {
    401: "is the token right?",
    403: "is the token right?",
    404: "is the address right?",
    405: "is it the address of a webhook?",
    410: "the address is no longer used",
    413: "too long for this receiver",
}


_running: set[subprocess.Popen[bytes]] = set()
"""Commands that have not ended; nobody else would end them when this process ends."""


class Elsewhere(Exception):
    """The receiver sends us to another host."""


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Posts again where the same host says so, and nowhere else: the words are not for others."""

    max_redirections = MOST_REDIRECTS

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str,
        headers: Message, newurl: str,
    ) -> urllib.request.Request | None:  # fmt: skip
        del fp, msg, headers
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        is_safe = new.scheme == old.scheme or (old.scheme, new.scheme) == ("http", "https")
        same_port = new.port == old.port or new.scheme != old.scheme
        if not is_safe or new.hostname != old.hostname or not same_port:
            raise Elsewhere
        if code == http.HTTPStatus.SEE_OTHER:
            return None
        return urllib.request.Request(newurl, req.data, dict(req.header_items()), method="POST")

    http_error_308 = urllib.request.HTTPRedirectHandler.http_error_302


def send(way: Way, parcel: Parcel, cwd: str | None = None, limit: float = LIMIT_SECONDS) -> Answer:
    """Sends, and says how that went. Raises nothing a receiver could cause."""
    if way.kind == "command":
        return _run(way, parcel, cwd, limit)
    target, token = _of_environment(way.target), _of_environment(way.token)
    for name, value in ((way.target, target), (way.token, token)):
        if value is None:
            variable = name.removeprefix(FROM_ENVIRONMENT)
            return Answer(False, f"the variable {variable} is not set where the run began", False)
    assert target is not None
    problem = address_problem(target, topic=way.kind == "ntfy")
    if problem:
        return Answer(False, f"expected {problem}", False)
    return _post(way.kind, target, token or "", parcel, limit)


def _of_environment(value: str) -> str | None:
    if not value.startswith(FROM_ENVIRONMENT):
        return value
    return os.environ.get(value.removeprefix(FROM_ENVIRONMENT)) or None


def _post(kind: str, target: str, token: str, parcel: Parcel, limit: float) -> Answer:
    parts = urlsplit(target)
    host, topic = parts.hostname or "", ""
    if kind == "ntfy":  # its JSON goes to the address above the topic
        above, _, topic = parts.path.rstrip("/").rpartition("/")
        target = parts._replace(path=f"{above}/", query="", fragment="").geturl()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": AGENT,
        "Idempotency-Key": parcel.notice.id,
        **({"Authorization": f"Bearer {token}"} if token else {}),
    }
    body = FORMS[kind](parcel, topic)
    request = urllib.request.Request(target, body, headers, method="POST")
    try:
        with urllib.request.build_opener(_SameHost).open(request, timeout=limit) as answer:
            return _judged(answer.status, None, host)
    except urllib.error.HTTPError as error:
        with error:
            return _judged(error.code, error.headers, host)
    except Elsewhere:
        said = f"{host} sends us to another host, which is not followed: give that address"
        return Answer(False, said, False)
    except urllib.error.URLError as error:
        return Answer(False, _unreached(error.reason, host, limit))
    except (OSError, ValueError, http.client.HTTPException) as error:
        return Answer(False, _unreached(error, host, limit))


def _judged(code: int, headers: Message | None, host: str) -> Answer:
    if 200 <= code < 300 or code == http.HTTPStatus.SEE_OTHER:
        return Answer(True)
    try:
        words = f" {http.HTTPStatus(code).phrase}"
    except ValueError:
        words = ""
    hint = f": {_HINTS[code]}" if code in _HINTS else ""
    wait = None
    with suppress(ValueError, TypeError):
        wait = float((headers["Retry-After"] if headers else None) or "none")
    again = code >= 500 or code in _AGAIN
    return Answer(False, f"{host} answers HTTP {code}{words}{hint}", again, wait)


def _unreached(reason: object, host: str, limit: float) -> str:
    if isinstance(reason, socket.gaierror):
        return f"the name {host} is not found"
    if isinstance(reason, TimeoutError):
        return f"{host} does not answer within {limit:.0f} s"
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"the certificate of {host} is not trusted here"
    if isinstance(reason, ConnectionRefusedError):
        return f"{host} takes no connections"
    if isinstance(reason, OSError) and reason.strerror and not reason.filename:
        return f"{host}: {reason.strerror}"
    return f"{host} does not answer as HTTP has it"


def _run(way: Way, parcel: Parcel, cwd: str | None, limit: float) -> Answer:
    """The words as they are, no shell; the notice as JSON on its standard input."""
    name = way.command[0].rpartition("/")[2]
    try:
        child = subprocess.Popen(
            way.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=cwd if cwd and os.path.isdir(cwd) else None,
            env={**os.environ, **environment(parcel)},
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it cannot be run"
        return Answer(False, f"{name}: {why}", False)
    _running.add(child)
    try:
        child.communicate(webhook(parcel, ""), timeout=limit)
    except subprocess.TimeoutExpired:
        return Answer(False, f"{name} did not end within {limit:.0f} s and was killed", False)
    finally:
        _end(child)
        _running.discard(child)
    if child.returncode == 0:
        return Answer(True)
    how = f"exit code {child.returncode}" if child.returncode > 0 else "a signal"
    return Answer(False, f"{name} ended with {how}", False)


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kills what is still there of it: its own session, so its children too."""
    if child.poll() is None:
        _kill(child)
        child.wait()
    if child.stdin is not None:
        with suppress(OSError):
            child.stdin.close()


def _kill(child: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


@atexit.register
def _end_all() -> None:
    for child in tuple(_running):
        if child.poll() is None:
            _kill(child)
