//! Owns the tokens of the log: what changes with each sign-in.

use super::rng::Rng;

/// The claims that change with each sign-in.
pub struct Token {
    /// The time of the sign-in, in seconds since 1970.
    pub issued: u64,
    /// The seconds that it is good for.
    pub lifetime: u64,
    /// The application that was signed in with, where it is not the principal's usual one.
    pub client: Option<&'static str>,
    /// The id of the token.
    pub uti: String,
    /// What the directory keeps in the token for itself.
    pub aio: String,
    /// What it keeps for the next one.
    pub rh: String,
    /// The id of the session.
    pub session: String,
}

impl Token {
    /// Makes the token of a sign-in at that second.
    pub fn new(rng: &mut Rng, issued: u64) -> Self {
        Self {
            issued,
            lifetime: 5100,
            client: None,
            uti: rng.base64url(22),
            aio: format!("AVQAq/8{}", rng.base64url(101)),
            rh: format!("0.A{}", rng.base64url(41)),
            session: rng.guid(),
        }
    }

    /// Makes the token that follows one in the same session.
    #[must_use]
    pub fn renew(&self, rng: &mut Rng, issued: u64) -> Self {
        let mut next = Self::new(rng, issued);
        next.session.clone_from(&self.session);
        next.rh.clone_from(&self.rh);
        Self { lifetime: self.lifetime, client: self.client, ..next }
    }
}
