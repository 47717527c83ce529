use super::*;

const FIFO: &[(&str, &str)] = &[("FifoQueue", "true"), ("VisibilityTimeout", "30")];

#[test]
fn order_and_group_lock() {
    let mut bench = Bench::new(&[("q.fifo", FIFO)]);
    bench.send_all("q.fifo", "A1 A2 B1 A3 B2 C1");
    let first = bench.take("q.fifo", 2);
    assert_eq!(bodies(&first), "A1 A2", "one group as far as possible");
    let second = bench.take("q.fifo", 10);
    assert_eq!(bodies(&second), "B1 B2 C1", "A waits");
    bench.delete("q.fifo", first[0].receipt).unwrap();
    assert_eq!(bench.bodies("q.fifo", 10), "", "A2 is still in flight");
    bench.delete("q.fifo", first[1].receipt).unwrap();
    assert_eq!(bench.bodies("q.fifo", 10), "A3");
}

#[test]
fn order_survives_a_timeout() {
    let mut bench = Bench::new(&[("q.fifo", FIFO)]);
    bench.send_all("q.fifo", "A1 A2 A3 A4");
    let taken = bench.take("q.fifo", 3);
    bench.delete("q.fifo", taken[0].receipt).unwrap();
    bench.hide("q.fifo", taken[2].receipt, 0).unwrap();
    assert_eq!(bench.bodies("q.fifo", 10), "", "A2 is in flight, so A3 has to wait although it is visible");
    bench.wait(30);
    let again = bench.take("q.fifo", 10);
    assert_eq!(bodies(&again), "A2 A3 A4");
    assert_eq!(again.iter().map(|taken| taken.receives).collect::<Vec<_>>(), [2, 2, 1]);
}

#[test]
fn a_group_given_back_takes_its_turn() {
    let mut bench = Bench::new(&[("q.fifo", FIFO)]);
    bench.send_all("q.fifo", "A1 B1");
    let a1 = bench.take("q.fifo", 1)[0].receipt;
    bench.hide("q.fifo", a1, 5).unwrap();
    assert_eq!(bench.bodies("q.fifo", 10), "B1", "another group is not held up");
    bench.wait(5);
    assert_eq!(bench.bodies("q.fifo", 10), "A1");
}

#[test]
fn the_delay_of_the_queue_keeps_the_order() {
    let mut bench = Bench::new(&[("q.fifo", &[("FifoQueue", "true"), ("DelaySeconds", "10")])]);
    bench.send_all("q.fifo", "A1");
    bench.state.set("q.fifo", &attributes(&[("DelaySeconds", "0")]), START).unwrap();
    bench.send_all("q.fifo", "A2 B1");
    assert_eq!(bench.bodies("q.fifo", 10), "B1", "A2 stays behind A1");
    bench.wait(10);
    assert_eq!(bench.bodies("q.fifo", 10), "A1 A2");
}

#[test]
fn deduplication() {
    let queue: &[_] = &[("FifoQueue", "true"), ("ContentBasedDeduplication", "true")];
    let group: &[_] =
        &[("DeduplicationScope", "messageGroup"), ("FifoQueue", "true"), ("ContentBasedDeduplication", "true")];
    let with_id = |body: &str, group: &str| Outgoing::fifo(body, group, "id");
    let by_content = |body: &str, group: &str| Outgoing { deduplication_id: None, ..Outgoing::fifo(body, group, "") };
    for (label, settings, first, second, seconds, duplicate) in [
        ("same id", queue, with_id("x", "A"), with_id("y", "A"), 0, true),
        ("same id, other group", queue, with_id("x", "A"), with_id("x", "B"), 0, true),
        ("same id, other group, by group", group, with_id("x", "A"), with_id("x", "B"), 0, false),
        ("same id, same group, by group", group, with_id("x", "A"), with_id("y", "A"), 0, true),
        ("just before five minutes", queue, with_id("x", "A"), with_id("x", "A"), 299, true),
        ("after five minutes", queue, with_id("x", "A"), with_id("x", "A"), 300, false),
        ("same content", queue, by_content("x", "A"), by_content("x", "A"), 0, true),
        ("other content", queue, by_content("x", "A"), by_content("y", "A"), 0, false),
        ("same content, an id of its own", queue, by_content("x", "A"), with_id("x", "A"), 0, false),
    ] {
        let mut bench = Bench::new(&[("q.fifo", settings)]);
        let one = bench.send("q.fifo", first).unwrap();
        let taken = bench.take("q.fifo", 1)[0].receipt;
        bench.delete("q.fifo", taken).unwrap();
        bench.wait(seconds);
        let two = bench.send("q.fifo", second).unwrap();
        assert_eq!(two.duplicate, duplicate, "{label}");
        assert_eq!(two.id == one.id && two.sequence == one.sequence, duplicate, "{label}: answered as the first");
        assert_eq!(bench.depth("q.fifo").0, usize::from(!duplicate), "{label}: even after it was deleted");
    }
}

#[test]
fn refusals() {
    let mut bench = Bench::new(&[("q.fifo", FIFO)]);
    for (label, message, refused) in [
        ("no group", Outgoing { group: None, ..Outgoing::fifo("x", "", "1") }, "MissingParameter"),
        ("no id", Outgoing { deduplication_id: None, ..Outgoing::fifo("x", "g", "") }, "InvalidParameterValue"),
        ("delay", Outgoing { delay_seconds: Some(1), ..Outgoing::fifo("x", "g", "1") }, "InvalidParameterValue"),
    ] {
        assert_eq!(bench.send("q.fifo", message).unwrap_err().shape(), refused, "{label}");
    }
    let zero = Outgoing { delay_seconds: Some(0), ..Outgoing::fifo("x", "g", "1") };
    assert!(bench.send("q.fifo", zero).is_ok(), "no delay is no delay");
}

#[test]
fn sequence_numbers_grow() {
    let mut bench = Bench::new(&[("q.fifo", FIFO)]);
    let mut last = 0;
    for (i, back) in [0, 0, 5_000, 0].into_iter().enumerate() {
        bench.now -= back;
        let sent = bench.send("q.fifo", Outgoing::fifo("x", "g", i.to_string())).unwrap();
        assert!(sent.sequence.unwrap() > last, "even if the clock goes back");
        last = sent.sequence.unwrap();
    }
}

/// 10,000 messages in 5,000 groups, received and deleted ten at a time: fractions of a second even unoptimised, and
/// many seconds if a receive looked at every message or group.
#[test]
fn many_groups() {
    let mut bench = Bench::new(&[("q.fifo", FIFO)]);
    let started = std::time::Instant::now();
    for i in 0..10_000 {
        bench.send("q.fifo", Outgoing::fifo("x", format!("g{}", i % 5_000), i.to_string())).unwrap();
    }
    // The first half of the groups stays in flight all the time.
    for _ in 0..500 {
        assert_eq!(bench.take("q.fifo", 10).len(), 10);
    }
    let mut left = 5_000;
    while left > 0 {
        let taken = bench.take("q.fifo", 10);
        left -= taken.len();
        taken.iter().for_each(|taken| bench.delete("q.fifo", taken.receipt).unwrap());
    }
    assert_eq!(bench.depth("q.fifo"), (0, 5_000, 0));
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
}
