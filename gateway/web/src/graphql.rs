//! GraphQL: the talk's `createDatalab`, `destroyDatalab` and `datalabs`, and the rest.
//!
//! Called by `router.rs`. Calls `core` as the other surfaces do, and imports none of them.
//!
//! Rules that hold here: what a request may cost is known before it is run (`limits.rs`, the
//! complexity of fields); every root field has a deadline (`deadline.rs`); an error says its code
//! and the parameter that was wrong, and never what broke inside.

mod app;
mod asset;
mod collection;
mod datalab;
mod deadline;
pub(crate) mod explorer;
pub(crate) mod http;
mod inputs;
mod limits;
mod mutation;
mod query;
mod subscription;
mod usage;
mod volume;
mod whole;

use std::sync::Arc;

use archway_core::Error;
use async_graphql::{Context, ErrorExtensions as _};

use crate::error;
use crate::state::Gateway;

/// What a request may cost: fields, those of a list as often as the list may be long.
const MOST_COMPLEXITY: usize = 20_000;

/// The schema, with the gateway behind it. Cheap to clone.
pub(crate) type Schema =
    async_graphql::Schema<query::Query, mutation::Mutation, subscription::Subscription>;

/// Builds the schema.
pub(crate) fn schema(gateway: Gateway) -> Schema {
    Schema::build(query::Query, mutation::Mutation, subscription::Subscription)
        .limit_complexity(MOST_COMPLEXITY)
        .limit_directives(limits::MOST_DIRECTIVES)
        .extension(deadline::Deadlines)
        .data(gateway)
        .finish()
}

/// Lets a resolver end in `?`. Without it, `async-graphql` would show what broke inside.
#[derive(Clone)]
struct Failure(Arc<Error>);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(Arc::new(error))
    }
}

impl From<Failure> for async_graphql::Error {
    fn from(Failure(failure): Failure) -> Self {
        error::log(&failure);
        described(&failure)
    }
}

/// An error as clients see it.
fn described(failure: &Error) -> async_graphql::Error {
    let words = async_graphql::Error::new(error::public_message(failure));
    words.extend_with(|_, extensions| {
        extensions.set("code", error::code(failure));
        if let Some(parameter) = error::parameter(failure) {
            extensions.set("parameter", parameter);
        }
    })
}

/// The gateway behind a schema.
fn gateway<'a>(context: &Context<'a>) -> Result<&'a Gateway, Failure> {
    let none = || Failure::from(Error::internal("the schema has no gateway"));
    context.data_opt::<Gateway>().ok_or_else(none)
}
