//! The macro that turns a column table into an enum.

/// Declares an enum of columns, its `ALL` and its `spec`.
macro_rules! columns {
    (
        $(#[$doc:meta])*
        pub enum $table:ident {
            $($(#[doc = $col_doc:literal])+ $variant:ident : $name:ident, $kind:ident,
              [$($sigma:literal),* $(,)?], $ecs:literal, $ocsf:literal;)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $table { $($(#[doc = $col_doc])+ $variant),* }

        impl $table {
            /// Every column, in the order of frames and exports.
            pub const ALL: &[$table] = &[$($table::$variant),*];

            /// Returns what is known of this column.
            pub const fn spec(self) -> &'static Spec {
                const SPECS: &[Spec] = &[$(Spec {
                    name: stringify!($name),
                    kind: Kind::$kind,
                    about: concat!($($col_doc),+),
                    sigma: &[$($sigma),*],
                    ecs: $ecs,
                    ocsf: $ocsf,
                }),*];
                &SPECS[self as usize]
            }
        }
    };
}

pub(crate) use columns;
