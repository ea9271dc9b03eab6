//! Where in a TOML file a byte is, whatever is wrong with the file.

use scn_grammar::Span;

/// What a byte stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The name of a `[table]`.
    Header,
    /// A key.
    Key,
    /// A value.
    Value,
}

/// Where a byte is.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The keys down to it: of the table that holds the key, or of the value itself.
    pub path: Vec<String>,
    /// What it stands in.
    pub at: At,
    /// The word there.
    pub span: Span,
    /// It is within quotes.
    pub quoted: bool,
    /// The keys that the same table has already.
    pub siblings: Vec<String>,
}

/// A table or list that is open.
struct Open {
    /// Of how many keys its path is made.
    depth: usize,
    /// It is a table.
    table: bool,
    /// Its keys so far.
    keys: Vec<String>,
}

/// Goes through the file up to the caret.
struct Scan<'t> {
    text: &'t str,
    at: usize,
    caret: usize,
    /// The keys of the `[table]`, then those of what is open in it.
    path: Vec<String>,
    open: Vec<Open>,
    found: Option<Place>,
    /// Every key that was met, with those above it.
    met: Vec<(Vec<String>, Span)>,
}

/// Where byte `caret` is.
pub fn place(text: &str, caret: usize) -> Place {
    let mut scan = Scan::to(text, caret);
    scan.found
        .take()
        .unwrap_or_else(|| scan.here(At::Key, Span::new(caret, caret), false))
}

/// Every key of the file with those above it, wherever it stands: in headers, dotted keys and inline tables.
pub fn keys(text: &str) -> Vec<(Vec<String>, Span)> {
    Scan::to(text, usize::MAX).met
}

impl<'t> Scan<'t> {
    /// Up to the caret, or to the end.
    fn to(text: &'t str, caret: usize) -> Self {
        let mut scan = Self {
            text,
            at: 0,
            caret,
            path: Vec::new(),
            open: vec![Open {
                depth: 0,
                table: true,
                keys: Vec::new(),
            }],
            found: None,
            met: Vec::new(),
        };
        while scan.found.is_none() && scan.at < text.len() {
            scan.entry();
        }
        scan
    }

