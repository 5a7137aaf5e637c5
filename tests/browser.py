"""Drive a real JupyterLab, Notebook or Voilà in a real Chromium, for the tests of the widgets and the benchmark."""

import base64
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from jupyter_client import BlockingKernelClient
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, TimeoutError, sync_playwright

HOW_TO_GET_ONE = (
    "There is no Chromium here: install it (apt install chromium), or .venv/bin/playwright install chromium."
)
# Nothing of this asks the network for anything; as root, as in a container, Chromium needs --no-sandbox.
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

# What IPython keeps of the last exception that no cell caught.
STOPPED = "''.join(traceback.format_exception(sys.last_value)) if hasattr(sys, 'last_value') else ''"


@dataclass
class Server:
    """A running server: its ``url``, the ``folder`` it serves, and the one where its kernels say how to reach them.

    It answers nobody without its ``token``: any other user of the machine could have a kernel run what they like.
    ``shared_kernel`` is the one that ``attach_to_shared_kernel`` has started last.
    """

    url: str
    token: str
    folder: Path
    runtime: Path
    shared_kernel: str | None = None

    def address(self, path: str = "") -> str:
        """Return what a browser is to open."""
        return f"{self.url}/{path}?token={self.token}"


@dataclass
class Tab:
    """A page of the browser, and what went wrong in it, as its console says."""

    page: Page
    errors: list[str] = field(default_factory=list)


def find_chromium() -> str | None:
    """Return the program to run, or None where there is none: the system's own first, then Playwright's."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if shutil.which(name):
            return shutil.which(name)
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


@contextmanager
def launched() -> Iterator[Browser]:
    """Yield a fresh browser."""
    program = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def new_tab(browser: Browser, **options: object) -> Iterator[Tab]:
    """Yield an empty tab, which knows nothing of the browser's other ones; ``options`` are those of its context."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
    context.set_default_navigation_timeout(120_000)  # milliseconds; a busy machine takes its time
    tab = Tab(context.new_page())
    tab.page.on("console", lambda message: message.type == "error" and tab.errors.append(_with_place(message)))
    tab.page.on("pageerror", lambda error: tab.errors.append(str(error)))
    yield tab
    context.close()


@contextmanager
def chromium() -> Iterator[Tab]:
    """Yield an empty tab of a fresh browser."""
    with launched() as browser, new_tab(browser) as tab:
        yield tab


def _with_place(message: ConsoleMessage) -> str:
    return f"{message.location['url']}: {message.text}"


@contextmanager
def jupyter(folder: Path, *command: str, python: str = sys.executable) -> Iterator[Server]:
    """Serve ``folder`` with ``python -m command…`` on a free port of this machine, and stop it in the end."""
    with socket.socket() as free, tempfile.TemporaryDirectory() as scratch:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        arguments = [f"--port={port}", "--no-browser"]
        if command[0] == "voila":
            arguments += [f"--Voila.connection_dir_root={scratch}"]
        else:
            arguments += ["--ServerApp.ip=127.0.0.1", "--ServerApp.allow_root=True"]
        token = secrets.token_hex()
        Path(scratch, "config").mkdir()
        for name in ("jupyter_server_config", "voila"):  # not among the arguments, which every user can read
            settings = {"IdentityProvider": {"token": token}, "Voila": {"token": token}}
            Path(scratch, "config", f"{name}.json").write_text(json.dumps(settings))
        environment = os.environ | {
            "JUPYTER_RUNTIME_DIR": scratch,
            "JUPYTER_CONFIG_DIR": f"{scratch}/config",
            "JUPYTERLAB_SETTINGS_DIR": f"{scratch}/settings",
            "JUPYTERLAB_WORKSPACES_DIR": f"{scratch}/workspaces",
            "IPYTHONDIR": f"{scratch}/ipython",
        }
        with open(f"{scratch}/log", "w+") as log:
            process = subprocess.Popen(
                [python, "-m", *command, *arguments], cwd=folder, env=environment, stdout=log, stderr=log
            )
            try:
                _wait_for(port, process, log.name)
                yield Server(f"http://127.0.0.1:{port}", token, Path(folder), Path(scratch))
            finally:
                process.terminate()
                try:
                    process.wait(60)
                except subprocess.TimeoutExpired:  # at its very end it can wait for a thread that never stops
                    process.kill()
                    process.wait()


def _wait_for(port: int, process: subprocess.Popen, log: str) -> None:
    """Return as soon as the server answers; raise with what it wrote when it does not."""
    for _ in range(120):
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError(f"The server did not start:\n{Path(log).read_text()}")


class Kernel:
    """The kernel that was started last on a server, or the one named, for questions from beside the page.

    Waits until the cells that were to run have run. Raises ``RuntimeError`` with what a cell says that has stopped, of
    which the page may show nothing, since JupyterLab draws only the cells in sight.
    """

    def __init__(self, server: Server, kernel_id: str = "*") -> None:
        self.client = BlockingKernelClient()
        files = server.runtime.rglob(f"kernel-{kernel_id}.json")
        self.client.load_connection_file(str(max(files, key=os.path.getmtime)))
        self.client.start_channels()
        said = self.value(STOPPED, 600)
        if said:
            raise RuntimeError(f"A cell stopped:\n{said}")

    def value(self, expression: str, seconds: float = 60) -> object:
        """Return the value of an expression, by way of JSON."""
        printed = []
        reply = self.client.execute_interactive(
            f"import json, sys, traceback; print(json.dumps({expression}))",
            store_history=False,
            timeout=seconds,
            output_hook=lambda message: printed.append(message["content"].get("text", "")),
        )
        if reply["content"]["status"] != "ok":
            raise RuntimeError(f"{expression}: {reply['content'].get('evalue')}")
        return json.loads("".join(printed))


