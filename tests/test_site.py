"""The course as web pages: complete, light, and of use in any theme, on a phone, from a disk and without JavaScript."""

import http.server
import re
import sys
import threading
from functools import partial
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from nbformat import v4
from playwright.sync_api import expect

import browser
import links
import notebooks

if sys.version_info < (3, 11):
    pytest.skip("Sphinx 9 needs Python 3.11", allow_module_level=True)
import pages

needs_browser = pytest.mark.skipif(browser.find_chromium() is None, reason=browser.HOW_TO_GET_ONE)
LESSON = notebooks.LESSONS[0]
PHONE, LAPTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
LOOKS = {
    f"{name}, {theme}": {"viewport": size, "color_scheme": theme}
    for name, size in {"phone": PHONE, "laptop": LAPTOP}.items()
    for theme in ("light", "dark")
}


class Found(HTMLParser):
    """What a page has that can lead nowhere: its ids, and the tags with an address, each with its attributes."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.tags = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids.add(attributes.get("id"))
        if tag == "img" or "href" in attributes or "src" in attributes:
            self.tags.append((tag, attributes))


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Return the folder of the pages, made for these tests, in a place with blanks and another alphabet; no state."""
    target = tmp_path_factory.mktemp("my site") / "курс"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "STATES", target / "none")
        assert pages.build(target) == 0, "Sphinx has something to say, above"
    return target


@pytest.fixture(scope="session")
def found(site):
    return {path.name: Found(path.read_text(encoding="utf-8")) for path in site.glob("*.html")}


@pytest.fixture(scope="session")
def address(site):
    """Serve the pages under a path, as GitHub does; return the address of their folder."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site.parent)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{site.name}"
        server.shutdown()


@pytest.fixture
def opened(chromium):
    """Return a function that opens an address in a tab with options; whatever goes wrong there fails the test."""
    contexts = []

    def open_tab(address, **options):
        context = browser.new_tab(chromium, **options)
        tab = context.__enter__()
        contexts.append((context, tab))
        home = urlsplit(address)[:2]
        tab.page.on(
            "request", lambda request: urlsplit(request.url)[:2] in (home, ("data", "")) or tab.errors.append(request.url)
        )
        tab.page.goto(address)
        return tab.page

    yield open_tab
    errors = [error for _, tab in contexts for error in tab.errors]
    for context, _ in contexts:
        context.__exit__(None, None, None)
    assert errors == []


def test_there_is_a_page_for_each_lesson_and_text(found):
    assert set(found) == {f"{name}.html" for name in [*pages.PAGES, "search"]}


def test_every_link_and_anchor_leads_somewhere(site, found):
    for name, page in found.items():
        for tag, attributes in page.tags:
            link = urlsplit(attributes.get("href") or attributes.get("src") or "")
            assert link.scheme in ("", "https", "data"), f"{name}: {link}"
            if link.scheme:
                assert tag == "a", f"{name} loads {link.geturl()[:80]} from elsewhere"
                assert str(links.repository()) not in link.path or pages.is_published(), f"{name}: nothing is there yet"
                continue
            path = unquote(link.path) or name
            assert (site / path).is_file(), f"{name} has a link to {path}"
            if link.fragment:
                assert unquote(link.fragment) in found[path].ids, f"{name} has a link to {link.geturl()}"


def test_links_between_the_lessons_name_cells(found):
    cells = [attributes["href"] for _, attributes in found["index.html"].tags if "#cell-id=" in attributes.get("href", "")]
    assert len(cells) > 20


def test_every_picture_has_a_text_and_a_size_and_waits_until_it_is_near(found):
    pictures = [attributes for page in found.values() for tag, attributes in page.tags if tag == "img"]
    assert len(pictures) > 60
    for picture in pictures:
        assert len(picture["alt"].split()) >= notebooks.ALT_WORDS
        assert int(picture["width"]) > 0 and int(picture["height"]) > 0 and picture["loading"] == "lazy"


def test_the_pages_are_light(site):
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) < 20e6
    loaded = [site / "_static" / "course.css", *(site / "_static").glob("scripts/*.js"), *(site / "_static").glob("*.js")]
    shared = sum(path.stat().st_size for path in loaded)
    assert all(shared + (site / f"{path.stem}.html").stat().st_size < 0.6e6 for path in notebooks.LESSONS)
    style = (site / "_static" / "course.css").read_text(encoding="utf-8")
    assert "@font-face" not in style and ".fa-bars" in style and "url(../" not in style


def test_nothing_of_a_lesson_is_lost(site, found):
    for path in notebooks.LESSONS:
        lesson = nbformat.read(path, as_version=4)
        text = (site / f"{path.stem}.html").read_text(encoding="utf-8")
        quizzes = [cell for cell in lesson.cells if notebooks.asked(cell)]
        assert {f"cell-id={cell.id}" for cell in lesson.cells[1:]} <= found[f"{path.stem}.html"].ids
        assert text.count('class="quiz"') == len(quizzes) and "quiz(" not in re.sub(r"<[^>]*>", "", text)
        source = "\n".join(cell.source for cell in lesson.cells if cell.cell_type == "markdown")
        assert text.count("<summary>Solution</summary>") == source.count("<summary>Solution</summary>")
        formulas = re.findall(r"\$\$.+?\$\$|\$[^$\n]+\$", re.sub(r"`[^`]*`|```.*?```", "", source, flags=re.DOTALL))
        assert text.count("<math") == len(formulas) and "MathJax" not in text
        assert text.count("Download the notebook") == 1 and (site / f"_static/notebooks/{path.name}").exists()


@needs_browser
@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_pages_fit_and_are_accessible(look, address, opened):
    for name in pages.PAGES if look == LOOKS["phone, dark"] else ["index", "02_dense_autoencoder"]:
        page = opened(f"{address}/{name}.html", **look)
        assert page.evaluate("document.documentElement.dataset.theme") == look["color_scheme"]
        assert page.evaluate("document.documentElement.scrollWidth") <= look["viewport"]["width"], name
        page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.removeAttribute('name'); fold.open = true; })")
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        serious = [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")]
        assert serious == [], name
