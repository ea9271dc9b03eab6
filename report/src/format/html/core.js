'use strict';
// What the page is made from, and how things get onto it. No text of the run ever becomes markup:
// everything goes through textContent.
const DATA = JSON.parse(document.getElementById('data').textContent);
const SVG = 'http://www.w3.org/2000/svg';

function el(tag, cls, text) {
  const node = document.createElement(tag);
  if (cls) node.className = cls;
  if (text !== undefined && text !== null) node.textContent = text;
  return node;
}

function add(parent, ...children) {
  for (const child of children) if (child) parent.appendChild(child);
  return parent;
}

// A time in microseconds, as the console writes it.
function time(us) {
  if (us === null || us === undefined) return '';
  if (us < 1000) return us + 'us';
  if (us < 999500) return Math.round(us / 1000) + 'ms';
  if (us < 59950000) return (us / 1e6).toFixed(1) + 's';
  const s = Math.round(us / 1e6);
  const two = n => String(n).padStart(2, '0');
  return s < 3600 ? Math.floor(s / 60) + 'm' + two(s % 60) + 's' : Math.floor(s / 3600) + 'h' + two(Math.floor(s / 60) % 60) + 'm';
}

const GROUPS = { section: 1, 'case': 1, branch: 1, job: 1 };
const isGroup = node => GROUPS[node.k] === 1;
const last = node => node.a[node.a.length - 1];

// How a node stands, in one word: its class, and what is written before it.
function standing(node) {
  if (node.k === 'step') {
    const end = last(node);
    if (!end.s) return 'unfinished';
    return end.x && end.s !== 'pass' && end.s !== 'cancelled' ? 'caught' : end.s;
  }
  if (node.k === 'check') return node.h === true ? 'pass' : node.x ? 'caught' : node.h === false ? 'fail' : 'error';
  if (node.k === 'case') return (node.v || 'unfinished').toLowerCase();
  if (node.k === 'mark') return 'skip';
  return '';
}

const WORDS = { cancelled: 'ended', unfinished: 'open', caught: 'caught', timeout: 'timeout' };
const word = state => WORDS[state] || state;

function title(node) {
  switch (node.k) {
    case 'step': return last(node).c;
    case 'check': return node.t;
    case 'case': return 'case ' + node.t;
    case 'branch': return 'branch ' + node.t + (node.ch.length ? ', from ' + title(node.ch[0]) : '');
    case 'job': return 'background ' + node.t;
    case 'mark': return 'mark ' + node.t;
    default: return { setup: 'setup', finally: 'finally', undo: 'what was owed' }[node.t] || node.t;
  }
}

// Everything that a search looks at.
function haystack(node) {
  if (node.hay) return node.hay;
  const parts = [title(node), node.r, node.m, node.f, node.br];
  if (node.k === 'step') for (const a of node.a) {
    parts.push(a.c, a.d, a.er, a.v, a.h, a.g);
    for (const piece of (a.o || []).concat(a.o2 || [])) parts.push(piece[1]);
    for (const line of a.lg || []) parts.push(line[1]);
  }
  for (const value of node.vs || []) parts.push(value[0], value[1]);
  return node.hay = parts.filter(Boolean).join('\n').toLowerCase();
}

function prepare(run) {
  if (run.ready) return run;
  run.ready = true;
  run.roots = [];
  run.bad = [];
  run.nodes.forEach((node, at) => {
    node.i = at;
    node.ch = [];
    if (node.p === undefined) run.roots.push(node); else run.nodes[node.p].ch.push(node);
    if (node.bad && !isGroup(node)) run.bad.push(node);
  });
  // A group has the worst of what is in it, but a case has its own verdict.
  const rank = { error: 4, fail: 3, timeout: 3, unfinished: 2 };
  for (let at = run.nodes.length - 1; at >= 0; at--) {
    const node = run.nodes[at];
    if (isGroup(node)) {
      node.n = node.ch.reduce((sum, child) => sum + (isGroup(child) ? child.n : child.k === 'step' ? 1 : 0), 0);
      if (node.k === 'case') node.st = standing(node);
      else node.st = node.ch.reduce((worst, child) => (rank[child.st] || 0) > (rank[worst] || 0) ? child.st : worst, 'pass');
    } else node.st = node.bad || standing(node) === 'unfinished' ? standing(node) : standing(node) === 'fail' ? 'caught' : standing(node);
  }
  return run;
}

// What an attempt wrote, with what was left out told where it is.
function output(attempt) {
  const box = el('pre', 'out');
  box.tabIndex = 0;
  box.setAttribute('aria-label', 'output');
  const pieces = list => { for (const [stream, text] of list || []) add(box, el('span', stream ? 'err' : '', text)); };
  pieces(attempt.o);
  if (attempt.lo) add(box, el('span', 'gap', attempt.lo));
  pieces(attempt.o2);
  return box;
}

function pairs(list) {
  const dl = el('dl');
  for (const [name, text] of list) if (text !== undefined && text !== null && text !== '') add(dl, el('dt', '', name), el('dd', '', text));
  return dl;
}

function diff(lines) {
  const pre = el('pre', 'out diff');
  for (const [sign, text] of lines) add(pre, el('span', sign[0] === '-' ? 'del' : sign[0] === '+' ? 'add' : '', sign + ' ' + text + '\n'));
  return pre;
}
