//! Words that grade: risks, and the stages of mitigation.

use crate::base::words;

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
