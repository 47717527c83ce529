//! Runs every row of a table, so that one failing row does not hide the others.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Checks each row. Every failure prints its own reason; the panic at the end names the rows.
pub(crate) fn each<R>(rows: Vec<R>, label: impl Fn(&R) -> &'static str, check: impl Fn(R)) {
    let mut failed = Vec::new();
    for row in rows {
        let label = label(&row);
        if catch_unwind(AssertUnwindSafe(|| check(row))).is_err() {
            failed.push(label);
        }
    }
    assert!(failed.is_empty(), "{} rows failed, for the reasons above: {failed:?}", failed.len());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_failing_rows_are_named() {
        let rows = vec![("good", 2), ("one", 1), ("three", 3)];
        let failure =
            catch_unwind(|| each(rows, |row| row.0, |row| assert_eq!(row.1 % 2, 0))).expect_err("two rows fail");
        let words = failure.downcast_ref::<String>().expect("a formatted panic");
        assert_eq!(words, "2 rows failed, for the reasons above: [\"one\", \"three\"]");
    }
}
