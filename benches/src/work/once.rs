//! What is there already: it should be a load.

use std::hint::black_box;

use super::pairs::fast;
use crate::rounds::{Cell, Contestant, Metric, contestant, less};

const NANOSECONDS: &[Metric] = &[less("a look", "ns")];

macro_rules! look {
    ($name:literal, $new:expr, |$value:ident| $look:expr) => {
        contestant($name, |effort| {
            let made = $new;
            let $value = black_box(&made);
            black_box($look);
            vec![fast(effort, || {
                black_box($look);
            })]
        })
    };
}

fn cell(name: &str, contestants: Vec<Contestant>) -> Cell {
    Cell {
        table: "once",
        name: name.to_owned(),
        metrics: NANOSECONDS,
        against: &["std"],
        contestants,
    }
}

pub fn cells() -> Vec<Cell> {
    vec![
        cell(
            "Once",
            vec![
                look!("selvedge", selvedge::Once::new(), |once| once
                    .call_once(|| ())),
                look!("std", std::sync::Once::new(), |once| once.call_once(|| ())),
                look!("parking_lot", parking_lot::Once::new(), |once| once
                    .call_once(|| ())),
                look!("spin", spin::Once::<()>::new(), |once| once
                    .call_once(|| ())),
                look!("usync", usync::Once::new(), |once| once.call_once(|| ())),
            ],
        ),
        cell(
            "OnceLock",
            vec![
                look!("selvedge", selvedge::OnceLock::new(), |once| once
                    .get_or_init(|| 1_u64)),
                look!("std", std::sync::OnceLock::new(), |once| once
                    .get_or_init(|| 1_u64)),
                look!("spin", spin::Once::new(), |once| once.call_once(|| 1_u64)),
            ],
        ),
        cell(
            "LazyLock",
            vec![
                look!("selvedge", selvedge::LazyLock::new(|| 1_u64), |lazy| **lazy),
                look!("std", std::sync::LazyLock::new(|| 1_u64), |lazy| **lazy),
                look!("spin", spin::LazyLock::<u64>::new(|| 1_u64), |lazy| **lazy),
            ],
        ),
    ]
}
