//! Scope lists (RFC 6749 §3.3; SMART App Launch 2.2, "SMART's scopes").

mod granted;
mod name;
mod resource;

use self::granted::Granted;
use self::name::{tokens, without_prefix};
use self::resource::{Resource, insert_sorted, is_level};
use super::form;
use super::split::cut;
use alloc::string::String;
use alloc::vec::Vec;

/// The scopes to request: an EHR launch needs `launch`, a standalone launch must not have it.
#[must_use]
pub fn for_launch(list: &str, ehr: bool) -> String {
    let mut requested = String::from(if ehr { "launch" } else { "" });
    for scope in tokens(list).filter(|scope| *scope != "launch") {
        if !requested.is_empty() {
            requested.push(' ');
        }
        requested.push_str(scope);
    }
    requested
}

/// Whether the granted scopes together cover every needed scope ("Scope Equivalence", "Wildcard scopes").
///
/// Resource scopes are compared by the access they allow, with a version 1 suffix converted to version 2; all others
/// have to be equal.
#[must_use]
pub fn covers(granted: &str, needed: &str) -> bool {
    denied(needed, granted).next().is_none()
}

/// Whether a list has this scope, which has no prefix and is not for resources: the same as [`covers`], with much less code.
#[must_use]
#[inline(never)]
pub fn has(list: &str, name: &str) -> bool {
    tokens(list).any(|scope| without_prefix(scope) == name)
}

/// The requested scopes that the granted ones do not cover, in their order.
pub fn denied<'a>(requested: &'a str, granted: &'a str) -> impl Iterator<Item = &'a str> {
    let granted = Granted::read(granted);
    tokens(requested).filter(move |scope| !granted.covers(without_prefix(scope)))
}

/// Checks the scopes of a request, so that the server need not interpret a malformed one, such as one
/// that ends in `.dus`: the letters are in the wrong order.
///
/// # Errors
/// The first scope with a character that is not allowed (RFC 6749 §3.3), a malformed resource scope, or a launch
/// context scope that is not in lower case or has two roles. Scopes that SMART does not define are accepted.
pub fn check(list: &str) -> Result<(), &str> {
    match tokens(list).find(|scope| !is_valid_scope(scope)) {
        Some(scope) => Err(scope),
        None => Ok(()),
    }
}

/// The shortest equivalent list, in version 2 syntax and sorted ("Scope Equivalence"). Equivalent lists have the same
/// result.
#[must_use]
pub fn normalise(list: &str) -> String {
    let granted = Granted::read(list);
    let mut shortest = Vec::new();
    for scope in tokens(list).map(without_prefix) {
        let Some(resource) = Resource::parse(scope) else {
            insert_sorted(&mut shortest, scope.into());
            continue;
        };
        let (mut own_letters, mut wider_letters) = (0, 0);
        granted.each_that_reaches(&resource, |other| {
            let letters = if resource.reaches(other) { &mut own_letters } else { &mut wider_letters };
            *letters |= other.letters;
        });
        if own_letters & !wider_letters != 0 {
            insert_sorted(&mut shortest, resource.with_letters(own_letters & !wider_letters));
        }
    }
    let mut list = String::new();
    for scope in shortest {
        if !list.is_empty() {
            list.push(' ');
        }
        list.push_str(&scope);
    }
    list
}

/// Whether `patient/` scopes are requested without a patient in context, which the server may refuse ("Standalone
/// apps").
#[must_use]
pub fn lacks_patient(list: &str) -> bool {
    let mut needs_patient = false;
    for scope in tokens(list).map(without_prefix) {
        if matches!(scope, "launch" | "launch/patient") {
            return false;
        }
        needs_patient |= scope.starts_with("patient/");
    }
    needs_patient
}

fn is_valid_scope(scope: &str) -> bool {
    let name = without_prefix(scope);
    scope.bytes().all(|byte| matches!(byte, b'!' | b'#'..=b'[' | b']'..=b'~'))
        && match cut(name, b'/') {
            ("launch", Some(context)) => {
                let (context, query) = cut(context, b'?');
                !context.is_empty()
                    && !context.bytes().any(|byte| byte.is_ascii_uppercase())
                    && form::find(query.unwrap_or_default(), "role").1 < 2
            }
            (level, Some(_)) if is_level(level) => name == REGISTER || Resource::parse(name).is_some(),
            _ => true,
        }
}

/// Permits the registration of a dynamic client. It is a scope of Epic that SMART does not define, in the form of a resource scope.
const REGISTER: &str = "system/DynamicClient.register";
