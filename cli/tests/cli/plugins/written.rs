//! What people write in C and C++: what the header shows compiles, and what goes wrong is told so that it can be mended.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::Test;

const HEADERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../plugins/abi/include");

/// The compiler of C++, where there is one.
fn has_cpp() -> bool {
    let has = Command::new("g++").arg("--version").output().is_ok();
    if !has {
        eprintln!("skipped: there is no g++ here");
    }
    has
}

/// Makes `libit.so` in that folder.
fn compiled(folder: &Path, compiler: &[&str], name: &str, source: &str) {
    fs::write(folder.join(name), source).unwrap();
    let mut compile = Command::new(compiler[0]);
    compile.args(&compiler[1..]);
    compile.args([
        "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-I", HEADERS,
    ]);
    compile.args(["-o", "libit.so", name]).current_dir(folder);
    let told = compile.output().unwrap();
    let complaints = String::from_utf8_lossy(&told.stderr);
    assert!(
        told.status.success(),
        "{compiler:?}: {complaints}\n{source}"
    );
}

const C: &[&str] = &["cc", "-std=c99"];
const CPP: &[&str] = &["g++", "-std=c++20", "-Wno-missing-field-initializers"];

const ENVIRONMENT: &str = "[plugins.gate]\npath = \"it\"\n";

/// A plug-in with these functions and commands.
fn plugin(functions: &str, commands: &str) -> String {
    format!(
        "#include <scn_plugin.h>\n{functions}\nstatic const scn_command commands[] = {{ {commands} }};\n\
         static const scn_plugin plugin = {{ SCN_PLUGIN_ABI, .name = \"it\", .version = \"1\", SCN_COMMANDS(commands) }};\n\
         SCN_EXPORT const scn_plugin *scn_plugin_entry(uint32_t a, uint32_t b) {{ (void)a; (void)b; return &plugin; }}\n"
    )
}

fn function(name: &str, body: &str) -> String {
    format!(
        "static scn_status {name}(void *instance, const scn_call *call, const scn_context *context)\n\
         {{ (void)instance; (void)call; (void)context; {body} }}\n"
    )
}

fn run(compiler: &[&str], name: &str, source: &str, scenario: &str) -> Test {
    let test = Test::new(&["run", "--env", "local", "s.scn"])
        .file("environments/local.toml", ENVIRONMENT)
        .file("s.scn", scenario);
    compiled(&test.path(), compiler, name, source);
    test
}

