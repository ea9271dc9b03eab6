//! A game whose characters are told by scenarios what to do, a frame at a time.
//!
//! Each character has its scenario, and all of them go on a little in each frame: nothing waits for
//! anything but the next frame. Time is the game's own, sixty frames a second however fast they are drawn.
//!
//! ```text
//! cargo run -p scn-interpreter --example game
//! ```

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use scn_interpreter::Clock;
use scn_interpreter::embed::{Engine, Findings, Running, Signature, Type, Verdict};
use scn_protocol::Value;

const GUARD: &str = "\
repeat 2
  walk to=3
  walk to=0
end
say 'my round is over'
";

const THIEF: &str = "\
wait until distance() > 1 within 1m every 50ms
walk to=2
take lamp
walk to=5
assert 'lamp' in carried()
";

/// So long is a frame, in nanoseconds.
const FRAME: i64 = 1_000_000_000 / 60;

/// The game's time: the frames so far, and who waits for the next.
#[derive(Clone, Default)]
struct Frames(Rc<(Cell<i64>, RefCell<Vec<Waker>>)>);

impl Frames {
    /// The frame that is being drawn.
    fn count(&self) -> i64 {
        self.0.0.get()
    }

    /// The next frame begins.
    fn next(&self) {
        self.0.0.set(self.count() + 1);
        self.0.1.take().into_iter().for_each(Waker::wake);
    }

    /// Completes when so many frames have begun.
    async fn reached(self, frame: i64) {
        poll_fn(|context| {
            if self.count() >= frame {
                return Poll::Ready(());
            }
            self.0.1.borrow_mut().push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

impl Clock for Frames {
    fn now(&self) -> i64 {
        self.count() * FRAME
    }

    fn monotonic(&self) -> i64 {
        self.count() * FRAME
    }

    fn sleep_until(&self, at: i64) -> futures_util::future::LocalBoxFuture<'static, ()> {
        let frame = at / FRAME + i64::from(at % FRAME > 0);
        Box::pin(self.clone().reached(frame))
    }
}

/// A character, as the game knows it.
#[derive(Default)]
struct Character {
    place: Cell<i64>,
    carries: RefCell<Vec<Value>>,
}

/// The commands of one character.
fn engine(
    name: &'static str,
    own: &Rc<Character>,
    guard: &Rc<Character>,
    frames: &Frames,
) -> Engine {
    let (walker, taker, carrier) = (Rc::clone(own), Rc::clone(own), Rc::clone(own));
    let (own, guard, time) = (Rc::clone(own), Rc::clone(guard), frames.clone());
    Engine::new()
        .clock(Rc::new(frames.clone()))
        .command_async(
            Signature::new("walk").param("to", Type::Int),
            async move |call| {
                let to: i64 = call.get("to")?;
                while walker.place.get() != to {
                    let next = time.count() + 1;
                    time.clone().reached(next).await;
                    let place = walker.place.get();
                    walker.place.set(place + (to - place).signum());
                }
                Ok(())
            },
        )
        .command(
            Signature::new("take").param("thing", Type::Text),
            move |call| taker.carries.borrow_mut().push(call.value("thing").clone()),
        )
        .command(
            Signature::new("say").param("words", Type::Text),
            move |call| println!("{name}: {}", call.value("words")),
        )
        .function("carried", 0..=0, move |_| {
            Ok(Value::list(carrier.carries.borrow().clone()))
        })
        .function("distance", 0..=0, move |_| {
            Ok((guard.place.get() - own.place.get()).abs().into())
        })
}

/// Draws frames until both characters are done.
pub fn main() -> Result<(), Findings> {
    let frames = Frames::default();
    let (guard, thief) = (Rc::<Character>::default(), Rc::<Character>::default());
    let characters = [("guard", GUARD, &guard), ("thief", THIEF, &thief)];
    let mut runs: Vec<(&str, Running)> = Vec::new();
    for (name, source, own) in characters {
        let scenario = engine(name, own, &guard, &frames).check(name, source)?;
        runs.push((name, scenario.start()));
    }
    while !runs.is_empty() {
        frames.next();
        let frame = frames.count();
        runs.retain_mut(|(name, run)| match run.advance() {
            None => true,
            Some(ran) => {
                println!("frame {frame}: {name} is done: {}", ran.verdict);
                assert_eq!(ran.verdict, Verdict::Pass, "{:?}", ran.reason);
                false
            }
        });
        println!(
            "frame {frame}: guard at {}, thief at {}",
            guard.place.get(),
            thief.place.get()
        );
        assert!(frame < 100, "the scenarios come to an end");
    }
    assert_eq!((guard.place.get(), thief.place.get()), (0, 5));
    Ok(())
}
