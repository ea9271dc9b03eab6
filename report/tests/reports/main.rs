//! The reports, each from runs that are told event by event.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod allure;
mod formats;
mod otlp;
mod page;
mod support;
