//! The world of an engine that was given no other.

use std::io;
use std::path::Path;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use scn_protocol::Report;
use scn_protocol::component::{Component, Program};

use crate::command::{Context, Outcome};
use crate::platform::{Files, World};

/// A world without files, programs, components, an environment and a network. What asks for them has
/// an error that says so.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nowhere;

pub(super) fn unsupported<T>(what: &str) -> io::Result<T> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        format!("the program that runs this scenario gives it no {what}"),
    ))
}

impl World for Nowhere {
    fn begin(&self, _: &Path, _: &[Rc<Component>], _: Rc<dyn Fn(Report)>) {}

    fn run_program<'a>(&'a self, _: Program, _: &'a dyn Context) -> LocalBoxFuture<'a, Outcome> {
        let reason = "the program that runs this scenario lets it start no programs";
        Box::pin(std::future::ready(Outcome::error(reason)))
    }

    fn refresh(&self) {}

    fn end(&self) -> LocalBoxFuture<'_, Vec<String>> {
        Box::pin(std::future::ready(Vec::new()))
    }

    fn env(&self, _: &str) -> Option<String> {
        None
    }

    fn read(&self, _: &Path) -> io::Result<Vec<u8>> {
        unsupported("files")
    }

    fn exists(&self, _: &Path) -> bool {
        false
    }

    fn free_port(&self) -> io::Result<u16> {
        unsupported("network")
    }

    fn random(&self) -> u64 {
        fastrand::u64(..)
    }
}

impl Files for Nowhere {
    fn read(&self, _: &Path) -> io::Result<Vec<u8>> {
        unsupported("files")
    }

    fn list(&self, _: &Path) -> io::Result<Vec<String>> {
        unsupported("files")
    }
}
