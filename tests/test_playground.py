"""The playground in a real browser, from a disk: what a reader can do there, by pointer and by keyboard."""

import re
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote, unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

import browser
import playground

pytestmark = pytest.mark.skipif(browser.find_chromium() is None, reason=browser.HOW_TO_GET_ONE)

LAPTOP = {"viewport": {"width": 1280, "height": 800}}
expect.set_options(timeout=20_000)  # milliseconds; a busy machine takes its time
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("a site")
    playground.write(folder)
    return (folder / "playground.html").as_uri()


@contextmanager
def opened(chromium, address, before="", **options):
    """Yield the page; in the end, nothing has gone wrong in it, and it has asked nobody for anything."""
    context = chromium.new_context(**{**LAPTOP, **options})
    page = context.new_page()
    page.set_default_timeout(20_000)
    wrong = []
    page.on("console", lambda message: message.type == "error" and wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    home = address.rpartition("/")[0]
    page.on("request", lambda request: request.url.startswith((home, "data:", "blob:")) or wrong.append(request.url))
    page.add_init_script(before)
    page.goto(address)
    yield page
    assert wrong == []
    context.close()


def start(page, **settings):
    """Choose settings, start, and wait until the network has learnt something."""
    if settings:
        page.click("summary")
    for name, value in settings.items():
        control = page.locator(f"[name={name}]")
        control.fill(value) if name == "codeSize" else control.select_option(value)
    page.locator("#pairs button").first.wait_for()
    page.click("#start")
    expect(page.locator("#epochs")).to_have_text(re.compile(r"[1-9]|0\.[1-9]"))


def loss(page):
    return float(page.inner_text("#loss"))


def beats_the_average(page):
    """Wait until the loss has fallen below that of the average picture, as the chart tells those who do not see it."""
    page.wait_for_function("""() => {
        const text = document.querySelector("#curve canvas").getAttribute("aria-label");
        const [first, last, average] = (text.match(/\\d\\.\\d{4}/g) ?? []).map(Number);
        return last < average && average < first;
    }""")


def pause(page):
    """Pause; wait for the last report, which comes after it."""
    page.click("#start")
    expect(page.locator("#said")).to_have_text(re.compile("Paused"))
    page.wait_for_timeout(500)


def decoded(page):
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return browser.pixels(page.locator("#decoded canvas"))


def serious(page):
    # preload would ask for the style sheet once more, which a page from a disk may not.
    found = Axe().run(page, options={"preload": False}).response
    assert found["passes"], "axe-core looked at nothing"
    return [each["id"] for each in found["violations"] if each["impact"] in ("serious", "critical")]


def test_it_fits_a_narrow_screen(chromium, address):
    with opened(chromium, address, viewport={"width": 320, "height": 640}) as page:
        expect(page.locator("#pairs button")).to_have_count(10)
        assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_it_learns_pauses_goes_on_and_forgets(chromium, address, size):
    with opened(chromium, address, **size) as page:
        expect(page.locator("#pairs button")).to_have_count(10)
        start(page)
        beats_the_average(page)
        assert len(set(browser.pixels(page.locator("#pairs canvas").nth(1)))) > 20
        pause(page)
        rounds, after_pause = page.inner_text("#epochs"), loss(page)
        for theme in ("dark", "light"):
            page.emulate_media(color_scheme=theme)
            expect(page.locator("html")).to_have_attribute("data-theme", theme)
            assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.inner_text("#epochs") == rounds
        page.click("#start")
        page.wait_for_function("(before) => document.querySelector('#loss').textContent < before", arg=str(after_pause))
        page.click("#reset")
        expect(page.locator("#loss")).to_have_text("–")
        expect(page.locator("#start")).to_have_text("Start")
        assert page.get_attribute("#curve canvas", "aria-label").startswith("An empty chart")


def test_sliders_map_and_pictures_move_what_is_drawn(chromium, address):
    with opened(chromium, address) as page:
        start(page)
        pause(page)
        shoe = decoded(page)
        page.locator("#pairs button").nth(2).click()  # trousers
        trousers = decoded(page)
        assert trousers != shoe
        expect(page.locator("#decoded output")).to_have_text("Nearest dot: Trouser")
        slider = page.locator("#sliders input").first
        slider.evaluate("(slider) => { slider.value = slider.min; slider.dispatchEvent(new Event('input')); }")
        pulled = decoded(page)
        assert pulled != trousers
        assert page.locator("#pairs [aria-pressed=true]").count() == 0
        page.locator("#map .surface").click(position={"x": 60, "y": 60})
        assert decoded(page) != pulled
        value = float(slider.input_value())
        page.locator("#map .surface").click(position={"x": 400, "y": 60})
        decoded(page)
        assert float(slider.input_value()) > value
        page.locator("#pairs button").first.click()
        assert decoded(page) == shoe
        page.locator("#legend button").first.click()
        assert page.locator("#legend [aria-pressed=true]").count() == 1


def test_sliders_follow_a_picture_until_they_are_pulled(chromium, address):
    with opened(chromium, address) as page:
        start(page)
        slider = page.locator("#sliders input").first
        before = slider.input_value()
        page.wait_for_function("(before) => document.querySelector('#sliders input').value !== before", arg=before)
        slider.evaluate("""(slider) => {
            slider.value = (Number(slider.min) + Number(slider.max)) / 2;
            slider.dispatchEvent(new Event("input"));
        }""")
        picture = decoded(page)
        held, rounds = page.inner_text("#sliders output >> nth=0"), page.inner_text("#epochs")
        page.wait_for_function("(before) => document.querySelector('#epochs').textContent > before", arg=rounds)
        assert page.inner_text("#sliders output >> nth=0") == held
        assert decoded(page) != picture  # of the same code, for the network has learnt


def test_the_keyboard_is_enough(chromium, address):
    with opened(chromium, address) as page:

        def tab_to(selector):
            for _ in range(60):
                page.keyboard.press("Tab")
                if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
                    return
            raise AssertionError(f"Tab does not come to {selector}")

        page.locator("#pairs button").first.wait_for()
        tab_to("[name=codeSize]")
        page.keyboard.press("ArrowRight")
        expect(page.locator("#sliders input")).to_have_count(3)
        tab_to("#start")
        page.keyboard.press("Enter")
        expect(page.locator("#epochs")).to_have_text(re.compile(r"[1-9]"))
        page.keyboard.press("Enter")
        expect(page.locator("#start")).to_have_text("Go on")
        page.wait_for_timeout(500)
        tab_to("#pairs button:nth-child(3)")
        page.keyboard.press("Enter")
        expect(page.locator("#pairs button").nth(2)).to_have_attribute("aria-pressed", "true")
        before = decoded(page)
        tab_to("#map .surface")
        page.keyboard.press("Shift+ArrowLeft")
        moved = decoded(page)
        assert moved != before
        tab_to("#sliders input")
        for _ in range(20):
            page.keyboard.press("ArrowLeft")
        assert decoded(page) != moved


@pytest.mark.parametrize(
    ("code_size", "hidden", "what", "pictures"),
    [("1", "32", "absolute", "clothes"), ("32", "512", "cross-entropy", "emoji"), ("3", "", "squared", "emoji")],
)
def test_other_settings_learn_too(chromium, address, code_size, hidden, what, pictures):
    with opened(chromium, address, **PHONE) as page:
        start(page, pictures=pictures, codeSize=code_size, hidden=hidden, loss=what)
        beats_the_average(page)
        expect(page.locator("#sliders input")).to_have_count(int(code_size))
        assert page.locator("#legend").is_visible() == (pictures == "clothes")
        pause(page)
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_another_training_of_the_same_kind_is_compared_with_the_one_before(chromium, address):
    with opened(chromium, address) as page:
        faint = "getComputedStyle(document.body).getPropertyValue('--faint')"
        red, green, blue = bytes.fromhex(page.evaluate(faint).strip("# "))

        def has_faint_curve():
            pixels = browser.pixels(page.locator("#curve canvas"))
            return (red, green, blue) in set(zip(pixels[::3], pixels[1::3], pixels[2::3], strict=True))

        start(page)
        page.wait_for_timeout(500)
        assert not has_faint_curve()
        page.click("#reset")
        assert has_faint_curve()
        page.click("summary")
        page.select_option("[name=loss]", "absolute")
        assert not has_faint_curve()


def draw(page, keep="#keep"):
    """Draw a line somewhere on the pad, and keep it."""
    box = page.locator("#pad .surface").bounding_box()
    count = page.locator("#kept canvas").count()
    x, y = box["x"] + 60 + 10 * (count % 5), box["y"] + 60 + 8 * count
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 80, y + 30, steps=4)
    page.mouse.up()
    page.click(keep)


