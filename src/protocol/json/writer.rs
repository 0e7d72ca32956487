//! Writes a value as JSON text.

use super::{Json, Value};
use crate::protocol::digits::hex;
use alloc::string::String;

impl Json {
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
