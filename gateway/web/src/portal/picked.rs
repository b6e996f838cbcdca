//! `POST /selections`: what was ticked on a search page, or all of its results, and where to go
//! with it.
//!
//! Called by the selection bar, by cards and by asset pages. Calls `core::selections`.

use archway_core::Error;
use axum::extract::{RawForm, State};
use axum::response::{IntoResponse, Redirect, Response};

use super::form;
use super::form_body::read;
use super::{ErrorPage, url_of};
use crate::chosen::Chosen;
use crate::parameters::Parameters;
use crate::state::Gateway;

/// Keeps a selection and goes on with it: to a notebook, to a data volume, or to its list.
pub(crate) async fn make(
    State(gateway): State<Gateway>,
    form: RawForm,
) -> Result<Response, ErrorPage> {
    Ok(made(&gateway, &read(&form)).await?)
}

async fn made(gateway: &Gateway, said: &Parameters) -> Result<Response, Error> {
    let chosen = if said.shown("scope") == "all" {
        // The search as its page has it in its URL.
        let asked = Parameters::of_query(said.one("query")?);
        Chosen { query: Some(form::written(&asked)?), ..Chosen::default() }
    } else {
        let assets: Vec<String> = said.all("asset").map(str::to_owned).collect();
        if assets.is_empty() {
            let reason = "nothing is ticked; go back and tick a result, or take all of them";
            return Err(Error::bad_request("asset", reason));
        }
        Chosen { assets: Some(assets), ..Chosen::default() }
    };
    let members = chosen.members(gateway).await?;
    let title = said.shown("title");
    let selection = gateway.selections.make(&gateway.principal, title, members).await?;
    let id = url_of::segment(&selection.id);
    let place = match said.shown("then") {
        "volume" => format!("/volumes/new/content?type=selection&selection={id}"),
        _ => format!("/labs/new?selection={id}&notebook=1"),
    };
    Ok(Redirect::to(&place).into_response())
}
