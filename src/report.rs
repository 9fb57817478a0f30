//! How is it said? Pure renderers of notices and of what a replay did.

mod chat;
mod email;
mod json;
mod message;
mod notice;
mod plain;
mod replay;
mod sns;
mod text;

pub use chat::chat;
pub use email::email;
pub use json::{NoticeDocument, NoticedTransition, document};
pub use message::Message;
pub use notice::Notice;
pub use plain::{one_line, wrapped};
pub use replay::{AcceptedFinding, Line, Origin, Summary};
pub use sns::sns;
pub use text::Text;
