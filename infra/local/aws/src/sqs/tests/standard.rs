use super::*;

#[test]
fn visibility_delay_and_depth() {
    let mut bench = Bench::new(&[("q", &[("VisibilityTimeout", "30"), ("DelaySeconds", "0")])]);
    for body in ["1", "2", "3"] {
        bench.send("q", Outgoing::new(body)).unwrap();
    }
    bench.send("q", Outgoing { delay_seconds: Some(10), ..Outgoing::new("late") }).unwrap();
    assert_eq!(bench.depth("q"), (3, 0, 1));
    let first = bench.take("q", 2);
    assert_eq!((bodies(&first).as_str(), first[0].receives), ("1 2", 1));
    assert_eq!(bench.bodies("q", 10), "3");
    assert_eq!(bench.bodies("q", 10), "");
    assert_eq!(bench.depth("q"), (0, 3, 1));
    bench.delete("q", first[0].receipt).unwrap();
    bench.wait(10);
    assert_eq!(bench.bodies("q", 10), "late");
    bench.wait(20);
    let again = bench.take("q", 10);
    assert_eq!(bodies(&again), "2 3", "come back after 30 seconds");
    assert_eq!((again[0].receives, again[0].first_received), (2, START));
    assert_eq!(bench.depth("q"), (0, 3, 0));
}

#[test]
fn the_queue_delays_what_says_nothing() {
    let mut bench = Bench::new(&[("q", &[("DelaySeconds", "5")])]);
    bench.send("q", Outgoing::new("default")).unwrap();
    bench.send("q", Outgoing { delay_seconds: Some(0), ..Outgoing::new("now") }).unwrap();
    assert_eq!(bench.bodies("q", 10), "now");
    assert_eq!(bench.state.queue("q").unwrap().next_timer(), Some(START + 5_000));
    bench.wait(5);
    assert_eq!(bench.bodies("q", 10), "default");
}

#[test]
fn retention() {
    let mut bench = Bench::new(&[("q", &[("MessageRetentionPeriod", "60"), ("VisibilityTimeout", "100")])]);
    bench.send("q", Outgoing::new("held")).unwrap();
    let held = bench.take("q", 1);
    bench.wait(30);
    bench.send("q", Outgoing::new("young")).unwrap();
    bench.wait(29);
    assert_eq!(bench.depth("q"), (1, 1, 0));
    bench.wait(1);
    assert_eq!(bench.depth("q"), (1, 0, 0), "also what is in flight expires");
    bench.delete("q", held[0].receipt).unwrap();
    bench.wait(30);
    assert_eq!(bench.bodies("q", 1), "");
}

/// What a receipt of the first receive is good for, on both kinds of queue.
#[test]
fn receipts() {
    enum When {
        Held,
        Expired,
        ReceivedAgain,
        Gone,
    }
    let invalid = Some("InvalidParameterValue");
    let idle = Some("MessageNotInflight");
    for (label, fifo, when, delete, deletes, hide) in [
        ("standard, held", false, When::Held, None, true, None),
        ("standard, expired", false, When::Expired, None, true, idle),
        ("standard, received again", false, When::ReceivedAgain, None, false, invalid),
        ("standard, gone", false, When::Gone, None, true, invalid),
        ("FIFO, held", true, When::Held, None, true, None),
        ("FIFO, expired", true, When::Expired, invalid, false, idle),
        ("FIFO, received again", true, When::ReceivedAgain, invalid, false, invalid),
        ("FIFO, gone", true, When::Gone, None, true, invalid),
    ] {
        let name = if fifo { "q.fifo" } else { "q" };
        let prepare = || {
            let mut bench =
                if fifo { Bench::new(&[(name, &[("FifoQueue", "true")])]) } else { Bench::new(&[(name, &[])]) };
            bench.send(name, if fifo { Outgoing::fifo("x", "g", "1") } else { Outgoing::new("x") }).unwrap();
            let receipt = bench.take(name, 1)[0].receipt;
            match when {
                When::Held => {}
                When::Expired => bench.wait(30),
                When::ReceivedAgain => {
                    bench.wait(30);
                    assert_eq!(bench.bodies(name, 1), "x");
                }
                When::Gone => bench.delete(name, receipt).unwrap(),
            }
            (bench, receipt)
        };
        let (mut bench, receipt) = prepare();
        assert_eq!(bench.delete(name, receipt).err().map(|e| e.shape()), delete, "{label}: delete");
        assert_eq!(bench.depth(name) == (0, 0, 0), deletes, "{label}: is deleted");
        let (mut bench, receipt) = prepare();
        assert_eq!(bench.hide(name, receipt, 60).err().map(|e| e.shape()), hide, "{label}: change visibility");
    }
}

