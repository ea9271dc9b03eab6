//! What a library would say of itself, laid out in memory as it would have it there, and read.
//!
//! A library is only loaded whole; this is for those who try what reading a description bears, with any sizes, numbers
//! and bytes that one can have.

use std::ffi::{c_char, c_void};
use std::mem::offset_of;
use std::ptr;

use scn_plugin_abi as abi;
use scn_protocol::plugin::Declaration;

use super::describe::describe;

/// A description: the fields of `scn_plugin`.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// The version that it was made for.
    pub version_of_abi: (u32, u32),
    /// What it says is the size of its `scn_plugin`, `scn_command` and `scn_param`: by so much more than it has here, or less.
    pub grown: [i16; 3],
    /// `name`
    pub name: Text,
    /// `version`
    pub version: Text,
    /// `flags`
    pub flags: u32,
    /// `commands`
    pub commands: Vec<Command>,
}

/// A text that ends with a NUL; none is NULL.
pub type Text = Option<Vec<u8>>;

/// The fields of `scn_command`.
#[derive(Clone, Debug, Default)]
pub struct Command {
    /// `name`
    pub name: Text,
    /// `help`
    pub help: Text,
    /// Whether anything does it.
    pub done: bool,
    /// `params`
    pub params: Vec<Param>,
    /// `rest`
    pub rest: Option<Param>,
    /// `rest_least`
    pub rest_least: usize,
    /// `returns`
    pub returns: u32,
    /// `flags`
    pub flags: u32,
    /// `returns_help`
    pub returns_help: Text,
    /// `undo`
    pub undo: Text,
    /// `examples`: a scenario, and what it says.
    pub examples: Vec<(Text, Text)>,
}

/// The fields of `scn_param`.
#[derive(Clone, Debug, Default)]
pub struct Param {
    /// `name`
    pub name: Text,
    /// `help`
    pub help: Text,
    /// `kind`
    pub kind: u32,
    /// `default_value`
    pub default: Option<Raw>,
}

/// An `scn_value`.
#[derive(Clone, Debug)]
pub enum Raw {
    /// Any kind but those that hold more than a number: those are of no kind then.
    Number(u32, i64),
    /// A text, bytes, a decimal or a percentage.
    Text(u32, Vec<u8>),
    /// A list.
    List(Vec<Raw>),
    /// A map.
    Map(Vec<(Vec<u8>, Raw)>),
    /// A text, list or map (by its kind) at NULL, of that length.
    Null(u32, usize),
    /// A list that is its own only element.
    Circle,
}

impl Sheet {
    /// What `scn` makes of it.
    ///
    /// # Errors
    /// Why it cannot be used: after the library's name.
    pub fn read(&self) -> Result<Declaration, String> {
        let mut memory = Memory::default();
        let plugin = memory.plugin(self);
        // SAFETY: all of it is in `memory`, whose blocks are as large as it says.
        let described = unsafe { describe(plugin) };
        described.map(|described| described.declaration)
    }

    fn size<T>(&self, which: usize) -> usize {
        size_of::<T>().saturating_add_signed(self.grown[which].into())
    }
}

/// Blocks that stay where they are.
#[derive(Default)]
struct Memory {
    blocks: Vec<Box<[u64]>>,
}

impl Memory {
    /// A block of its own for so many bytes, and no word more; what nobody fills in is not zero.
    fn block(&mut self, bytes: usize) -> *mut c_void {
        let words = bytes.div_ceil(size_of::<u64>());
        let mut block = vec![0xa5a5_a5a5_a5a5_a5a5; words].into_boxed_slice();
        let at = block.as_mut_ptr().cast();
        self.blocks.push(block);
        at
    }

