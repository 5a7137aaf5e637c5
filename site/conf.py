"""How Sphinx lays out the pages that tools/pages.py writes."""

import posixpath
import re

import latex2mathml.converter
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxTranslator

import links
import pages

project = html_title = "Autoencoders in Practice"
extensions = ["myst_nb", "sphinx_copybutton"]
templates_path = ["templates"]

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
myst_all_links_external = True  # `lead` below knows where they go
myst_html_meta = {"description": "A hands-on course on image autoencoders, in which every claim is measured."}
nb_execution_mode = "off"
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"

html_theme = "sphinx_book_theme"
html_theme_options = {
    "back_to_top_button": False,
    "extra_footer": "Code: MIT. Text and figures: CC BY 4.0. Pictures of clothes: Fashion-MNIST (MIT, Zalando SE); "
    "of emoji: Noto Color Emoji (Apache-2.0, Google).",
    "footer_content_items": ["extra-footer.html"],
    "navbar_persistent": [],
    "search_bar_text": "Search",
    "show_toc_level": 2,
    "use_download_button": False,
    "use_fullscreen_button": False,
}
html_context = {"default_mode": "auto"}
html_static_path = ["static"]
html_js_files = ["site.js", "live.js"]
html_sidebars = {"**": ["navbar-logo", "search-field", "sbt-sidebar-nav", "playground"]}
html_copy_source = False
html_use_index = False
html_show_search_summary = False  # for which the search would load each page that it finds
html_show_sphinx = False
html_favicon = "static/icon.svg"
html_math_renderer = "mathml"
SCROLLS = "pst-scrollable-table-container"  # the theme's class for what the Tab key reaches where it is too wide
OTHER_PAGES = {"README.md": "index", "site/playground.html": "playground"}  # see also PAGES in tools/pages.py
LONG = 40  # letters of a formula's source; shorter ones fit on a line of a phone
copybutton_selector = ":not(.output) > .highlight > pre"  # not what a cell printed


def inline_formula(translator: SphinxTranslator, node: nodes.math) -> None:
    """Write a formula within a line as MathML; a long one in a box that scrolls where it is too wide for a phone."""
    mathml = latex2mathml.converter.convert(node.astext())
    is_long = len(node.astext()) > LONG
    translator.body.append(f'<span class="formula {SCROLLS}">{mathml}</span>' if is_long else mathml)
    raise nodes.SkipNode


def formula(translator: SphinxTranslator, node: nodes.math_block) -> None:
    """Write a formula on a line of its own as MathML, in a box that scrolls where the formula is too wide."""
    mathml = latex2mathml.converter.convert(node.astext(), display="block")
    translator.body.append(f'<div class="formula {SCROLLS}">{mathml}</div>')
    raise nodes.SkipNode


def lead(app: Sphinx, document: nodes.document) -> None:
    """Let links within the repository lead to its pages, and to its address for what is no page."""
    page_of = {file: page for page, file in pages.PAGES.items()} | OTHER_PAGES
    folder = posixpath.dirname(pages.PAGES[app.env.docname])
    for link in list(document.findall(nodes.reference)):
        path, _, anchor = link["refuri"].partition("#")
        if path and not path.startswith(("http:", "https:", "mailto:")):
            file = posixpath.normpath(posixpath.join(folder, path))
            if file in page_of:
                link["refuri"] = f"{page_of[file]}.html" + (anchor and f"#{anchor}")
            else:
                link["refuri"] = f"https://github.com/{links.repository()}/blob/main/{file}"
        link["internal"] = not link["refuri"].startswith("http")
        if str(links.repository()) in link["refuri"] and not pages.is_published():
            link.replace_self(link.children)


def name_cells(app: Sphinx, document: nodes.document) -> None:
    """Write the name of its column before what stands in a cell; it is seen on phones alone, where a row is a list."""
    for table in document.findall(nodes.table):
        names = [entry.astext() for entry in next(table.findall(nodes.thead)).findall(nodes.entry)]
        for row in next(table.findall(nodes.tbody)).findall(nodes.row):
            for name, entry in list(zip(names, row.children, strict=True))[1:]:
                if name and entry.astext():
                    entry[0].insert(0, nodes.inline("", f"{name}: ", classes=["column"]))


def leave_out_of_search(app: Sphinx, document: nodes.document) -> None:
    """Keep set-up cells, which are the same in all lessons, from being what a search for "install" finds."""
    for cell in document.findall(nodes.container):
        if "tag_set-up" in cell["classes"]:
            cell["classes"].append("no-search")


def name_folds(app: Sphinx, page: str, template: str, context: dict, document: nodes.document | None) -> None:
    """Let folded code be called what one reads on it by screen readers too, and not "Toggle hidden content"."""
    context["body"] = re.sub(r"<summary aria-label=[^>]*>", "<summary>", context.get("body", ""))


def leave_idle_marks_out(app: Sphinx, page: str, template: str, context: dict, document: nodes.document | None) -> None:
    """Take the marks off names, brackets and blanks of code, which have the colour of all text: a third of a page."""
    if "body" in context:
        context["body"] = re.sub(r'<span class="(?:n|nn|p|w)">([^<]*)</span>', r"\1", context["body"])


def setup(app: Sphinx) -> None:
    """Tell Sphinx of the functions above."""
    app.add_html_math_renderer("mathml", (inline_formula, None), (formula, None))
    app.connect("doctree-read", lead)
    app.connect("doctree-read", name_cells)
    app.connect("doctree-read", leave_out_of_search)
    app.connect("html-page-context", name_folds)
    app.connect("html-page-context", leave_idle_marks_out)
