'use strict';
// What went on when: a lane for the scenario, each branch and job, waits, what was noticed, and each
// watched value.

function timeline(run, section) {
  const box = el('div');
  const total = Math.max(run.micros, 1, ...run.nodes.map(node => node.e || node.b));
  const tools = el('div', 'tools');
  const zoom = el('input');
  zoom.type = 'range'; zoom.min = 0; zoom.max = 6; zoom.step = 1; zoom.value = 0;
  zoom.setAttribute('aria-label', 'zoom');
  const label = el('label', 'count', 'zoom ');
  add(label, zoom);
  add(tools, label);
  const tip = el('div', 'tip', 'Point at a thing, or tab to it, to read what it is.');
  tip.setAttribute('role', 'status');
  const scroll = el('div', 'tl');
  const canvas = el('div', 'canvas');
  add(box, tools, tip, add(scroll, canvas));
  zoom.oninput = () => {
    const middle = (scroll.scrollLeft + scroll.clientWidth / 2) / canvas.clientWidth;
    canvas.style.width = Math.pow(2, zoom.value) * 100 + '%';
    scroll.scrollLeft = middle * canvas.clientWidth - scroll.clientWidth / 2;
  };
  const left = us => (Math.min(Math.max(us, 0), total) / total * 100) + '%';

  const lane = (name, cls, small) => {
    const row = el('div', 'lane ' + (cls || ''));
    const label = el('span', 'name', name);
    label.title = name;
    if (small) add(label, el('small', '', ' ' + small));
    const track = el('div', 'track');
    add(canvas, add(row, label, track));
    return track;
  };
  const head = text => add(canvas, el('div', 'lane head', text));
  const tells = (thing, text, node) => {
    thing.setAttribute('aria-label', text);
    thing.onmouseenter = thing.onfocus = () => { tip.textContent = text; };
    if (node) thing.onclick = () => section.reveal(node);
  };
  const segment = (track, from, to, cls, text, inside, node) => {
    const seg = el('button', 'seg ' + cls, inside);
    seg.type = 'button';
    seg.style.left = left(from);
    seg.style.width = Math.max(0, (Math.min(to, total) - from) / total * 100) + '%';
    tells(seg, text, node);
    add(track, seg);
  };

  const axis = lane('', 'axis');
  for (let at = 0; at < 8; at++) { const mark = el('span', 'at', '+' + time(Math.round(total * at / 8))); mark.style.left = at / 8 * 100 + '%'; add(axis, mark); }

  // Many short steps side by side become one thing: nobody can point at a hundredth of a pixel.
  const lanes = new Map();
  for (const node of run.nodes) if (node.k === 'step') {
    const key = node.br || node.ph || '';
    if (!lanes.has(key)) lanes.set(key, []);
    lanes.get(key).push(node);
  }
  head('Steps');
  const named = { '': 'scenario', setup: 'setup', finally: 'finally', undo: 'what was owed' };
  const order = key => ({ setup: 0, '': 1, finally: 3, undo: 4 }[key] ?? 2);
  for (const [key, nodes] of [...lanes].sort((a, b) => order(a[0]) - order(b[0]))) {
    const isJob = nodes.some(node => node.p !== undefined && run.nodes[node.p].k === 'job');
    const track = lane(named[key] || (isJob ? 'background ' : 'branch ') + key, '', nodes.length > 1 ? '×' + nodes.length : '');
    const small = total / 700;
    let many = null;
    const flush = () => {
      if (!many) return;
      const one = many.nodes.length === 1;
      const node = many.worst;
      segment(track, many.from, many.to, node.st, one ? what(node) : many.nodes.length + ' steps, +' + time(many.from) + ' to +' + time(many.to) + '; ' + what(node), one ? title(node) : '', node);
      many = null;
    };
    const rank = node => node.bad ? 2 : node.st === 'pass' ? 0 : 1;
    for (const node of nodes.slice().sort((a, b) => a.b - b.b)) {
      const end = node.e === undefined ? total : node.e;
      const tiny = end - node.b < small;
      if (many && (!tiny || node.b - many.to > small || rank(node) !== rank(many.worst))) flush();
      if (!tiny) { many = { nodes: [node], worst: node, from: node.b, to: end }; flush(); continue; }
      if (!many) many = { nodes: [], worst: node, from: node.b, to: end };
      many.nodes.push(node);
      many.to = Math.max(many.to, end);
    }
    flush();
  }
  const waits = run.nodes.filter(node => node.k === 'check' && node.w);
  if (waits.length) {
    const track = lane('waits', '', '×' + waits.length);
    for (const node of waits) segment(track, node.b, node.e, 'wait ' + node.st, what(node), '', node);
  }
  const checks = run.nodes.filter(node => node.k === 'check' && !node.w);
  if (checks.length) {
    const track = lane('judged', '', '×' + checks.length);
    for (const node of thin(checks, 400)) segment(track, node.b, node.b, node.st, what(node), '', node);
  }
  if (run.marks.length) {
    const track = lane('marks');
    for (const [at, name, line] of run.marks) { const tick = el('span', 'tick', name); tick.style.left = left(at); tells(tick, 'mark ' + name + ', line ' + line + ', +' + time(at)); add(track, tick); }
  }
  const subjects = new Map();
  for (const [at, subject, message] of run.seen) { if (!subjects.has(subject)) subjects.set(subject, []); subjects.get(subject).push([at, message]); }
  if (subjects.size) head('Events' + (run.unseen ? ' (and ' + run.unseen + ' more)' : ''));
  for (const [subject, list] of subjects) {
    const track = lane(subject, '', '×' + list.length);
    for (const [at, message] of thin(list, 300)) segment(track, at, at, 'unfinished', subject + ' +' + time(at) + ': ' + message, '');
  }
  const watched = new Map();
  for (const series of run.series) { if (!watched.has(series.subject)) watched.set(series.subject, []); watched.get(series.subject).push(series); }
  for (const [subject, all] of watched) {
    head(subject);
    for (const series of all) {
      const name = subject + '.' + series.metric;
      if (series.numbers && series.from !== series.to) {
        chart(lane(series.metric, 'tall', series.from + ' – ' + series.to), series);
        continue;
      }
      const track = lane(series.metric);
      series.points.forEach(([at, first, second], index) => {
        const text = series.numbers ? second : first;
        if (text === 'none') return;
        const until = index + 1 < series.points.length ? series.points[index + 1][0] : total;
        segment(track, at, until, 'value skip', name + ' = ' + text + ', from +' + time(at), text);
      });
    }
  }
  function chart(track, series) {
    const svg = document.createElementNS(SVG, 'svg');
    svg.setAttribute('viewBox', '0 0 1000 100');
    svg.setAttribute('preserveAspectRatio', 'none');
    svg.setAttribute('aria-hidden', 'true');
    const values = series.points.map(point => point[1]).filter(value => value !== null);
    const low = Math.min(...values), high = Math.max(...values);
    const y = value => high === low ? 50 : 94 - (value - low) / (high - low) * 88;
    let points = [];
    const flush = () => { if (!points.length) return; const line = document.createElementNS(SVG, 'polyline'); line.setAttribute('points', points.join(' ')); svg.appendChild(line); points = []; };
    let before = null;
    for (const [at, value] of series.points) {
      const x = at / total * 1000;
      if (before !== null) points.push(x + ',' + y(before));
      if (value === null) flush(); else points.push(x + ',' + y(value));
      before = value;
    }
    if (before !== null) points.push('1000,' + y(before));
    flush();
    add(track, svg);
    track.tabIndex = 0;
    track.setAttribute('role', 'img');
    track.setAttribute('aria-label', series.subject + '.' + series.metric + ' from ' + series.from + ' to ' + series.to);
    const at = share => { let found = series.points[0]; for (const point of series.points) if (point[0] <= share * total) found = point; return found; };
    track.onmousemove = event => {
      const area = track.getBoundingClientRect();
      const share = (event.clientX - area.left) / area.width;
      tip.textContent = series.subject + '.' + series.metric + ' = ' + at(share)[2] + ' at +' + time(Math.round(share * total));
    };
    track.onfocus = () => { tip.textContent = track.getAttribute('aria-label'); };
  }
  return box;
}

const what = node => word(node.st) + ' ' + (node.l ? node.l + ': ' : '') + title(node) + ', +' + time(node.b) + (node.e > node.b ? ', ' + time(node.e - node.b) : '');
const thin = (list, most) => list.length <= most ? list : list.filter((_, at) => at % Math.ceil(list.length / most) === 0);
