//! The newest of something.

use std::collections::{HashMap, VecDeque};

/// How many are remembered.
const KEPT: usize = 5_000;

/// Values by id; when there are too many, the oldest are forgotten.
pub struct Recent<V> {
    values: HashMap<String, V>,
    order: VecDeque<String>,
}

impl<V> Default for Recent<V> {
    fn default() -> Self {
        Self { values: HashMap::new(), order: VecDeque::new() }
    }
}

impl<V> Recent<V> {
    /// Remembers a value in place of an earlier one with the same id.
    pub fn insert(&mut self, id: impl Into<String>, value: V) {
        let id = id.into();
        if self.values.insert(id.clone(), value).is_none() {
            self.order.push_back(id);
        }
        if self.order.len() > KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.values.remove(&oldest);
        }
    }

    /// The value with this id.
    pub fn get(&self, id: &str) -> Option<&V> {
        self.values.get(id)
    }

    /// The value with this id, to be changed.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut V> {
        self.values.get_mut(id)
    }

    /// Forgets a value.
    pub fn remove(&mut self, id: &str) -> Option<V> {
        let value = self.values.remove(id)?;
        self.order.retain(|kept| kept != id);
        Some(value)
    }

    /// Whether there is a value with this id.
    pub fn contains(&self, id: &str) -> bool {
        self.values.contains_key(id)
    }

    /// The values, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.order.iter().filter_map(|id| Some((id.as_str(), self.values.get(id)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_are_forgotten() {
        let mut recent = Recent::default();
        for number in 0..KEPT {
            recent.insert(number.to_string(), number);
        }
        recent.insert("0", 7);
        assert_eq!(recent.get("0"), Some(&7), "one that is known takes no room");
        recent.insert("new", 8);
        assert_eq!((recent.get("0"), recent.get("1"), recent.get("new")), (None, Some(&1), Some(&8)));
        assert_eq!(recent.remove("1"), Some(1));
        assert_eq!(recent.iter().next(), Some(("2", &2)));
    }
}
