//! Sealing: secrets at rest are encrypted with the master key, which is not in the database.
//!
//! The law: whatever is sealed is on one list, [`SEALED`]. When the master key is changed, `lanyard
//! key reseal` seals everything on it again; a sealed column that is missing from the list would be
//! lost with the old master key. A test compares the list with the columns of both databases.

mod error;
mod list;
mod master_key;
mod masters;
mod reseal;
mod store;

pub use error::SealError;
pub use list::{SEALED, SealedColumn};
pub use master_key::{MasterKey, MasterKeyError, Sealed};
pub use masters::MasterKeys;
pub use reseal::{Resealed, reseal};
