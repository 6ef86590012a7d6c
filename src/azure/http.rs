//! HTTP statuses as Azure writes them: by name, by number, or both.

/// Names of `System.Net.HttpStatusCode` and the few that ARM adds.
const NAMES: &[(&str, u16)] = &[
    ("OK", 200),
    ("Created", 201),
    ("Accepted", 202),
    ("NonAuthoritativeInformation", 203),
    ("NoContent", 204),
    ("ResetContent", 205),
    ("PartialContent", 206),
    ("MultiStatus", 207),
    ("MovedPermanently", 301),
    ("Found", 302),
    ("SeeOther", 303),
    ("NotModified", 304),
    ("TemporaryRedirect", 307),
    ("BadRequest", 400),
    ("Unauthorized", 401),
    ("PaymentRequired", 402),
    ("Forbidden", 403),
    ("NotFound", 404),
    ("MethodNotAllowed", 405),
    ("NotAcceptable", 406),
    ("RequestTimeout", 408),
    ("Conflict", 409),
    ("Gone", 410),
    ("LengthRequired", 411),
    ("PreconditionFailed", 412),
    ("RequestEntityTooLarge", 413),
    ("UnsupportedMediaType", 415),
    ("ExpectationFailed", 417),
    ("UnprocessableEntity", 422),
    ("Locked", 423),
    ("FailedDependency", 424),
    ("TooManyRequests", 429),
    ("InternalServerError", 500),
    ("NotImplemented", 501),
    ("BadGateway", 502),
    ("ServiceUnavailable", 503),
    ("GatewayTimeout", 504),
    ("InsufficientStorage", 507),
];

/// Returns the status that a text names: `Created`, `429` or `Created (HTTP Status Code: 201)`.
pub fn status(text: &str) -> Option<u16> {
    let text = text.trim();
    // Most texts are one word, which costs no search.
    let both = if text.contains(':') { text.rsplit_once("HTTP Status Code:") } else { None };
    let number = both.map_or(text, |(_, rest)| rest.trim().trim_end_matches(')').trim());
    if let Ok(code) = number.parse::<u16>() {
        return (100..600).contains(&code).then_some(code);
    }
    NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, code)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_numbers_and_both_are_read() {
        assert_eq!(status("Created"), Some(201));
        assert_eq!(status("499"), Some(499));
        assert_eq!(status("Created (HTTP Status Code: 201)"), Some(201));
        assert_eq!(status("forbidden"), Some(403));
        assert_eq!(status("7"), None);
        assert_eq!(status("Started."), None);
    }
}
