// In the book: colours for scenarios, by a grammar for the highlight.js that mdBook brings, and above a block that is a
// file its name, which stands in the page's source as ```scn NAME.
(() => {
  const statements =
    "set if then else end while for in repeat break continue goto step return use as case do parallel background " +
    "await cancel wait until event hold always never eventually within every since from where defer mark require " +
    "assert check pass fail skip error exit finally call on timeout input retry not soft try must or and contains matches";
  const interpolation = { className: "subst", begin: /#\{/, end: /\}/ };
  hljs.registerLanguage("scn", () => ({
    keywords: { keyword: statements, literal: "true false none it" },
    contains: [
      { className: "meta", begin: /^@\w+/ },
      { className: "comment", begin: /(^|[ \t])#(?!\{)/, end: /$/ },
      interpolation,
      { className: "string", begin: /"""/, end: /"""/, contains: [interpolation] },
      { className: "string", begin: /["“]/, end: /["”]/, illegal: /\n/, contains: [interpolation] },
      { className: "string", begin: /['‘]/, end: /['’]/, illegal: /\n/ },
      { className: "number", begin: /\b\d+(\.\d+)?(ns|us|ms|s|m|h|d|[kKMGTP]i?B|B|%)?(?!\w)/ },
    ],
  }));
  for (const block of document.querySelectorAll("code.language-scn")) {
    delete block.dataset.highlighted;
    hljs.highlightBlock(block);
  }
  for (const block of document.querySelectorAll("pre > code[class*='language-']")) {
    const words = [...block.classList];
    const name = words.find((word) => /[.]\w+$|^Jenkinsfile$/.test(word));
    const verdict = words.find((word) => /^(FAIL|ERROR|SKIP)$/.test(word));
    const found = words.find((word) => /^[EW]\d{3}$/.test(word));
    if (!name && !verdict && !found) continue;
    const caption = document.createElement("figcaption");
    caption.textContent = name ?? (verdict ? `The verdict is ${verdict}.` : `scn check finds ${found}.`);
    caption.style.cssText = "font: 0.8em monospace; opacity: 0.7; margin-bottom: -0.9em";
    block.parentElement.before(caption);
  }
})();
