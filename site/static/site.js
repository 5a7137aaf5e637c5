// On a phone the table of contents lies over the page: it goes when one of its links leads to a place below it.
document.addEventListener("click", ({ target }) => target.closest("dialog a[href^='#']")?.closest("dialog").close());
