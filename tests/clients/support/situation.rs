//! The situations that a user may get into, as the page presents them.

/// In the order of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Situation {
    Connects,
    LongCall,
    Restart,
    Replicas,
    UnknownKey,
    KeyOfAnotherEnvironment,
    NoKey,
    KeyRevoked,
    QuotaExhausted,
    GivenUp,
    Cancelled,
}

impl Situation {
    pub(crate) const ALL: [Self; 11] = [
        // The long ones first, so that they do not stand alone at the end.
        Self::LongCall,
        Self::GivenUp,
        Self::Cancelled,
        Self::Connects,
        Self::Restart,
        Self::Replicas,
        Self::UnknownKey,
        Self::KeyOfAnotherEnvironment,
        Self::NoKey,
        Self::KeyRevoked,
        Self::QuotaExhausted,
    ];

    /// Those in which nothing goes wrong: a column each in the first table, with its heading.
    pub(crate) const GOOD: [(Self, &str); 4] = [
        (Self::Connects, "speaks"),
        (Self::LongCall, "a call of 6 s, patience 5 s"),
        (Self::Restart, "killed and restarted between two calls"),
        (Self::Replicas, "two replicas in turn"),
    ];

    /// Those whose words matter: a section each, with what led there.
    pub(crate) const TOLD: [(Self, &str, &str); 7] = [
        (
            Self::UnknownKey,
            "A key that the bridge does not know",
            "In `local`, with a `jnk_local_…` key that was revoked or made by another bridge.",
        ),
        (
            Self::KeyOfAnotherEnvironment,
            "A key of another environment",
            "In `local`, with a key of Jinko's own (`jnk_…`).",
        ),
        (Self::NoKey, "No key", "The client sends no credential at all."),
        (
            Self::KeyRevoked,
            "The key is revoked between two calls",
            "In `local`, by `jinko-bridge keys revoke` while the session is open; the next call.",
        ),
        (
            Self::QuotaExhausted,
            "The quota is used up",
            "With `--quota-limit 1`, the second search. This is the text that the model reads; the session lives and \
             a free `usage` works after it, in every client.",
        ),
        (
            Self::GivenUp,
            "The client gives a call up",
            "A search of 6 s whose limit the user set to 3 s in the client. The session lives and a free `usage` works \
             after it, in every client; the search was sent, so it counts.",
        ),
        (
            Self::Cancelled,
            "The user cancels a call",
            "A search of 6 s, cancelled after 1 s. The session lives and a free `usage` works after it, in every \
             client; the search was sent, so it counts.",
        ),
    ];
}
