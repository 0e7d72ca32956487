use crate::app::{json, value};
use crate::arbitrary::cases;
use proptest::prelude::*;
use serde_json::json;
use smart_launch::error::Code;
use smart_launch::protocol::echo::repeats;
use smart_launch::protocol::form::{encode, percent_encode};
use smart_launch::protocol::http::Response;

/// The encodings in which servers and proxies repeat a text that they received.
pub fn encodings(secret: &str) -> Vec<String> {
    let each = |write: &dyn Fn(u8) -> String| secret.bytes().map(write).collect::<String>();
    let each_symbol = |write: &dyn Fn(u8) -> String| {
        each(&|byte| if byte.is_ascii_alphanumeric() { char::from(byte).into() } else { write(byte) })
    };
    let mut percent = String::new();
    percent_encode(secret, &mut percent);
    let mut twice = String::new();
    percent_encode(&percent, &mut twice);
    let mut texts = vec![
        secret.into(),
        with_lower_case_escapes(&percent),
        percent,
        twice,
        each(&|byte| format!("%{byte:02x}")),
        each(&|byte| format!("{byte:02x}")),
        each(&|byte| format!("{byte:02X} ")),
        secret.to_lowercase(),
        secret.to_uppercase(),
        each_symbol(&|byte| format!("%{byte:02x}")),
        each_symbol(&|byte| format!("\\u{byte:04x}")),
        each_symbol(&|byte| format!("\\u{byte:04X}")),
        each_symbol(&|byte| format!("\\{}", char::from(byte))),
        each_symbol(&|byte| format!("&#x{byte:X};")),
        each_symbol(&|byte| format!("&#{byte};")),
        secret.replace('+', " "),
        secret.replace('/', "\\/"),
    ];
    for prefix in ["", "a", "ab", "user:"] {
        texts.push(base64(&format!("{prefix}{secret}"), b'+', b'/'));
        texts.push(base64(&format!("{prefix}{secret}:x"), b'-', b'_'));
    }
    texts
}

/// Percent-encoded text with lower-case digits, as `%2f` instead of `%2F`.
fn with_lower_case_escapes(encoded: &str) -> String {
    let mut pieces = encoded.split('%');
    let mut text: String = pieces.next().unwrap_or_default().into();
    for piece in pieces {
        let (digits, rest) = piece.split_at(2);
        text.extend(["%", &digits.to_lowercase(), rest]);
    }
    text
}

fn base64(text: &str, digit_62: u8, digit_63: u8) -> String {
    let digit = |number: u32| match number {
        0..=25 => b'A' + number as u8,
        26..=51 => b'a' + number as u8 - 26,
        52..=61 => b'0' + number as u8 - 52,
        62 => digit_62,
        _ => digit_63,
    };
    let mut out = String::new();
    for part in text.as_bytes().chunks(3) {
        let mut block = [0; 3];
        block[..part.len()].copy_from_slice(part);
        let bits = u32::from(block[0]) << 16 | u32::from(block[1]) << 8 | u32::from(block[2]);
        for position in 0..=part.len() {
            out.push(char::from(digit(bits >> (18 - 6 * position) & 63)));
        }
    }
    out
}

#[test]
fn twelve_consecutive_letters_of_a_secret_are_a_repetition() {
    let secret = "0123456789abcdefghijABCDEFGHIJ";
    for part in ["0123456789ab", "89abcdefghij", "ijABCDEFGHIJ", "hij-ABC-DEFGHIJ-abcdef0123456789ab"] {
        assert!(repeats(&format!("no such code: {part}…"), secret), "{part}");
    }
    for part in ["0123456789a", "jABCDEFGHIJ", "no such code"] {
        assert!(!repeats(part, secret), "{part}");
    }
    assert!(repeats("the code AQ%2Fb%2B3cd%3D is used", "AQ/b+3cd="));
    assert!(!repeats("no such code", "") && !repeats("invalid_grant", "a"));
}

#[test]
fn comparison_time_is_proportional_to_the_length_of_the_secret() {
    // With quadratic cost this would not end in reasonable time.
    for secret in ["a".repeat(65_536), "ab".repeat(32_768), "aaaaaaaaaaab".repeat(4_096)] {
        assert!(!repeats(&"aaaaaaaaaaac".repeat(64), &secret.replace('a', "x")));
        assert!(!repeats(&"c".repeat(1_024), &secret));
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn no_text_of_an_error_response_repeats_a_secret_in_any_encoding(
        secret in "[A-Za-z0-9._~+/=-]{24,60}", field in proptest::sample::select(vec!["code", "code_verifier", "refresh_token", "token", "client_secret"]),
        word in proptest::sample::select(vec!["error_description", "hint", "error_uri"]),
    ) {
        prop_assume!(secret.bytes().filter(u8::is_ascii_alphanumeric).count() > 4);
        for encoding in encodings(&secret) {
            prop_assert!(repeats(&encoding, &secret), "{encoding}");
            let uri = format!("https://ehr.example/why?{}", encode(&[("t", &encoding)]));
            let body = json!({ "error": "invalid_grant", word: if word == "error_uri" { uri } else { format!("bad: {encoding}") } });
            for sent in [json!({ "form": encode(&[("client_id", "app"), (field, &secret)]) }), json!({ "authorization": format!("Bearer {secret}") })] {
                let mut members = json(&json!({ "status": 400, "contentType": "application/json", "body": body.to_string() }));
                for (name, value) in sent.as_object().unwrap() {
                    members.set_text(name, value.as_str().unwrap());
                }
                let error = Response::new(members).error(Code::TokenRefused);
                prop_assert_eq!(value(error.oauth()), json!({ "error": "invalid_grant" }));
            }
        }
    }

    #[test]
    fn text_without_the_secret_is_no_repetition(secret in "[A-Za-z0-9]{24,60}", text in "[ a-z.,]{0,200}") {
        prop_assert!(!repeats(&text, &secret) || text.len() > 11);
        prop_assert!(!repeats("The authorization code has expired or was used before.", &secret));
    }
}
