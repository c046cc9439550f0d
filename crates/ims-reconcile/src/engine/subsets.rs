//! Which of some amounts add up to another.

/// An amount, and the class of what it stands for: items of one class may stand for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) amount: i64,
    pub(crate) class: u32,
    pub(crate) index: u32,
}

/// How many ways there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ways {
    None,
    /// The indexes of the items; of one class the first given.
    One(Vec<u32>),
    /// More than one, or more than could be looked at: the first that were found.
    Several(Vec<Vec<u32>>),
}

impl Ways {
    fn of(mut found: Vec<Vec<u32>>, all: bool) -> Self {
        match (found.len(), all) {
            (0, true) => Self::None,
            (1, true) => found.pop().map_or(Self::None, Self::One),
            _ => Self::Several(found),
        }
    }
}

const STEPS_MAX: u32 = 200_000;

/// More ways than this are not told apart.
const WAYS_MAX: usize = 3;

/// The ways in which `count` of the items add up to `total`. Items of one class stand together.
pub(crate) fn of_count(items: &[Item], total: i128, count: u8) -> Ways {
    ways(items, total, count, 2)
}

fn ways(items: &[Item], total: i128, count: u8, most: usize) -> Ways {
    let mut search = Search { steps: STEPS_MAX, chosen: Vec::new(), ways: Vec::new(), most };
    search.choose(items, total, count);
    Ways::of(search.ways, search.steps > 0)
}

/// With more items than this some sum would fit by accident.
const ITEMS_MAX: usize = 24;

/// The ways in which at least two and at most `most` of the items add up to `total`; none if there are too many items to tell.
pub(crate) fn up_to(items: &[Item], total: i128, most: u8) -> Ways {
    if items.len() > ITEMS_MAX {
        return Ways::None;
    }
    let (mut found, mut all) = (Vec::new(), true);
    for count in 2..=most {
        match ways(items, total, count, WAYS_MAX) {
            Ways::None => {}
            Ways::One(one) => found.push(one),
            Ways::Several(several) => {
                all = false;
                found.extend(several);
            }
        }
    }
    found.truncate(WAYS_MAX);
    Ways::of(found, all)
}

struct Search {
    steps: u32,
    chosen: Vec<u32>,
    ways: Vec<Vec<u32>>,
    /// With so many it is enough.
    most: usize,
}

impl Search {
    fn choose(&mut self, items: &[Item], total: i128, count: u8) {
        if count == 0 {
            if total == 0 {
                self.ways.push(self.chosen.clone());
            }
            return;
        }
        let (mut rest, mut last) = (items, None);
        while let [item, after @ ..] = rest {
            if self.steps == 0 || self.ways.len() >= self.most {
                return;
            }
            self.steps -= 1;
            rest = after;
            // The first of a class stands for those that follow.
            if last == Some(item.class) {
                continue;
            }
            last = Some(item.class);
            if count == 1 && i128::from(item.amount) != total {
                continue;
            }
            self.chosen.push(item.index);
            self.choose(after, total.saturating_sub(i128::from(item.amount)), count - 1);
            self.chosen.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(amounts: &[(i64, u32)]) -> Vec<Item> {
        (0..)
            .zip(amounts)
            .map(|(index, (amount, class))| Item { amount: *amount, class: *class, index })
            .collect()
    }

    #[test]
    fn one_way_is_found_and_two_are_told_apart() {
        let some = items(&[(100, 0), (200, 1), (300, 2), (400, 3)]);
        assert_eq!(up_to(&some, 300, 3), Ways::One(vec![0, 1]));
        assert_eq!(up_to(&some, 900, 3), Ways::One(vec![1, 2, 3]));
        assert_eq!(up_to(&some, 500, 3), Ways::Several(vec![vec![0, 3], vec![1, 2]]));
        assert_eq!(up_to(&some, 1_000, 3), Ways::None);
        assert_eq!(of_count(&some, 400, 1), Ways::One(vec![3]));
    }

    #[test]
    fn items_of_a_class_stand_for_each_other() {
        let halves = items(&[(50, 0), (50, 0), (50, 0), (70, 1)]);
        assert_eq!(up_to(&halves, 100, 3), Ways::One(vec![0, 1]));
        assert_eq!(up_to(&halves, 120, 3), Ways::One(vec![0, 3]));
    }

    #[test]
    fn more_than_can_be_looked_at_is_not_one_way() {
        let many: Vec<Item> =
            (0..5_000).map(|n| Item { amount: 1_000 + i64::from(n), class: n, index: n }).collect();
        assert_eq!(of_count(&many, -1, 3), Ways::Several(vec![]));
    }
}