    /// Structures one after the other, each of the size that the library says that they have.
    fn array<T: Copy>(&mut self, each: &[T], size: usize) -> *const T {
        let at = self.block(each.len() * size);
        for (index, one) in each.iter().enumerate() {
            // SAFETY: the block has so many of that size, and no more of each is written.
            unsafe {
                let from = ptr::from_ref(one).cast::<u8>();
                let to = at.byte_add(index * size).cast::<u8>();
                ptr::copy_nonoverlapping(from, to, size.min(size_of::<T>()));
            }
        }
        at.cast_const().cast()
    }

    fn bytes(&mut self, bytes: &[u8]) -> *const c_char {
        self.array(bytes, 1).cast()
    }

    fn text(&mut self, text: &Text) -> *const c_char {
        match text {
            Some(text) => self.bytes(&[text.as_slice(), &[0]].concat()),
            None => ptr::null(),
        }
    }

    fn plugin(&mut self, sheet: &Sheet) -> *const abi::Plugin {
        let command_size = sheet.size::<abi::Command>(1);
        let param_size = sheet.size::<abi::Param>(2);
        // What is too small is refused before anything in it is read.
        let params_are_read = param_size >= size_of::<abi::Param>();
        let are_read = params_are_read && command_size >= offset_of!(abi::Command, examples);
        let commands = sheet.commands.iter().filter(|_| are_read);
        let commands: Vec<abi::Command> = commands
            .map(|command| self.command(command, param_size))
            .collect();
        let size = sheet.size::<abi::Plugin>(0);
        let plugin = abi::Plugin {
            size,
            abi_major: sheet.version_of_abi.0,
            abi_minor: sheet.version_of_abi.1,
            command_size,
            param_size,
            name: self.text(&sheet.name),
            version: self.text(&sheet.version),
            flags: sheet.flags,
            commands: self.array(&commands, command_size),
            commands_length: commands.len(),
            open: None,
            close: None,
        };
        // The first three fields are there in every version.
        self.array(&[plugin], size.max(offset_of!(abi::Plugin, command_size)))
    }

    fn command(&mut self, command: &Command, param_size: usize) -> abi::Command {
        let params: Vec<_> = command.params.iter().map(|one| self.param(one)).collect();
        let rest = command.rest.as_ref().map(|rest| self.param(rest));
        let examples = command
            .examples
            .iter()
            .map(|(scenario, output)| abi::Example {
                scenario: self.text(scenario),
                output: self.text(output),
            });
        let examples: Vec<_> = examples.collect();
        abi::Command {
            name: self.text(&command.name),
            help: self.text(&command.help),
            run: command.done.then_some(nothing as abi::Run),
            params: self.array(&params, param_size),
            params_length: params.len(),
            rest: rest.map_or(ptr::null(), |rest| self.array(&[rest], param_size)),
            rest_least: command.rest_least,
            returns: command.returns,
            flags: command.flags,
            returns_help: self.text(&command.returns_help),
            undo: self.text(&command.undo),
            data: ptr::null(),
            examples: self.array(&examples, size_of::<abi::Example>()),
            examples_length: examples.len(),
        }
    }

    fn param(&mut self, param: &Param) -> abi::Param {
        abi::Param {
            name: self.text(&param.name),
            help: self.text(&param.help),
            kind: param.kind,
            default_value: match &param.default {
                Some(value) => {
                    let value = self.value(value);
                    self.array(&[value], size_of::<abi::Value>())
                }
                None => ptr::null(),
            },
        }
    }

