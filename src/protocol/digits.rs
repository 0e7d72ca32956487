//! Digits of numbers.

use alloc::string::String;

/// The hexadecimal digit of a number below 16.
#[must_use]
pub const fn hex(nibble: u8) -> char {
    (if nibble < 10 { b'0' + nibble } else { b'A' - 10 + nibble }) as char
}

/// A number in decimal digits. `core::fmt` would cost a kilobyte.
#[must_use]
pub fn decimal(number: u64) -> String {
    let mut text = if number < 10 { String::new() } else { decimal(number / 10) };
    text.push(hex((number % 10) as u8));
    text
}

/// Reads a number that consists only of decimal digits.
#[must_use]
pub fn digits(text: &str) -> Option<u64> {
    let mut number = 0_u64;
    for byte in text.bytes() {
        let digit = byte.wrapping_sub(b'0');
        // `checked_mul` would pull in the multiplication of 128-bit numbers.
        if digit > 9 || number > u64::MAX / 10 {
            return None;
        }
        number = (number * 10).checked_add(digit.into())?;
    }
    if text.is_empty() { None } else { Some(number) }
}
