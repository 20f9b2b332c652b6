//! What a run was measured on, and how much of it others used.

use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

fn file(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn first_line_of(command: &str, argument: &str) -> Option<String> {
    let output = std::process::Command::new(command)
        .arg(argument)
        .output()
        .ok()?;
    Some(
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .next()?
            .to_owned(),
    )
}

/// The machine, and how much was run on it, in a few lines: what every result carries.
pub fn description(run: &str) -> String {
    let mut text = String::new();
    let model = file("/proc/cpuinfo");
    let model = model
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown", |(_, model)| model);
    let mut line = |key: &str, value: &str| {
        writeln!(text, "{key:<10} {}", value.trim()).expect("a string grows")
    };
    line("processor", &format!("{model}, {} of them", cores()));
    line(
        "system",
        &format!(
            "{} {}",
            std::env::consts::OS,
            file("/proc/sys/kernel/osrelease")
        ),
    );
    line("load", &file("/proc/loadavg"));
    line(
        "compiler",
        &first_line_of("rustc", "--version").unwrap_or_default(),
    );
    line(
        "libc",
        &first_line_of("ldd", "--version").unwrap_or_default(),
    );
    line("commit", &commit());
    line("peers", PEERS);
    line(
        "delay",
        &format!(
            "{:.3} ns a step of the work inside and outside",
            1.0 / steps_of_a_nanosecond()
        ),
    );
    line("run", run);
    text
}

/// Of what is compared with; checked against the lock file by a test.
pub const PEERS: &str = "parking_lot 0.13.0 and 0.12.5, spin 0.12.3, usync 0.2.1, crossbeam-utils 0.8.23, async-lock 3.5.0, tokio 1.54.1";

fn commit() -> String {
    let output = std::process::Command::new("git")
        .args(["describe", "--always", "--dirty", "--abbrev=12"])
        .output();
    output.map_or_else(
        |_| "unknown".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).into_owned(),
    )
}

pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

// --- how long things take -----------------------------------------------------------------------

/// So many steps of work that neither the compiler nor the processor can shorten: each needs the one before.
#[inline]
pub fn step(times: u64) {
    let mut value = 1_u64;
    for _ in 0..times {
        value = value.rotate_left(5) ^ 0x9E37_79B9;
    }
    black_box(value);
}

/// How many steps a nanosecond has.
pub fn steps_of_a_nanosecond() -> f64 {
    static STEPS: OnceLock<f64> = OnceLock::new();
    *STEPS.get_or_init(|| {
        let fastest = (0..50)
            .map(|_| {
                let start = Instant::now();
                step(100_000);
                start.elapsed()
            })
            .min();
        100_000.0 / fastest.expect("there are rounds").as_nanos() as f64
    })
}

/// The steps that take so long.
pub fn steps(nanoseconds: u64) -> u64 {
    (nanoseconds as f64 * steps_of_a_nanosecond()) as u64
}

// --- what others use ----------------------------------------------------------------------------

/// The time that all processors were busy for, in ticks of the system.
fn busy() -> u64 {
    let stat = file("/proc/stat");
    let fields = stat
        .lines()
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(1);
    let fields: Vec<u64> = fields.filter_map(|field| field.parse().ok()).collect();
    // user, nice, system; idle and iowait are not; irq, softirq, steal.
    fields
        .iter()
        .enumerate()
        .filter(|(at, _)| !matches!(at, 3 | 4 | 8..))
        .map(|(_, ticks)| ticks)
        .sum()
}

/// What a thread or a process has used.
#[derive(Clone, Copy, Default)]
pub struct Usage {
    pub cpu: Duration,
    /// How often it went to sleep.
    pub slept: u64,
}

fn usage(of: libc::c_int) -> Usage {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: `usage` has room for what is written.
    let result = unsafe { libc::getrusage(of, usage.as_mut_ptr()) };
    assert_eq!(result, 0, "getrusage");
    // SAFETY: it was zeroed, and then written.
    let usage = unsafe { usage.assume_init() };
    let time = |time: libc::timeval| Duration::new(time.tv_sec as u64, time.tv_usec as u32 * 1000);
    Usage {
        cpu: time(usage.ru_utime) + time(usage.ru_stime),
        slept: usage.ru_nvcsw as u64,
    }
}

/// Of the current thread.
pub fn thread_usage() -> Usage {
    usage(libc::RUSAGE_THREAD)
}

/// How many processors others kept busy since this was made.
pub struct Others {
    since: Instant,
    busy: u64,
    own: Duration,
}

impl Others {
    pub fn watch() -> Self {
        Self {
            since: Instant::now(),
            busy: busy(),
            own: own(),
        }
    }

    pub fn share(&self) -> f64 {
        // SAFETY: sysconf takes any name.
        let ticks_of_a_second = unsafe { libc::sysconf(libc::_SC_CLK_TCK) } as f64;
        let all = (busy() - self.busy) as f64 / ticks_of_a_second;
        let own = (own() - self.own).as_secs_f64();
        ((all - own) / self.since.elapsed().as_secs_f64()).max(0.0)
    }
}

fn own() -> Duration {
    usage(libc::RUSAGE_SELF).cpu + usage(libc::RUSAGE_CHILDREN).cpu
}

/// Waits until nobody else runs, for `patience` at most.
pub fn quiet(patience: Duration) {
    let until = Instant::now() + patience;
    while Instant::now() < until {
        let load = file("/proc/loadavg");
        let running = load
            .split_whitespace()
            .nth(3)
            .and_then(|field| field.split_once('/'));
        if running.is_none_or(|(running, _)| running == "1") {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The current thread stays on this processor, if there is one of that number.
pub fn pin(processor: usize) {
    // SAFETY: a set of processors is plain numbers.
    let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    // SAFETY: the set is ours, and the macro refuses what is too large.
    unsafe { libc::CPU_SET(processor % cores(), &mut set) };
    // SAFETY: 0 is the current thread, and the set lives.
    unsafe { libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set) };
}

#[cfg(test)]
mod tests {
    /// What the description says about the peers is so.
    #[test]
    fn peers_are_of_the_versions_that_are_named() {
        let lock = std::fs::read_to_string("../Cargo.lock").unwrap();
        for peer in super::PEERS.replace(" and ", ", parking_lot ").split(", ") {
            let (name, version) = peer.split_once(' ').unwrap();
            assert!(
                lock.contains(&format!("name = \"{name}\"\nversion = \"{version}\"")),
                "{peer} is not what Cargo.lock has; change machine::PEERS"
            );
        }
    }
}
