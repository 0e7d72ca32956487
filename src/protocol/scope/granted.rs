//! A list of scopes to look up in: who asks for thousands is granted thousands.

use super::name::{plain, tokens};
use super::resource::Resource;
use crate::protocol::hash::hash;
use alloc::vec::Vec;

/// Scopes in a table: those for resources by what they are for, all others by their text.
pub struct Granted<'a> {
    scopes: Vec<Entry<'a>>,
    /// By hash, the place behind that of the last scope which has it; 0 where there is none.
    last: Vec<usize>,
}

struct Entry<'a> {
    text: &'a str,
    resource: Option<Resource<'a>>,
    /// The place behind that of the scope before it with the same place in the table.
    before: usize,
}

impl<'a> Granted<'a> {
    /// Reads a list.
    #[must_use]
    pub fn read(list: &'a str) -> Self {
        let mut granted = Self { scopes: Vec::new(), last: Vec::new() };
        granted.last.resize(tokens(list).count().max(1), 0);
        for text in tokens(list).map(plain) {
            let resource = Resource::parse(text);
            let hash = match &resource {
                Some(resource) => hash(&[resource.level, resource.kind, resource.pairs().next().unwrap_or_default()]),
                None => hash(&[text]),
            };
            let at = granted.place(hash);
            let before = granted.last.get(at).copied().unwrap_or(0);
            granted.scopes.push(Entry { text, resource, before });
            if let Some(last) = granted.last.get_mut(at) {
                *last = granted.scopes.len();
            }
        }
        granted
    }

    /// Whether a scope, without a prefix, is covered by all of these together.
    #[must_use]
    pub fn cover(&self, scope: &str) -> bool {
        let Some(needed) = Resource::parse(scope) else {
            return self.with_hash(hash(&[scope])).any(|entry| entry.text == scope);
        };
        let mut missing = needed.letters;
        self.each_that_reaches(&needed, |other| missing &= !other.letters);
        missing == 0
    }

    /// Shows the scopes for resources that reach one, some of them more than once: each narrow one by the first pair of its
    /// query, which the other one must have.
    pub fn each_that_reaches(&self, needed: &Resource<'_>, mut found: impl FnMut(&Resource<'a>)) {
        for kind in [needed.kind, "*"] {
            for pair in [""].into_iter().chain(needed.pairs()) {
                for entry in self.with_hash(hash(&[needed.level, kind, pair])) {
                    if let Some(other) = &entry.resource
                        && other.reaches(needed)
                    {
                        found(other);
                    }
                }
            }
        }
    }

    fn with_hash(&self, hash: u32) -> impl Iterator<Item = &Entry<'a>> {
        let entry = |behind: usize| self.scopes.get(behind.checked_sub(1)?);
        let last = self.last.get(self.place(hash)).copied().and_then(entry);
        core::iter::successors(last, move |found| entry(found.before))
    }

    fn place(&self, hash: u32) -> usize {
        hash as usize % self.last.len().max(1)
    }
}
