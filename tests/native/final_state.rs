//! The states in which a hostile server may leave the app, each with the assertions that check it.

use crate::app::{App, SESSIONS, SIGN_INS, code};
use crate::ehr;
use crate::host::{FakeResponse, Sent};
use crate::two_servers::complete_posted;
use serde_json::Value;
use smart_launch::error::Code;
use smart_launch::flow::refresh::Need;
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinalState {
    /// Nothing is stored except cached metadata, and nothing is sent except requests for metadata and pushed requests.
    None,
    /// No session; the sign-ins are still pending.
    Pend,
    /// No session; this sign-in is used, others are unchanged.
    Used,
    /// The session is unchanged, and its refresh token can be used.
    Keep,
    /// A session was created or replaced.
    New,
    /// The session is kept. Its refresh token is in doubt and not sent again; its access token is used until it expires.
    Doubt,
    /// The session is kept until its token expires; its refresh token was removed.
    NoRefreshToken,
    /// Signed out.
    Out,
    /// Sessions and sign-ins are unchanged, and the session works, if there is one.
    Unchanged,
    /// The session has the same key, perhaps with newer tokens, and can be refreshed.
    Kept,
    /// There was a session, and it has ended.
    Gone,
    /// Each page has its own session; the row asserts that itself.
    Own,
}

/// Records and number of requests before the hostile response.
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

    /// Number of requests.
    pub const fn sent(&self) -> usize {
        self.sent
    }
}

impl FinalState {
    /// The state's name in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None | Self::Gone => "NONE",
            Self::Pend => "PEND",
            Self::Used => "USED",
            Self::Keep => "KEEP",
            Self::New => "NEW",
            Self::Doubt => "DOUBT",
            Self::NoRefreshToken => "NORT",
            Self::Out => "OUT",
            Self::Unchanged => "unchanged",
            Self::Kept => "kept",
            Self::Own => "own",
        }
    }

    /// Asserts that `app` is in this state. From here on the server responds correctly.
    pub fn check(self, app: &App, before: &Before) {
        ["token", "refresh"].iter().for_each(|purpose| app.tab.responses.forget(purpose));
        let sessions = app.tab.records.under(SESSIONS);
        match self {
            Self::None => {
                assert!(app.tab.records.tab.borrow().is_empty(), "nothing is stored in the tab");
                let page = app.tab.records.page.borrow();
                assert!(page.keys().all(|key| key.contains("discovery:")), "the page stores only metadata");
                let sent = app.tab.sent.borrow();
                let is_metadata = |sent: &Sent| ["discovery", "openid_discovery", "pushed"].contains(&sent.purpose);
                assert!(
                    sent[before.sent..].iter().all(is_metadata),
                    "only metadata is fetched, and requests are pushed"
                );
            }
            Self::Pend => {
                assert!(sessions.is_empty(), "there is no session");
                assert_others_are_pending(app, before, "");
                assert!(
                    (0..app.states.borrow().len()).all(|number| is_pending(app, number)),
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
                // The longest `Retry-After` that is obeyed.
                app.tab.pass_seconds(300);
                app.tab.responses.next("refresh", tokens(app, 88));
                assert_eq!(code(&app.token(Need::New)), "ok", "the refresh token is usable");
                assert_eq!(app.tab.last().field("refresh_token"), refresh_token);
            }
            Self::New => {
                assert_ne!(sessions, before.sessions, "a session is created or replaced");
                assert!(app.resume().is_some(), "the session is found again");
                app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(88)));
                assert_eq!(code(&app.token(Need::Seconds(0))), "ok", "a token is returned");
            }
            Self::Doubt => {
                assert_eq!(sessions, before.sessions, "the session is unchanged");
                let sent = app.tab.count("refresh");
                assert_eq!(code(&app.token(Need::New)), Code::RefreshInDoubt.as_str());
                app.tab.reload();
                assert_eq!(
                    code(&app.token(Need::New)),
                    Code::RefreshInDoubt.as_str(),
                    "it is still in doubt after a reload"
                );
                assert_eq!(app.tab.count("refresh"), sent, "the refresh token is not sent again");
            }
            Self::NoRefreshToken => {
                let session = app.resume().expect("a session").session;
                assert_eq!(session.refresh_token(), "", "the refresh token is removed");
                let sent = app.tab.sent.borrow().len();
                assert_eq!(code(&app.token(Need::Seconds(0))), "ok", "the access token is valid");
                app.tab.pass_seconds(3_600);
                assert_eq!(code(&app.token(Need::Seconds(0))), Code::SessionExpired.as_str());
                assert_eq!(app.tab.sent.borrow().len(), sent, "no request is sent");
            }
            Self::Out => {
                assert!(sessions.is_empty() && app.resume().is_none(), "there is no session");
                assert!(app.tab.records.under(SIGN_INS).is_empty(), "no sign-in is pending");
            }
            Self::Unchanged => {
                assert_eq!(sessions, before.sessions, "the session is unchanged");
                assert_eq!(app.tab.records.under(SIGN_INS), before.sign_ins, "sign-ins are unchanged");
                if sessions.len() == 1 {
                    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(88)));
                    assert_eq!(code(&app.token(Need::Use)), "ok", "the session can be used");
                }
            }
            Self::Kept => {
                assert_eq!(sessions.keys().collect::<Vec<_>>(), before.sessions.keys().collect::<Vec<_>>());
                let refresh_token = app.resume().expect("a session").session.refresh_token().to_owned();
                app.tab.pass_seconds(300);
                app.tab.responses.always("refresh", FakeResponse::ok(&ehr::tokens(88)));
                assert_eq!(code(&app.token(Need::New)), "ok", "the session can be renewed");
                assert_eq!(app.tab.last().field("refresh_token"), refresh_token);
            }
            Self::Gone => {
                assert!(!before.sessions.is_empty(), "there was a session");
                assert!(app.resume().is_none(), "there is no session any more");
                app.tab.reload();
                assert!(app.resume().is_none(), "there is no session after a reload");
                assert!(app.tab.records.under(SESSIONS).is_empty(), "the session is not stored");
            }
            Self::Own => {}
        }
    }
}

