//! What steps start does not want to end, and the runner is killed.

use std::time::{Duration, Instant};

use crate::support::Scene;

/// Starts this in a step, kills the runner, and cleans up after it.
fn is_ended(child: &str) {
    let scenario = format!(
        "defer sh 'echo undo >> log'\nsh \"\"\"\n  {child}\n  echo begun >> log\n  sleep 1000\n  \"\"\"\n"
    );
    let scene = Scene::new(&scenario);
    scene.kill_at("begun");
    assert!(!scene.left().is_empty(), "nothing was started");
    let began = Instant::now();
    let said = scene.clean_up();
    assert!(began.elapsed() < Duration::from_secs(40), "{said}");
    scene.is_clean();
}

#[test]
fn a_child_that_ignores_term_is_ended() {
    is_ended("sh -c 'trap \"\" TERM; while :; do sleep 0.1; done' &");
}

#[test]
fn a_child_that_ignores_hup_and_int_is_ended() {
    is_ended("sh -c 'trap \"\" HUP INT QUIT; while :; do sleep 0.1; done' &");
}

#[test]
fn a_daemon_is_ended() {
    is_ended("setsid sh -c 'setsid sleep 1000 & exit' >/dev/null 2>&1 </dev/null &");
}

#[test]
fn a_child_that_holds_the_output_open_is_ended() {
    is_ended("(while :; do sleep 0.1; done) &");
}

#[test]
fn a_child_in_a_group_of_its_own_is_ended() {
    is_ended("setsid sleep 1000 &");
}

#[test]
fn a_child_that_is_stopped_is_ended() {
    // In a session of its own: what is stopped in a session whose leader dies gets HUP from the system.
    is_ended("setsid sh -c 'kill -STOP $$; sleep 1000' &");
}

#[test]
fn a_child_that_hides_in_its_parents_group_is_ended() {
    is_ended("env -i sleep 1000 &");
}

#[test]
fn many_children_are_ended() {
    is_ended("for i in $(seq 100); do sleep 1000 & done");
}
