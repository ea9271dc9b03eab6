//! All that was started for one purpose, with all that those programs started in turn.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::io;
use std::time::{Duration, Instant};

use rustix::process::{Pid, kill_process_group, test_kill_process_group};
use tokio::time::sleep;

use crate::containment::{self, Cgroup};
use crate::family::Family;
use crate::procfs::{self, Stat};
use crate::registry::{self, TreeId};
use crate::{Child, Process, Signal, SpawnError, Spec, find, spawn};

/// How long the system may take to end what got KILL, before that counts as survived.
const PATIENCE: Duration = Duration::from_secs(10);

/// After so many rounds of killing one by one, what is left seems to fork faster than that.
const ROUNDS: u32 = 6;

/// Longer it takes to look at many only where they come and go faster than they can be looked at.
const GLANCE: Duration = Duration::from_millis(100);

/// So many are many; and so are as many as there may be, if that is less. Fewer are looked at for as long as a busy machine
/// takes for that, and not stopped.
const MANY: usize = 1_000;

/// How often processes are looked for at once, while all that is found has just died.
const LOOKS: u32 = 8;

/// Programs, with all that they start: also what detaches itself, by a second fork, a session or a
/// process group of its own. At the end all that remains is ended together.
///
/// With [`adopt_orphans`](crate::adopt_orphans) nothing can leave a tree. An orphan whose tree
/// cannot be told any more (it has left its process group and cleared its environment) belongs to
/// the only tree there is; if there are several, to none.
///
/// Dropped while something in it still runs, a tree kills that.
#[derive(Debug)]
pub struct Tree {
    id: TreeId,
    marker: Option<(OsString, OsString)>,
    /// The process groups that began in it, and may still have members.
    groups: RefCell<HashSet<u32>>,
    /// What an earlier process started, by number and start, once it was taken over.
    earlier: RefCell<Option<HashSet<(u32, u64)>>>,
    /// Nothing was started since it was seen to be empty.
    empty: Cell<bool>,
}

/// A process of a tree that had to be ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Its number.
    pub pid: u32,
    /// The words that it was started with, joined by blanks.
    pub command: String,
    /// What it took.
    pub how: How,
}

/// What it took to end a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It got TERM, and was gone within the grace period.
    Terminated,
    /// It got KILL.
    Killed,
    /// Nothing that could be done ended it: it is inside a device or a network file system, or
    /// belongs to somebody else.
    Survived,
}

impl Tree {
    /// A tree with nothing in it. `marker` is a variable, with its value, that the caller gives to
    /// all programs of this tree and to no others.
    pub fn new(marker: Option<(OsString, OsString)>) -> Self {
        Self {
            id: registry::new_tree(),
            marker,
            groups: RefCell::default(),
            earlier: RefCell::default(),
            empty: Cell::new(true),
        }
    }

    /// Takes over what an earlier process started in a tree of the same marker, before it was killed:
    /// `left` has the number and the [start](Process::start_time) of each program. These belong to
    /// this tree from here on, as far as they still run, with what they started: their process
    /// groups, their descendants, and all that still carries the marker. What left its group, cleared
    /// its environment, and lost its parent cannot be told from what is others', and is left alone.
    ///
    /// The numbers must be of this start of the machine.
    ///
    /// # Errors
    /// If there is no `/proc`.
    pub fn take_over(&self, left: impl IntoIterator<Item = (u32, u64)>) -> io::Result<()> {
        let left: HashSet<(u32, u64)> = left.into_iter().collect();
        let started: HashSet<u32> = left.iter().map(|(pid, _)| *pid).collect();
        let all: Vec<Stat> = procfs::pids()?.filter_map(procfs::stat).collect();
        let mut groups = self.groups.borrow_mut();
        for stat in all.iter().filter(|stat| started.contains(&stat.group)) {
            // A number that was given to another process since can be that of another group: either
            // its leader is known, or one of it is marked, and a group has one begin.
            let is_leader = stat.pid == stat.group && left.contains(&(stat.pid, stat.start));
            if is_leader || self.is_marked(stat.pid) {
                groups.insert(stat.group);
            }
        }
        drop(groups);
        self.earlier
            .borrow_mut()
            .get_or_insert_default()
            .extend(left);
        self.empty.set(false);
        Ok(())
    }