def kernels(server: Server) -> list[dict]:
    """Return what a server says of each of its kernels.

    While one is starting, the server may answer with the error 500, since it looks for a date that the kernel has not
    got yet. It is asked again, for ten seconds at most.
    """
    deadline = time.monotonic() + 10
    while True:
        try:
            return _ask(server, "kernels")
        except HTTPError as error:
            if error.code != 500 or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def stop_kernels(server: Server) -> None:
    """Stop all kernels of a server, so that the next one is the newest, and has the memory for itself."""
    with suppress(HTTPError):  # while one is still starting, the server may refuse
        for kernel in kernels(server):
            _ask(server, f"kernels/{kernel['id']}", "DELETE")


def attach_to_shared_kernel(server: Server, path: str) -> None:
    """Give a notebook that is to be opened a kernel that others have too; start it where it does not run."""
    if server.shared_kernel not in [kernel["id"] for kernel in kernels(server)]:
        server.shared_kernel = _ask(server, "kernels", "POST", {})["id"]
    session = {"path": path, "name": path, "type": "notebook", "kernel": {"id": server.shared_kernel}}
    _ask(server, "sessions", "POST", session)


def _ask(server: Server, what: str, method: str = "GET", content: dict | None = None) -> object:
    """Ask the server's interface for something, and return what it answers, if anything."""
    request = Request(f"{server.url}/api/{what}", headers={"Authorization": f"token {server.token}"}, method=method)
    request.data = None if content is None else json.dumps(content).encode()
    with urlopen(request) as reply:
        return json.loads(reply.read() or "null")


def open_notebook(tab: Tab, server: Server, path: str) -> None:
    """Open a notebook in JupyterLab, or, if the path says so, in what else the server has; wait for its kernel.

    In JupyterLab it gets a workspace of its own: the usual one would open again what was open before.
    """
    tab.page.goto(server.address(path if "/" in path else f"lab/workspaces/{Path(path).stem}/tree/{path}"))
    tab.page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60_000)
    tab.page.wait_for_selector("[data-status=idle]", timeout=60_000)
    # Of cells that are run before the kernel has started, all but the first can be forgotten.
    deadline = time.monotonic() + 120
    while not any(kernel["execution_state"] == "idle" and kernel["connections"] for kernel in kernels(server)):
        if time.monotonic() > deadline:
            raise RuntimeError(f"The kernel did not start: {kernels(server)}")
        time.sleep(0.1)


def run_all_cells(tab: Tab) -> None:
    """Choose Run All Cells from the menu, and wait until no cell in sight is running or waiting.

    None of them may have been run before.
    """
    for _ in range(3):  # while JupyterLab is still starting, the entry may be disabled, or the click get lost
        tab.page.click(":is(.lm-MenuBar-itemLabel, .p-MenuBar-itemLabel):text-is('Run')")
        try:
            # The whole label, for "Restart Kernel and Run All Cells…" would ask first.
            tab.page.click(
                ":is(.lm-Menu-item:not(.lm-mod-disabled), .p-Menu-item:not(.p-mod-disabled))"
                " > :is(.lm-Menu-itemLabel, .p-Menu-itemLabel):text-is('Run All Cells')",
                timeout=5_000,
            )
            _wait_for_prompts(tab, "some", "[*\\d]", 15)
        except TimeoutError:
            tab.page.keyboard.press("Escape")
            continue
        _wait_for_prompts(tab, "every", "^[^*]*$", 600)
        with suppress(TimeoutError):  # where the kernel was not there yet, cells stop waiting without having run
            _wait_for_prompts(tab, "some", "\\d", 5)
            return
    raise RuntimeError("Run All Cells was chosen three times, and no cell ran.")


def _wait_for_prompts(tab: Tab, how_many: str, pattern: str, seconds: float) -> None:
    """Wait until some, or every, prompt in front of a cell is as a pattern says."""
    tab.page.wait_for_function(
        """([howMany, pattern]) => {
            const prompts = [...document.querySelectorAll(".jp-InputPrompt")];
            return prompts[howMany]((prompt) => prompt.textContent.match(pattern));
        }""",
        arg=[how_many, pattern],
        timeout=1000 * seconds,
    )


def pixels(canvas: Locator) -> list[int]:
    """Return what a canvas shows: H·W·3 values from 0 to 255."""
    encoded = canvas.evaluate(
        """(canvas) => {
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            let text = "";
            data.forEach((value, i) => (text += i % 4 === 3 ? "" : String.fromCharCode(value)));
            return btoa(text);
        }"""
    )
    return list(base64.b64decode(encoded))
