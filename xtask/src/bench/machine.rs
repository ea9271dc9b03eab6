//! What the figures were measured on.

use std::fs;

use crate::shell;

/// Its processor, system and compiler, and how busy it was.
pub fn described() -> String {
    let of = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let processors = of("/proc/cpuinfo");
    let mut names = processors
        .lines()
        .filter_map(|line| line.strip_prefix("model name"));
    let count = names.clone().count();
    let name = names
        .next_back()
        .unwrap_or("")
        .trim_matches([' ', '\t', ':']);
    let memory = of("/proc/meminfo");
    let kibibytes = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))
        .and_then(|text| text.trim().split(' ').next()?.parse::<u64>().ok());
    let gibibytes = kibibytes.unwrap_or_default() / (1 << 20);
    let kernel = of("/proc/sys/kernel/osrelease");
    let load = of("/proc/loadavg");
    let compiler = shell::output(std::process::Command::new("rustc").arg("--version"));
    let compiler = compiler.unwrap_or_default();
    format!(
        "{count} × {name}, {gibibytes} GiB, Linux {}, {}, load {}\n",
        kernel.trim(),
        String::from_utf8_lossy(&compiler).trim(),
        load.split(' ').next().unwrap_or("")
    )
}
