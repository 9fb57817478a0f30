//! Where does the state outlast the process? How it is written, and the store in one file; the one in a table is with the SDKs.

mod file;
mod form;
mod rows;
mod shared;
mod waiting;

pub use file::{FileError, FileStore};
#[cfg(feature = "aws")]
pub(crate) use form::Written;
#[cfg(feature = "aws")]
pub(crate) use form::row_key;
