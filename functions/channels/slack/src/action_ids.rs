//! The ids of our own elements in Block Kit: written when a message is rendered, read when the guest uses them.
//!
//! An action id begins with one of these; a number follows that tells the elements of a message apart.

/// Quick replies: one tap counts.
pub(crate) const ONCE: &str = "um_once";
/// A button that opens an address: Slack reports the tap, the guest answers nothing.
pub(crate) const LINK: &str = "um_link";
/// A card's button, or a menu.
pub(crate) const TAP: &str = "um_tap";
/// Submits what the inputs of a message hold.
pub(crate) const SUBMIT: &str = "um_submit";
/// An input: nothing is answered until it is submitted.
pub(crate) const INPUT: &str = "um_input";
/// A date picker.
pub(crate) const DATE: &str = "um_date";

/// The block of a list of which several items may be chosen.
pub(crate) const LIST: &str = "um_list";
/// What the blocks of a form's fields begin with; three digits for their order, `_` and the field's id follow.
pub(crate) const FIELD: &str = "um_field_";