/// Asserts that the first sign-in is used: its secrets are deleted and its response cannot be used again. The others are
/// still pending.
fn assert_used(app: &App, before: &Before) {
    let key = format!("{SIGN_INS}{}", app.state(0));
    let record: Value = serde_json::from_str(&app.tab.records.under(&key)[&key]).expect("a record");
    assert_eq!(record["used"], true, "the sign-in is used");
    let verifier = serde_json::from_str::<Value>(&before.sign_ins[&key]).expect("a record")["verifier"].clone();
    let verifier = verifier.as_str().expect("a verifier");
    assert!(app.tab.records.under("").values().all(|record| !record.contains(verifier)), "the verifier was deleted");
    assert_others_are_pending(app, before, &key);
    let sent = app.tab.sent.borrow().len();
    assert!(app.complete(&app.callback()).expect("a known response").is_none(), "the response is used");
    assert_eq!(app.tab.sent.borrow().len(), sent, "no code is exchanged again");
    assert!((1..app.states.borrow().len()).all(|number| is_pending(app, number)), "others are pending");
}

fn assert_others_are_pending(app: &App, before: &Before, except: &str) {
    let sign_ins = app.tab.records.under(SIGN_INS);
    for (key, record) in before.sign_ins.iter().filter(|(key, _)| *key != except) {
        assert_eq!(sign_ins.get(key), Some(record), "another sign-in is unchanged");
    }
}

/// Whether the genuine response still completes the sign-in.
fn is_pending(app: &App, number: usize) -> bool {
    app.tab.responses.next("token", tokens(app, 99));
    let callback = app.callback_of(number);
    let completed = match callback.split_once('?') {
        Some((place, body)) if app.place(number).1 == "form_post" => complete_posted(app, body, place),
        _ => app.complete(&callback),
    };
    matches!(completed, Ok(Some(_)))
}

/// A token response of a correct server: its tokens are bound to a key if those of the app are.
fn tokens(app: &App, number: u64) -> FakeResponse {
    let mut tokens = ehr::tokens(number);
    if app.tab.records.under("").values().any(|record| record.contains("\"dpop\":true")) {
        tokens["token_type"] = "DPoP".into();
    }
    FakeResponse::ok(&tokens)
}
