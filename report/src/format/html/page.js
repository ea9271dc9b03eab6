'use strict';
// Puts the page together: a section for each run, made when it is first shown.
const sections = [];
let current = 0;

function build(index) {
  const run = prepare(DATA.runs[index]);
  run.key = 'r' + index;
  const host = document.getElementById('run-' + index);
  const section = { run, host };
  sections[index] = section;
  const body = el('div');

  section.select = node => {
    if (section.at) section.at.row && section.at.row.classList.remove('here');
    section.at = node;
    if (node.row) node.row.classList.add('here');
    if (section.sourceAt && node.l) section.sourceAt(node.f || run.file, node.l);
  };
  section.reveal = node => {
    section.tab(0);
    let row = rowFor(run, node, section);
    if (!row || !row.isConnected) { section.search.value = ''; section.search.oninput(); }
    row = rowFor(run, node, section);
    if (!row) return;
    expand(run, node, section, true);
    section.select(node);
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: 'center' });
  };
  section.failure = step => {
    if (!run.bad.length) return;
    const from = section.at ? section.at.i : step > 0 ? -1 : run.nodes.length;
    const ahead = step > 0 ? run.bad.find(node => node.i > from) || run.bad[0] : [...run.bad].reverse().find(node => node.i < from) || run.bad[run.bad.length - 1];
    section.reveal(ahead);
  };

  const names = ['Steps', 'Timeline', 'Facts'];
  const makes = [() => {
    const cols = el('div', 'cols');
    const list = tree(run, section);
    const source = sourcePanel(run, section);
    if (!source) cols.style.display = 'block';
    return add(cols, list, source);
  }, () => timeline(run, section), () => facts(run)];
  const tabs = el('div', 'tabs');
  tabs.setAttribute('role', 'tablist');
  const panels = names.map((name, at) => {
    const tab = el('button', '', name);
    tab.type = 'button';
    tab.id = run.key + '-tab' + at;
    tab.setAttribute('role', 'tab');
    tab.onclick = () => section.tab(at);
    add(tabs, tab);
    const panel = el('div', 'panel');
    panel.id = run.key + '-panel' + at;
    panel.setAttribute('role', 'tabpanel');
    panel.setAttribute('aria-labelledby', tab.id);
    tab.setAttribute('aria-controls', panel.id);
    return panel;
  });
  tabs.onkeydown = event => {
    const to = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!to) return;
    section.tab((section.open + to + names.length) % names.length);
    tabs.children[section.open].focus();
    event.stopPropagation();
  };
  section.make = at => { if (!panels[at].firstChild) add(panels[at], makes[at]()); };
  section.tab = at => {
    section.open = at;
    section.make(at);
    panels.forEach((panel, other) => { panel.hidden = other !== at; });
    [...tabs.children].forEach((tab, other) => { tab.setAttribute('aria-selected', String(other === at)); tab.tabIndex = other === at ? 0 : -1; });
  };
  add(body, whyBox(run, section), tabs, ...panels);
  add(host, body);
  section.tab(0);
  if (run.why !== undefined) section.select(run.nodes[run.why]);
  return section;
}

function facts(run) {
  const box = el('div', 'facts');
  const part = (name, list) => { if (list.length) add(box, add(el('div'), el('h2', '', name), pairs(list))); };
  part('Run', run.facts);
  part('Parameters', run.params);
  part('Conditions', run.conditions);
  part('Owed', run.undos);
  return box;
}

function show(index) {
  current = index;
  DATA.runs.forEach((_, at) => {
    document.getElementById('run-' + at).hidden = at !== index;
    const row = document.getElementById('list-' + at);
    if (row) { if (at === index) row.setAttribute('aria-current', 'true'); else row.removeAttribute('aria-current'); }
  });
  return sections[index] || build(index);
}

function theme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
}

function move(step) {
  const section = sections[current];
  const rows = [...section.list.querySelectorAll('.row')].filter(row => row.offsetParent);
  const at = rows.indexOf(document.activeElement);
  const row = rows[at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1)];
  if (row) { row.focus(); if (row.node) section.select(row.node); }
}

const dialog = document.getElementById('keys');
document.getElementById('theme').onclick = theme;
document.getElementById('help').onclick = () => dialog.showModal();
document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
  const typing = event.target.closest('input, select');
  if (typing) { if (event.key === 'Escape') { typing.value = ''; if (typing.oninput) typing.oninput(); typing.blur(); } return; }
  const section = sections[current];
  if (!section) return;
  const row = event.target.closest('.row');
  const is = open => row && (row.getAttribute('aria-expanded') === 'true') === open;
  const keys = {
    j: () => move(1), k: () => move(-1), n: () => section.failure(1), p: () => section.failure(-1),
    '/': () => { section.tab(0); section.search.focus(); }, t: theme, '?': () => dialog.showModal(),
    1: () => section.tab(0), 2: () => section.tab(1), 3: () => section.tab(2),
  };
  if (row) Object.assign(keys, { ArrowDown: () => move(1), ArrowUp: () => move(-1) });
  if (row && row.toggle) Object.assign(keys, { ArrowRight: () => is(false) ? row.toggle() : move(1), ArrowLeft: () => is(true) && row.toggle() });
  else if (row) Object.assign(keys, {
    ArrowRight: () => is(false) ? expand(section.run, row.node, section, true) : move(1),
    ArrowLeft: () => { if (is(true)) expand(section.run, row.node, section, false); else if (row.node.p !== undefined) { const up = section.run.nodes[row.node.p].row; up.focus(); } },
  });
  const act = keys[event.key];
  if (act) { event.preventDefault(); act(); }
});
// On paper everything of the run that is shown has its place, what is folded stays folded.
addEventListener('beforeprint', () => sections[current] && [0, 1, 2].forEach(at => sections[current].make(at)));
addEventListener('hashchange', () => { const found = /^#run-(\d+)$/.exec(location.hash); if (found && DATA.runs[found[1]]) show(Number(found[1])); });
const asked = /^#run-(\d+)$/.exec(location.hash);
if (DATA.runs.length) show(asked && DATA.runs[asked[1]] ? Number(asked[1]) : DATA.first);
