//! One scope for FHIR resources, of version 1 or 2 (SMART App Launch 2.2, "FHIR Resource Scope Syntax").

use crate::protocol::split::{cut, pieces};
use alloc::string::String;
use alloc::vec::Vec;

/// `level/kind.letters?query`.
pub struct Resource<'a> {
    /// `patient`, `user` or `system`.
    pub level: &'a str,
    /// The type, or `*`.
    pub kind: &'a str,
    /// A bit for each letter of `cruds`, from the lowest; never 0.
    pub letters: u8,
    query: Option<&'a str>,
}

impl<'a> Resource<'a> {
    /// Reads a scope; `None` for one of another kind, and for one that is malformed or has a query of more than 64 pairs.
    #[must_use]
    pub fn parse(scope: &'a str) -> Option<Self> {
        let (level, rest) = cut(scope, b'/');
        let (name, query) = cut(rest?, b'?');
        let (kind, suffix) = cut(name, b'.');
        let letters = letters(suffix?);
        let count = pieces(query.unwrap_or_default(), b'&').take(MAX_PAIRS + 1).count();
        if is_level(level) && is_kind(kind) && letters != 0 && count <= MAX_PAIRS {
            Some(Self { level, kind, letters, query })
        } else {
            None
        }
    }

    /// Whether this scope applies to all resources that the other one applies to. The letters are not compared.
    ///
    /// A query restricts a scope, so the other one needs at least the same parameters.
    #[must_use]
    pub fn reaches(&self, other: &Self) -> bool {
        self.level == other.level
            && (self.kind == "*" || self.kind == other.kind)
            && self.query.is_none_or(|query| {
                pieces(query, b'&').all(|pair| {
                    other.query.is_some_and(|query| pieces(query, b'&').any(|other_pair| other_pair == pair))
                })
            })
    }

    /// The pairs of its query; none without one.
    pub fn pairs(&self) -> impl Iterator<Item = &'a str> {
        self.query.into_iter().flat_map(|query| pieces(query, b'&'))
    }

    /// This scope in version 2 with other letters; the pairs of its query sorted, each once.
    #[must_use]
    pub fn with_letters(&self, letters: u8) -> String {
        let mut text = String::from(self.level);
        for part in ["/", self.kind, "."] {
            text.push_str(part);
        }
        for (bit, letter) in ["c", "r", "u", "d", "s"].iter().enumerate() {
            if letters >> bit & 1 == 1 {
                text.push_str(letter);
            }
        }
        if let Some(query) = self.query {
            let mut pairs = Vec::new();
            for pair in pieces(query, b'&') {
                insert_sorted(&mut pairs, pair.into());
            }
            let mut mark = '?';
            for pair in pairs {
                text.push(mark);
                text.push_str(&pair);
                mark = '&';
            }
        }
        text
    }
}

/// Inserts a text into a sorted list, unless the list has it.
pub fn insert_sorted(sorted: &mut Vec<String>, text: String) {
    if let Err(at) = sorted.binary_search(&text) {
        sorted.insert(at, text);
    }
}

/// Whether a word is the level of a resource scope.
#[must_use]
pub fn is_level(word: &str) -> bool {
    matches!(word, "patient" | "user" | "system")
}

fn is_kind(word: &str) -> bool {
    word == "*"
        || word.as_bytes().first().is_some_and(u8::is_ascii_uppercase)
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The letters of a suffix; 0 for one that is neither of version 1 nor some of `cruds` in their order.
fn letters(suffix: &str) -> u8 {
    match suffix {
        "read" => 0b10010,
        "write" => 0b01101,
        "*" => 0b11111,
        _ => {
            let mut letters = 0;
            for byte in suffix.bytes() {
                let bit = match byte {
                    b'c' => 1,
                    b'r' => 2,
                    b'u' => 4,
                    b'd' => 8,
                    b's' => 16,
                    _ => 0,
                };
                // Unknown, repeated or out of order.
                if bit <= letters {
                    return 0;
                }
                letters |= bit;
            }
            letters
        }
    }
}

/// Maximum number of pairs of a query. There is a limit because each pair is compared with each pair of another query.
const MAX_PAIRS: usize = 64;
