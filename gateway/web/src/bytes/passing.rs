//! Bytes on their way out: pulled as the client takes them, counted, and broken off when wrong.

use std::io;

use archway_core::Error;
use archway_core::asset::AssetId;
use archway_core::delivery::Delivery;
use axum::body::Body;
use futures_util::stream;

use crate::metrics::{Metrics, OpenDownload};

/// Most bytes of one piece.
const PIECE_BYTES: u32 = 256 * 1024;

struct Passing {
    delivery: Delivery,
    asset: AssetId,
    metrics: Metrics,
    open: OpenDownload,
}

/// A body that ends well only if all of it was right. Dropping it ends the call upstream.
pub(super) fn body(metrics: &Metrics, asset: AssetId, delivery: Delivery) -> Body {
    let open = metrics.download(delivery.archive.as_str());
    let passing = Box::new(Passing { delivery, asset, metrics: metrics.clone(), open });
    Body::from_stream(stream::unfold(Some(passing), |passing| async {
        let mut passing = passing?;
        match passing.delivery.reader.read(PIECE_BYTES).await {
            Ok(piece) if piece.is_empty() => None,
            Ok(piece) => {
                passing.open.passed(piece.len());
                Some((Ok(piece), Some(passing)))
            }
            Err(error) => {
                passing.broken(&error);
                Some((Err(io::Error::other("the file is not whole")), None))
            }
        }
    }))
}

impl Passing {
    /// The client only sees its connection break, so the reason is for the log.
    fn broken(&self, error: &Error) {
        let archive = self.delivery.archive.as_str();
        let reason = match error {
            Error::Damaged { .. } => "damaged",
            Error::Timeout { .. } => "timeout",
            Error::Internal(_) => "gateway",
            _ => "upstream",
        };
        self.metrics.download_broken(archive, reason);
        tracing::warn!(
            archive.id = archive,
            asset.id = %self.asset,
            %error,
            "a download was broken off, so that nobody takes it for whole"
        );
    }
}
