//! Model check: every order of callers, tabs, failures, closed tabs and timeouts of locks, for small numbers of each. A refresh
//! token is sent once, twice if its response was lost (see `assert_sent` for one exception), never if it is known to be used, and
//! by one caller at a time; and the app can always continue.
//!
//! Each run starts from the beginning with a list of choices. After the end of the list the first possible choice is taken, and
//! the next run changes the last one. States that were seen before are not explored again.

use crate::app::{App, code};
use crate::host::{Flow, run_flow, step};
use crate::rotation::{Fate, Rotation};
use smart_launch::error::Result;
use smart_launch::flow::refresh::{Need, ValidSession};
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io::{Write, stdout};
use std::rc::Rc;

/// The numbers of tabs, of callers in each tab, and of events that may happen.
#[derive(Clone, Copy)]
struct Scope {
    tabs: usize,
    callers: usize,
    faults: usize,
    closed_tabs: usize,
    /// Number of waiters for a lock that time out.
    timeouts: usize,
    tolerates_reuse: bool,
}

/// A choice, and the number of possibilities.
#[derive(Default)]
struct Choices {
    taken: RefCell<Vec<(usize, usize)>>,
    at: Cell<usize>,
}

impl Choices {
    fn choose(&self, count: usize) -> usize {
        let at = self.at.replace(self.at.get() + 1);
        let mut choices = self.taken.borrow_mut();
        if at == choices.len() {
            choices.push((0, count));
        }
        assert_eq!(choices[at].1, count, "a run is the same when it is repeated");
        choices[at].0
    }

    /// Prepares the next run; `false` after the last one.
    fn next(&self) -> bool {
        let mut choices = self.taken.borrow_mut();
        choices.truncate(self.at.replace(0));
        while let Some((chosen, count)) = choices.pop() {
            if chosen + 1 < count {
                choices.push((chosen + 1, count));
                return true;
            }
        }
        false
    }
}

#[derive(Default)]
struct Exploration {
    runs: usize,
    states: HashSet<u64>,
    outcomes: std::collections::BTreeMap<&'static str, usize>,
}

fn explore(scope: Scope) -> Exploration {
    let choices = Rc::new(Choices::default());
    let mut exploration = Exploration::default();
    loop {
        run(scope, &choices, &mut exploration);
        exploration.runs += 1;
        if !choices.next() {
            return exploration;
        }
    }
}

