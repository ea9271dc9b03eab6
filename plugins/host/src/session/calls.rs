//! The requests of a session that are open, and whom what is said belongs to.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use scn_interpreter::Context as Step;
use scn_protocol::plugin::{Failed, Given};

use super::{Answer, Over};

/// So many lines of a plug-in's log are remembered, for the reason of its end.
const TAIL: usize = 5;

/// The requests of a session.
pub(super) struct Calls {
    next: u64,
    open: BTreeMap<u64, Open>,
    /// The step that was last begun: what is said between calls is said to it.
    last: Option<Rc<dyn Step>>,
    tail: VecDeque<String>,
    /// It came up, and was not asked to end yet: if it ends, that is to be told.
    up: bool,
    /// A call was answered.
    answered: bool,
}

struct Open {
    context: Option<Rc<dyn Step>>,
    answer: Rc<Slot>,
}

/// Where the answer of a request comes.
#[derive(Default)]
pub(super) struct Slot {
    answer: RefCell<Option<Answer>>,
    waiting: RefCell<Option<Waker>>,
}

impl Slot {
    /// The answer, once it is there. `look` may bring it: whoever looks for himself need not be
    /// woken for that.
    pub(super) fn poll(&self, context: &Context<'_>, look: impl FnOnce()) -> Poll<Answer> {
        self.waiting.take();
        look();
        if let Some(answer) = self.answer.take() {
            return Poll::Ready(answer);
        }
        *self.waiting.borrow_mut() = Some(context.waker().clone());
        Poll::Pending
    }

    /// The answer, if it is there.
    pub(super) fn take(&self) -> Option<Answer> {
        self.answer.take()
    }

    fn put(&self, answer: Answer) {
        *self.answer.borrow_mut() = Some(answer);
        if let Some(waiting) = self.waiting.take() {
            waiting.wake();
        }
    }
}

impl Calls {
    pub(super) fn new(context: Option<Rc<dyn Step>>) -> Self {
        Self {
            next: 1,
            open: BTreeMap::new(),
            last: context,
            tail: VecDeque::new(),
            up: false,
            answered: false,
        }
    }

    pub(super) fn has_answered(&self) -> bool {
        self.answered
    }

    pub(super) fn open(&mut self, context: Option<Rc<dyn Step>>) -> (u64, Rc<Slot>) {
        let id = self.next;
        self.next += 1;
        if context.is_some() {
            self.last.clone_from(&context);
        }
        let answer = Rc::<Slot>::default();
        let open = Open {
            context,
            answer: Rc::clone(&answer),
        };
        self.open.insert(id, open);
        (id, answer)
    }

    /// A single request is open.
    pub(super) fn is_one(&self) -> bool {
        self.open.len() == 1
    }

    /// A request that was made before is open.
    pub(super) fn is_behind(&self, id: u64) -> bool {
        self.open.range(..id).next().is_some()
    }

    pub(super) fn withdraw(&mut self, id: u64) {
        self.open.remove(&id);
    }

    /// Takes an answer.
    ///
    /// # Errors
    /// Why it is the plug-in's fault.
    pub(super) fn answered(
        &mut self,
        id: Option<u64>,
        result: Result<Given, Failed>,
    ) -> Result<(), String> {
        let Some(id) = id else {
            let why = result.err().map(|failed| failed.message);
            return Err(format!(
                "could not read what it was sent: {}",
                why.unwrap_or_default()
            ));
        };
        match self.open.remove(&id) {
            Some(open) => {
                self.answered |= self.up;
                open.answer.put(Ok(result));
                Ok(())
            }
            None if id < self.next && id > 0 => {
                Err(format!("answered the request {id} a second time"))
            }
            None => Err(format!(
                "answered the request {id}, which was never made: an answer has the `id` of its request"
            )),
        }
    }

    /// Whom something that is said for `call` belongs to.
    ///
    /// # Errors
    /// Why it is the plug-in's fault.
    pub(super) fn meant(&self, call: Option<u64>) -> Result<Option<Rc<dyn Step>>, String> {
        match call {
            Some(id) if id >= self.next || id == 0 => {
                Err(format!("spoke of the call {id}, which was never made"))
            }
            Some(id) => Ok(self.context_of(id).or_else(|| self.last.clone())),
            None => Ok(self.current()),
        }
    }

    /// The call's own step, while it is open.
    pub(super) fn context_of(&self, id: u64) -> Option<Rc<dyn Step>> {
        self.open.get(&id).and_then(|open| open.context.clone())
    }

    /// The single call that is open.
    pub(super) fn only(&self) -> Option<u64> {
        let mut open = self.open.iter().filter(|(_, open)| open.context.is_some());
        match (open.next(), open.next()) {
            (Some((id, _)), None) => Some(*id),
            _ => None,
        }
    }

    /// The step that what is said to nobody belongs to.
    pub(super) fn current(&self) -> Option<Rc<dyn Step>> {
        let newest = self
            .open
            .values()
            .rev()
            .find_map(|open| open.context.clone());
        newest.or_else(|| self.last.clone())
    }

    /// A line of the plug-in's log.
    pub(super) fn remember(&mut self, line: String) {
        if self.tail.len() == TAIL {
            self.tail.pop_front();
        }
        self.tail.push_back(line);
    }

    pub(super) fn tail(&self) -> Vec<String> {
        self.tail.iter().cloned().collect()
    }

    /// It has come up: from here on its end is news.
    pub(super) fn is_up(&mut self) {
        self.up = true;
    }

    /// It was asked to end: that it does is no news.
    pub(super) fn leave(&mut self) {
        self.up = false;
    }

    /// Whether its end is news that nobody waits for.
    pub(super) fn ends_unseen(&self) -> bool {
        self.up && self.open.is_empty()
    }

    /// The session is over: so is everything that was open.
    pub(super) fn all_over(&mut self, over: &Rc<Over>) {
        for open in std::mem::take(&mut self.open).into_values() {
            open.answer.put(Err(Rc::clone(over)));
        }
    }

    /// Nothing more is to be said to any step.
    pub(super) fn forget(&mut self) {
        self.last = None;
    }
}
