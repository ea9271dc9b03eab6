'use strict';
// What is known of one node, shown when it is asked for.

function detail(run, node) {
  const box = el('div', 'detail ' + node.st);
  if (node.k === 'step') {
    node.a.forEach((attempt, at) => {
      if (node.a.length > 1 || attempt.n > 1) {
        add(box, el('h3', '', 'attempt ' + attempt.n + (node.a.length > 1 ? ' of ' + last(node).n : '') + ': ' + word(attempt.s || 'unfinished') + ', ' + time(attempt.t)));
      }
      add(box, ofAttempt(run, node, attempt, at));
    });
  } else if (node.k === 'check') {
    add(box, pairs([
      ['line', place(run, node)], ['holds', node.h === true ? 'yes' : node.h === false ? 'no' : 'could not be judged'],
      ['why', node.m], ['while line', node.du], ['branch', node.br], ['caught', node.x ? 'it was tried again, or is no failure of the scenario' : ''], ['at', at(run, node)],
    ]));
    if (node.df) add(box, el('h3', '', 'what differs'), diff(node.df));
    else if (node.vs && node.vs.length) add(box, el('h3', '', 'values'), pairs(node.vs));
  } else {
    add(box, pairs([['line', node.l], ['why', node.r], ['at', at(run, node)]]));
  }
  return box;
}

function ofAttempt(run, node, a, index) {
  const box = el('div');
  add(box, pairs([
    ['why', a.er], ['command', a.c], ['does', a.d], ['host', a.h], ['line', place(run, node)], ['branch', node.br],
    ['exit', a.ex], ['signal', a.g], ['value', a.v],
    ['caught', a.x ? (index < node.a.length - 1 ? 'another attempt followed' : 'it is no failure of the scenario') : ''],
    ['at', '+' + time(a.b)], ['took', a.s ? time(a.t) : 'it did not come to its end'],
  ]));
  for (const [level, text] of a.lg || []) add(box, pairs([[level, text]]));
  if (a.o) add(box, el('h3', '', 'output'), output(a));
  for (const [name, file] of a.at || []) add(box, pairs([['kept ' + name, file]]));
  return box;
}

const at = (run, node) => '+' + time(node.b);
const place = (run, node) => (node.f ? node.f + ':' : '') + (node.l || '');

// The verdict's cause: the lines around it, the values or the output.
function whyBox(run, section) {
  const node = run.why === undefined ? null : run.nodes[run.why];
  const source = run.sources.find(s => s.name === (run.within || run.file));
  const line = run.line || (node && node.l);
  if (!node && !(source && line && run.outcome !== 'PASS')) return null;
  const box = el('div', 'whybox ' + (node ? node.st : run.cls));
  const head = el('h2');
  if (node) {
    const how = run.hint ? node.bad ? 'Before that this did not pass: ' : 'Before that this did not pass, which the scenario caught: ' : node.k === 'step' ? 'The step that decided it: ' : 'What decided it: ';
    add(head, el('span', '', node.st === 'unfinished' ? 'This was running: ' : how), el('code', '', title(node)));
    const go = el('button', '', 'show it among the steps');
    go.type = 'button';
    go.onclick = () => section.reveal(node);
    add(head, go);
  } else add(head, el('span', '', 'Where it was decided'));
  const two = el('div', 'two');
  if (source && line) {
    const part = el('div', 'excerpt');
    const lines = source.text.replace(/\n$/, '').split('\n');
    const marked = run.hint && node && node.l !== line && !node.f ? [line, node.l] : [line];
    const shown = new Set();
    for (const mark of marked) for (let no = Math.max(1, mark - 3); no <= Math.min(lines.length, mark + 3); no++) shown.add(no);
    let before = 0;
    for (const no of [...shown].sort((a, b) => a - b)) {
      if (before && no > before + 1) add(part, el('div', 'sl', '      …'));
      before = no;
      const row = el('div', 'sl' + (no === line ? ' failing' : marked.includes(no) ? ' here' : ''));
      add(row, el('span', 'no', no), el('span', 'sg fail', no === line ? '▶' : ''), el('span', 'tx', lines[no - 1]));
      add(part, row);
    }
    add(two, part);
  }
  if (node) {
    const part = el('div');
    if (node.k === 'step') {
      const end = last(node);
      if (end.er) add(part, pairs([['why', end.er]]));
      if (end.o) add(part, output(end)); else add(part, el('div', 'empty', 'It wrote nothing.'));
    } else {
      if (node.m) add(part, pairs([['why', node.m]]));
      if (node.df) add(part, diff(node.df)); else if (node.vs) add(part, pairs(node.vs));
    }
    add(two, part);
  }
  return add(box, head, two);
}