    /// Starts a program in this tree, as [`spawn`](crate::spawn) does.
    ///
    /// # Errors
    /// Those of [`spawn`](crate::spawn).
    pub fn spawn(&self, spec: &Spec) -> Result<Child, SpawnError> {
        let child = spawn::spawn_in(spec, self.id)?;
        let mut groups = self.groups.borrow_mut();
        groups.insert(child.pid());
        // Now and then, so that a long run does not remember all that it ever started.
        if groups.len() >= 256 && groups.len().is_power_of_two() {
            groups.retain(|group| group_exists(*group));
            registry::reap_orphans();
        }
        self.empty.set(false);
        Ok(child)
    }

    /// Leaves what was taken over to itself, and all that is alive: nothing of it is ended any more.
    pub fn let_go(&self) {
        self.earlier.take();
        self.groups.borrow_mut().clear();
        self.empty.set(true);
    }

    /// What is alive in this tree: number and words.
    ///
    /// # Errors
    /// If there is no `/proc`.
    pub fn alive(&self) -> io::Result<Vec<(u32, String)>> {
        let members = self.members()?.alive.into_iter();
        Ok(members
            .map(|stat| (stat.pid, procfs::command_line(stat.pid).unwrap_or_default()))
            .collect())
    }

    /// How many processes are alive in this tree, if that is more than `most`.
    ///
    /// Where they come and go faster than they can be looked at, they are stopped to be counted; and go on,
    /// if they are no more than that.
    ///
    /// # Errors
    /// If there is no `/proc`.
    pub fn beyond(&self, most: usize) -> io::Result<Option<usize>> {
        let seen = self.look(Some(most.min(MANY)))?;
        let count = match seen.whole || seen.alive.len() > most {
            true => seen.alive.len(),
            false => self.counted_still(most)?,
        };
        Ok((count > most).then_some(count))
    }

    /// How many there are while none of them moves, with those that died a moment ago; or more than `most`, which then
    /// stay stopped.
    fn counted_still(&self, most: usize) -> io::Result<usize> {
        let mut moving = self.standing_groups();
        let mut stopped = HashSet::new();
        let mut count = 0;
        for _ in 0..LOOKS {
            signal_groups(&moving, Signal::STOP);
            stopped.extend(moving);
            let seen = self.look(Some(most.min(MANY)))?;
            count = count.max(seen.alive.len() + seen.dead.len());
            let moves = |stat: &&Stat| !stat.stopped() && !stopped.contains(&stat.group);
            let members: Vec<Stat> = seen.alive.iter().filter(moves).copied().collect();
            moving = self.own_groups(&members);
            if count > most || (seen.whole && moving.is_empty()) {
                break;
            }
        }
        if count <= most {
            signal_groups(&stopped, Signal::CONT);
        }
        Ok(count)
    }

    /// The groups of programs that were started in it, without a look at their members: none whose number may have
    /// become another's, and none that somebody has stopped.
    fn standing_groups(&self) -> HashSet<u32> {
        let groups = self.groups.borrow();
        let stands = |group: &u32| match procfs::stat(*group) {
            Some(leader) => registry::tree_of(*group) == Some(self.id) && !leader.stopped(),
            None => true,
        };
        groups.iter().copied().filter(stands).collect()
    }

    /// Ends all that is alive in this tree, and tells what that was. All get TERM (and CONT, without
    /// which a stopped process does not see TERM), also those that appear meanwhile; what is left
    /// after `grace` gets KILL, again and again until nothing is left. Orphans are reaped; programs
    /// whose [`Child`] is held are left to it. Takes no longer than until all are gone.
    ///
    /// # Errors
    /// If there is no `/proc`, or the system has no more descriptors; or if what is left forks faster
    /// than it can be found.
    pub async fn end_all(&self, grace: Duration) -> io::Result<Vec<Ended>> {
        if self.empty.get() {
            return Ok(Vec::new());
        }
        let mut ended = BTreeMap::new();
        if !self.ask(grace, &mut ended).await? {
            self.kill(&mut ended).await?;
        }
        self.empty
            .set(ended.values().all(|ended| ended.how != How::Survived));
        Ok(ended.into_values().collect())
    }

