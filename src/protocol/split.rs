//! Splits text at an ASCII character. `str::split` and `split_once` cost 0.4 KB of brotli more.

/// The text before the first `mark`, and the text after it if there is one.
#[must_use]
pub fn cut(text: &str, mark: u8) -> (&str, Option<&str>) {
    match text.bytes().position(|byte| byte == mark) {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
        None => (text, None),
    }
}

/// The pieces of a text between the `mark`s; one at least.
pub struct Pieces<'a> {
    rest: Option<&'a str>,
    mark: u8,
}

/// Splits `text` at each `mark`.
#[must_use]
pub const fn pieces(text: &str, mark: u8) -> Pieces<'_> {
    Pieces { rest: Some(text), mark }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let (piece, rest) = cut(self.rest?, self.mark);
        self.rest = rest;
        Some(piece)
    }
}
