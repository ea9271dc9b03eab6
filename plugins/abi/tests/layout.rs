//! The header and its mirror are laid out alike: a C compiler is asked.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::mem::{offset_of, size_of};
use std::path::Path;
use std::process::Command;

use scn_plugin_abi as abi;

/// A structure in C, its name in Rust, its fields in C and in Rust.
macro_rules! layouts {
    ($($c:literal $rust:ident { $($field:literal $name:ident),* $(,)? })*) => {
        fn rust() -> BTreeMap<String, usize> {
            let mut all = BTreeMap::new();
            $(
                all.insert($c.to_owned(), size_of::<abi::$rust>());
                $( all.insert(format!("{}.{}", $c, $field), offset_of!(abi::$rust, $name)); )*
            )*
            all
        }

        fn c_source() -> String {
            let mut text = String::from("#include \"scn_plugin.h\"\n#include <stdio.h>\nint main(void) {\n");
            $(
                writeln!(text, "printf(\"{0} %zu\\n\", sizeof({0}));", $c).unwrap();
                $( writeln!(text, "printf(\"{0}.{1} %zu\\n\", offsetof({0}, {1}));", $c, $field).unwrap(); )*
            )*
            text
        }
    };
}

layouts! {
    "scn_text" Text { "data" data, "length" length }
    "scn_list" List { "items" items, "length" length }
    "scn_map" Map { "entries" entries, "length" length }
    "scn_value" Value { "kind" kind, "reserved" reserved, "as" held }
    "scn_entry" Entry { "key" key, "value" value }
    "scn_call" Call {
        "size" size, "args" args, "args_length" args_length, "rest" rest,
        "rest_length" rest_length, "input" input, "run" run, "step" step, "data" data,
    }
    "scn_context" Context {
        "size" size, "host" host, "log" log, "metric" metric, "event" event, "output" output,
        "secret" secret, "cancelled" cancelled, "give" give, "fail" fail, "time_left" time_left,
    }
    "scn_param" Param { "name" name, "help" help, "type" kind, "default_value" default_value }
    "scn_example" Example { "scenario" scenario, "output" output }
    "scn_command" Command {
        "name" name, "help" help, "run" run, "params" params, "params_length" params_length,
        "rest" rest, "rest_least" rest_least, "returns" returns, "flags" flags,
        "returns_help" returns_help, "undo" undo, "data" data, "examples" examples,
        "examples_length" examples_length,
    }
    "scn_plugin" Plugin {
        "size" size, "abi_major" abi_major, "abi_minor" abi_minor, "command_size" command_size,
        "param_size" param_size, "name" name, "version" version, "flags" flags,
        "commands" commands, "commands_length" commands_length, "open" open, "close" close,
    }
}

/// Constants of the header, with what they are here.
const CONSTANTS: &[(&str, i64)] = &[
    ("SCN_ABI_MAJOR", abi::MAJOR as i64),
    ("SCN_ABI_MINOR", abi::MINOR as i64),
    ("SCN_NONE", abi::kind::NONE as i64),
    ("SCN_BOOL", abi::kind::BOOL as i64),
    ("SCN_INT", abi::kind::INT as i64),
    ("SCN_DECIMAL", abi::kind::DECIMAL as i64),
    ("SCN_TEXT", abi::kind::TEXT as i64),
    ("SCN_BYTES", abi::kind::BYTES as i64),
    ("SCN_LIST", abi::kind::LIST as i64),
    ("SCN_MAP", abi::kind::MAP as i64),
    ("SCN_DURATION", abi::kind::DURATION as i64),
    ("SCN_SIZE", abi::kind::SIZE as i64),
    ("SCN_PERCENT", abi::kind::PERCENT as i64),
    ("SCN_MOMENT", abi::kind::MOMENT as i64),
    ("SCN_TYPE_ANY", abi::types::ANY as i64),
    ("SCN_TYPE_TEXT", abi::types::TEXT as i64),
    ("SCN_TYPE_INT", abi::types::INT as i64),
    ("SCN_TYPE_DECIMAL", abi::types::DECIMAL as i64),
    ("SCN_TYPE_BOOL", abi::types::BOOL as i64),
    ("SCN_TYPE_DURATION", abi::types::DURATION as i64),
    ("SCN_TYPE_SIZE", abi::types::SIZE as i64),
    ("SCN_TYPE_PERCENT", abi::types::PERCENT as i64),
    ("SCN_TYPE_LIST", abi::types::LIST as i64),
    ("SCN_TYPE_MAP", abi::types::MAP as i64),
    ("SCN_OK", abi::OK as i64),
    ("SCN_FAILED", abi::FAILED as i64),
    ("SCN_BLAME_SYSTEM", abi::blame::SYSTEM as i64),
    ("SCN_BLAME_PLUGIN", abi::blame::PLUGIN as i64),
    ("SCN_BLAME_ENVIRONMENT", abi::blame::ENVIRONMENT as i64),
    ("SCN_BLAME_SCENARIO", abi::blame::SCENARIO as i64),
    ("SCN_DEBUG", abi::level::DEBUG as i64),
    ("SCN_INFO", abi::level::INFO as i64),
    ("SCN_WARNING", abi::level::WARNING as i64),
    ("SCN_ERROR", abi::level::ERROR as i64),
    ("SCN_STDOUT", abi::stream::STDOUT as i64),
    ("SCN_STDERR", abi::stream::STDERR as i64),
    ("SCN_REPEATABLE", abi::REPEATABLE as i64),
    ("SCN_QUICK", abi::QUICK as i64),
    ("SCN_PLUGIN_CONCURRENT", abi::CONCURRENT as i64),
];

