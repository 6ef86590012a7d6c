//! Addresses as logs write them: with ports, in brackets, redacted, or not an address at all.

use std::net::{IpAddr, SocketAddr};

/// Returns the address and the port that `text` holds; `None` when it holds no single valid address.
///
/// `00.00.00.000`, `<Redacted>` and lists are no addresses. IPv4 mapped into
/// IPv6 is given as IPv4, so that one client is one address.
pub fn parse(text: &str) -> Option<(IpAddr, Option<u16>)> {
    let text = text.trim();
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Some((ip.to_canonical(), None));
    }
    if let Ok(socket) = text.parse::<SocketAddr>() {
        return Some((socket.ip().to_canonical(), Some(socket.port())));
    }
    let bare = text.strip_prefix('[')?.strip_suffix(']')?;
    bare.parse::<IpAddr>().ok().map(|ip| (ip.to_canonical(), None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_brackets_are_taken_off() {
        let ip = |s: &str| parse(s).map(|(ip, port)| (ip.to_string(), port));
        assert_eq!(ip("192.0.2.1"), Some(("192.0.2.1".into(), None)));
        assert_eq!(ip("192.0.2.1:443"), Some(("192.0.2.1".into(), Some(443))));
        assert_eq!(ip("[2001:db8::1]:80"), Some(("2001:db8::1".into(), Some(80))));
        assert_eq!(ip("2001:DB8::1"), Some(("2001:db8::1".into(), None)));
        assert_eq!(ip("::ffff:192.0.2.1"), Some(("192.0.2.1".into(), None)));
    }

    #[test]
    fn what_is_no_address_is_not_made_one() {
        for text in ["00.00.00.000", "<Redacted>", "", "1.1.1.1,2.2.2.2", "10.0.0.0/8", "<null>"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
