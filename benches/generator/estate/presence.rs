//! Owns where principals are and what they are signed in with: a person has one place a day and a
//! session there, whose tokens follow one another.

use std::rc::Rc;

use super::super::rng::Rng;
use super::super::time::HOUR;
use super::super::time::SECOND;
use super::super::token::Token;
use super::super::world::Kind;
use super::super::world::Principal;
use super::address;
use super::jobs::Network;
use super::staff::Habit;

/// Where somebody is, as the log shows it.
#[derive(Clone)]
pub struct SignedIn {
    /// The address, empty inside Azure.
    pub ip: String,
    /// The token that calls are made with.
    pub token: Rc<Token>,
    /// The local day that it is the place of.
    day: u64,
}

/// Where everybody is, by principal.
pub struct Presences(Vec<Option<SignedIn>>);

impl Presences {
    /// Nobody has signed in yet.
    pub fn new(principals: usize) -> Self {
        Self(vec![None; principals])
    }

    /// Returns where a principal is in the hour that starts at `start` ticks, after a sign-in if
    /// there is none that still holds.
    pub fn at(
        &mut self,
        who: usize,
        principal: &Principal,
        habit: &Habit,
        start: u64,
        rng: &mut Rng,
    ) -> SignedIn {
        let day = habit.local(start / HOUR) / 24;
        let last = self.0[who].take();
        let now = match last {
            Some(last) if habit.network != Network::Agents || habit.runners.is_empty() => {
                follow(last, principal, habit, (start, day), rng)
            }
            _ => sign_in(principal, habit, (start, day), rng),
        };
        self.0[who] = Some(now.clone());
        now
    }
}

/// Keeps the sign-in for as long as its token holds, and renews it on the same day.
fn follow(
    last: SignedIn,
    principal: &Principal,
    habit: &Habit,
    (start, day): (u64, u64),
    rng: &mut Rng,
) -> SignedIn {
    let end = (start + HOUR) / SECOND;
    if last.token.issued + last.token.lifetime > end {
        return last;
    }
    // A person who goes home signs in anew, as does one who takes another client.
    let person = habit.network == Network::Person;
    if person && (last.day != day || rng.chance(120)) {
        let mut next = sign_in(principal, habit, (start, day), rng);
        if last.day == day {
            next.ip = last.ip;
        }
        return next;
    }
    let issued = issued(start, rng);
    let token = Rc::new(last.token.renew(rng, issued));
    let ip = if person { last.ip } else { place(principal, habit, start, rng) };
    SignedIn { ip, token, day }
}

fn sign_in(
    principal: &Principal,
    habit: &Habit,
    (start, day): (u64, u64),
    rng: &mut Rng,
) -> SignedIn {
    let ip = place(principal, habit, start, rng);
    let issued = issued(start, rng);
    let mut token = Token::new(rng, issued);
    token.lifetime = match principal.kind {
        Kind::ManagedIdentity => 86_400,
        Kind::User => 5400 + rng.draw() % 1800,
        _ => 5400,
    };
    token.client = match habit.clients.as_slice() {
        [usual, others @ ..] if !others.is_empty() && rng.chance(150) => Some(*rng.pick(others)),
        [usual, ..] => Some(*usual),
        [] => None,
    };
    SignedIn { ip, token: Rc::new(token), day }
}

/// Returns when a token was issued that is used from the hour that starts at `start` on.
fn issued(start: u64, rng: &mut Rng) -> u64 {
    start / SECOND - 60 - rng.draw() % 1500
}

/// Returns the address that somebody calls from.
fn place(principal: &Principal, habit: &Habit, start: u64, rng: &mut Rng) -> String {
    match (habit.network, principal.ips.as_slice()) {
        (Network::Inside, _) => String::new(),
        (Network::Agents, _) if !habit.runners.is_empty() => {
            let range = rng.pick(&habit.runners);
            address::host(range, rng)
        }
        (Network::Person, [home, office @ ..]) => {
            let at_work = habit.is_at_work(start / HOUR) && rng.chance(habit.in_office);
            if at_work && !office.is_empty() { rng.pick(office).clone() } else { home.clone() }
        }
        (_, ips) => rng.pick(ips).clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::time::FIRST_HOUR;
    use super::super::super::world::World;
    use super::super::staff::Staff;
    use super::*;

    #[test]
    fn a_person_keeps_one_address_a_day_and_a_token_for_about_an_hour() {
        let mut world = World::new(3, 60, 4);
        let staff = Staff::employ(&mut world, 3, 336);
        let who = staff.habits.iter().position(|habit| habit.network == Network::Person).unwrap();
        let (habit, principal) = (&staff.habits[who], &world.principals[who]);
        let (mut presences, mut rng) = (Presences::new(world.principals.len()), Rng::new(3));
        // The first Monday, from nine to five where the person lives.
        let first = FIRST_HOUR + 24 + 33 - habit.local(FIRST_HOUR) % 24;
        let mut seen: Vec<SignedIn> = Vec::new();
        for hour in first..first + 8 {
            let now = presences.at(who, principal, habit, hour * HOUR, &mut rng);
            let then = presences.at(who, principal, habit, hour * HOUR, &mut rng);
            assert!(Rc::ptr_eq(&now.token, &then.token));
            assert!(now.token.issued < hour * 3600);
            assert!(now.token.issued + now.token.lifetime > (hour + 1) * 3600);
            seen.push(now);
        }
        assert!(seen.iter().all(|now| now.ip == seen[0].ip));
        assert!(!Rc::ptr_eq(&seen[0].token, &seen[7].token));
    }
}