/// Compiles a program, strictly, and runs it.
fn printed(compiler: &str, arguments: &[&str], source: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (file, program) = (folder.path().join("t.c"), folder.path().join("t"));
    std::fs::write(&file, source).unwrap();
    let include = Path::new(env!("CARGO_MANIFEST_DIR")).join("include");
    let mut compile = Command::new(compiler);
    compile
        .args(arguments)
        .args(["-Wall", "-Wextra", "-pedantic", "-Werror", "-I"]);
    let compiled = compile
        .arg(include)
        .arg("-o")
        .arg(&program)
        .arg(&file)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&compiled.stderr).into_owned();
    assert!(compiled.status.success(), "{told}");
    String::from_utf8(Command::new(program).output().unwrap().stdout).unwrap()
}

fn read(printed: &str) -> BTreeMap<String, i64> {
    let pair = |line: &str| {
        let (name, number) = line.split_once(' ').unwrap();
        (name.to_owned(), number.parse().unwrap())
    };
    printed.lines().map(pair).collect()
}

#[test]
fn the_header_and_its_mirror_are_laid_out_alike() {
    let mut source = c_source();
    for (name, _) in CONSTANTS {
        writeln!(source, "printf(\"{name} %lld\\n\", (long long)({name}));").unwrap();
    }
    source.push_str("return 0; }\n");
    let ours = rust()
        .into_iter()
        .map(|(name, number)| (name, number as i64));
    let constants = CONSTANTS
        .iter()
        .map(|(name, number)| ((*name).to_owned(), *number));
    let ours: BTreeMap<String, i64> = ours.chain(constants).collect();
    assert_eq!(read(&printed("cc", &["-std=c99"], &source)), ours);
}

/// The header, without its comments.
fn code() -> String {
    let mut code = String::new();
    let mut rest = abi::HEADER;
    while let Some((before, comment)) = rest.split_once("/*") {
        code.push_str(before);
        rest = comment.split_once("*/").unwrap().1;
    }
    code + rest
}

#[test]
fn no_constant_and_no_structure_of_the_header_is_left_out() {
    let code = code();
    let named: Vec<&str> = code
        .split("enum {")
        .skip(1)
        .flat_map(|body| body.split('}').next().unwrap().split(','))
        .map(|one| one.split('=').next().unwrap().trim())
        .collect();
    assert!(named.len() > 30, "{named:?}");
    for name in named {
        assert!(CONSTANTS.iter().any(|(known, _)| *known == name), "{name}");
    }
    let ours = rust();
    for line in code
        .lines()
        .filter_map(|line| line.strip_prefix("typedef struct "))
    {
        let name = line.split([' ', ';']).next().unwrap();
        assert!(ours.contains_key(name), "{name}");
    }
}

/// The program in the header's first comment.
fn shown() -> String {
    let lines = abi::HEADER
        .lines()
        .skip_while(|line| !line.contains("#include \"scn_plugin.h\""));
    let lines = lines.take_while(|line| !line.contains("cc -shared"));
    lines
        .map(|line| line.trim_start_matches(" *").to_owned() + "\n")
        .collect()
}

#[test]
fn the_program_that_the_header_shows_compiles_in_c_and_the_header_in_cpp() {
    let main = "int main(void) { return scn_plugin_entry(1, 0)->abi_major == 1 ? 0 : 1; }\n";
    printed("cc", &["-std=c99"], &format!("{}{main}", shown()));
    let source =
        "#include \"scn_plugin.h\"\nint main() { return scn_int(1).kind == SCN_INT ? 0 : 1; }\n";
    printed("c++", &["-std=c++11", "-x", "c++"], source);
}
