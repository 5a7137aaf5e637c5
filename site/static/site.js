// On a phone the table of contents lies over the page: it goes when one of its links leads to a place below it.
document.addEventListener("click", ({ target }) => target.closest("dialog a[href^='#']")?.closest("dialog").close());

// The choice of colours closes once one is chosen, or when one taps elsewhere.
document.addEventListener("click", ({ target }) => {
  const colours = document.querySelector(".colours[open]");
  if (colours && (target.closest(".colours button") || !colours.contains(target))) colours.open = false;
});

// A formula that goes on out of sight fades there.
document.querySelectorAll(".formula").forEach((formula) => {
  formula.classList.toggle("wide", formula.scrollWidth > formula.clientWidth);
});

// Whoever comes from the search sees the first place that it found, and not the top of a long page.
// Sphinx marks what was found a moment after the page is there.
function showFound() {
  const found = [...document.querySelectorAll(".highlighted")].filter((each) => each.getClientRects().length);
  if (!location.hash) found[0]?.scrollIntoView({ block: "center" });
  if (!found.length) document.querySelector(".highlight-link")?.remove(); // which would hide nothing
}
addEventListener("load", () => setTimeout(showFound, 100));

// The page of the search is there to type in.
addEventListener("load", () => document.querySelector("main input[type='search']")?.focus({ preventScroll: true }));

// Where nothing is found, Sphinx speaks of categories, of which there are none.
if (typeof Documentation !== "undefined") {
  const sphinxSays =
    "Your search did not match any documents. Please make sure that all words are spelled correctly and that you've " +
    "selected enough categories.";
  Documentation.TRANSLATIONS[sphinxSays] = "No page has all of these words. Are they spelt as you meant them?";
}

// What cells print in columns, such as tables, stays so on a phone: site.css lets it be moved sideways there, and the
// theme lets keys reach what can be moved.
document.querySelectorAll(".cell_output pre").forEach((printed) => {
  if (/\S {3,}\S|^ *[\d.]+ {2}/m.test(printed.textContent)) printed.classList.add("columns");
  if (printed.scrollWidth > printed.clientWidth) printed.classList.add("wide");
});

// Whoever is sent to the table of claims finds it unfolded.
function unfold() {
  const claims = "what-the-article-claims-and-what-came-out";
  if (location.hash === `#${claims}`) document.querySelector(`#${claims} > details`)?.setAttribute("open", "");
}
unfold();
addEventListener("hashchange", unfold);