/// The smallest plug-in, as the header shows it.
fn smallest() -> String {
    let header = fs::read_to_string(Path::new(HEADERS).join("scn_plugin.h")).unwrap();
    let shown = header.split_once("The smallest one:").unwrap().1;
    let shown = shown.split_once("cc -shared").unwrap().0;
    let lines = shown.lines().skip(1).map(|line| {
        let line = line.strip_prefix(" *").unwrap_or(line);
        line.strip_prefix("     ").unwrap_or(line)
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_headers_example_is_c_and_cpp() {
    let scenario = "set sum add 40 2\nassert sum == 42\n";
    run(C, "it.c", &smallest(), scenario)
        .stderr_matches("PASS s.scn")
        .run();
    if has_cpp() {
        let with_default = smallest().replace(
            "{ .name = \"b\", .type = SCN_TYPE_INT }",
            "{ .name = \"b\", .type = SCN_TYPE_INT, .default_value = &one }",
        );
        let header = fs::read_to_string(Path::new(HEADERS).join("scn_plugin.h")).unwrap();
        let shown = header.split_once("own: `").unwrap().1;
        let shown = shown.split_once('`').unwrap().0;
        let one = format!("\nstatic const {shown}\nstatic const scn_param");
        let source = with_default.replacen("\nstatic const scn_param", &one, 1);
        run(CPP, "it.cpp", &source, "set sum add 41\nassert sum == 42\n")
            .stderr_matches("PASS s.scn")
            .run();
    }
}

#[test]
fn an_exception_that_leaves_a_command_is_told_as_what_it_is() {
    if !has_cpp() {
        return;
    }
    let source = plugin(
        &function("throws", "throw 1;"),
        "{ .name = \"throws\", .help = \"Throws.\", .run = throws }",
    );
    run(CPP, "it.cpp", &source, "throws\n")
        .stderr_matches(
            "the plug-in `gate` crashed: it was ended by the signal ABRT.*throws was left by an exception of C\\+\\+ [^\n]*catch it there, and call `fail`",
        )
        .status(3)
        .run();
}

#[test]
fn a_forgotten_version_is_told_with_what_fills_it_in() {
    let source = plugin(
        &function("f", "return SCN_OK;"),
        "{ .name = \"f\", .run = f }",
    );
    run(C, "it.c", &source.replace("SCN_PLUGIN_ABI, ", ""), "f\n")
        .stderr_matches("does not say which version.*SCN_PLUGIN_ABI has to stand.*first")
        .status(2)
        .run();
}

#[test]
fn what_the_header_forbids_is_told() {
    let twice = "scn_entry twice[] = { scn_pair(\"k\", scn_int(1)), scn_pair(\"k\", scn_int(2)) };\
                 return scn_give(context, scn_map_of(twice, 2));";
    let stream =
        "return context->output(context, 9, \"x\", 1) == SCN_FAILED ? SCN_OK : SCN_FAILED;";
    let metric = "scn_value one = scn_int(1);\
                  context->metric(context, scn_str(\"System\"), scn_str(\"bad name!\"), &one, scn_str(\"\"));\
                  return SCN_OK;";
    let functions = [("twice", twice), ("stream", stream), ("metric", metric)];
    let functions = functions.map(|(name, body)| function(name, body)).concat();
    let commands = ["twice", "stream", "metric"]
        .map(|name| format!("{{ .name = \"{name}\", .run = {name} }}"))
        .join(", ");
    let source = plugin(&functions, &commands);
    run(C, "it.c", &source, "stream\nmetric\n")
        .stderr_matches(
            "output of 1 bytes is left out: there is no stream 9, .*gate: the metric `bad name!` of `System` can be read by no scenario: a name is letters, digits and `_`.*PASS",
        )
        .run();
    run(C, "it.c", &source, "twice\n")
        .stderr_matches("gave what is no value: a map has the key `k` twice")
        .status(3)
        .run();
}

#[test]
fn a_quick_command_finds_by_cancelled_that_its_time_is_up() {
    let functions = "static int calls;\n".to_owned()
        + &function("count", "return scn_give(context, scn_int(++calls));")
        + &function(
            "quick",
            "while (!context->cancelled(context)); return SCN_OK;",
        );
    let commands = "{ .name = \"count\", .run = count }, { .name = \"quick\", .run = quick, .flags = SCN_QUICK }";
    let source = plugin(&functions, commands);
    // It returns, so that the plug-in is not ended, and what it kept is there.
    let scenario = "count\nset late timeout 200ms quick\nset n count\nassert n == 2\n";
    for isolate in [true, false] {
        run(C, "it.c", &source, scenario)
            .file(
                "environments/local.toml",
                &format!("{ENVIRONMENT}isolate = {isolate}\n"),
            )
            .stderr_matches("PASS s.scn")
            .run();
    }
}

#[test]
fn an_undo_that_there_is_not_is_told_with_what_there_is() {
    let source = plugin(
        &function("load", "return SCN_OK;"),
        "{ .name = \"load\", .run = load, .undo = \"unload\" }",
    );
    let test = run(C, "it.c", &source, "echo\n")
        .stderr_matches("gate.load is undone by `unload.*no command `unload`.*the plug-in `gate` has gate.load; another command has to be one of.*the environment")
        .status(2);
    test.run();
}
