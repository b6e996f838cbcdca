//! Every root field of a query or a mutation has so long, and what is below it.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextResolve, ResolveInfo,
};
use async_graphql::{ErrorExtensionValues, PathSegment, ServerError, ServerResult, Value};

/// How long one root field may take; a search has its own deadline below that.
const WITHIN: Duration = Duration::from_secs(30);

/// Puts deadlines on fields.
pub(super) struct Deadlines;

impl ExtensionFactory for Deadlines {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for Deadlines {
    async fn resolve(
        &self,
        context: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        if info.path_node.parent.is_some() {
            return next.run(context, info).await;
        }
        let name = info.path_node.field_name().to_owned();
        match tokio::time::timeout(WITHIN, next.run(context, info)).await {
            Ok(resolved) => resolved,
            Err(_) => {
                let words = format!("`{name}` gave no answer within {} s", WITHIN.as_secs());
                let mut error = ServerError::new(words, None);
                error.path = vec![PathSegment::Field(name)];
                error
                    .extensions
                    .get_or_insert_with(ErrorExtensionValues::default)
                    .set("code", "TIMEOUT");
                Err(error)
            }
        }
    }
}
