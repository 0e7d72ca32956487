//! Granted scopes in a hash table, because a list may have thousands.

use super::name::{tokens, without_prefix};
use super::resource::Resource;
use crate::protocol::hash::hash;
use alloc::vec::Vec;

/// Scopes in a hash table. The key of a resource scope is its level, type and first query parameter; that of any other scope is
/// its text.
pub struct Granted<'a> {
    scopes: Vec<Entry<'a>>,
    /// For each slot of the table: 1 + the index of the last scope in it; 0 for an empty slot.
    last: Vec<usize>,
}

struct Entry<'a> {
    text: &'a str,
    resource: Option<Resource<'a>>,
    /// 1 + the index of the previous scope in the same slot; 0 for the first.
    previous: usize,
}

impl<'a> Granted<'a> {
    /// Reads a list.
    #[must_use]
    pub fn read(list: &'a str) -> Self {
        let mut granted = Self { scopes: Vec::new(), last: Vec::new() };
        granted.last.resize(tokens(list).count().max(1), 0);
        for text in tokens(list).map(without_prefix) {
            let resource = Resource::parse(text);
            let hash = match &resource {
                Some(resource) => hash(&[resource.level, resource.kind, resource.pairs().next().unwrap_or_default()]),
                None => hash(&[text]),
            };
            let slot = granted.slot(hash);
            let previous = granted.last.get(slot).copied().unwrap_or(0);
            granted.scopes.push(Entry { text, resource, previous });
            if let Some(last) = granted.last.get_mut(slot) {
                *last = granted.scopes.len();
            }
        }
        granted
    }

    /// Whether these scopes together cover a scope, which has no prefix.
    #[must_use]
    pub fn covers(&self, scope: &str) -> bool {
        let Some(needed) = Resource::parse(scope) else {
            return self.in_slot_of(hash(&[scope])).any(|entry| entry.text == scope);
        };
        let mut missing = needed.letters;
        self.each_that_reaches(&needed, |other| missing &= !other.letters);
        missing == 0
    }

    /// Calls `visit` with each resource scope that [reaches](Resource::reaches) `needed`; some scopes are visited more than once.
    /// A scope with a query is found by its first parameter, which `needed` must have too.
    pub fn each_that_reaches(&self, needed: &Resource<'_>, mut visit: impl FnMut(&Resource<'a>)) {
        for kind in [needed.kind, "*"] {
            for pair in [""].into_iter().chain(needed.pairs()) {
                for entry in self.in_slot_of(hash(&[needed.level, kind, pair])) {
                    if let Some(other) = &entry.resource
                        && other.reaches(needed)
                    {
                        visit(other);
                    }
                }
            }
        }
    }

    fn in_slot_of(&self, hash: u32) -> impl Iterator<Item = &Entry<'a>> {
        let entry = |number: usize| self.scopes.get(number.checked_sub(1)?);
        let last = self.last.get(self.slot(hash)).copied().and_then(entry);
        core::iter::successors(last, move |scope| entry(scope.previous))
    }

    fn slot(&self, hash: u32) -> usize {
        hash as usize % self.last.len().max(1)
    }
}