def test_it_learns_from_drawings_and_remembers_them(chromium, address):
    with opened(chromium, address) as page:
        page.select_option("[name=pictures]", "drawings")
        expect(page.locator("#said")).to_have_text(re.compile("Draw 10 more"))
        expect(page.locator("#pairs button")).to_have_count(0)
        page.click("#start")
        expect(page.locator("#start")).to_have_text("Start")
        page.click("#keep")
        expect(page.locator("#said")).to_have_text(re.compile("nothing on the pad"))
        page.locator("#pad .surface").focus()
        for key in ("Space", *["ArrowRight"] * 6, "Space"):
            page.keyboard.press(key)
        page.click("#keep")
        expect(page.locator("#kept canvas")).to_have_count(1)
        before = browser.pixels(page.locator("#kept canvas"))
        draw(page)
        page.get_by_role("button", name="Take drawing 1 back").press("Enter")
        expect(page.locator("#kept canvas")).to_have_count(1)
        assert browser.pixels(page.locator("#pad canvas").first) == before
        assert browser.pixels(page.locator("#kept canvas")) != before
        expect(page.get_by_role("button", name="Take drawing 1 back")).to_be_focused()
        page.get_by_role("button", name="Take drawing 1 back").click()
        expect(page.locator("#said")).to_have_text("Keep or wipe what is on the pad first.")
        page.click("#wipe")
        for _ in range(9):
            draw(page)
        expect(page.locator("#kept canvas")).to_have_count(10)
        assert serious(page) == []
        start(page)
        beats_the_average(page)
        page.reload()
        expect(page.locator("#kept canvas")).to_have_count(10)
        expect(page.locator("#pairs button")).to_have_count(10)


