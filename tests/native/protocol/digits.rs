use smart_launch::protocol::digits::{decimal, digits};

#[test]
fn decimal_digits_are_written_and_read() {
    for number in [0, 9, 10, 1_234_567_890, u64::MAX] {
        assert_eq!(decimal(number), number.to_string());
        assert_eq!(digits(&number.to_string()), Some(number));
    }
    for text in ["", "+1", "-1", "1 ", "1.0", "١", "99999999999999999999"] {
        assert_eq!(digits(text), None);
    }
}
