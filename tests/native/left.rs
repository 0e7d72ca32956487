//! The states that something hostile may leave behind, each with what shows that it is so.

use crate::app::{App, SESSIONS, SIGN_INS, code};
use crate::ehr;
use crate::host::Answer;
use serde_json::Value;
use smart_launch::error::Code;
use smart_launch::flow::refresh::Need;
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Nothing stored, nothing fetched but the metadata, where a row is about that.
    None,
    /// No session, the sign-ins still pending.
    Pend,
    /// No session, this sign-in used up, others untouched.
    Used,
    /// The session unchanged, its refresh token usable.
    Keep,
    /// A session made or replaced.
    New,
    /// The session kept, its refresh token in doubt: not sent again, and the access token good until it expires.
    Doubt,
    /// The session kept until its token expires, its refresh token dropped.
    Nort,
    /// Signed out.
    Out,
}

/// What was there before.
pub struct Before {
    sign_ins: BTreeMap<String, String>,
    sessions: BTreeMap<String, String>,
    sent: usize,
}

impl Before {
    pub fn of(app: &App) -> Self {
        let (sign_ins, sessions) = (app.tab.records.under(SIGN_INS), app.tab.records.under(SESSIONS));
        Self { sign_ins, sessions, sent: app.tab.sent.borrow().len() }
    }

    /// How many requests there were.
    pub const fn sent(&self) -> usize {
        self.sent
    }
}

impl Left {
    /// A state by its name in the table.
    pub fn named(name: &str) -> Self {
        match name {
            "NONE" => Self::None,
            "PEND" => Self::Pend,
            "USED" => Self::Used,
            "KEEP" => Self::Keep,
            "NEW" => Self::New,
            "DOUBT" => Self::Doubt,
            "NORT" => Self::Nort,
            "OUT" => Self::Out,
            _ => panic!("no checker for the state {name}"),
        }
    }

    /// Asserts that `app` is in this state. What was hostile about the server is over.
    pub fn check(self, app: &App, before: &Before) {
        ["token", "refresh"].iter().for_each(|purpose| app.tab.answers.forget(purpose));
        let sessions = app.tab.records.under(SESSIONS);
        match self {
            Self::None => {
                assert!(app.tab.records.tab.borrow().is_empty(), "nothing is stored in the tab");
                let page = app.tab.records.page.borrow();
                assert!(page.keys().all(|key| key.starts_with("discovery:")), "nothing is stored in the page");
                let sent = app.tab.sent.borrow();
                assert!(sent[before.sent..].iter().all(|sent| sent.purpose == "discovery"), "nothing is fetched");
            }
            Self::Pend => {
                assert!(sessions.is_empty(), "there is no session");
                assert_others_pend(app, before, "");
                assert!(
                    (0..app.begun.borrow().len()).all(|number| is_pending(app, number)),
                    "every sign-in is pending"
                );
            }
            Self::Used => {
                assert!(sessions.is_empty(), "there is no session");
                assert_used(app, before);
            }
            Self::Keep => {
                assert_eq!(sessions, before.sessions, "the session is unchanged");
                assert!(!sessions.is_empty(), "there is a session");
                let refresh_token = app.resume().expect("a session").session.refresh_token().to_owned();
                // As long as any server may want to be left alone.
                app.tab.pass_seconds(300);
                app.tab.answers.next("refresh", Answer::ok(&ehr::tokens(88)));
                assert_eq!(code(&app.token(Need::New)), "ok", "the refresh token is usable");
                assert_eq!(app.tab.last().field("refresh_token"), refresh_token);
            }
            Self::New => {
                assert_ne!(sessions, before.sessions, "a session is made or replaced");
                assert!(app.resume().is_some(), "it is found again");
                app.tab.answers.next("refresh", Answer::ok(&ehr::tokens(88)));
                assert_eq!(code(&app.token(Need::Seconds(0))), "ok", "a token is handed out");
            }
            Self::Doubt => {
                assert_eq!(sessions, before.sessions, "the session is unchanged");
                let sent = app.tab.count("refresh");
                assert_eq!(code(&app.token(Need::New)), Code::RefreshInDoubt.as_str());
                app.tab.reload();
                assert_eq!(code(&app.token(Need::New)), Code::RefreshInDoubt.as_str(), "also after a reload");
                assert_eq!(app.tab.count("refresh"), sent, "not sent again");
            }
            Self::Nort => {
                let session = app.resume().expect("a session").session;
                assert_eq!(session.refresh_token(), "", "the refresh token is dropped");
                let sent = app.tab.sent.borrow().len();
                assert_eq!(code(&app.token(Need::Seconds(0))), "ok", "the access token is good");
                app.tab.pass_seconds(3_600);
                assert_eq!(code(&app.token(Need::Seconds(0))), Code::SessionExpired.as_str());
                assert_eq!(app.tab.sent.borrow().len(), sent, "nothing is asked for");
            }
            Self::Out => {
                assert!(sessions.is_empty() && app.resume().is_none(), "there is no session");
                assert!(app.tab.records.under(SIGN_INS).is_empty(), "no sign-in is pending");
            }
        }
    }
}

/// The first sign-in is used up: its secrets are gone and its answer is worth nothing any more. The others go on.
fn assert_used(app: &App, before: &Before) {
    let key = format!("{SIGN_INS}{}", app.state(0));
    let record: Value = serde_json::from_str(&app.tab.records.under(&key)[&key]).expect("a record");
    assert_eq!(record["used"], true, "the sign-in is used up");
    let verifier = serde_json::from_str::<Value>(&before.sign_ins[&key]).expect("a record")["verifier"].clone();
    let verifier = verifier.as_str().expect("a verifier");
    assert!(app.tab.records.under("").values().all(|record| !record.contains(verifier)), "the verifier is gone");
    assert_others_pend(app, before, &key);
    let sent = app.tab.sent.borrow().len();
    assert!(app.complete(&app.callback()).expect("a known answer").is_none(), "the answer is used");
    assert_eq!(app.tab.sent.borrow().len(), sent, "no code is exchanged again");
    assert!((1..app.begun.borrow().len()).all(|number| is_pending(app, number)), "others are pending");
}

fn assert_others_pend(app: &App, before: &Before, but: &str) {
    let now = app.tab.records.under(SIGN_INS);
    for (key, record) in before.sign_ins.iter().filter(|(key, _)| *key != but) {
        assert_eq!(now.get(key), Some(record), "another sign-in is untouched");
    }
}

/// Whether the genuine answer still completes the sign-in.
fn is_pending(app: &App, number: usize) -> bool {
    app.tab.answers.next("token", Answer::ok(&ehr::tokens(99)));
    matches!(app.complete(&app.callback_of(number)), Ok(Some(_)))
}
