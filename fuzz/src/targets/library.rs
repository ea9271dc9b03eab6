//! What a shared library says of itself.

use scn_plugin_host::library::sheet::{Command, Param, Raw, Sheet, Text};
use scn_protocol::plugin::Declaration;

use super::Target;

pub const LIBRARY: Target = Target {
    name: "library",
    help: "a shared library's description, in structures of any size: refused with a reason, or read as it is, and told to scn as it was read",
    run,
    most: 1_024,
};

fn run(input: &[u8]) {
    let sheet = Bytes(input).sheet();
    let read = match sheet.read() {
        Ok(read) => read,
        Err(reason) => return assert!(!reason.is_empty()),
    };
    is_as_laid_out(&sheet, &read);
    // The process that it is loaded into tells this; whatever is in it comes over the wire.
    let said = read.to_json();
    if let Ok(heard) = Declaration::read(&said) {
        assert_eq!(Declaration::read(&heard.to_json()).as_ref(), Ok(&heard));
        assert_eq!(heard.commands.len(), read.commands.len());
    }
    if let Err(reason) = scn_plugin_host::declare::read(&said) {
        assert!(!reason.is_empty());
    }
}

fn is_as_laid_out(sheet: &Sheet, read: &Declaration) {
    assert_eq!(
        (&read.name, &read.version),
        (&is(&sheet.name), &is(&sheet.version))
    );
    assert_eq!(read.commands.len(), sheet.commands.len());
    for (command, read) in sheet.commands.iter().zip(&read.commands) {
        assert_eq!(
            (&read.name, &read.help),
            (&is(&command.name), &is(&command.help))
        );
        assert_eq!(read.rest.is_some(), command.rest.is_some());
        assert_eq!(read.params.len(), command.params.len());
        for (param, read) in command.params.iter().zip(&read.params) {
            assert_eq!(read.name, is(&param.name));
            assert_eq!(read.default.is_some(), param.default.is_some());
        }
    }
}

/// A text up to its NUL.
fn is(text: &Text) -> String {
    let text = text.as_deref().unwrap_or_default();
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}

/// What is left of the input: each thing takes what it needs, and nothing is zero.
struct Bytes<'i>(&'i [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => 0,
        }
    }

    fn number(&mut self) -> i64 {
        match self.byte() {
            0xff => i64::MIN,
            0xfe => i64::MAX,
            small => i64::from(small.cast_signed()),
        }
    }

    fn text(&mut self) -> Text {
        match self.byte() {
            0 => None,
            length => Some(self.bytes(length)),
        }
    }

    fn bytes(&mut self, length: u8) -> Vec<u8> {
        let (text, rest) = self.0.split_at(self.0.len().min(usize::from(length) - 1));
        self.0 = rest;
        text.to_vec()
    }

    fn several<T>(&mut self, most: u8, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.byte() % most).map(|_| one(self)).collect()
    }

    fn sheet(mut self) -> Sheet {
        // Mostly the version that is spoken, and sizes that can be read.
        let version_of_abi = match self.byte() {
            odd @ 0xf0.. => (u32::from(odd) - 0xf0, u32::from(odd)),
            minor => (1, u32::from(minor)),
        };
        Sheet {
            version_of_abi,
            grown: [(); 3].map(|()| match self.byte() {
                odd @ 0xc0.. => i16::from(odd.cast_signed()) * 2,
                more => i16::from(more),
            }),
            name: self.text(),
            version: self.text(),
            flags: u32::from(self.byte()),
            commands: self.several(6, Self::command),
        }
    }

    fn command(&mut self) -> Command {
        Command {
            name: self.text(),
            help: self.text(),
            done: self.byte() != 0xff,
            params: self.several(5, Self::param),
            rest: (self.byte() & 1 == 1).then(|| self.param()),
            rest_least: self.byte().into(),
            returns: u32::from(self.byte()) % 12,
            flags: u32::from(self.byte()),
            returns_help: self.text(),
            undo: self.text(),
            examples: self.several(3, |bytes| (bytes.text(), bytes.text())),
        }
    }

    fn param(&mut self) -> Param {
        Param {
            name: self.text(),
            help: self.text(),
            kind: u32::from(self.byte()) % 12,
            default: (self.byte() & 1 == 1).then(|| self.value(6)),
        }
    }

    fn value(&mut self, deepest: u8) -> Raw {
        match (self.byte() % 7, deepest) {
            (0, _) => Raw::Circle,
            (1, _) => Raw::Null(self.byte().into(), self.byte().into()),
            (2, _) => {
                let (kind, length) = (self.byte(), self.byte().max(1));
                Raw::Text(kind.into(), self.bytes(length))
            }
            (3, 1..) => Raw::List(self.several(4, |bytes| bytes.value(deepest - 1))),
            (4, 1..) => Raw::Map(self.several(4, |bytes| {
                let length = bytes.byte().max(1);
                (bytes.bytes(length), bytes.value(deepest - 1))
            })),
            _ => Raw::Number(self.byte().into(), self.number()),
        }
    }
}