#[test]
fn changing_visibility() {
    let mut bench = Bench::new(&[("q", &[])]);
    bench.send("q", Outgoing::new("x")).unwrap();
    let first = bench.take("q", 1)[0].receipt;
    bench.hide("q", first, 0).unwrap();
    assert_eq!(bench.depth("q"), (1, 0, 0), "given back at once");
    let second = bench.take("q", 1)[0].receipt;
    bench.hide("q", second, 60).unwrap();
    bench.wait(59);
    assert_eq!(bench.bodies("q", 1), "", "held for longer than the queue's 30 seconds");
    let refused = |result: Result<(), SqsError>| result.err().map(|error| error.shape());
    assert_eq!(refused(bench.hide("q", second, 43_201)), Some("InvalidParameterValue"));
    assert_eq!(refused(bench.hide("q", second, 43_142)), Some("InvalidParameterValue"), "twelve hours together");
    assert_eq!(refused(bench.hide("q", second, 43_141)), None);
}

#[test]
fn a_receive_with_visibility_0_hides_nothing() {
    let mut bench = Bench::new(&[("q", &[])]);
    bench.send("q", Outgoing::new("x")).unwrap();
    for _ in 0..2 {
        assert_eq!(bodies(&bench.state.receive("q", 10, Some(0), START).unwrap()), "x", "once per call");
    }
}

#[test]
fn sizes() {
    let limit = [("MaximumMessageSize", "1024")];
    let mut bench = Bench::new(&[("q", &limit), ("large", &[])]);
    let with_attribute = |body: usize| Outgoing {
        attributes: [("name".to_owned(), super::super::Attribute::text("v"))].into(),
        ..Outgoing::new("x".repeat(body))
    };
    for (label, queue, message, refused) in [
        ("at the limit", "q", Outgoing::new("x".repeat(1024)), false),
        ("above it", "q", Outgoing::new("x".repeat(1025)), true),
        ("bytes, not characters", "q", Outgoing::new("あ".repeat(342)), true),
        ("attributes count: 4 + 6 + 1", "q", with_attribute(1013), false),
        ("attributes count", "q", with_attribute(1014), true),
        ("1 MiB", "large", Outgoing::new("x".repeat(1_048_576)), false),
        ("1 MiB and a byte", "large", Outgoing::new("x".repeat(1_048_577)), true),
    ] {
        assert_eq!(bench.send(queue, message).is_err(), refused, "{label}");
    }
}

#[test]
fn tenants_of_fair_queues_are_echoed() {
    let mut bench = Bench::new(&[("q", &[])]);
    bench.send("q", Outgoing { group: Some("tenant".into()), ..Outgoing::new("1") }).unwrap();
    bench.send("q", Outgoing { group: Some("tenant".into()), ..Outgoing::new("2") }).unwrap();
    let taken = bench.take("q", 1);
    assert_eq!(taken[0].message.group.as_deref(), Some("tenant"));
    assert_eq!(bench.bodies("q", 1), "2", "and lock nothing");
    let refused = bench.send("q", Outgoing::fifo("x", "g", "1")).unwrap_err();
    assert_eq!(refused.shape(), "InvalidParameterValue", "deduplication is for FIFO queues");
}

#[test]
fn creating_again() {
    let mut bench = Bench::new(&[("q", &[("VisibilityTimeout", "60")])]);
    for (label, pairs, refused) in [
        ("same value", [("VisibilityTimeout", "60")].as_slice(), None),
        ("nothing said", &[], None),
        ("another value", &[("VisibilityTimeout", "61")], Some("QueueNameExists")),
    ] {
        let again = bench.state.create("q", &attributes(pairs), BTreeMap::new(), false, 1, START);
        assert_eq!(again.err().map(|e| e.shape()), refused, "{label}");
    }
    let change = attributes(&[("VisibilityTimeout", "61")]);
    bench.state.create("q", &change, BTreeMap::new(), true, 1, START).unwrap();
    assert_eq!(bench.state.queue("q").unwrap().definition().settings.visibility_timeout, 61);
}
