//! What is shown in words is answered in words: the platform gets the payload all the same.

use conformance::{typed_table, words_in_place_of_taps};
use viber::Viber;

use crate::fixture::{context, now, settings};

#[test]
fn what_is_typed_is_an_answer() {
    typed_table(&Viber, &settings(), now(), words_in_place_of_taps(&context()));
}
