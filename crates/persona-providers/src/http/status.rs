//! What a status says about trying again, the same for every vendor.

use reqwest::Url;
use reqwest::header::LOCATION;

use super::Reply;

/// What an HTTP status means for a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Success,
    /// Somewhere else; never followed, since a key must not reach another host.
    Redirect,
    KeyRefused,
    RateLimited,
    /// Another try may go well.
    Failed,
    Rejected,
}

impl Standing {
    /// 409 is tried again because the vendors' own clients do: it is a lock that was not had in time.
    pub(crate) fn of(status: u16) -> Self {
        match status {
            200..=299 => Self::Success,
            300..=399 => Self::Redirect,
            401 | 403 => Self::KeyRefused,
            429 => Self::RateLimited,
            // A method or an HTTP version that is not known will not be known later.
            501 | 505 => Self::Rejected,
            408 | 409 | 500..=599 => Self::Failed,
            _ => Self::Rejected,
        }
    }
}

/// The sentence about a redirect.
pub(crate) fn redirected(reply: &Reply) -> String {
    let place = reply.header(LOCATION.as_str()).and_then(|place| Url::parse(place).ok());
    let host = place.as_ref().and_then(Url::host_str).unwrap_or("another address");
    format!("it redirects to {host}, which is not followed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_has_its_standing() {
        let cases = [
            (200, Standing::Success),
            (204, Standing::Success),
            (301, Standing::Redirect),
            (307, Standing::Redirect),
            (400, Standing::Rejected),
            (401, Standing::KeyRefused),
            (403, Standing::KeyRefused),
            (404, Standing::Rejected),
            (408, Standing::Failed),
            (409, Standing::Failed),
            (413, Standing::Rejected),
            (422, Standing::Rejected),
            (429, Standing::RateLimited),
            (500, Standing::Failed),
            (501, Standing::Rejected),
            (503, Standing::Failed),
            (505, Standing::Rejected),
            (529, Standing::Failed),
            (999, Standing::Rejected),
        ];
        for (status, expected) in cases {
            assert_eq!(Standing::of(status), expected, "{status}");
        }
    }
}