    fn value(&mut self, raw: &Raw) -> abi::Value {
        use abi::{As, kind};
        let holds_more = [
            kind::DECIMAL,
            kind::TEXT,
            kind::BYTES,
            kind::LIST,
            kind::MAP,
            kind::PERCENT,
        ];
        let texts = [kind::DECIMAL, kind::TEXT, kind::BYTES, kind::PERCENT];
        let (kind, held) = match raw {
            Raw::Number(kind, integer) => {
                let more = holds_more.contains(kind);
                (
                    if more { u32::MAX } else { *kind },
                    As { integer: *integer },
                )
            }
            Raw::Text(kind, bytes) => {
                let (data, length) = (self.bytes(bytes), bytes.len());
                let kind = if texts.contains(kind) {
                    *kind
                } else {
                    kind::TEXT
                };
                (
                    kind,
                    As {
                        text: abi::Text { data, length },
                    },
                )
            }
            Raw::List(items) => {
                let items: Vec<_> = items.iter().map(|item| self.value(item)).collect();
                let length = items.len();
                let items = self.array(&items, size_of::<abi::Value>());
                (
                    kind::LIST,
                    As {
                        list: abi::List { items, length },
                    },
                )
            }
            Raw::Map(entries) => {
                let entries = entries.iter().map(|(key, value)| abi::Entry {
                    key: abi::Text {
                        data: self.bytes(key),
                        length: key.len(),
                    },
                    value: self.value(value),
                });
                let entries: Vec<_> = entries.collect();
                let length = entries.len();
                let entries = self.array(&entries, size_of::<abi::Entry>());
                (
                    kind::MAP,
                    As {
                        map: abi::Map { entries, length },
                    },
                )
            }
            Raw::Null(kind, length) => {
                let data = ptr::null();
                (
                    *kind,
                    As {
                        text: abi::Text {
                            data,
                            length: *length,
                        },
                    },
                )
            }
            Raw::Circle => {
                let at = self.block(size_of::<abi::Value>()).cast::<abi::Value>();
                let items = at.cast_const();
                let list = abi::List { items, length: 1 };
                let held = As { list };
                let value = abi::Value {
                    kind: kind::LIST,
                    reserved: 0,
                    held,
                };
                // SAFETY: the block is as large as a value, and lies as one must.
                unsafe { at.write(value) };
                (kind::LIST, held)
            }
        };
        abi::Value {
            kind,
            reserved: 0,
            held,
        }
    }
}

/// Never called: a description is only read.
unsafe extern "C" fn nothing(
    _instance: *mut c_void,
    _call: *const abi::Call,
    _context: *const abi::Context,
) -> abi::Status {
    abi::FAILED
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn sheet(param: Param) -> Sheet {
        let some = |text: &str| Some(text.as_bytes().to_vec());
        Sheet {
            version_of_abi: (abi::MAJOR, abi::MINOR),
            name: some("n"),
            commands: vec![Command {
                name: some("c"),
                done: true,
                params: vec![param],
                examples: vec![(some("c"), None)],
                ..Command::default()
            }],
            ..Sheet::default()
        }
    }

    #[test]
    fn what_is_laid_out_is_read() {
        let default = Raw::Map(vec![(b"k".to_vec(), Raw::List(vec![Raw::Number(2, 7)]))]);
        let mut sheet = sheet(Param {
            name: Some(b"p".to_vec()),
            default: Some(default),
            ..Param::default()
        });
        for grown in [[0, 0, 0], [40, 3, 200], [0, -16, 0]] {
            sheet.grown = grown;
            let read = sheet.read().unwrap();
            let command = &read.commands[0];
            assert_eq!((read.name.as_str(), command.name.as_str()), ("n", "c"));
            let default = command.params[0].default.clone().unwrap();
            assert_eq!(default.to_text(), r#"{"k":[7]}"#);
            let examples = usize::from(grown[1] >= 0);
            assert_eq!(command.examples.len(), examples, "{grown:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for (default, why) in [
            (Raw::Circle, "deeper than 200"),
            (Raw::Null(abi::kind::LIST, 3), "3 elements is NULL"),
            (Raw::Number(99, 1), "no kind of value 99"),
            (
                Raw::Text(abi::kind::DECIMAL, b"x".to_vec()),
                "is no decimal",
            ),
        ] {
            let default = Some(default);
            let read = sheet(Param {
                default,
                ..Param::default()
            })
            .read();
            assert!(read.is_err_and(|said| said.contains(why)), "{why}");
        }
        let mut short = sheet(Param::default());
        short.grown = [-100, 0, 0];
        assert!(short.read().is_err_and(|said| said.contains("at least")));
    }
}
