#!/usr/bin/env python3
"""Measures how long a report takes to open in Chromium, and to answer a key in the search of its findings.

Speaks the DevTools protocol over two pipes: nothing to install, no socket.

    benches/browser.py case/report.html --runs 5
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
# What is typed, a key at a time, and taken back.
WORD = "admin"
# Seconds in which the browser lays out the section that came into view.
SETTLE = 0.5

# Tells when the table of findings that a key asks for has been painted, in ms since the key.
WATCH = """
(() => {
  const table = document.querySelector('#t-findings');
  const search = document.querySelector('#findings input[type=search]');
  search.addEventListener('input', (event) => {
    const start = event.timeStamp;
    const seen = new MutationObserver(() => {
      seen.disconnect();
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => { window.painted.push(performance.now() - start); };
        channel.port2.postMessage(0);
      });
    });
    seen.observe(table, { childList: true });
  }, true);
  window.painted = [];
  search.focus();
})()
"""

# Milliseconds since the address was opened.
TIMES = """
(() => {
  const [navigation] = performance.getEntriesByType('navigation');
  const [paint] = performance.getEntriesByName('first-contentful-paint');
  return [paint ? paint.startTime : null, navigation.domInteractive, navigation.loadEventEnd];
})()
"""


class Browser:
    """Is a browser with one page."""

    def __init__(self, program):
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        command = ["sh", "-c", 'exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1', program]
        command += ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
        command += ["--disable-background-networking", "--disable-component-update"]
        command += ["--disable-sync", "--disable-extensions", "--disable-dev-shm-usage"]
        command += ["--host-resolver-rules=MAP * ~NOTFOUND", "--remote-debugging-pipe"]
        command += ["--window-size=1400,1000", "--user-data-dir=" + self.profile.name]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.session, self.next, self.rest, self.events = None, 0, b"", []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = attached["sessionId"]
        self.call("Page.enable")

    def receive(self):
        while b"\0" not in self.rest:
            more = os.read(self.process.stdout.fileno(), 1 << 20)
            if not more:
                raise SystemExit("the browser ended")
            self.rest += more
        message, _, self.rest = self.rest.partition(b"\0")
        return json.loads(message)

    def call(self, method, **params):
        self.next += 1
        message = {"id": self.next, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        self.process.stdin.write(json.dumps(message).encode() + b"\0")
        self.process.stdin.flush()
        while True:
            answer = self.receive()
            if answer.get("id") == self.next:
                if "error" in answer:
                    raise SystemExit(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def eval(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise SystemExit(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def open(self, file):
        self.events.clear()
        start = time.monotonic()
        self.call("Page.navigate", url="file://" + os.path.realpath(file))
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.receive())
        return (time.monotonic() - start) * 1000

    def key(self, text):
        code = 8 if text == "Backspace" else ord(text.upper())
        name = {"key": text, "windowsVirtualKeyCode": code}
        typed = {} if text == "Backspace" else {"text": text}
        self.call("Input.dispatchKeyEvent", type="keyDown", **name, **typed)
        self.call("Input.dispatchKeyEvent", type="keyUp", **name)

    def close(self):
        self.process.kill()
        self.process.wait()


def measure(program, file, wait):
    """Opens the report in a new browser, waits some seconds, and types a word and takes it back."""
    browser = Browser(program)
    figures = {"load event, from outside": browser.open(file)}
    times = browser.eval(TIMES)
    figures["first paint"], figures["DOM interactive"], figures["load event"] = times
    # The page answers again when what load began is done.
    start = time.monotonic()
    browser.eval("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    figures["next frame after load"] = (time.monotonic() - start) * 1000
    time.sleep(wait)
    # A reader types where he sees what it does.
    browser.eval(WATCH)
    time.sleep(SETTLE)
    keys = [*WORD, *["Backspace"] * len(WORD)]
    for at, key in enumerate(keys):
        browser.key(key)
        for _ in range(500):
            if browser.eval("window.painted.length") > at:
                break
            time.sleep(0.02)
        else:
            raise SystemExit(f"key {key} changed nothing")
    painted = browser.eval("window.painted")
    figures["first key"] = painted[0]
    figures["slowest later key"] = max(painted[1:])
    figures["median key"] = statistics.median(painted)
    figures["rows found"] = browser.eval("document.querySelector('#findings .shown').textContent") or "all"
    browser.close()
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("report")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--wait", type=float, default=2, help="seconds between opening and the first key")
    arguments = parser.parse_args()
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        sys.exit("no Chromium on this machine")
    runs = [measure(program, arguments.report, arguments.wait) for _ in range(arguments.runs)]
    print(f"{'ms':26} {'best':>8} {'median':>8} {'worst':>8}")
    for name, value in runs[0].items():
        if isinstance(value, (int, float)):
            values = [run[name] for run in runs if run[name] is not None]
            print(f"{name:26} {min(values):8.0f} {statistics.median(values):8.0f} {max(values):8.0f}")


if __name__ == "__main__":
    main()
