//! A hundred thousand clients that become active at the same time, as when the network of a hospital is back: the load
//! of their refreshes on the token endpoint, with and without the jitter of pkg-template/src/session/wake-up-events.ts.

use std::io::{Write, stdout};

const CLIENTS: u64 = 100_000;
/// Requests per second that a token endpoint can process, and the client's timeout in milliseconds.
const CAPACITY: u64 = 5_000;
const DEADLINE: u64 = 20_000;

/// The value in milliseconds of the constant in wake-up-events.ts.
fn spread() -> u64 {
    let source = include_str!("../../pkg-template/src/session/wake-up-events.ts");
    let (_, rest) = source.split_once("const SPREAD = ").expect("the constant");
    let digits = rest.split(';').next().expect("its value").replace('_', "");
    digits.parse().expect("a number")
}

/// A number in `0..limit`, evenly distributed.
fn mixed(client: u64, limit: u64) -> u64 {
    let mut mixed = client.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(20_261_122);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) % limit
}

/// The most requests in a second, the longest wait for a response in milliseconds, and the number of clients that timed out.
fn load(spread: u64) -> (u64, u64, u64) {
    // Even without jitter the clients are spread over a second.
    let mut arrivals: Vec<u64> =
        (0..CLIENTS).map(|client| mixed(client, 1_000) + mixed(client + CLIENTS, spread.max(1))).collect();
    arrivals.sort_unstable();
    let mut seconds = vec![0_u64; (spread / 1_000 + 2) as usize];
    arrivals.iter().for_each(|at| seconds[(at / 1_000) as usize] += 1);
    // The times are in microseconds; one server processes the requests one after another.
    let (mut free_at, mut longest, mut timed_out) = (0, 0, 0);
    for at in arrivals.iter().map(|at| at * 1_000) {
        free_at = free_at.max(at) + 1_000_000 / CAPACITY;
        let wait = (free_at - at) / 1_000;
        longest = longest.max(wait);
        timed_out += u64::from(wait >= DEADLINE);
    }
    (seconds.into_iter().max().unwrap_or(0), longest, timed_out)
}

#[test]
fn clients_that_become_active_together_are_spread() {
    let (without, with) = (load(0), load(spread()));
    let mut out = stdout();
    for (name, (peak, longest, timed_out)) in [("without", without), ("with", with)] {
        writeln!(
            out,
            "wake: {CLIENTS} clients, {CAPACITY} responses a second, {name} spread: {peak} requests in the worst second, \
             {longest} ms for the slowest response, {timed_out} clients timed out after {DEADLINE} ms"
        )
        .unwrap();
    }
    assert!(with.0 * 20 < without.0, "a twentieth of the peak");
    assert_eq!(with.2, 0, "all clients get a response");
}
