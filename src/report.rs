//! How is it said? Pure renderers of notices and of what a replay did.

mod asff;
mod chat;
mod check;
mod digest;
mod email;
mod event;
mod explain;
mod json;
mod message;
mod notice;
mod ocsf;
pub mod posture;
mod replay;
mod sarif;
mod sns;
mod text;

pub use asff::asff;
pub use chat::chat;
pub use check::{CheckLine, Checked, FoundIn, Judged, NoteIn, UnjudgedIn, check_lines, check_text, worst};
pub use digest::{Digest, DigestDocument, DigestedFunction, Occasion, chat_digest, digest_document};
pub use email::email;
pub use event::{EVENT_DETAIL_TYPE, EVENT_SOURCE, EventDetail, event_detail};
pub use explain::explain_text;
pub use json::{NoticeDocument, NoticedTransition, document};
pub use message::Message;
pub use notice::Notice;
pub use ocsf::ocsf;
pub use replay::{AcceptedFinding, Line, Origin, Summary};
pub use sarif::sarif;
pub use sns::{sns, sns_chat, sns_chat_digest, sns_digest};
pub use text::Text;