    fn next(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn here(&self, at: At, span: Span, quoted: bool) -> Place {
        Place {
            path: self.path.clone(),
            at,
            span,
            quoted,
            siblings: self
                .open
                .last()
                .map(|open| open.keys.clone())
                .unwrap_or_default(),
        }
    }

    /// Notes the caret if it stands between `start` and where the scan is now.
    fn note(&mut self, at: At, start: usize, quoted: bool) {
        if self.found.is_none() && (start..=self.at).contains(&self.caret) {
            self.found = Some(self.here(at, Span::new(start, self.at), quoted));
        }
    }

    /// Blanks; line ends too where `lines`. A comment is passed over.
    fn blanks(&mut self, lines: bool) {
        while let Some(c) = self.next() {
            match c {
                ' ' | '\t' | '\r' => self.at += 1,
                '\n' if lines => self.at += 1,
                '#' => {
                    let rest = &self.text[self.at..];
                    let from = self.at;
                    self.at += rest.find('\n').unwrap_or(rest.len());
                    if self.caret > from && self.caret <= self.at {
                        // Nothing is said in a comment.
                        self.path = vec![String::new()];
                        self.found =
                            Some(self.here(At::Value, Span::new(self.caret, self.caret), true));
                    }
                }
                _ => break,
            }
        }
    }

    /// A header, or a key with its value.
    fn entry(&mut self) {
        let from = self.at;
        self.blanks(true);
        if self.found.is_some() {
            return;
        }
        if (from..self.at).contains(&self.caret) {
            let span = Span::new(self.caret, self.caret);
            self.found = Some(self.here(At::Key, span, false));
            return;
        }
        match self.next() {
            Some('[') => self.header(),
            Some(_) => {
                self.key_value();
                self.skip_line();
            }
            None => {}
        }
    }

    fn skip_line(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.find('\n').unwrap_or(rest.len());
    }

    fn header(&mut self) {
        self.path.clear();
        self.open.truncate(1);
        self.open[0].keys.clear();
        while self.next() == Some('[') {
            self.at += 1;
        }
        self.keys(At::Header);
        self.open[0].depth = self.path.len();
        self.skip_line();
    }

    /// `a.b.c`: goes down, noting the caret at each with the path above it.
    fn keys(&mut self, at: At) {
        loop {
            self.blanks(false);
            let start = self.at;
            let name = self.word();
            self.note(at, start, false);
            if name.is_empty() {
                return;
            }
            if at == At::Key
                && let Some(open) = self.open.last_mut()
                && self.path.len() == open.depth
            {
                open.keys.push(name.clone());
            }
            self.path.push(name);
            self.met
                .push((self.path.clone(), Span::new(start, self.at)));
            self.blanks(false);
            if self.next() != Some('.') {
                return;
            }
            self.at += 1;
        }
    }

    /// A bare or quoted word.
    fn word(&mut self) -> String {
        if let Some(quote @ ('"' | '\'')) = self.next() {
            let start = self.at;
            self.string(quote);
            return self.text[start..self.at].trim_matches(quote).to_owned();
        }
        let start = self.at;
        let rest = &self.text[start..];
        let bare = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        self.at += rest.find(|c| !bare(c)).unwrap_or(rest.len());
        self.text[start..self.at].to_owned()
    }

    fn key_value(&mut self) {
        let depth = self.path.len();
        self.keys(At::Key);
        self.blanks(false);
        if self.next() == Some('=') {
            self.at += 1;
            let start = self.at;
            self.blanks(false);
            if (start..self.at).contains(&self.caret) && self.found.is_none() {
                let span = Span::new(self.caret, self.caret);
                self.found = Some(self.here(At::Value, span, false));
            }
            self.value();
        } else if self.path.len() == depth && self.found.is_none() {
            // Nothing that is a key: passed over.
            self.at += self.next().map_or(0, char::len_utf8);
        }
        if self.found.is_none() {
            self.path.truncate(depth);
        }
    }

    fn value(&mut self) {
        let start = self.at;
        match self.next() {
            Some(quote @ ('"' | '\'')) => {
                self.string(quote);
                if self.caret > start && self.caret <= self.at {
                    let closed = self.at > start + 1 && self.text[..self.at].ends_with(quote);
                    let end = self.at - usize::from(closed);
                    if self.caret <= end && self.found.is_none() {
                        self.found = Some(self.here(At::Value, Span::new(start + 1, end), true));
                    }
                }
            }
            Some('{') => self.nested('}', true),
            Some('[') => self.nested(']', false),
            _ => {
                let rest = &self.text[start..];
                let ends = |c: char| matches!(c, ',' | '}' | ']' | '\n' | '#' | ' ');
                self.at += rest.find(ends).unwrap_or(rest.len());
                self.note(At::Value, start, false);
            }
        }
    }

    fn nested(&mut self, close: char, table: bool) {
        self.at += 1;
        self.open.push(Open {
            depth: self.path.len(),
            table,
            keys: Vec::new(),
        });
        while self.found.is_none() {
            let from = self.at;
            self.blanks(true);
            if self.found.is_none() && (from..self.at).contains(&self.caret) {
                let at = if table { At::Key } else { At::Value };
                let span = Span::new(self.caret, self.caret);
                self.found = Some(self.here(at, span, false));
                break;
            }
            match self.next() {
                None => {
                    if self.caret >= self.at {
                        let at = if table { At::Key } else { At::Value };
                        self.found = Some(self.here(at, Span::new(self.caret, self.caret), false));
                    }
                    break;
                }
                Some(c) if c == close => {
                    self.at += 1;
                    break;
                }
                Some(',') => self.at += 1,
                Some(_) if self.open.last().is_some_and(|open| open.table) => {
                    let before = self.at;
                    self.key_value();
                    if self.at == before {
                        break;
                    }
                }
                Some(_) => {
                    let before = self.at;
                    self.value();
                    if self.at == before {
                        self.at += self.next().map_or(1, char::len_utf8);
                    }
                }
            }
        }
        if self.found.is_none() {
            self.open.pop();
        }
    }

    /// A text, of one line or of many.
    fn string(&mut self, quote: char) {
        let rest = &self.text[self.at..];
        let triple: String = std::iter::repeat_n(quote, 3).collect();
        if let Some(inner) = rest.strip_prefix(triple.as_str()) {
            self.at += inner.find(&triple).map_or(rest.len(), |end| end + 6);
            return;
        }
        let mut escaped = false;
        for (place, c) in rest.char_indices().skip(1) {
            match c {
                '\n' => {
                    self.at += place;
                    return;
                }
                c if c == quote && !escaped => {
                    self.at += place + 1;
                    return;
                }
                c => escaped = c == '\\' && quote == '"' && !escaped,
            }
        }
        self.at = self.text.len();
    }
}
