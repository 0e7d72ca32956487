//! JSON (RFC 8259), strictly: repeated members, deep nesting and endless documents are refused.
//!
//! `JSON.parse` takes the last of two equal members and nests as deep as the stack; serde_json costs 15 to 28 KB here and
//! stays in the tests as the oracle. What is written is ASCII, so that it crosses into JavaScript without a second copy.
//!
//! The other files keep what they read as objects of this kind and look members up where they need them. Structs of their
//! own were tried: moving and dropping their fields took as much code again as all the checks (20 KB of brotli).

use crate::kept::Kept;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// A JSON value, or nothing: `null`, and every member that is not there.
///
/// One word wide, so that it moves in a register: 1.5 KB less of brotli than an enum with its contents in place.
#[derive(Clone, Default)]
pub struct Json(Option<Kept<Box<Value>>>);

/// What a value is, if it is not `null`.
#[derive(Clone)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A number as it was written.
    Number(String),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object, in the order it was written; no name stands twice.
    Object(Vec<(String, Json)>),
}

/// Why a text is not acceptable JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing but white space.
    Empty,
    /// Not JSON.
    Syntax,
    /// An object repeats a member.
    Duplicate,
    /// Nested deeper than 32 levels.
    TooDeep,
    /// An object with more than 1,024 members, or more than 20,000 values in all.
    TooMany,
}

static NULL: Json = Json::NULL;
static EMPTY: String = String::new();
static NO_ITEMS: Vec<Json> = Vec::new();
static NO_MEMBERS: Vec<(String, Json)> = Vec::new();

impl Json {
    /// Nothing.
    pub const NULL: Self = Self(None);

    /// Reads one JSON text from outside, white space around it allowed.
    ///
    /// # Errors
    /// The first [`Flaw`] met.
    pub fn parse(text: &str) -> Result<Self, Flaw> {
        Self::read(text, 0)
    }

    /// Reads what this library or the app wrote: it may wrap a text from outside that was as large as is allowed.
    ///
    /// # Errors
    /// The first [`Flaw`] met.
    pub fn parse_own(text: &str) -> Result<Self, Flaw> {
        Self::read(text, WRAPPING)
    }

    fn read(text: &str, allowance: usize) -> Result<Self, Flaw> {
        let mut reader = Reader { text, at: 0, values: 0, allowance };
        reader.skip_space();
        if reader.at == text.len() {
            return Err(Flaw::Empty);
        }
        let value = reader.value(0)?;
        reader.skip_space();
        if reader.at == text.len() { Ok(value) } else { Err(Flaw::Syntax) }
    }

    // What is inlined here and what never was measured: a hundred calls make 0.1 KB.

    /// What it is; `None` for `null`.
    #[must_use]
    #[inline(never)]
    pub fn value(&self) -> Option<&Value> {
        self.0.as_deref().map(Box::as_ref)
    }

    /// An object without members.
    #[must_use]
    pub fn object() -> Self {
        Value::Object(Vec::new()).into()
    }

    /// A member of an object; `null` for a missing one, and where this is no object.
    #[must_use]
    pub fn at(&self, name: &str) -> &Self {
        self.members().iter().find(|(key, _)| key == name).map_or(&NULL, |(_, value)| value)
    }

    /// The text of a member that is a string; empty for anything else.
    #[must_use]
    #[inline(always)]
    pub fn text(&self, name: &str) -> &str {
        self.member_string(name)
    }

    /// The text of a string; empty for anything else.
    #[must_use]
    #[inline(always)]
    pub fn str(&self) -> &str {
        self.string()
    }

    /// One word, so returned in a register; a `&str` comes through memory, and there are a hundred calls.
    #[inline(never)]
    fn member_string(&self, name: &str) -> &String {
        self.at(name).string()
    }

    #[inline(never)]
    fn string(&self) -> &String {
        match self.value() {
            Some(Value::Text(text)) => text,
            _ => &EMPTY,
        }
    }

