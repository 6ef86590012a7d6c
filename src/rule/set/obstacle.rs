//! Why rules cannot be evaluated: what they lack themselves, and what the rules lack that they need.
//!
//! Correlations may share the rules that they need, and these the rules below them; each is looked
//! at once, however many ways lead to it.

use std::collections::BTreeMap;

use super::super::{Kind, Rule, folded_id};
use super::{MAX_NEEDED, RuleSet};

/// How many correlations stand in a row from a rule downwards, by the place of the rule; of those that nothing hinders.
type Clear = BTreeMap<usize, usize>;

impl RuleSet {
    /// Returns why a rule cannot be evaluated here, itself or a rule that it needs; `None` when it can be.
    pub fn obstacle(&self, rule: &Rule) -> Option<String> {
        let Some(&at) = self.known.get(&*folded_id(&rule.id)) else {
            return self.own_obstacle(rule);
        };
        self.obstacles.get_or_init(|| self.all_obstacles())[at].clone()
    }

    fn all_obstacles(&self) -> Vec<Option<String>> {
        let mut clear = Clear::new();
        let each = 0..self.rules.len();
        each.map(|at| self.obstacle_within(at, &mut Vec::new(), &mut clear).err()).collect()
    }

    /// What a rule lacks itself.
    fn own_obstacle(&self, rule: &Rule) -> Option<String> {
        if let Some(why) = rule.unsupported() {
            return Some(why);
        }
        let lacks_list = self.watchlist.is_empty() && rule.needs_watchlist();
        lacks_list.then(|| "no watchlist was given".to_owned())
    }

    /// Returns how many correlations stand in a row from a rule downwards that those of `above`
    /// need, each the next; or why it cannot be evaluated.
    fn obstacle_within(
        &self,
        at: usize,
        above: &mut Vec<usize>,
        clear: &mut Clear,
    ) -> Result<usize, String> {
        if let Some(&row) = clear.get(&at).filter(|&&row| above.len() + row <= MAX_NEEDED) {
            return Ok(row);
        }
        let rule = &self.rules[at];
        if let Some(why) = self.own_obstacle(rule) {
            return Err(why);
        }
        let mut row = 0;
        if let Kind::Correlation(correlation) = &rule.kind {
            if above.len() >= MAX_NEEDED {
                return Err(format!("it needs more than {MAX_NEEDED} rules in a row"));
            }
            above.push(at);
            for name in &correlation.rules {
                row = row.max(self.needed_obstacle(rule, name, above, clear)?);
            }
            above.pop();
            row += 1;
        }
        clear.insert(at, row);
        Ok(row)
    }

    /// The same for a rule that the last of `above` needs, by its name there.
    fn needed_obstacle(
        &self,
        rule: &Rule,
        name: &str,
        above: &mut Vec<usize>,
        clear: &mut Clear,
    ) -> Result<usize, String> {
        let Some(needed) = self.needed_position(rule, name) else {
            return Err(format!("it needs the rule \"{name}\", which is not loaded"));
        };
        if above.last() == Some(&needed) {
            return Err("it needs itself".to_owned());
        }
        if above.contains(&needed) {
            return Err(format!("it needs the rule \"{name}\", which needs it"));
        }
        let found = self.obstacle_within(needed, above, clear);
        found.map_err(|why| format!("it needs the rule \"{name}\": {why}"))
    }
}
