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
            "request",
            lambda request: urlsplit(request.url)[:2] in (home, ("data", "")) or tab.errors.append(request.url),
        )
        tab.page.goto(address)
        return tab.page

    yield open_tab
    errors = [error for _, tab in contexts for error in tab.errors]
    for context, _ in contexts:
        context.__exit__(None, None, None)
    assert errors == []


def test_there_is_a_page_for_each_lesson_and_text(found):
    assert set(found) == {f"{name}.html" for name in [*pages.PAGES, "search", "playground"]}


def test_every_link_and_anchor_leads_somewhere(site, found):
    for name, page in found.items():
        for tag, attributes in page.tags:
            link = urlsplit(attributes.get("href") or attributes.get("src") or "")
            assert link.scheme in ("", "https", "data"), f"{name}: {link}"
            if link.scheme:
                assert tag == "a" or link.scheme == "data", f"{name} loads {link.geturl()[:80]} from elsewhere"
                assert str(links.repository()) not in link.path or pages.is_published(), f"{name}: nothing is there yet"
                continue
            path = unquote(link.path) or name
            assert (site / path).is_file(), f"{name} has a link to {path}"
            if link.fragment:
                assert unquote(link.fragment) in found[path].ids, f"{name} has a link to {link.geturl()}"


def test_links_between_the_lessons_name_cells(found):
    cells = [
        attributes["href"] for _, attributes in found["index.html"].tags if "#cell-id=" in attributes.get("href", "")
    ]
    assert len(cells) > 20


def test_every_picture_has_a_text_and_a_size_and_waits_until_it_is_near(found):
    pictures = [attributes for page in found.values() for tag, attributes in page.tags if tag == "img"]
    assert len(pictures) > 60
    for picture in pictures:
        assert len(picture["alt"].split()) >= notebooks.ALT_WORDS
        assert int(picture["width"]) > 0 and int(picture["height"]) > 0 and picture["loading"] == "lazy"


def test_the_pages_are_light(site, found):
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) < 20e6
    for lesson in notebooks.LESSONS:
        name = f"{lesson.stem}.html"
        styles = [attributes["href"] for _, attributes in found[name].tags if attributes.get("rel") == "stylesheet"]
        scripts = [attributes for tag, attributes in found[name].tags if tag == "script"]
        assert styles == ["_static/course.css"] and all("defer" in attributes for attributes in scripts)
        loaded = [name, *styles, *(attributes["src"] for attributes in scripts)]
        assert sum((site / file).stat().st_size for file in loaded) < 0.6e6, name
    style = (site / "_static" / "course.css").read_text(encoding="utf-8")
    assert "@font-face" not in style and "url(../" not in style


def test_every_icon_is_drawn(site):
    icons = {icon for path in site.glob("*.html") for icon in re.findall(r"fa-solid (fa-[\w-]+)", path.read_text())}
    style = (site / "_static" / "course.css").read_text(encoding="utf-8")
    assert len(icons) > 4 and [icon for icon in icons if f".{icon} {{ --icon: url(" not in style] == []


def test_nothing_of_a_lesson_is_lost(site, found):
    for path in notebooks.LESSONS:
        lesson = nbformat.read(path, as_version=4)
        text = (site / f"{path.stem}.html").read_text(encoding="utf-8")
        quizzes = [cell for cell in lesson.cells if notebooks.asked(cell)]
        cells = {f"cell-id={cell.id}" for cell in lesson.cells[1:]}
        assert cells - found[f"{path.stem}.html"].ids == {"cell-id=progress"}, "a page has no exercises to solve"
        assert text.count('class="quiz"') == len(quizzes) and "quiz(" not in re.sub(r"<[^>]*>", "", text)
        source = "\n".join(cell.source for cell in lesson.cells if cell.cell_type == "markdown")
        assert text.count("<summary>Solution</summary>") == source.count("<summary>Solution</summary>")
        formulas = re.findall(r"\$\$.+?\$\$|\$[^$\n]+\$", re.sub(r"`[^`]*`|```.*?```", "", source, flags=re.DOTALL))
        assert text.count("<math") == len(formulas) and "MathJax" not in text
        assert text.count("Download the notebook") == 1
        own, downloaded = (nbformat.read(file, 4).cells for file in (path, site / f"_static/notebooks/{path.name}"))
        assert [cell.source for cell in downloaded] == [cell.source for cell in own]
        assert not any(cell.get("outputs") for cell in downloaded)