fn run(scope: Scope, choices: &Rc<Choices>, exploration: &mut Exploration) {
    let server = Rotation::new(scope.tolerates_reuse);
    let faults = Rc::new(Cell::new(scope.faults));
    let draw_fate = {
        let (choices, faults) = (Rc::clone(choices), Rc::clone(&faults));
        move || {
            let count = if faults.get() > 0 { FATES.len() } else { 1 };
            let fate = FATES[choices.choose(count)];
            faults.set(faults.get() - usize::from(fate != Fate::Responded));
            fate
        }
    };
    let served = server.serve(draw_fate);
    let mut tabs = vec![App::signed_in()];
    for _ in 1..scope.tabs {
        let copy = tabs[0].duplicate();
        tabs.push(copy);
    }
    for tab in &tabs {
        tab.tab.responses.serve(&served);
        tab.tab.pass_seconds(3_601);
    }
    let key = tabs[0].key();
    let mut is_open = vec![true; scope.tabs];
    let mut closed_tabs = scope.closed_tabs;
    let mut timeouts = scope.timeouts;
    let mut flows: Vec<(usize, Option<Flow<'_, Result<ValidSession>>>)> = Vec::new();
    for (number, tab) in tabs.iter().enumerate() {
        for _ in 0..scope.callers {
            flows.push((number, Some(tab.token_flow(&key, Need::Seconds(60)))));
        }
    }
    loop {
        let mut actions = Vec::new();
        for (number, (_, flow)) in flows.iter().enumerate() {
            if flow.as_ref().is_some_and(Flow::is_ready) {
                actions.push(Action::Step(number));
            }
            if timeouts > 0 && flow.as_ref().is_some_and(Flow::waits_for_lock) {
                actions.push(Action::TimeOut(number));
            }
        }
        for (number, tab) in tabs.iter().enumerate() {
            if is_open[number] && !tab.tab.has_received_all() {
                actions.push(Action::Receive(number));
            }
            if is_open[number] && closed_tabs > 0 && flows.iter().any(|(tab, flow)| *tab == number && flow.is_some()) {
                actions.push(Action::Close(number));
            }
        }
        if actions.is_empty() {
            break;
        }
        let mut hasher = DefaultHasher::new();
        (server.state(), faults.get(), closed_tabs, timeouts, &is_open).hash(&mut hasher);
        for (_, flow) in &flows {
            flow.as_ref().map(Flow::trace).hash(&mut hasher);
        }
        for tab in &tabs {
            (tab.tab.records.under(""), tab.tab.undelivered()).hash(&mut hasher);
        }
        // State and action together determine the next state.
        let act = actions[choices.choose(actions.len())];
        act.hash(&mut hasher);
        let is_new = exploration.states.insert(hasher.finish());
        if !is_new && choices.at.get() == choices.taken.borrow().len() {
            return;
        }
        if let Action::TimeOut(number) = act {
            timeouts -= 1;
            flows[number].1.as_ref().into_iter().for_each(Flow::time_out_lock);
        }
        match act {
            Action::Step(number) | Action::TimeOut(number) => {
                let outcome = flows[number].1.as_mut().and_then(step);
                if let Some(outcome) = outcome {
                    flows[number].1 = None;
                    *exploration.outcomes.entry(code(&outcome)).or_default() += 1;
                    assert_typed(&outcome, &server);
                }
            }
            // With one caller in each tab, no faults and no closed tabs there are few messages: they are delivered one by one.
            Action::Receive(number) if scope.callers + scope.faults + scope.closed_tabs == 1 => {
                tabs[number].receive_message();
            }
            Action::Receive(number) => tabs[number].receive_messages(),
            Action::Close(number) => {
                closed_tabs -= 1;
                is_open[number] = false;
                tabs[number].tab.disconnect();
                flows.iter_mut().filter(|(tab, _)| *tab == number).for_each(|(_, flow)| *flow = None);
            }
        }
        assert_sent(&server, scope);
        let sending = flows.iter().filter(|(_, flow)| flow.as_ref().is_some_and(|flow| flow.is_sending("refresh")));
        assert!(sending.count() <= 1, "two refreshes at once");
    }
    assert!(flows.iter().all(|(_, flow)| flow.is_none()), "every call settles");
    assert_eq!(tabs[0].tab.held_locks(), 0);
    drop(flows);
    faults.set(0);
    tabs[0].tab.origin.locks.forget_notes();
    // The pauses after failed refreshes end.
    tabs.iter().for_each(|tab| tab.tab.pass_seconds(60));
    for (number, tab) in tabs.iter().enumerate().filter(|(number, _)| is_open[*number]) {
        let outcome = run_flow(tab.token_flow(&key, Need::Seconds(60)));
        *exploration.outcomes.entry(code(&outcome)).or_default() += 1;
        assert_typed(&outcome, &server);
        assert_sent(&server, scope);
        if scope.faults + scope.closed_tabs == 0 {
            assert!(outcome.is_ok(), "tab {number} has a token");
            assert_eq!(server.sent.borrow().len(), 1, "one request for all");
        }
    }
}

#[derive(Clone, Copy, Hash)]
enum Action {
    Step(usize),
    TimeOut(usize),
    Receive(usize),
    Close(usize),
}

/// A token, or an error after which the app can call again or sign in.
fn assert_typed(outcome: &Result<ValidSession>, server: &Rotation) {
    match code(outcome) {
        "ok" => {}
        "lock_timeout" | "network" | "timeout" | "http_status" | "content_type" | "json_invalid"
        | "refresh_in_doubt" => {}
        "refresh_rejected" | "session_expired" | "signed_out" => {
            assert!(server.has_ended(), "signed out although the token is valid")
        }
        other => panic!("{other}"),
    }
}

/// A token is sent once; at most twice if a response was lost. It is sent a third time if a tab is closed right after it received
/// the refusal of a used token: the app counts only attempts without a response, and permits two. A used token is sent only if
/// its response was lost.
fn assert_sent(server: &Rotation, scope: Scope) {
    for (token, times) in &*server.sent.borrow() {
        let limit = match (scope.faults, scope.closed_tabs) {
            (0, 0) => 1,
            (0, _) | (_, 0) => 2,
            _ => 3,
        };
        assert!(*times <= limit, "{token} is sent {times} times");
    }
    // A used token is sent only if its response was lost, by the network or with a closed tab.
    assert!(server.reuses.get() <= (scope.faults + scope.closed_tabs) as u64);
}

const FATES: [Fate; 5] = [Fate::Responded, Fate::RequestLost, Fate::ResponseLost, Fate::Truncated, Fate::Unavailable];

#[test]
fn every_interleaving_sends_a_refresh_token_once_and_in_doubt_twice() {
    let scope = |tabs, callers, faults, closed_tabs| Scope {
        tabs,
        callers,
        faults,
        closed_tabs,
        timeouts: 0,
        tolerates_reuse: false,
    };
    let with_timeouts = |timeouts, scope| Scope { timeouts, ..scope };
    let scopes = [
        scope(1, 3, 0, 0),
        scope(2, 2, 0, 0),
        scope(3, 1, 0, 0),
        scope(1, 2, 3, 0),
        scope(2, 1, 2, 0),
        scope(2, 1, 1, 1),
        scope(2, 2, 1, 0),
        scope(2, 2, 0, 1),
        scope(3, 1, 0, 1),
        scope(3, 1, 1, 1),
        Scope { tolerates_reuse: true, ..scope(2, 1, 2, 1) },
        with_timeouts(2, scope(1, 4, 0, 0)),
        with_timeouts(1, scope(2, 2, 0, 0)),
        with_timeouts(1, scope(3, 1, 0, 0)),
        with_timeouts(1, scope(1, 3, 1, 0)),
        with_timeouts(1, scope(2, 1, 1, 1)),
    ];
    let mut out = stdout();
    for scope in scopes {
        let exploration = explore(scope);
        let Scope { tabs, callers, faults, closed_tabs, timeouts, tolerates_reuse } = scope;
        writeln!(
            out,
            "explorer: {tabs} tabs of {callers} callers, {faults} faults, {closed_tabs} closed tabs, {timeouts} timeouts{}: {} runs, {} states, {:?}",
            if tolerates_reuse { ", server that tolerates reuse" } else { "" },
            exploration.runs,
            exploration.states.len(),
            exploration.outcomes
        )
        .unwrap();
    }
}
