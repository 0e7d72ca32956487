//! A row of the table while it runs.

use crate::app::{App, code};
use crate::final_state::{Before, FinalState};
use serde_json::Value;
use smart_launch::error::Result;
use std::collections::BTreeSet;
use std::fmt::Debug;

pub struct Row<'t> {
    row: &'t Value,
    inputs: usize,
    codes: BTreeSet<&'static str>,
    final_states: Vec<FinalState>,
}

impl<'t> Row<'t> {
    pub const fn of(row: &'t Value) -> Self {
        Self { row, inputs: 0, codes: BTreeSet::new(), final_states: Vec::new() }
    }

    /// Runs one input: asserts that `run` with `app` has the outcome `expected`, that it leaves the state `final_state`,
    /// and that the rules for every row hold.
    pub fn case<T: Debug>(
        &mut self,
        title: &str,
        expected: &'static str,
        final_state: FinalState,
        app: App,
        run: impl FnOnce(&App) -> Result<T>,
    ) {
        let case_name = format!("{} ({}): {title}", self.text("id"), self.text("given"));
        println!("{case_name}: {expected}, {final_state:?}?");
        let before = Before::of(&app);
        let outcome = run(&app);
        let shown = match &outcome {
            Ok(value) => format!("{value:?}"),
            Err(error) => format!("{error} {error:?} {}", error.to_json().to_text()),
        };
        let actual = if expected == NO_SESSION && shown == "None" { NO_SESSION } else { code(&outcome) };
        assert_eq!(actual, expected, "{case_name}");
        self.assert_every_row(&app, &before, &shown, &case_name);
        final_state.check(&app, &before);
        self.inputs += 1;
        self.codes.insert(expected);
        self.final_states.push(final_state);
    }

    /// The rules for every row that can be checked without a browser.
    fn assert_every_row(&self, app: &App, before: &Before, shown: &str, case_name: &str) {
        for secret in app.tab.secrets.borrow().iter() {
            assert!(!shown.contains(secret.as_str()), "{case_name}: a secret is shown in {shown}");
        }
        let sent = app.tab.sent.borrow();
        for request in &sent[before.sent()..] {
            let origin = url::Url::parse(&request.url).expect("a URL").origin().ascii_serialization();
            assert!(app.origins.borrow().contains(&origin), "{case_name}: {origin} is contacted");
        }
        // A refresh token in doubt is sent once more; the rows about refreshing assert the exact number.
        let sent_once = sent.iter().filter(|request| request.purpose != "refresh");
        let forms: Vec<&str> = sent_once.map(|request| request.form.as_str()).filter(|form| !form.is_empty()).collect();
        assert_eq!(forms.iter().collect::<BTreeSet<_>>().len(), forms.len(), "{case_name}: a form is sent twice");
        assert_eq!(app.tab.held_locks(), 0, "{case_name}: locks are released");
    }

    /// Ends the row: asserts that each code and each final state of the row in the table has occurred, and returns the number of
    /// inputs.
    pub fn end(&self) -> usize {
        let failed = || self.codes.iter().any(|code| ![NO_SESSION, "ok"].contains(code));
        let has_occurred = |code: &str| match code {
            "typed" | "its own code" => failed(),
            _ => self.codes.iter().any(|expected| code.split(" or ").any(|code| code == *expected)),
        };
        let codes: Vec<&str> = self.text("code").trim_end_matches(" etc.").split(" / ").collect();
        assert!(
            codes.iter().all(|code| has_occurred(code)),
            "{}: not every code of {codes:?} has occurred",
            self.text("id")
        );
        let mut states = self.text("left").split(" / ");
        let was_reached = |name| self.final_states.iter().any(|state| state.name() == name);
        assert!(states.all(was_reached), "{}: not every final state has occurred", self.text("id"));
        self.inputs
    }

    fn text(&self, name: &str) -> &'t str {
        self.row[name].as_str().expect("text")
    }
}

/// The outcome `None`: no failure and no session.
const NO_SESSION: &str = "null";
