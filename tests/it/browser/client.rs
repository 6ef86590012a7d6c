//! A small client of the `DevTools` protocol: JSON over two pipes, no socket.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// So long the browser may take for one answer before it counts as stuck.
const PATIENCE: Duration = Duration::from_mins(5);
/// Names of the program.
const NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Returns the browser's program, `None` where the machine has none.
pub(super) fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let all = std::env::split_paths(&path).flat_map(|dir| NAMES.iter().map(move |n| dir.join(n)));
    all.into_iter().find(|file| file.is_file())
}

/// A running browser with one page.
pub(super) struct Browser {
    process: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    /// What the page did, in order, since it was last asked for.
    events: VecDeque<Value>,
    session: Option<String>,
    next: u64,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts the browser; downloads go to a folder.
    pub(super) fn start(program: &Path, downloads: &Path) -> Self {
        let profile = tempfile::tempdir().unwrap();
        // The browser wants its pipes as descriptors 3 and 4, which a shell can give it.
        let mut process = Command::new("sh")
            .arg("-c")
            .arg(r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#)
            .arg(program)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update"])
            .args(["--disable-sync", "--disable-extensions", "--disable-dev-shm-usage"])
            .args(["--host-resolver-rules=MAP * ~NOTFOUND", "--remote-debugging-pipe"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the browser starts");
        let input = process.stdin.take().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            let mut message = Vec::new();
            while output.read_until(0, &mut message).is_ok_and(|n| n > 0) {
                message.pop();
                let Ok(value) = serde_json::from_slice(&message) else { break };
                if sender.send(value).is_err() {
                    break;
                }
                message.clear();
            }
        });
        let events = VecDeque::new();
        let mut browser =
            Self { process, input, messages, events, session: None, next: 0, _profile: profile };
        browser.open_page(downloads);
        browser
    }

    fn open_page(&mut self, downloads: &Path) {
        let target = self.call("Target.createTarget", &json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = self.call("Target.attachToTarget", &attach);
        let folder = json!({"behavior": "allow", "downloadPath": downloads, "eventsEnabled": true});
        self.call("Browser.setDownloadBehavior", &folder);
        self.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.call(&format!("{domain}.enable"), &json!({}));
        }
    }

    /// Asks the browser for something and returns its answer.
    pub(super) fn call(&mut self, method: &str, params: &Value) -> Value {
        self.ask(method, params).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Asks the browser for something and returns its answer, or the error that it answers with.
    fn ask(&mut self, method: &str, params: &Value) -> Result<Value, Value> {
        self.next += 1;
        let mut message = json!({"id": self.next, "method": method, "params": params});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.input.write_all(&bytes).expect("the browser listens");
        loop {
            let answer = self.receive(PATIENCE).unwrap_or_else(|| panic!("{method}: no answer"));
            if answer["id"] == self.next {
                let is_error = !answer["error"].is_null();
                return if is_error { Err(answer) } else { Ok(answer["result"].clone()) };
            }
            self.events.push_back(answer);
        }
    }

    fn receive(&self, patience: Duration) -> Option<Value> {
        match self.messages.recv_timeout(patience) {
            Ok(message) => Some(message),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => panic!("the browser ended"),
        }
    }

    /// Opens a file and waits until it is loaded.
    pub(super) fn open(&mut self, file: &Path, anchor: &str) {
        let file = file.canonicalize().unwrap();
        // Names of pages hold `~` and `@`, which an address takes as they are.
        let url = format!("file://{}{anchor}", file.display());
        let gone = self.call("Page.navigate", &json!({"url": url}));
        assert!(gone["errorText"].is_null(), "{gone}");
        self.wait_for("document.readyState === 'complete'");
    }

    /// Returns the value of an expression of the page.
    pub(super) fn eval(&mut self, expression: &str) -> Value {
        let params = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.call("Runtime.evaluate", &params);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Waits until an expression of the page is true, of the page that comes next where this one goes.
    pub(super) fn wait_for(&mut self, expression: &str) {
        let params = json!({"expression": expression, "returnByValue": true});
        for _ in 0..600 {
            let answer = self.ask("Runtime.evaluate", &params);
            if answer.is_ok_and(|answer| answer["result"]["value"] == true) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("never true: {expression}");
    }

    /// Clicks into the middle of the element that an expression returns, of its first line.
    pub(super) fn click(&mut self, element: &str) {
        // What comes into view is laid out only then, and moves what is below it.
        let place = self.eval(&format!(
            "(async () => {{ for (let time = 0; time < 3; time += 1) {{ \
             ({element}).scrollIntoView({{block: 'center'}}); \
             await new Promise((done) => requestAnimationFrame(() => setTimeout(done))); }} \
             const {{x, y, width, height}} = ({element}).getClientRects()[0]; \
             return [x + width / 2, y + height / 2]; }})()"
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let params = json!({"type": kind, "x": place[0], "y": place[1], "button": "left",
                "buttons": 1, "clickCount": 1});
            self.call("Input.dispatchMouseEvent", &params);
        }
    }

    /// Clicks into a field and types.
    pub(super) fn fill(&mut self, element: &str, text: &str) {
        self.click(element);
        self.call("Input.insertText", &json!({"text": text}));
    }

    /// Presses a key in what has the focus.
    pub(super) fn press(&mut self, key: &str) {
        for kind in ["rawKeyDown", "keyUp"] {
            let code = match key {
                "Enter" => 13,
                "Backspace" => 8,
                _ => 9,
            };
            let params = json!({"type": kind, "key": key, "code": key,
                "windowsVirtualKeyCode": code});
            self.call("Input.dispatchKeyEvent", &params);
        }
    }

    /// Returns what went wrong or went out since it was last asked for: errors of scripts and of
    /// the policy, messages, requests for anything but files and what stands in the page itself.
    pub(super) fn complaints(&mut self) -> Vec<String> {
        // What an answer has set off comes after it.
        std::thread::sleep(Duration::from_millis(100));
        self.eval("1");
        let complaint = |event: Value| {
            let params = &event["params"];
            match event["method"].as_str()? {
                "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" | "Log.entryAdded" => {
                    Some(event.to_string())
                }
                "Network.requestWillBeSent" => {
                    let url = params["request"]["url"].as_str()?;
                    let is_local = ["file:///", "blob:", "data:"];
                    let is_local = is_local.iter().any(|start| url.starts_with(start));
                    (!is_local).then(|| format!("a request to {url}"))
                }
                "Page.javascriptDialogOpening" => Some(format!("a dialog: {params}")),
                _ => None,
            }
        };
        self.events.drain(..).filter_map(complaint).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It also ends by itself, when its pipe does.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
