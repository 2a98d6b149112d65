//! version_sort FILE [SORTED]: what bench/version_sort.cpp does, with pep440_rs.

use std::fmt::Write;
use std::str::FromStr;

use pep440_rs::Version;

extern "C" {
    /// C's clock(): microseconds of processor time.
    fn clock() -> std::os::raw::c_long;
}

fn processor_seconds() -> f64 {
    // SAFETY: takes nothing and touches nothing of ours.
    unsafe { clock() as f64 / 1e6 }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let text = std::fs::read_to_string(&arguments[0]).expect("a file of versions");
    let lines: Vec<&str> = text.lines().collect();
    let begun = processor_seconds();
    let mut versions = Vec::with_capacity(lines.len());
    for line in &lines {
        versions.push(Version::from_str(line).expect("a version"));
    }
    let parsed = processor_seconds();
    versions.sort_unstable();
    let sorted = processor_seconds();
    println!("{:.6} {:.6}", parsed - begun, sorted - parsed);
    if let Some(path) = arguments.get(1) {
        let mut out = String::new();
        for version in &versions {
            writeln!(out, "{version}").expect("memory");
        }
        std::fs::write(path, out).expect("a file to write");
    }
}
