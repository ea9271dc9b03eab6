// What the lines of `scn run --json` say of a test. Nothing here knows the editor.

/** The cases of a scenario's text, in their order: title and line, from 0. */
function cases(text) {
  const found = [];
  let quoted = false;
  text.split(/\r?\n/).forEach((line, number) => {
    const begins = /^\s*case\s+(.*?)\s*(?:\s#(?!\{).*)?$/.exec(line);
    if (!quoted && begins) found.push({ title: begins[1], line: number });
    // A text of many lines holds no statements.
    if ((line.match(/"""/g) ?? []).length % 2 === 1) quoted = !quoted;
  });
  return found;
}

/** The scenario's title, if it has one. */
function title(text) {
  const found = /^@title\s+(.*?)\s*$/m.exec(text);
  return found ? found[1] : undefined;
}

/** Follows a run, a line of its record at a time; tells `tell` what becomes of the test. */
class Follow {
  constructor(tell) {
    this.tell = tell;
    this.rest = '';
    this.outputs = new Map();
    this.line = undefined;
  }

  /** More of the record, cut anywhere. */
  feed(text) {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop();
    for (const line of lines) {
      let event;
      try {
        event = JSON.parse(line);
      } catch {
        // Not a line of a record: what scn says for a person.
        if (line.trim()) this.tell({ kind: 'output', text: line });
        continue;
      }
      this.event(event);
    }
  }

  event(event) {
    switch (event.event) {
      case 'step_started':
        this.tell({ kind: 'step', line: event.line, text: [].concat(event.command).join(' ') });
        break;
      case 'output':
        if (event.text !== undefined) this.tell({ kind: 'output', text: event.text });
        break;
      case 'said':
        this.tell({ kind: 'output', text: event.text });
        break;
      case 'case_started':
        this.tell({ kind: 'case_started', line: event.line });
        break;
      case 'case_finished':
        this.tell({ kind: 'case', line: event.line, verdict: event.verdict, reason: event.reason });
        break;
      case 'verdict':
        this.reason = event.reason;
        this.line = event.line;
        break;
      case 'run_finished':
        this.tell({
          kind: 'run',
          verdict: event.verdict,
          reason: this.reason,
          line: this.line,
          duration: event.duration_us / 1000,
        });
        break;
      default:
    }
  }
}

module.exports = { cases, title, Follow };
