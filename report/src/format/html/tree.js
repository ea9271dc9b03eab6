'use strict';
// The tree of steps. Rows come in chunks: those that are seen first, the others while nothing else is to do.
const CHUNK = 200;

function rowOf(run, node, section) {
  const row = el('button', 'row ' + (node.st || '') + (isGroup(node) ? ' group' : '') + (node.bad ? ' bad' : ''));
  row.type = 'button';
  row.node = node;
  row.id = run.key + '-' + node.i;
  row.setAttribute('aria-expanded', 'false');
  const notes = [];
  if (node.k === 'step') {
    if (node.a.length > 1 || last(node).n > 1) notes.push('attempt ' + last(node).n);
    if (last(node).h) notes.push('on ' + last(node).h);
    if (last(node).er && node.st !== 'pass') notes.push(last(node).er);
  } else if (isGroup(node)) {
    notes.push(node.n === 1 ? '1 step' : node.n + ' steps');
    if (node.r && node.st !== 'pass') notes.push(node.r);
  } else if (node.m && node.h !== true) notes.push(node.m);
  add(row, el('span', 'st', node.k === 'mark' ? '' : word(node.st)), el('span', 'ln', node.l || ''), el('span', 'cmd', title(node)),
    notes.length ? el('span', 'note', notes.join(' · ')) : null,
    el('span', 'tm', node.k === 'mark' ? '' : node.k === 'step' ? standing(node) === 'unfinished' ? '' : time(node.a.reduce((sum, a) => sum + (a.t || 0), 0)) : node.e === undefined ? '' : node.k === 'check' && !node.w ? '' : time(node.e - node.b)));
  return row;
}

// Long rows of steps that passed are folded, but for a few at either end: nobody reads them, and what
// decided the verdict should not be thousands of rows further down.
const LONG = 60;
const ENDS = 5;

function folded(nodes) {
  const items = [];
  const dull = node => node.k !== 'case' && node.st === 'pass' && !node.keep && !node.open;
  for (let from = 0; from < nodes.length;) {
    let to = from;
    while (to < nodes.length && dull(nodes[to])) to++;
    if (to - from > LONG) {
      items.push(...nodes.slice(from, from + ENDS), { k: 'fold', nodes: nodes.slice(from + ENDS, to - ENDS) }, ...nodes.slice(to - ENDS, to));
    } else items.push(...nodes.slice(from, Math.max(to, from + 1)));
    from = Math.max(to, from + 1);
  }
  return items;
}

function foldRow(run, fold, section) {
  const row = el('button', 'row group pass');
  row.type = 'button';
  row.setAttribute('aria-expanded', 'false');
  add(row, el('span', 'st', 'pass'), el('span', 'ln'), el('span', 'cmd', fold.nodes.length + ' more that passed'), el('span', 'tm'));
  const below = el('div');
  below.hidden = true;
  row.toggle = () => {
    if (!below.firstChild) fill(run, below, fold.nodes, section, true);
    below.hidden = !below.hidden;
    row.setAttribute('aria-expanded', String(!below.hidden));
  };
  for (const node of fold.nodes) node.fold = row;
  return [row, below];
}

// Puts rows for these nodes into a box; what is far down waits.
function fill(run, box, all, section, plain) {
  const nodes = plain ? all : folded(all);
  const waiting = [];
  for (let from = 0; from < nodes.length; from += CHUNK) {
    const part = nodes.slice(from, from + CHUNK);
    const chunk = el('div', nodes.length > CHUNK ? 'chunk' : '');
    chunk.fill = () => {
      if (!chunk.fill) return;
      chunk.fill = null;
      for (const node of part) {
        if (node.k === 'fold') { add(chunk, ...foldRow(run, node, section)); continue; }
        const row = rowOf(run, node, section);
        node.row = row;
        add(chunk, row);
        if (node.open) expand(run, node, section, true);
      }
    };
    for (const node of part) node.chunk = chunk;
    if (nodes.length > CHUNK) chunk.style.containIntrinsicSize = 'auto ' + part.length * 28 + 'px';
    add(box, chunk);
    if (from < CHUNK) chunk.fill(); else waiting.push(chunk);
  }
  if (!waiting.length) return;
  const idle = window.requestIdleCallback || (done => setTimeout(() => done({ timeRemaining: () => 8 }), 30));
  const more = deadline => {
    while (waiting.length && deadline.timeRemaining() > 4) { const chunk = waiting.shift(); if (chunk.fill) chunk.fill(); }
    if (waiting.length) idle(more);
  };
  idle(more);
  if (window.IntersectionObserver) {
    const seen = new IntersectionObserver(entries => {
      for (const entry of entries) if (entry.isIntersecting) { if (entry.target.fill) entry.target.fill(); seen.unobserve(entry.target); }
    }, { rootMargin: '600px' });
    waiting.forEach(chunk => seen.observe(chunk));
  }
}

