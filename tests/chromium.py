"""A headless Chromium spoken to over its debugging pipe: no driver package, no port, no network."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

PROGRAM = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chrome")
_SWITCHES = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
]


class Chromium:
    """One browser with one tab, which remembers every request, console line and page error.

    Use as a context manager; `folder` receives its profile.
    """

    def __init__(self, folder: Path, *, width: int = 1400, height: int = 900) -> None:
        self.folder = folder
        self.size = (width, height)
        self.requests: list[str] = []
        self.complaints: list[str] = []

    def __enter__(self):
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        command = [PROGRAM, *_SWITCHES, f"--user-data-dir={self.folder}", "about:blank"]
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', "bash", *command],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self.out, self.inward = os.fdopen(ours_out, "wb"), os.fdopen(ours_in, "rb")
        self.counter, self.session, self.pending = 0, None, b""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        attached = self.send("Target.attachToTarget", targetId=target, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(f"{domain}.enable")
        self.resize(*self.size)
        return self

    def __exit__(self, *_):
        self.out.close()
        self.process.terminate()
        self.process.wait(timeout=20)
        self.inward.close()

    def send(self, method, **params):
        self.counter += 1
        message = {"id": self.counter, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        self.out.write(json.dumps(message).encode() + b"\0")
        self.out.flush()
        while True:
            answer = self._read()
            if answer.get("id") == self.counter:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def _read(self):
        while b"\0" not in self.pending:
            piece = self.inward.read1(1 << 20)
            if not piece:
                raise RuntimeError("Chromium ended")
            self.pending += piece
        raw, _, self.pending = self.pending.partition(b"\0")
        message = json.loads(raw)
        self._remember(message.get("method"), message.get("params", {}))
        return message

    def _remember(self, method, params):
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(params["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] in {"error", "warning", "assert"}:
            self.complaints.append(json.dumps(params["args"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] in {"error", "warning"}:
            self.complaints.append(params["entry"]["text"])

    def resize(self, width, height):
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def open(self, url, *, wait="document.readyState === 'complete'"):
        """Open an address and return the seconds until `wait` holds."""
        started = time.perf_counter()
        self.send("Page.navigate", url=url)
        self.until(wait)
        return time.perf_counter() - started

    def run(self, script):
        """Return the JSON-able value of an expression; promises are awaited."""
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def until(self, condition, *, seconds=30.0):
        """Wait for an expression to become true."""
        deadline = time.perf_counter() + seconds
        while not self.run(f"Boolean({condition})"):
            if time.perf_counter() > deadline:
                raise TimeoutError(f"not true within {seconds:g} s: {condition}")
            time.sleep(0.02)

    def media(self, *, scheme="light", medium="screen"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.send("Emulation.setEmulatedMedia", media=medium, features=features)

    def screenshot(self, path):
        Path(path).write_bytes(base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"]))
