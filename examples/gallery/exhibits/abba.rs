//! Two locks, two orders.

use std::sync::Arc;

use selvedge_loom::sys::thread;
use selvedge_loom::{Mutex, trace};

use super::{Exhibit, Finder};

pub const EXHIBIT: Exhibit = Exhibit {
    name: "abba",
    line: "two threads take the same two locks in opposite orders, and wait for each other for ever",
    story: "Money goes from one account to another, so a transfer locks both. `main` moves from A to B and locks\n\
            A first; `T1` moves from B to A and locks B first.",
    finder: Finder::Loom,
    broken,
    fix: "one order for all: lock the account with the lower number first",
    fixed,
    bound: None,
};

struct Account {
    number: u32,
    balance: Mutex<i32>,
}

fn accounts() -> Arc<(Account, Account)> {
    let account = |number| Account {
        number,
        balance: Mutex::new(100),
    };
    let accounts = Arc::new((account(1), account(2)));
    trace::name(&accounts.0, "A");
    trace::name(&accounts.1, "B");
    accounts
}

fn broken() {
    fn transfer(from: &Account, to: &Account, amount: i32) {
        let mut from = from.balance.lock();
        let mut to = to.balance.lock();
        *from -= amount;
        *to += amount;
    }
    both_ways(transfer);
}

fn fixed() {
    fn transfer(from: &Account, to: &Account, amount: i32) {
        let (mut from, mut to) = if from.number < to.number {
            let from = from.balance.lock();
            (from, to.balance.lock())
        } else {
            let to = to.balance.lock();
            (from.balance.lock(), to)
        };
        *from -= amount;
        *to += amount;
    }
    both_ways(transfer);
}

fn both_ways(transfer: fn(&Account, &Account, i32)) {
    let accounts = accounts();
    let other = {
        let accounts = Arc::clone(&accounts);
        thread::spawn(move || transfer(&accounts.1, &accounts.0, 20))
    };
    transfer(&accounts.0, &accounts.1, 30);
    other.join().unwrap();
    assert_eq!(
        (*accounts.0.balance.lock(), *accounts.1.balance.lock()),
        (90, 110)
    );
}