function rowFor(run, node, section) {
  if (node.row && node.row.isConnected) return node.row;
  if (node.p !== undefined) {
    rowFor(run, run.nodes[node.p], section);
    expand(run, run.nodes[node.p], section, true);
  }
  if (node.fold && node.fold.isConnected && node.fold.getAttribute('aria-expanded') === 'false') node.fold.toggle();
  if (node.chunk && node.chunk.fill) node.chunk.fill();
  return node.row;
}

function expand(run, node, section, open) {
  node.open = open;
  const row = node.row;
  if (!row || (row.getAttribute('aria-expanded') === 'true') === open) return;
  row.setAttribute('aria-expanded', String(open));
  if (!open) { if (row.below) row.below.hidden = true; return; }
  if (!row.below) {
    row.below = isGroup(node) ? el('div', 'inner') : detail(run, node);
    row.after(row.below);
    if (isGroup(node)) {
      if (node.k === 'case' && node.r) add(row.below, detail(run, node));
      fill(run, row.below, section.visible(node.ch), section);
    }
  }
  row.below.hidden = false;
}

function tree(run, section) {
  const box = el('div', 'tree');
  box.setAttribute('role', 'group');
  box.setAttribute('aria-label', 'steps');
  const tools = el('div', 'tools');
  const search = el('input');
  search.type = 'search';
  search.placeholder = 'Search commands, outputs, values (/)';
  search.setAttribute('aria-label', 'search');
  const only = el('button', '', 'did not pass');
  only.type = 'button';
  only.setAttribute('aria-pressed', 'false');
  const next = el('button', '', 'next failure (n)');
  next.type = 'button';
  const count = el('span', 'count');
  count.setAttribute('role', 'status');
  add(tools, search, run.bad.length ? only : null, run.bad.length ? next : null, count);
  const list = el('div');
  add(box, tools, list);

  let wanted = null;
  section.visible = nodes => wanted ? nodes.filter(node => wanted.has(node.i)) : nodes;
  const show = () => {
    const text = search.value.trim().toLowerCase();
    const pressed = only.getAttribute('aria-pressed') === 'true';
    wanted = text || pressed ? new Set() : null;
    let found = 0;
    if (wanted) for (const node of run.nodes) {
      if (isGroup(node) && !text) continue;
      if (text && !haystack(node).includes(text)) continue;
      if (pressed && !node.bad && node.st !== 'caught' && node.st !== 'unfinished') continue;
      found++;
      for (let up = node; up; up = up.p === undefined ? null : run.nodes[up.p]) wanted.add(up.i);
    }
    for (const node of run.nodes) { node.row = null; node.chunk = null; node.fold = null; node.open = wanted ? isGroup(node) : !!node.keep; }
    list.replaceChildren();
    fill(run, list, section.visible(run.roots), section);
    count.textContent = wanted ? (found === 1 ? '1 found' : found + ' found') : '';
    if (wanted && !found) add(list, el('p', 'empty', 'Nothing is so.'));
  };
  let timer = 0;
  search.oninput = () => { clearTimeout(timer); timer = setTimeout(show, run.nodes.length > 2000 ? 200 : 60); };
  only.onclick = () => { only.setAttribute('aria-pressed', String(only.getAttribute('aria-pressed') !== 'true')); show(); };
  next.onclick = () => section.failure(1);
  list.onclick = event => {
    const row = event.target.closest('.row');
    if (!row || !list.contains(row)) return;
    if (row.toggle) { row.toggle(); return; }
    expand(run, row.node, section, row.getAttribute('aria-expanded') !== 'true');
    section.select(row.node);
  };
  section.search = search;
  section.list = list;

  // Opened at what decided the verdict; where all is well, at nothing.
  if (run.why !== undefined) for (let up = run.nodes[run.why]; up; up = up.p === undefined ? null : run.nodes[up.p]) up.keep = true;
  if (run.nodes.length <= 300) for (const node of run.nodes) if (node.k === 'case' || node.k === 'branch') node.keep = node.keep || node.st !== 'pass' || run.nodes.length <= 60;
  for (const node of run.nodes) node.open = !!node.keep;
  fill(run, list, run.roots, section);
  return box;
}