@needs_browser
def test_every_page_fits_on_a_phone(site, opened):
    for path in site.glob("*.html"):
        page = opened(path.as_uri(), viewport=PHONE, color_scheme="dark")
        unfold(page)
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"], path.name


@needs_browser
def test_on_a_phone_all_that_cells_print_and_tables_say_is_seen(site, opened):
    in_columns = 0
    for name in ("index", "glossary", *(path.stem for path in notebooks.LESSONS)):
        page = opened((site / f"{name}.html").as_uri(), viewport=PHONE)
        unfold(page)
        # Code and columns can be moved sideways, by a finger or by keys, to their end; nothing else goes on there.
        hidden = page.evaluate(
            """[...document.querySelectorAll(".bd-article :is(.cell_output pre:not(.columns), table.table td)")]
                .filter((place) => place.scrollWidth > place.clientWidth + 1 && place.clientWidth)
                .map((place) => place.textContent.slice(0, 80))"""
        )
        assert hidden == [], name
        moved = page.evaluate(
            """[...document.querySelectorAll(".bd-article pre")]
                .filter((place) => place.scrollWidth > place.clientWidth && place.clientWidth)
                .map((place) => {
                    place.scrollLeft = 9999;
                    const says = getComputedStyle(place, "::before").content.includes("more to the right");
                    const isAtEnd = place.scrollLeft + place.clientWidth >= place.scrollWidth - 1;
                    return [isAtEnd && place.tabIndex === 0, says === place.matches(".columns")];
                })"""
        )
        assert all(is_reached for is_reached, _ in moved), f"{name}: what goes on to the right cannot be moved there"
        assert all(is_told for _, is_told in moved), f"{name}: nothing says that columns go on to the right"
        in_columns += page.locator("pre.columns.wide").count()
        expect(page.locator("td .column").last).to_be_visible()
    assert in_columns, "no cell of any lesson prints columns that are wider than a phone: nothing was tried"
    laptop = opened((site / "glossary.html").as_uri(), viewport=LAPTOP)
    expect(laptop.locator("td .column").first).to_be_hidden()


@needs_browser
def test_a_link_to_a_word_shows_its_row(address, opened):
    page = opened(f"{address}/glossary.html#pca", viewport=PHONE)
    linked, other = page.locator('tr:has([id="pca"])').evaluate(
        """(row) => [row, row.previousElementSibling.previousElementSibling]
            .map((each) => getComputedStyle(each.cells[0]).backgroundColor)"""
    )
    assert linked != other


def unfold(page):
    """Open all that is folded, the answers of a quiz all at once."""
    page.evaluate(
        "document.querySelectorAll('details').forEach((fold) => Object.assign(fold, { name: '', open: true }))"
    )


# Each page in both themes and sizes took axe-core eight minutes, and had nothing serious.
@needs_browser
@pytest.mark.parametrize(
    ("names", "theme", "size"),
    [
        (["index", "glossary"], "light", PHONE),
        (["02_dense_autoencoder", "contributing"], "dark", PHONE),
        (["search", "03_training"], "light", LAPTOP),
        (["index", "06_repair"], "dark", LAPTOP),
    ],
)
def test_pages_are_accessible(names, theme, size, address, opened):
    for name in names:
        page = opened(f"{address}/{name}.html", viewport=size, color_scheme=theme)
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        unfold(page)
        assert serious(page) == [], name


def serious(page):
    """Return what axe-core finds seriously wrong; not in code, whose colours are those of a theme made for contrast."""
    result = Axe().run(page, {"exclude": [[".highlight"]]}).response
    assert result["passes"], "axe-core looked at nothing"
    return [
        f"{found['id']}: {node['html'][:200]}"
        for found in result["violations"]
        for node in found["nodes"]
        if found["impact"] in ("serious", "critical")
    ]


