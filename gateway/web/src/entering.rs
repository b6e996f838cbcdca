//! Where a browser enters a lab, and the words for how labs end: the same on every surface.
//!
//! Called by REST, GraphQL and the portal. Calls `core::labs` for the lab and the lab proxy for a
//! code that works once.

use archway_core::Error;
use archway_core::labs::{Cause, Lab, LabId, LabState};
use archway_core::permission::{Action, Resource, decide};
use percent_encoding::utf8_percent_encode;

use crate::state::Gateway;
use crate::summary::UNRESERVED;

/// Returns the address at which the asker's browser enters a lab: it works once, within a minute.
///
/// # Errors
///
/// [`Error::NotFound`]; [`Error::Conflict`] for a lab that does not answer yet or any more.
pub(crate) async fn entry_url(gateway: &Gateway, id: &LabId) -> Result<String, Error> {
    let lab = gateway.labs.lab(&gateway.principal, id).await?;
    decide(&gateway.principal, Action::UseLab, Resource::OwnedBy(&lab.owner))?;
    if lab.state != LabState::Ready {
        let reason = match &lab.cause {
            Some(cause) if lab.state.has_ended() => {
                format!("the lab ended: {}; start another one", cause_words(cause))
            }
            _ => format!("the lab is {}; it can be opened once it is ready", lab.state.name()),
        };
        return Err(Error::Conflict { reason });
    }
    let to = landing(gateway, &lab);
    Ok(gateway.proxy.entry_url(&lab.id.0, &lab.owner, &to))
}

/// The page of the application that a browser is sent to, below its base.
fn landing(gateway: &Gateway, lab: &Lab) -> String {
    let Ok(app) = gateway.labs.catalogue().app(lab.app.as_str()) else { return String::new() };
    match (&lab.notebook, &app.open_notebook) {
        (Some(notebook), Some(open)) => {
            let segments: Vec<String> = notebook
                .split('/')
                .map(|segment| utf8_percent_encode(segment, UNRESERVED).to_string())
                .collect();
            open.replace("{notebook}", &segments.join("/"))
        }
        _ => app.open.clone(),
    }
}

/// Returns the word for why a lab ended.
pub(crate) fn cause_name(cause: &Cause) -> &'static str {
    match cause {
        Cause::Asked => "asked",
        Cause::Idle => "idle",
        Cause::TooOld => "too-old",
        Cause::Exited(_) => "exited",
        Cause::Signalled(_) => "signalled",
        Cause::OutOfMemory => "out-of-memory",
        Cause::NeverAnswered => "never-answered",
        Cause::Lost => "lost",
        Cause::StepFailed(_) => "step-failed",
    }
}

/// Returns why a lab ended, for people.
pub(crate) fn cause_words(cause: &Cause) -> String {
    match cause {
        Cause::Asked => "you asked for it".to_owned(),
        Cause::Idle => "nobody worked in it for a while".to_owned(),
        Cause::TooOld => "its longest time was up".to_owned(),
        Cause::Exited(code) => format!("the application ended by itself with exit code {code}"),
        Cause::Signalled(signal) => format!("signal {signal} ended the application"),
        Cause::OutOfMemory => "it wanted more memory than it may have".to_owned(),
        Cause::NeverAnswered => "the application never answered in the time there was".to_owned(),
        Cause::Lost => "its backend no longer has it, and nobody knows why".to_owned(),
        Cause::StepFailed(words) => words.clone(),
    }
}
