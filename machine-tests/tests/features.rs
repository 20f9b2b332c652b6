//! What the optional features add.

use selvedge::{ArcMutexGuard, Mutex};

#[test]
fn guards_that_own_an_arc() {
    let mutex = std::sync::Arc::new(Mutex::new(1));
    let guard: ArcMutexGuard<i32> = mutex.lock_arc();
    assert!(mutex.try_lock_arc().is_none());
    drop(mutex);
    assert_eq!(*guard, 1);
}

#[test]
fn a_mutex_is_serialized_as_its_data() {
    let mutex: Mutex<u8> = serde_json::from_str("3").unwrap();
    assert_eq!(*mutex.lock(), 3);
    assert_eq!(serde_json::to_string(&mutex).unwrap(), "3");
}