@needs_browser
def test_a_quiz_answers_by_mouse_and_keyboard_without_javascript(site, opened):
    page = opened((site / LESSON.name).with_suffix(".html").as_uri(), java_script_enabled=False, viewport=PHONE)
    quiz = page.get_by_role("group", name="How many of a million random pictures")
    wrong, right = (quiz.locator("details", has_text=text) for text in ("A handful", "None at all"))
    expect(quiz.locator("details > p:visible")).to_have_count(0)
    wrong.locator("summary").click()
    expect(wrong.get_by_role("img", name="No")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(right.get_by_role("img", name="Yes")).to_be_visible()
    expect(quiz.locator("details > p:visible")).to_have_count(1)


@needs_browser
def test_without_javascript_a_page_has_pictures_and_ways_on_and_no_button_without_use(address, opened):
    page = opened(f"{address}/index.html", java_script_enabled=False, viewport=PHONE)
    expect(page.locator("button:visible, .colours:visible")).to_have_count(0)
    picture = page.get_by_role("img", name="decoded pictures")
    picture.scroll_into_view_if_needed()
    expect(picture).to_be_in_viewport()
    page.get_by_role("link", name="Begin with lesson 1").click()
    solution = page.locator("details", has_text="images.reshape(len(images), -1)")
    solution.locator("summary").click()
    expect(solution.locator("pre")).to_be_visible()
    page.get_by_role("link", name="All pages").click()
    expect(page).to_have_title("Autoencoders in Practice")


@needs_browser
def test_a_link_to_a_cell_leads_there(address, opened):
    page = opened(f"{address}/index.html")
    page.get_by_text("The article's claims, our verdicts").click()
    link = page.get_by_role("link", name="lesson 5, section 3").first
    cell = link.get_attribute("href").partition("#")[2]
    link.click()
    expect(page.locator(f'[id="{cell}"]')).to_be_in_viewport()


@needs_browser
def test_the_table_of_claims_is_unfolded_for_whoever_is_sent_there(address, opened):
    page = opened(f"{address}/article.html")
    page.get_by_role("link", name="table of claims and verdicts").click()
    expect(page.get_by_role("link", name="lesson 5, section 3").first).to_be_visible()


@needs_browser
def test_code_is_copied_and_the_first_cell_is_folded(address, opened):
    page = opened(f"{address}/{LESSON.stem}.html", permissions=["clipboard-read", "clipboard-write"])
    first = page.locator(".cell").first
    expect(first.locator("pre")).to_be_hidden()
    expect(first.locator("summary")).to_have_accessible_name("Show the code")
    first.locator("summary").click()
    expect(first.locator("pre")).to_be_visible()
    first.hover()
    first.get_by_role("button", name="Copy").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == nbformat.read(LESSON, as_version=4).cells[1].source


@needs_browser
def test_the_theme_is_chosen_and_remembered(address, opened):
    page = opened(f"{address}/index.html", color_scheme="light")
    page.get_by_label("Colours").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.get_by_role("button", name="Dark")).to_be_hidden()
    page.get_by_role("link", name="Notation and glossary").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


@needs_browser
def test_where_nothing_may_be_kept_the_pages_work_all_the_same(site, opened):
    page = opened((site / "glossary.html").as_uri(), viewport=PHONE)
    refuse = "() => { throw new DOMException('kept nothing', 'SecurityError'); }"
    page.add_init_script(f"Object.defineProperty(window, 'localStorage', {{ get: {refuse}, configurable: true }})")
    page.reload()
    page.get_by_role("button", name="On this page").click()
    expect(page.locator("dialog[open]")).to_be_visible()


@needs_browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_a_link_or_the_search_has_led_to_can_be_read(theme, address, opened):
    for place in ("glossary.html#pca", "search.html?q=dropout"):
        page = opened(f"{address}/{place}", color_scheme=theme)
        if "search" in place:
            page.locator("#search-results a").first.click()
            expect(page.locator(".highlighted").first).to_be_attached()
        found = Axe().run(page, options={"runOnly": ["color-contrast"]}).response
        assert found["passes"] and found["violations"] == [], place


