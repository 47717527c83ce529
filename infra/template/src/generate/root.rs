//! What the root says of each room, between markers; the rest of the root is written by hand.

use super::{Room, nested, path, shared::SHARED, shared::uses};

/// A region that cannot be found in the root.
#[derive(Debug, thiserror::Error)]
#[error("the root has no `# generated: {0}` … `# end: {0}`")]
pub struct MarkerError(&'static str);

/// What stands in a region, a line each.
type Lines = fn(&[Room]) -> Vec<String>;

const REGIONS: [(&str, Lines); 9] = [
    ("ids", ids),
    ("rules", rules),
    ("conditions", conditions),
    ("deployed", deployed),
    ("stacks", stacks),
    ("inbound queues", |rooms| arns(Room::platforms(rooms), "")),
    ("outbound queues", |rooms| arns(Room::channels(rooms), "")),
    ("all queues", |rooms| arns(Room::platforms(rooms).chain(Room::channels(rooms)), "")),
    ("dead letters", |rooms| arns(Room::platforms(rooms).chain(Room::channels(rooms)), "-dead-letters")),
];

pub(super) fn regenerated(text: &str, rooms: &[Room]) -> Result<String, MarkerError> {
    REGIONS.iter().try_fold(text.to_owned(), |text, (name, lines)| {
        let start = format!("# generated: {name}\n");
        let end = format!("# end: {name}\n");
        let from = text.find(&start).ok_or(MarkerError(name))?;
        let to = text.find(&end).filter(|to| *to > from).ok_or(MarkerError(name))?;
        // As far to the right as the marker stands.
        let indent = &text[text[..from].rfind('\n').map_or(0, |at| at + 1)..from];
        let mut written = text[..from + start.len()].to_owned();
        for line in lines(rooms) {
            if !line.is_empty() {
                written.push_str(indent);
                written.push_str(&line);
            }
            written.push('\n');
        }
        Ok(written + indent + &text[to..])
    })
}

fn list<'a>(rooms: impl Iterator<Item = &'a Room>) -> String {
    rooms.map(|room| room.id.as_str()).collect::<Vec<_>>().join(", ")
}

fn ids(rooms: &[Room]) -> Vec<String> {
    vec![format!("AllowedValues: [{}]", list(Room::channels(rooms).chain(Room::platforms(rooms))))]
}

fn rules(rooms: &[Room]) -> Vec<String> {
    let rule = |id: &str, others: String, what: &str| {
        vec![
            format!("{id}:"),
            "  Assertions:".to_owned(),
            format!("    - Assert: !Not [!EachMemberIn [!Ref Connectors, [{others}]]]"),
            format!("      AssertDescription: Connectors names no {what}."),
        ]
    };
    let channel = rule("NamesAChannel", list(Room::platforms(rooms)), "channel");
    let platform = rule("NamesAPlatform", list(Room::channels(rooms)), "CX platform");
    [channel, platform].concat()
}

fn conditions(rooms: &[Room]) -> Vec<String> {
    let line = |room: &Room| {
        let all = r#"!Join ["", [",", !Join [",", !Ref Connectors], ","]]"#;
        let without = format!(r#"!Join ["", !Split [",{},", {all}]]"#, room.id);
        format!("{}: !Not [!Equals [{without}, {all}]]", room.logical_id())
    };
    Room::channels(rooms).chain(Room::platforms(rooms)).map(line).collect()
}

fn deployed(rooms: &[Room]) -> Vec<String> {
    fn variable<'a>(name: &str, rooms: impl Iterator<Item = &'a Room>) -> Vec<String> {
        let lines = rooms.map(|room| format!("    - !If [{}, {}, !Ref AWS::NoValue]", room.logical_id(), room.id));
        // A list of one is a list: `- - !If`.
        let mut lines: Vec<String> = lines.collect();
        if let Some(first) = lines.first_mut() {
            first.replace_range(2..4, "- ");
        }
        [vec![format!("{name}: !Join"), "  - \",\"".to_owned()], lines].concat()
    }
    [variable("UM_CHANNELS", Room::channels(rooms)), variable("UM_PLATFORMS", Room::platforms(rooms))].concat()
}

fn arns<'a>(rooms: impl Iterator<Item = &'a Room>, end: &str) -> Vec<String> {
    let line = |room: &Room| {
        let arn = "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:um-${Environment}";
        let name = room.queue();
        format!(r#"- !If [{}, !Sub "{arn}-{name}{end}.fifo", !Ref AWS::NoValue]"#, room.logical_id())
    };
    rooms.map(line).collect()
}

fn stacks(rooms: &[Room]) -> Vec<String> {
    let mut lines = vec![String::new()];
    for room in Room::channels(rooms).chain(Room::platforms(rooms)) {
        let text = nested(room, rooms);
        lines.extend([
            format!("{}:", room.logical_id()),
            "  Type: AWS::CloudFormation::Stack".to_owned(),
            format!("  Condition: {}", room.logical_id()),
            "  Properties:".to_owned(),
            format!("    TemplateURL: {}", path(room)),
            "    Parameters:".to_owned(),
        ]);
        let given = SHARED.iter().filter(|shared| uses(&text, shared.name));
        lines.extend(given.map(|shared| format!("      {}: {}", shared.name, shared.given())));
        for (setting, owner) in nested::settings(room, rooms) {
            let name = &setting.parameter;
            // Another room's settings count where that room is deployed.
            lines.push(match owner.id == room.id {
                true => format!("      {name}: !Ref {name}"),
                false => format!(r#"      {name}: !If [{}, !Ref {name}, ""]"#, owner.logical_id()),
            });
        }
        lines.push(String::new());
    }
    lines
}