    /// The value of a number without fraction or sign.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        match self.value() {
            Some(Value::Number(text)) => digits(text),
            _ => None,
        }
    }

    /// Whether this is `null`.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        self.0.is_none()
    }

    /// Whether this is `true`.
    #[must_use]
    #[inline(never)]
    pub fn is_true(&self) -> bool {
        matches!(self.value(), Some(Value::Bool(true)))
    }

    /// The items of an array; none for anything else.
    #[must_use]
    pub fn list(&self) -> &Vec<Self> {
        match self.value() {
            Some(Value::List(items)) => items,
            _ => &NO_ITEMS,
        }
    }

    /// Whether this is an array with that string in it.
    #[must_use]
    pub fn lists(&self, text: &str) -> bool {
        self.list().iter().any(|item| matches!(item.value(), Some(Value::Text(item)) if item == text))
    }

    /// The members of an object; none for anything else.
    #[must_use]
    pub fn members(&self) -> &Vec<(String, Self)> {
        match self.value() {
            Some(Value::Object(members)) => members,
            _ => &NO_MEMBERS,
        }
    }

    /// Sets a member of an object. `null` takes it away.
    pub fn set(&mut self, name: &str, value: Self) {
        let Some(Value::Object(members)) = self.0.as_deref_mut().map(Box::as_mut) else { return };
        members.retain(|(key, _)| key != name);
        if !value.is_null() {
            members.push((name.into(), value));
        }
    }

    /// Sets a member to a string.
    #[inline(always)]
    pub fn set_text(&mut self, name: &str, text: &str) {
        self.set(name, text.into());
    }

    /// Sets the members that `other` has among `names`.
    pub fn copy(&mut self, other: &Self, names: &[&str]) {
        for name in names {
            let value = other.at(name);
            if !value.is_null() {
                self.set(name, value.clone());
            }
        }
    }

    /// Appends an item to an array.
    pub fn push(&mut self, item: Self) {
        if let Some(Value::List(items)) = self.0.as_deref_mut().map(Box::as_mut) {
            items.push(item);
        }
    }

    /// This value as JSON text in ASCII.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) {
        match self.value() {
            None => out.push_str("null"),
            Some(Value::Bool(value)) => out.push_str(if *value { "true" } else { "false" }),
            Some(Value::Number(digits)) => out.push_str(digits),
            Some(Value::Text(text)) => quote(text, out),
            Some(Value::List(items)) => {
                let mut mark = '[';
                for item in items.iter() {
                    out.push(mark);
                    mark = ',';
                    item.write(out);
                }
                out.push_str(if mark == '[' { "[]" } else { "]" });
            }
            Some(Value::Object(members)) => {
                let mut mark = '{';
                for (name, value) in members.iter() {
                    out.push(mark);
                    mark = ',';
                    quote(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push_str(if mark == '{' { "{}" } else { "}" });
            }
        }
    }
}

/// Equal if they are written alike: the same members in the same order. Not derived, for 0.1 KB.
impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.to_text() == other.to_text()
    }
}

impl Eq for Json {}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::from(String::from(text))
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        Self(Some(Kept::new(Box::new(value))))
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Value::Text(text).into()
    }
}

impl From<u64> for Json {
    fn from(number: u64) -> Self {
        Value::Number(decimal(number)).into()
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Value::Bool(value).into()
    }
}

impl From<Vec<Self>> for Json {
    fn from(items: Vec<Self>) -> Self {
        Value::List(items).into()
    }
}

/// Shows nothing: there may be tokens in it.
impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Json(…)")
    }
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                out.push('\\');
                out.push(character);
            }
            ' '..='~' => out.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    out.push_str("\\u");
                    for shift in [12, 8, 4, 0] {
                        out.push(hex((*unit >> shift & 15) as u8));
                    }
                }
            }
        }
    }
    out.push('"');
}

/// The hexadecimal digit of a number below 16.
#[must_use]
pub const fn hex(nibble: u8) -> char {
    (if nibble < 10 { b'0' + nibble } else { b'A' - 10 + nibble }) as char
}

/// A number in decimal digits. `core::fmt` would do it for a kilobyte.
#[must_use]
pub fn decimal(number: u64) -> String {
    let mut text = if number < 10 { String::new() } else { decimal(number / 10) };
    text.push(hex((number % 10) as u8));
    text
}

/// A number written in decimal digits alone.
#[must_use]
pub fn digits(text: &str) -> Option<u64> {
    let mut number = 0_u64;
    for byte in text.bytes() {
        let digit = byte.wrapping_sub(b'0');
        // `checked_mul` would bring the multiplication of 128-bit numbers.
        if digit > 9 || number > u64::MAX / 10 {
            return None;
        }
        number = (number * 10).checked_add(digit.into())?;
    }
    if text.is_empty() { None } else { Some(number) }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    values: usize,
    /// How much more than from outside is permitted: so many levels and members, and so many times the values, for a record
    /// holds an answer and what was read of it.
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
            if members.iter().any(|(known, _)| *known == name) {
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
                // Two surrogates make one character; one alone is no text, and two readers would disagree about it.
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
        let mut valid = self.eat(b'0') || self.digits();
        if self.eat(b'.') {
            valid &= self.digits();
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _sign = self.eat(b'+') || self.eat(b'-');
            valid &= self.digits();
        }
        match self.text.get(start..self.at) {
            Some(digits) if valid => Ok(Value::Number(digits.into()).into()),
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
        let found = self.peek() == byte;
        self.at += usize::from(found);
        found
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
const WRAPPING: usize = 16;
