"""An editor without a person: it starts the server, sends what it is told, and waits for answers.

It speaks the protocol by hand, so that a mistake in the library that the server uses shows as well.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import psutil

CAPABILITIES = {
    "textDocument": {"completion": {"completionItem": {"snippetSupport": True}}},
    "general": {"positionEncodings": ["utf-16"]},
}


class ServerFailed(Exception):
    """The server answered with an error, or sent a message about one."""


class Editor:
    """A server in a process of its own. Use it as a context manager."""

    def __enter__(self) -> Editor:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "rnncli", "lsp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._clock = psutil.Process(self.process.pid)
        self._number = 0
        self.diagnostics: dict[str, list[dict[str, Any]]] = {}
        self.ask("initialize", capabilities=CAPABILITIES, processId=None, rootUri=None)
        self.tell("initialized")
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def seconds(self) -> float:
        """The processor time that the server has taken."""
        times = self._clock.cpu_times()
        return times.user + times.system

    def tell(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    def ask(self, method: str, **params: Any) -> Any:
        """The answer; what comes before it is taken in.

        Raises:
            ServerFailed: it is an error.
        """
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == self._number and "method" not in message:
                if "error" in message:
                    raise ServerFailed(f"{method}: {message['error']['message']}")
                return message["result"]
            self._take(message)

    def _take(self, message: dict[str, Any]) -> None:
        params = message.get("params")
        if message.get("method") == "textDocument/publishDiagnostics":
            self.diagnostics[params["uri"]] = params["diagnostics"]
        elif message.get("method", "").startswith("window/") and params.get("type") == 1:
            raise ServerFailed(params["message"])

    def _send(self, message: dict[str, Any]) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(f"Content-Length: {len(data)}\r\n\r\n".encode() + data)
        self.process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        length = 0
        while (line := self.process.stdout.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        if not length:
            raise ServerFailed("the server has ended")
        message: dict[str, Any] = json.loads(self.process.stdout.read(length))
        return message