@needs_browser
def test_on_a_phone_the_drawers_open(address, opened):
    page = opened(f"{address}/{LESSON.stem}.html", viewport=PHONE)
    page.get_by_role("button", name="On this page").press("Enter")
    page.get_by_role("link", name="2. A picture is a point").click()
    expect(page.get_by_role("heading", name="2. A picture is a point")).to_be_in_viewport()
    page.get_by_role("button", name="All pages").click()
    page.get_by_role("link", name="6 · Repair").click()
    expect(page).to_have_title(re.compile("^6 · Repair"))


@needs_browser
def test_the_search_finds_a_word_and_leads_there(site, opened):
    page = opened((site / "search.html").as_uri())
    expect(page.locator("main").get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("pip")  # which stands in all set-up cells
    page.keyboard.press("Enter")
    expect(page.locator("#search-results").get_by_role("link", name="Autoencoders in Practice")).to_be_visible()
    assert page.locator("#search-results").get_by_role("link", name="1 · Concepts").count() == 0
    page = opened((site / "index.html").as_uri())
    page.get_by_role("searchbox").fill("xyzzy")
    page.keyboard.press("Enter")
    expect(page.locator("#search-results")).to_contain_text("No page has all of these words.")
    page.locator("main").get_by_role("searchbox").fill("dropout")
    page.keyboard.press("Enter")
    page.locator("#search-results").get_by_role("link", name="10 · Other fields").first.click()
    expect(page.locator(".highlighted").filter(visible=True).first).to_be_in_viewport()


def test_a_widget_has_its_place_where_it_left_a_state(tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "STATES", tmp_path)
    (tmp_path / "07-two-1.js").write_text("state")
    outputs = [
        v4.new_output("stream", text="1"),
        v4.new_output("execute_result", {"text/html": "<b>one</b>"}),
        v4.new_output("display_data", {"text/html": "<b>a figure</b>", "text/plain": "<HTML>"}),
        v4.new_output("display_data", {"text/html": "<b>two</b>"}),
    ]
    cell = v4.new_code_cell("widgets.two()", id="two", outputs=outputs)
    page = pages.lesson_page(v4.new_notebook(cells=[title(), cell]), "07_lesson", tmp_path)
    shown = [output.data["text/html"] for output in page.cells[-1].outputs[1:]]
    still = '<div class="aelib-still"><b>two</b></div>'
    place = f'<div class="aelib-host" data-state="07-two-1" data-bytes="5">{still}</div>'
    assert shown == ["<b>one</b>", "<b>a figure</b>", place]


def title(name="07_lesson"):
    """Return the first cell of a lesson."""
    places = [
        f"https://colab.research.google.com/github/a/b/blob/main/notebooks/{name}.ipynb",
        "https://mybinder.org/v2",
    ]
    return v4.new_markdown_cell("# 7 · A\n\nText.\n\n[Open in Colab]({}) · [Open in Binder]({})".format(*places))


@pytest.mark.parametrize("owner", ["ada-l", "OWNER"])
def test_colab_and_binder_are_offered_once_there_is_something(owner, monkeypatch):
    monkeypatch.setattr(links, "repository", lambda: links.Repository(owner, "course"))
    text = pages._title(title().source, "07_lesson")
    assert text.startswith("# 7 · A\n\n<p") and text.count("https://colab") == (owner != "OWNER") == text.count(
        "https://mybinder"
    )
    assert '<a href="_static/notebooks/07_lesson.ipynb" download>' in text and "](" not in text


def test_of_a_stylesheet_the_rules_for_what_is_there_stay():
    style = """/*! licence */ /* why */ .here,.gone{a:b} .gone{a:b} @media(x){.gone p{a:b}.here:not(.gone){c:d}}
        @font-face{src:url(x)} @keyframes k{50.5%{a:b}} html{--x:1}"""
    kept = pages.used_rules(style, {"here"})
    assert "licence" in kept and "why" not in kept and "font" not in kept
    assert re.sub(r"\s", "", kept.partition("*/")[2]) == (
        ".here,.gone{a:b}@media(x){.here:not(.gone){c:d}}@keyframesk{50.5%{a:b}}html{--x:1}"
    )
