//! Owns the addresses of the estate: offices, homes, clouds. All are of blocks that the internet
//! routes; which of a block is chance.

use super::super::rng::Rng;
use super::super::world::address_v6;

/// First numbers of blocks that belong to providers of access.
const ACCESS: &[usize] =
    &[24, 31, 37, 46, 62, 71, 78, 81, 84, 88, 91, 95, 109, 120, 145, 151, 176, 178, 188, 193, 212];

/// First numbers of blocks in which clouds have much.
const CLOUD: &[usize] = &[4, 13, 20, 40, 51, 52, 104];

/// Draws the egress address of an office.
pub fn office(rng: &mut Rng) -> String {
    let (first, range) = (*rng.pick(ACCESS), rng.below(256));
    host(&format!("{first}.{range}"), rng)
}

/// Draws the address of somebody's home.
pub fn home(rng: &mut Rng) -> String {
    if rng.chance(400) { address_v6(rng) } else { office(rng) }
}

/// Draws the address of something that runs in a cloud.
pub fn cloud(rng: &mut Rng) -> String {
    let range = cloud_range(rng);
    host(&range, rng)
}

/// Draws a range of a cloud: the first half of its addresses.
pub fn cloud_range(rng: &mut Rng) -> String {
    format!("{}.{}", rng.pick(CLOUD), rng.below(256))
}

/// Draws an address of a range that is given by its first half.
pub fn host(range: &str, rng: &mut Rng) -> String {
    format!("{range}.{}.{}", rng.below(256), 1 + rng.below(254))
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn every_address_can_be_routed() {
        let mut rng = Rng::new(1);
        for _ in 0..2000 {
            for text in [office(&mut rng), home(&mut rng), cloud(&mut rng)] {
                let local = match text.parse().unwrap() {
                    IpAddr::V4(ip) => ip.is_private() || ip.is_loopback() || ip.is_multicast(),
                    IpAddr::V6(ip) => ip.is_loopback() || ip.is_multicast(),
                };
                assert!(!local, "{text}");
            }
        }
    }
}
