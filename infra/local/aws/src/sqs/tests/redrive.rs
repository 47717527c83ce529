use super::super::moves::MoveStatus;
use super::*;

fn policy(target: &str, count: u32) -> String {
    format!(r#"{{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:{target}","maxReceiveCount":{count}}}"#)
}

fn arn(name: &str) -> String {
    format!("arn:aws:sqs:us-east-1:000000000000:{name}")
}

/// A FIFO queue that gives up after two receives, with its dead-letter queue.
fn fifo() -> Bench {
    let policy = policy("d.fifo", 2);
    Bench::new(&[
        ("d.fifo", &[("FifoQueue", "true")]),
        ("q.fifo", &[("FifoQueue", "true"), ("RedrivePolicy", &policy)]),
    ])
}

/// Receives until the poison message "A1" is dead; "A2" is never held up by more than that.
fn kill_a1(bench: &mut Bench) {
    bench.send_all("q.fifo", "A1 A2");
    for _ in 0..2 {
        assert_eq!(bench.bodies("q.fifo", 1), "A1");
        bench.wait(30);
    }
    let next = bench.take("q.fifo", 1);
    assert_eq!((bodies(&next).as_str(), next[0].receives), ("A2", 1), "the group goes on, its count untouched");
}

#[test]
fn fifo_dead_letters() {
    let mut bench = fifo();
    kill_a1(&mut bench);
    let dead = bench.take("d.fifo", 10);
    assert_eq!(bodies(&dead), "A1");
    let message = &dead[0].message;
    assert_eq!(message.dead_letter_source.as_deref(), Some(arn("q.fifo").as_str()));
    assert_eq!((message.id.as_str(), message.group.as_deref()), ("m1", Some("A")), "id and group stay");
    assert_eq!(message.sent, START + 60_000, "its age starts anew");
    assert_eq!(dead[0].receives, 1);
}

#[test]
fn standard_dead_letters_keep_their_age() {
    let policy = policy("d", 1);
    let mut bench = Bench::new(&[("d", &[("MessageRetentionPeriod", "60")]), ("q", &[("RedrivePolicy", &policy)])]);
    bench.send("q", Outgoing::new("x")).unwrap();
    assert_eq!(bench.bodies("q", 1), "x");
    bench.wait(30);
    assert_eq!(bench.bodies("q", 1), "");
    assert_eq!(bench.depth("d"), (1, 0, 0));
    bench.wait(30);
    assert_eq!(bench.depth("d"), (0, 0, 0), "60 seconds after it was sent");
}

#[test]
fn without_a_dead_letter_queue_it_goes_on() {
    let policy = policy("d", 1);
    let mut bench = Bench::new(&[("d", &[]), ("q", &[("RedrivePolicy", &policy)])]);
    bench.send("q", Outgoing::new("x")).unwrap();
    bench.state.delete("d").unwrap();
    for receives in 1..=3 {
        assert_eq!(bench.take("q", 1)[0].receives, receives);
        bench.wait(30);
    }
}

#[test]
fn policies() {
    let mut bench = Bench::new(&[("d", &[]), ("d.fifo", &[("FifoQueue", "true")]), ("q", &[])]);
    for (label, target, refused) in
        [("same kind", "d", false), ("other kind", "d.fifo", true), ("missing", "e", true), ("itself", "q", true)]
    {
        let result = bench.state.set("q", &attributes(&[("RedrivePolicy", &policy(target, 3))]), START);
        assert_eq!(result.is_err(), refused, "{label}");
    }
    assert_eq!(bench.state.sources_of("d"), ["q"]);
}

/// Runs a task to its end and says how it ended and what it moved.
fn run(bench: &mut Bench, source: &str, destination: Option<&str>) -> Result<(MoveStatus, usize), SqsError> {
    let (now, destination) = (bench.now, destination.map(arn));
    bench.state.start_move("task".into(), &arn(source), destination.as_deref(), None, now)?;
    while bench.state.step_move("task", 1, || "new".into(), now)? {}
    let task = bench.state.tasks.pop().unwrap();
    Ok((task.status, task.moved))
}

#[test]
fn dead_letters_go_back() {
    let mut bench = fifo();
    kill_a1(&mut bench);
    assert_eq!(run(&mut bench, "d.fifo", None).unwrap(), (MoveStatus::Completed, 1));
    assert_eq!(bench.depth("d.fifo"), (0, 0, 0));
    bench.wait(30);
    let back = bench.take("q.fifo", 10);
    assert_eq!(bodies(&back), "A2 A1", "behind what came after it");
    let message = &back[1].message;
    assert_eq!((message.id.as_str(), back[1].receives), ("new", 1), "as a new message, and not as a duplicate");
    assert_eq!(message.dead_letter_source, None);
    assert_eq!(message.deduplication_id.as_deref(), Some("A1"));
}

#[test]
fn moves() {
    for (label, source, destination, ended) in [
        ("elsewhere", "d.fifo", Some("e.fifo"), Ok((MoveStatus::Completed, 2))),
        ("to where they failed, one did not", "d.fifo", None, Ok((MoveStatus::Failed, 1))),
        ("not a dead-letter queue", "q.fifo", None, Err("InvalidParameterValue")),
        ("no such queue", "x.fifo", None, Err("ResourceNotFoundException")),
        ("to nowhere", "d.fifo", Some("x.fifo"), Err("ResourceNotFoundException")),
        ("to itself", "d.fifo", Some("d.fifo"), Err("InvalidParameterValue")),
        ("to the other kind", "d.fifo", Some("s"), Err("InvalidParameterValue")),
    ] {
        let mut bench = fifo();
        kill_a1(&mut bench);
        for (name, pairs) in [("e.fifo", [("FifoQueue", "true")].as_slice()), ("s", &[])] {
            bench.state.create(name, &attributes(pairs), BTreeMap::new(), false, 1, START).unwrap();
        }
        bench.send_all("d.fifo", "Z1");
        let result = run(&mut bench, source, destination).map_err(|error| error.shape());
        assert_eq!(result, ended, "{label}");
    }
}

#[test]
fn a_task_can_be_stopped() {
    let mut bench = fifo();
    kill_a1(&mut bench);
    bench.send_all("d.fifo", "B1 C1");
    let now = bench.now;
    let start = |bench: &mut Bench| {
        let (source, destination) = (arn("d.fifo"), arn("q.fifo"));
        bench.state.start_move("task".into(), &source, Some(&destination), Some(1), now)
    };
    assert_eq!(start(&mut bench).unwrap().to_move, 3);
    assert_eq!(start(&mut bench).unwrap_err().shape(), "UnsupportedOperation", "one at a time");
    assert!(bench.state.step_move("task", 1, || "new".into(), now).unwrap());
    assert_eq!(bench.state.cancel_move("task").unwrap(), 1);
    assert!(!bench.state.step_move("task", 1, || "new".into(), now).unwrap());
    assert_eq!(bench.depth("d.fifo").0, 2);
    assert_eq!(bench.state.cancel_move("task").unwrap_err().shape(), "UnsupportedOperation");
    assert_eq!(bench.state.cancel_move("other").unwrap_err().shape(), "ResourceNotFoundException");
}
