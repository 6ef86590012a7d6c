//! Words that grade: levels, risks, outcomes, and the stages of mitigation.

words! {
    /// Orders steps of mitigation so that none undoes what another needs.
    Stage {
        /// Keeps evidence that later steps would destroy.
        #[default]
        Preserve = "preserve",
        /// Locks the intruder out.
        LockOut = "lock_out",
        /// Takes away what would let the intruder back in.
        Remove = "remove",
        /// Replaces secrets that were read.
        Rotate = "rotate",
        /// Raises defences again.
        Restore = "restore",
        /// Looks for what the evidence does not show.
        Review = "review",
    }
}

words! {
    /// Grades a finding or an alert; a greater value is more severe.
    Level {
        /// Context, not suspicious by itself.
        #[default]
        Informational = "informational",
        /// Seldom harmful.
        Low = "low",
        /// Worth a look.
        Medium = "medium",
        /// Likely harmful or of wide effect.
        High = "high",
        /// Harmful beyond reasonable doubt.
        Critical = "critical",
    }
}

impl Level {
    /// Lists the levels as reports show them, most severe first.
    pub const FALLING: [Self; 5] =
        [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Informational];
}

words! {
    /// Grades the risk of an entity; a greater value is riskier.
    RiskLevel {
        /// Nothing speaks against it.
        #[default]
        None = "none",
        /// Little speaks against it.
        Low = "low",
        /// Worth a look.
        Medium = "medium",
        /// To be looked at soon.
        High = "high",
        /// To be looked at now.
        Critical = "critical",
    }
}

words! {
    /// How an operation ended.
    Outcome {
        /// It ended well.
        Succeeded = "succeeded",
        /// It was refused or broke.
        Failed = "failed",
        /// It was accepted; its end is not in the evidence.
        Accepted = "accepted",
        /// The evidence does not tell.
        #[default]
        Unknown = "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_more_severe_level_is_greater_and_has_the_word_of_sigma() {
        assert!(Level::Critical > Level::High && Level::Low > Level::Informational);
        assert_eq!(Level::parse("HIGH"), Some(Level::High));
        assert_eq!(Level::parse("severe"), None);
        let mut falling = Level::FALLING;
        falling.sort();
        assert_eq!(falling.as_slice(), Level::ALL);
    }
}