    /// Waits for all that remains to end by itself, for so long at the most; whether it has.
    ///
    /// # Errors
    /// If there is no `/proc`, or the system has no more descriptors.
    pub async fn ends_by_itself(&self, within: Duration) -> io::Result<bool> {
        let deadline = Instant::now() + within;
        let mut pause = Pause::new();
        while !self.empty.get() {
            if self.remaining(&BTreeMap::new())?.none() {
                self.empty.set(true);
                break;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            pause.wait(left).await;
        }
        Ok(true)
    }

    /// TERM for all, once each, until all are gone; false if the time is over before that.
    async fn ask(&self, grace: Duration, ended: &mut Noted) -> io::Result<bool> {
        let deadline = Instant::now() + grace;
        let mut pause = Pause::new();
        loop {
            let members = self.remaining(ended)?;
            if members.none() {
                return Ok(true);
            }
            for stat in members.alive {
                let key = (stat.pid, stat.start);
                if !ended.contains_key(&key)
                    && let Some(process) = Process::open_started(stat.pid, stat.start)?
                {
                    ended.insert(key, note(&process, How::Terminated));
                    // What may not be signalled is found to have survived in the end.
                    let _ = process.signal(Signal::TERM);
                    let _ = process.signal(Signal::CONT);
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            pause.wait(left).await;
        }
    }

    /// KILL for all, until all are gone or nothing can be done.
    async fn kill(&self, ended: &mut Noted) -> io::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let mut pause = Pause::new();
        let mut cgroup = None;
        for round in 1.. {
            let members = self.remaining(ended)?;
            if members.none() {
                return Ok(());
            }
            let members = members.alive;
            for stat in &members {
                if let Some(process) = Process::open_started(stat.pid, stat.start)? {
                    let noted = ended
                        .entry((stat.pid, stat.start))
                        .or_insert_with(|| note(&process, How::Killed));
                    noted.how = How::Killed;
                    let _ = process.signal(Signal::KILL);
                }
            }
            self.kill_groups(&members);
            if round == ROUNDS {
                cgroup = Cgroup::create();
            }
            if let Some(cgroup) = &cgroup {
                members.iter().for_each(|stat| cgroup.take(stat.pid));
                cgroup.kill();
                pause = Pause::new();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() && members.is_empty() {
                let text = "processes are left that fork faster than they can be found";
                return Err(io::Error::new(io::ErrorKind::TimedOut, text));
            }
            if left.is_zero() {
                for stat in members {
                    if let Some(ended) = ended.get_mut(&(stat.pid, stat.start)) {
                        ended.how = How::Survived;
                    }
                }
                return Ok(());
            }
            pause.wait(left).await;
        }
        Ok(())
    }

    /// What is alive, and what was and is not quite dead: while a process is being taken apart its
    /// variables are gone, by which it may have been known.
    fn remaining(&self, noted: &Noted) -> io::Result<Members> {
        let mut members = self.members()?;
        let found: HashSet<u32> = members.alive.iter().map(|stat| stat.pid).collect();
        let dying = noted
            .keys()
            .filter(|(pid, _)| !found.contains(pid))
            .filter_map(|(pid, start)| procfs::stat(*pid).filter(|stat| stat.start == *start))
            .filter(|stat| !stat.dead());
        members.alive.extend(dying);
        Ok(members)
    }

    /// A whole group dies at once, also what is being forked in it at this moment.
    fn kill_groups(&self, members: &[Stat]) {
        signal_groups(&self.own_groups(members), Signal::KILL);
    }

    /// The groups of these that began in this tree, as those of other sessions did: a member may have joined another.
    fn own_groups(&self, members: &[Stat]) -> HashSet<u32> {
        let known = self.groups.borrow();
        let session = procfs::stat(std::process::id()).map(|stat| stat.session);
        let ours = members.iter().filter(|stat| {
            known.contains(&stat.group) || stat.pid == stat.group || Some(stat.session) != session
        });
        ours.map(|stat| stat.group).collect()
    }

    /// What is alive in this tree.
    ///
    /// A process that is found dead may have left a child a moment ago, which is this process's
    /// since then, and not in the list that was read before. So only a look that comes upon no
    /// death since the last one shows that there is nothing.
    fn members(&self) -> io::Result<Members> {
        let mut known_dead = HashSet::new();
        for _ in 0..LOOKS {
            let Seen { alive, dead, .. } = self.look(None)?;
            if !alive.is_empty() || dead.is_subset(&known_dead) {
                let certain = true;
                return Ok(Members { alive, certain });
            }
            known_dead.extend(dead);
        }
        Ok(Members {
            alive: Vec::new(),
            certain: false,
        })
    }

    /// One look; no more than a glance, if there are so many and that is enough. Reaps orphans.
    fn look(&self, many: Option<usize>) -> io::Result<Seen> {
        let adopts = containment::adopts();
        let own = std::process::id();
        let beyond = !adopts || self.earlier.borrow().is_some();
        let until = Instant::now() + GLANCE;
        let is_late =
            |looked: usize| many.is_some_and(|many| looked >= many) && Instant::now() >= until;
        let family = Family::look(beyond)?;
        let mut queue = Vec::new();
        let mut dead = HashSet::new();
        for child in family.children(own, is_late) {
            let tree = registry::tree_of(child);
            if tree.is_some_and(|tree| tree != self.id) {
                continue;
            }
            if is_late(queue.len() + dead.len()) {
                break;
            }
            match family.stat(child).filter(|stat| !stat.dead()) {
                None => {
                    dead.insert(child);
                }
                Some(stat) if tree.is_some() || (adopts && self.claims(&stat)) => queue.push(child),
                Some(_) => {}
            }
        }
        let mut seen = HashSet::from([own]);
        if beyond {
            // Whoever started this process in what is left does not mean to be ended by it.
            seen.extend(find::ancestors());
            let known = family.all().filter(|stat| self.knows(stat));
            queue.extend(known.map(|stat| stat.pid));
        }
        let mut alive = Vec::new();
        while !is_late(alive.len() + queue.len() + dead.len())
            && let Some(pid) = queue.pop()
        {
            let foreign = registry::tree_of(pid).is_some_and(|tree| tree != self.id);
            if foreign || !seen.insert(pid) {
                continue;
            }
            queue.extend(family.children(pid, is_late));
            match family.stat(pid).filter(|stat| !stat.dead()) {
                Some(stat) => alive.push(stat),
                None => {
                    dead.insert(pid);
                }
            }
        }
        let whole = !is_late(alive.len() + queue.len() + dead.len());
        if whole {
            registry::reap_orphans();
        }
        Ok(Seen { alive, dead, whole })
    }

    /// Whether an orphan that this process adopted is of this tree.
    fn claims(&self, orphan: &Stat) -> bool {
        if self.groups.borrow().contains(&orphan.group) {
            return true;
        }
        let found = self
            .marker
            .as_ref()
            .and_then(|(name, value)| Some(procfs::variable(orphan.pid, name)? == *value));
        found.unwrap_or_else(|| registry::only_tree(self.id))
    }

    /// Whether a process that is not known by its ancestry is of this tree.
    fn knows(&self, stat: &Stat) -> bool {
        if stat.dead() {
            return false;
        }
        let earlier = self.earlier.borrow();
        let earlier = earlier.as_ref();
        self.groups.borrow().contains(&stat.group)
            || earlier.is_some_and(|left| left.contains(&(stat.pid, stat.start)))
            || self.is_marked(stat.pid)
    }

    /// Whether a process was started with this tree's variable.
    fn is_marked(&self, pid: u32) -> bool {
        let marker = self.marker.as_ref();
        marker.is_some_and(|(name, value)| {
            procfs::variable(pid, name).is_some_and(|found| found == *value)
        })
    }
}

/// What had to be ended, by number and start.
type Noted = BTreeMap<(u32, u64), Ended>;

/// What one look came upon.
struct Seen {
    alive: Vec<Stat>,
    /// Which of this process's children are dead.
    dead: HashSet<u32>,
    /// There was time for all.
    whole: bool,
}

/// What is alive in a tree.
struct Members {
    alive: Vec<Stat>,
    /// There is nothing more; or else whatever there is was not to be caught alive.
    certain: bool,
}

impl Members {
    fn none(&self) -> bool {
        self.alive.is_empty() && self.certain
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        if !self.empty.get()
            && let Ok(members) = self.members()
        {
            let members = members.alive;
            for stat in &members {
                if let Ok(Some(process)) = Process::open_started(stat.pid, stat.start) {
                    let _ = process.signal(Signal::KILL);
                }
            }
            self.kill_groups(&members);
        }
        registry::end_tree(self.id);
    }
}

fn note(process: &Process, how: How) -> Ended {
    Ended {
        pid: process.pid(),
        command: process.command_line(),
        how,
    }
}

fn signal_groups(groups: &HashSet<u32>, signal: Signal) {
    for group in groups.iter().filter_map(|group| raw(*group)) {
        let _ = kill_process_group(group, signal.raw());
    }
}

fn raw(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().and_then(Pid::from_raw)
}

fn group_exists(group: u32) -> bool {
    raw(group).is_some_and(|group| test_kill_process_group(group).is_ok())
}

/// Short pauses at first, so that what ends at once costs no time; longer ones later.
struct Pause(Duration);

impl Pause {
    fn new() -> Self {
        Self(Duration::from_micros(500))
    }

    async fn wait(&mut self, most: Duration) {
        sleep(self.0.min(most)).await;
        self.0 = (self.0 * 2).min(Duration::from_millis(50));
    }
}