def test_a_server_may_have_it_below_its_root(chromium, address):
    folder = Path(urlsplit(unquote(address)).path).parent
    handler = partial(SimpleHTTPRequestHandler, directory=folder.parent)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever).start()
        with opened(chromium, f"http://127.0.0.1:{server.server_port}/{quote(folder.name)}/playground.html") as page:
            start(page)
            beats_the_average(page)
        server.shutdown()


def test_without_webassembly_it_learns_more_slowly_and_says_so(chromium, address):
    # A worker has globals of its own.
    without = """
        window.Blob = class extends window.Blob {
            constructor(parts, options) {
                const isCode = options?.type === "text/javascript";
                super(isCode ? ["self.WebAssembly = undefined;", ...parts] : parts, options);
            }
        };
    """
    with opened(chromium, address, without) as page:
        start(page)
        expect(page.locator("#slow")).to_be_visible()
        beats_the_average(page)


@pytest.mark.parametrize("missing", ["Worker", "DecompressionStream"])
def test_an_old_browser_gets_a_sentence(chromium, address, missing):
    with opened(chromium, address, f"delete window.{missing}") as page:
        expect(page.locator("#trouble")).to_be_visible()
        expect(page.locator("#playground")).to_be_hidden()


def test_who_starts_at_once_learns_from_the_pictures_that_are_chosen(chromium, address):
    with opened(chromium, address) as page:
        page.locator("#pairs button").first.wait_for()
        page.evaluate("""() => {
            const form = document.querySelector("#settings");
            form.pictures.value = "emoji";
            form.pictures.dispatchEvent(new Event("input", { bubbles: true }));
            document.querySelector("#start").click();
            document.querySelector("#start").click();
        }""")
        beats_the_average(page)
        expect(page.locator("#legend")).to_be_hidden()
        expect(page.locator("#start")).to_have_text("Pause")


def test_without_javascript_there_is_a_sentence(chromium, address):
    with opened(chromium, address, java_script_enabled=False) as page:
        expect(page.get_by_text("which is switched off")).to_be_visible()
        expect(page.locator("#trouble")).to_be_hidden()


def test_pictures_that_do_not_come_can_be_asked_for_again(chromium, address, tmp_path):
    pictures = Path(urlsplit(unquote(address)).path).parent / "_static" / "playground-clothes.js"
    kept = pictures.rename(tmp_path / "kept")
    try:
        context = chromium.new_context(**LAPTOP)
        page = context.new_page()
        page.goto(address)
        expect(page.locator("#said")).to_have_text(re.compile("could not be loaded"))
        pictures.write_text("<p>Sign in to the network")  # as a hotel may send it
        page.click("#start")
        expect(page.locator("#said")).to_have_text(re.compile("could not be loaded"))
    finally:
        kept.rename(pictures)
    page.click("#start")
    expect(page.locator("#epochs")).to_have_text(re.compile(r"\d"))
    context.close()


def test_it_rests_while_nobody_can_see_it(chromium, address):
    with opened(chromium, address) as page:
        start(page)
        show = """(hidden) => {
            Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }"""
        page.evaluate(show, True)
        expect(page.locator("#start")).to_have_text("Go on")
        page.evaluate(show, False)
        expect(page.locator("#start")).to_have_text("Pause")
