'use strict';
// The scenario's text beside the steps: what each line came to, and the line that decided the verdict.

function sourcePanel(run, section) {
  if (!run.sources.length) return null;
  const box = el('div', 'src');
  const bar = el('div', 'bar');
  const text = el('div', 'text');
  text.tabIndex = 0;
  let shown = null;
  const names = el(run.sources.length > 1 ? 'select' : 'code');
  if (run.sources.length > 1) {
    names.setAttribute('aria-label', 'file');
    run.sources.forEach((source, at) => { const option = el('option', '', source.name); option.value = at; add(names, option); });
    names.onchange = () => show(run.sources[names.value]);
  } else names.textContent = run.sources[0].name;
  add(bar, names);
  add(box, bar, text);

  const rank = { error: 5, fail: 4, timeout: 4, unfinished: 3, caught: 2, pass: 1 };
  const signs = { error: '✗', fail: '✗', timeout: '✗', unfinished: '…', caught: '~', pass: '✓' };
  const lines = new Map();
  for (const node of run.nodes) {
    if (!node.l || (node.k !== 'step' && node.k !== 'check')) continue;
    const key = (node.f || run.file) + '\n' + node.l;
    const known = lines.get(key);
    if (!known) lines.set(key, { st: node.st, nodes: [node] });
    else { known.nodes.push(node); if ((rank[node.st] || 0) > (rank[known.st] || 0)) known.st = node.st; }
  }

  function show(source) {
    if (shown === source) return;
    shown = source;
    if (run.sources.length > 1) names.value = run.sources.indexOf(source);
    text.replaceChildren();
    source.rows = [];
    const all = source.text.replace(/\n$/, '').split('\n');
    for (let from = 0; from < all.length; from += CHUNK) {
      const part = el('div', all.length > CHUNK ? 'chunk' : '');
      if (all.length > CHUNK) part.style.containIntrinsicSize = 'auto ' + Math.min(CHUNK, all.length - from) * 20 + 'px';
      for (let no = from + 1; no <= Math.min(all.length, from + CHUNK); no++) {
        const known = lines.get(source.name + '\n' + no);
        const failing = no === run.line && source.name === (run.within || run.file) && run.outcome !== 'PASS';
        const row = el(known ? 'button' : 'div', 'sl ' + (known ? known.st : '') + (failing ? ' failing' : ''));
        if (known) { row.type = 'button'; row.tabIndex = -1; row.title = known.nodes.length === 1 ? 'show the step' : known.nodes.length + ' times: show the first'; row.onclick = () => section.reveal(known.nodes.find(node => node.st === known.st) || known.nodes[0]); }
        add(row, el('span', 'no', no), el('span', 'sg', known ? signs[known.st] || '' : ''), el('span', 'tx', all[no - 1]));
        if (failing) row.setAttribute('aria-label', 'line ' + no + ', which decided the verdict: ' + all[no - 1]);
        source.rows[no] = row;
        add(part, row);
      }
      add(text, part);
    }
  }

  section.sourceAt = (name, line, quiet) => {
    const source = run.sources.find(source => source.name === name);
    if (!source) return;
    show(source);
    for (const row of text.querySelectorAll('.here')) row.classList.remove('here');
    const row = source.rows[line];
    if (!row) return;
    if (!quiet) row.classList.add('here');
    const top = row.getBoundingClientRect().top - text.getBoundingClientRect().top;
    if (top < 0 || top > text.clientHeight - 30) text.scrollTop += top - text.clientHeight / 2;
  };
  show(run.sources.find(source => source.name === (run.within || run.file)) || run.sources[0]);
  return box;
}
