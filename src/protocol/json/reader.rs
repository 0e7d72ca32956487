//! JSON parser: one pass, with limits on depth, members and values.

use super::{Flaw, Json, Value};
use alloc::string::String;
use alloc::vec::Vec;

impl Json {
    /// Parses one JSON text from outside, such as a response. White space around it is allowed.
    ///
    /// # Errors
    /// The first [`Flaw`] found.
    pub fn parse(text: &str) -> Result<Self, Flaw> {
        read(text, 0)
    }

    /// Parses JSON that this library or the app wrote. Its limits are higher, because it may contain a response that was as
    /// large as is allowed.
    ///
    /// # Errors
    /// The first [`Flaw`] found.
    pub fn parse_own(text: &str) -> Result<Self, Flaw> {
        read(text, WRAPPING)
    }
}

/// Parses one JSON text. `allowance` is by how much the limits are raised; see [`Reader`].
///
/// # Errors
/// The first [`Flaw`] found.
fn read(text: &str, allowance: usize) -> Result<Json, Flaw> {
    let mut reader = Reader { text, at: 0, values: 0, allowance };
    reader.skip_space();
    if reader.at == text.len() {
        return Err(Flaw::Empty);
    }
    let value = reader.value(0)?;
    reader.skip_space();
    if reader.at == text.len() { Ok(value) } else { Err(Flaw::Syntax) }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    values: usize,
    /// By how much the limits are raised: this many more levels and members, and this many times more values, because a
    /// record contains a response and the values that were parsed from it.
    allowance: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Result<Json, Flaw> {
        if depth > MAX_DEPTH + self.allowance {
            return Err(Flaw::TooDeep);
        }
        self.values += 1;
        if self.values > MAX_VALUES * (1 + self.allowance) {
            return Err(Flaw::TooMany);
        }
        self.skip_space();
        match self.peek() {
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => self.string().map(Json::from),
            b't' => self.word("true", true.into()),
            b'f' => self.word("false", false.into()),
            b'n' => self.word("null", Json::NULL),
            _ => self.number(),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, Flaw> {
        let mut members: Vec<(String, Json)> = Vec::new();
        while self.item(members.is_empty(), b'}')? {
            let name = self.string()?;
            if members.iter().any(|(existing, _)| *existing == name) {
                return Err(Flaw::Duplicate);
            }
            if members.len() >= MAX_MEMBERS + self.allowance {
                return Err(Flaw::TooMany);
            }
            self.skip_space();
            if !self.eat(b':') {
                return Err(Flaw::Syntax);
            }
            members.push((name, self.value(depth + 1)?));
        }
        Ok(Value::Object(members).into())
    }

    fn array(&mut self, depth: usize) -> Result<Json, Flaw> {
        let mut items = Vec::new();
        while self.item(items.is_empty(), b']')? {
            items.push(self.value(depth + 1)?);
        }
        Ok(items.into())
    }

    /// Moves to the next item: past the opening bracket or a comma. `false` past the closing bracket.
    fn item(&mut self, first: bool, close: u8) -> Result<bool, Flaw> {
        if first {
            self.at += 1;
        }
        self.skip_space();
        if self.eat(close) {
            return Ok(false);
        }
        if !first && !self.eat(b',') {
            return Err(Flaw::Syntax);
        }
        self.skip_space();
        Ok(true)
    }

    fn string(&mut self) -> Result<String, Flaw> {
        if !self.eat(b'"') {
            return Err(Flaw::Syntax);
        }
        let mut text = String::new();
        loop {
            let start = self.at;
            while !matches!(self.peek(), b'"' | b'\\' | 0..=0x1f) {
                self.at += 1;
            }
            text.push_str(self.text.get(start..self.at).unwrap_or_default());
            if self.eat(b'"') {
                return Ok(text);
            }
            if !self.eat(b'\\') {
                return Err(Flaw::Syntax);
            }
            text.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Result<char, Flaw> {
        let letter = self.peek();
        self.at += 1;
        Ok(match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\x08',
            b'f' => '\x0c',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let mut code = self.unit()?;
                // Two surrogates make one character. A single one is refused, because parsers disagree about it.
                if code >> 10 == 0xd800 >> 10 && self.eat(b'\\') && self.eat(b'u') {
                    let low = self.unit()?;
                    if low >> 10 != 0xdc00 >> 10 {
                        return Err(Flaw::Syntax);
                    }
                    code = 0x10000 + ((code & 0x3ff) << 10 | low & 0x3ff);
                }
                char::from_u32(code).ok_or(Flaw::Syntax)?
            }
            _ => return Err(Flaw::Syntax),
        })
    }

    /// The UTF-16 code unit of four hexadecimal digits.
    fn unit(&mut self) -> Result<u32, Flaw> {
        let mut unit = 0;
        for _ in 0..4 {
            unit = unit << 4 | char::from(self.peek()).to_digit(16).ok_or(Flaw::Syntax)?;
            self.at += 1;
        }
        Ok(unit)
    }

    fn number(&mut self) -> Result<Json, Flaw> {
        let start = self.at;
        self.eat(b'-');
        let mut is_valid = self.eat(b'0') || self.digits();
        if self.eat(b'.') {
            is_valid &= self.digits();
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _sign = self.eat(b'+') || self.eat(b'-');
            is_valid &= self.digits();
        }
        match self.text.get(start..self.at) {
            Some(digits) if is_valid => Ok(Value::Number(digits.into()).into()),
            _ => Err(Flaw::Syntax),
        }
    }

    /// Moves past digits; `false` if there are none.
    fn digits(&mut self) -> bool {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        self.at > start
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, Flaw> {
        for byte in word.bytes() {
            if !self.eat(byte) {
                return Err(Flaw::Syntax);
            }
        }
        Ok(value)
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == byte;
        self.at += usize::from(is_next);
        is_next
    }

    /// The next byte; NUL at the end, which no JSON text has outside a string.
    #[inline(never)]
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }
}

const MAX_DEPTH: usize = 32;
const MAX_MEMBERS: usize = 1_024;
const MAX_VALUES: usize = 20_000;
/// Allowance for JSON that this library or the app wrote.
const WRAPPING: usize = 16;
