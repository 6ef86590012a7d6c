//! What rules find, put to whole rules and records: what fields are called in each export, what each kind of
//! rule does, and that a plain reading of the rules and of Sigma comes to the same.

mod alias;
mod kinds;
mod plain;
mod reference;
