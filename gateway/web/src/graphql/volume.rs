//! Data volumes.

use archway_core::Error;
use archway_core::coverage::Instant;
use archway_core::volumes::{FileState, Volume as Kept, VolumeFile as KeptFile};
use async_graphql::{Context, ID, Object, SimpleObject};

use super::whole::Whole;
use super::{Failure, gateway};

/// Files of a page that says nothing, and the most of one.
const FILES: (u32, u32) = (100, 1000);

/// What a lab sees as files.
pub(super) struct Volume(pub(super) Kept);

/// What a datalab sees as files.
#[Object]
impl Volume {
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Name of its folder in a datalab.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// For people.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// Where its files come from: `collection`, `selection`, `tree`, `urls` or `empty`.
    async fn source(&self) -> &str {
        self.0.source.kind()
    }

    /// Whether datalabs may write in it.
    async fn writable(&self) -> bool {
        self.0.writable
    }

    /// `listing`, `staging`, `ready`, `failed` or `cancelled`.
    async fn state(&self) -> &str {
        self.0.state.name()
    }

    /// How far it is.
    async fn progress(&self) -> Progress {
        let progress = &self.0.progress;
        Progress {
            files: Whole(progress.files),
            files_total: Whole(progress.files_total),
            bytes: Whole(progress.bytes),
            bytes_total: Whole(progress.bytes_total),
        }
    }

    /// What keeps it from going on, in words; also of single files when others arrived.
    async fn failure(&self) -> Option<&str> {
        self.0.failure.as_deref()
    }

    /// Its page in the portal, below the gateway's own address.
    async fn url(&self) -> String {
        format!("/volumes/{}", self.0.id)
    }

    /// Its files from number `first` on, at most `limit` (1 to 1000, 100 unless given).
    #[graphql(complexity = "limit.unwrap_or(100) as usize * child_complexity + 1")]
    async fn files(
        &self,
        context: &Context<'_>,
        first: Option<u32>,
        limit: Option<u32>,
    ) -> Result<Option<Vec<VolumeFile>>, Failure> {
        let gateway = gateway(context)?;
        let most = limit.unwrap_or(FILES.0);
        if !(1..=FILES.1).contains(&most) {
            let reason = format!("{most} is outside 1..={}", FILES.1);
            return Err(Error::bad_request("limit", reason).into());
        }
        let first = u64::from(first.unwrap_or_default());
        let files = gateway.volumes.files(&gateway.principal, &self.0.id, first, most).await?;
        Ok(Some(files.iter().map(VolumeFile::from).collect()))
    }

    /// When it was asked for, RFC 3339 UTC.
    async fn created(&self) -> String {
        self.0.created.to_rfc3339()
    }

    /// When it reached its final state.
    async fn finished(&self) -> Option<String> {
        self.0.finished.map(Instant::to_rfc3339)
    }
}

/// How far a volume is.
#[derive(SimpleObject)]
pub(super) struct Progress {
    /// Files that are whole.
    files: Whole,
    /// Files in all, as far as they are listed.
    files_total: Whole,
    /// Bytes that arrived, of unfinished files too.
    bytes: Whole,
    /// Bytes in all, as far as the archives say.
    bytes_total: Whole,
}

/// A file of a volume.
#[derive(SimpleObject)]
pub(super) struct VolumeFile {
    /// From 0, in the order of the listing.
    number: Whole,
    /// Below the volume's folder.
    path: String,
    /// The asset it is of; null for a URL.
    asset: Option<ID>,
    /// Counted once it is whole, else as the archive says.
    size_bytes: Option<Whole>,
    /// `planned`, `whole` or `failed`.
    state: &'static str,
    /// Of its bytes, once it is whole.
    sha256: Option<String>,
    /// Why it cannot be had.
    failure: Option<String>,
}

impl From<&KeptFile> for VolumeFile {
    fn from(file: &KeptFile) -> Self {
        let (state, size_bytes, sha256, failure) = match &file.state {
            FileState::Planned => ("planned", file.size_bytes, None, None),
            FileState::Whole { sha256, size_bytes, .. } => {
                ("whole", Some(*size_bytes), Some(sha256.clone()), None)
            }
            FileState::Failed { reason } => ("failed", file.size_bytes, None, Some(reason.clone())),
        };
        Self {
            number: Whole(file.number),
            path: file.path.clone(),
            asset: file.asset.as_ref().map(|id| ID(id.to_string())),
            size_bytes: size_bytes.map(Whole),
            state,
            sha256,
            failure,
        }
    }
}
