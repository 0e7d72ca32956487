//! JSON (RFC 8259). Repeated members, deep nesting and too many values are refused.
//!
//! `JSON.parse` takes the last of two members with the same name, and has no limit of nesting. serde_json costs 15 to
//! 28 KB in the module; the tests compare with it. The output is ASCII, so that it reaches JavaScript without a second
//! copy.
//!
//! This file has the value; `reader` reads it, and `writer` writes it. Other files wrap a `Json` object and look members up
//! when they need them. Structs with fields were tried: moving and dropping the fields took as much code as all checks
//! (20 KB of brotli).

mod reader;
mod writer;

use super::digits::{decimal, digits};
use crate::no_drop::NoDrop;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// A JSON value; `null` also stands for a missing member.
///
/// One word wide, so that it moves in a register: 1.5 KB less of brotli than an enum with its contents in place.
#[derive(Clone, Default)]
pub struct Json(Option<NoDrop<Box<Value>>>);

/// A value other than `null`.
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
    /// An object: its members in their order, each name once.
    Object(Vec<(String, Json)>),
}

/// Why a text is not acceptable JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Only white space.
    Empty,
    /// Not JSON.
    Syntax,
    /// An object repeats a member.
    Duplicate,
    /// Values are nested in more than 33 levels.
    TooDeep,
    /// An object with more than 1,024 members, or more than 20,000 values in all.
    TooMany,
}

static NULL: Json = Json::NULL;
static EMPTY: String = String::new();
static NO_ITEMS: Vec<Json> = Vec::new();
static NO_MEMBERS: Vec<(String, Json)> = Vec::new();

impl Json {
    /// `null`.
    pub const NULL: Self = Self(None);

    // The choice of functions to inline was measured: with a hundred calls of each it makes a difference of 0.1 KB.

    /// The value; `None` for `null`.
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

    /// A `&String` is one word, so it is returned in a register; a `&str` comes through memory, and there are a hundred calls.
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

    /// As [`Json::number`], also for a number that is written as a string.
    #[must_use]
    pub fn whole(&self) -> Option<u64> {
        self.number().or_else(|| digits(self.str()))
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

    /// Sets a member of an object. `null` removes it.
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

    /// Copies those of the members `names` that `other` has.
    pub fn copy(&mut self, other: &Self, names: &[&str]) {
        for name in names {
            let value = other.at(name);
            if !value.is_null() {
                self.set(name, value.clone());
            }
        }
    }

    /// Removes the members `names` that are not strings, or are empty; `true` if one had another type.
    pub fn drop_mistyped_texts(&mut self, names: &[&str]) -> bool {
        let mut is_mistyped = false;
        for name in names {
            if self.text(name).is_empty() {
                is_mistyped |= !matches!(self.at(name).value(), None | Some(Value::Text(_)));
                self.set(name, Self::NULL);
            }
        }
        is_mistyped
    }

    /// Appends an item to an array.
    pub fn push(&mut self, item: Self) {
        if let Some(Value::List(items)) = self.0.as_deref_mut().map(Box::as_mut) {
            items.push(item);
        }
    }
}

/// Equal if they are written alike: the same members in the same order. Written by hand because the derived code is 0.1
/// KB larger.
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
        Self(Some(NoDrop::new(Box::new(value))))
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

/// Shows nothing, because the value may contain tokens.
impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Json(…)")
    }
}
