//! One asset, from the gateway to its file.
//!
//! *Called by* `get.rs`. *Calls* `folder.rs` for where the bytes go.
//!
//! *Rules*: a transfer that breaks off goes on from where it was, as long as each attempt
//! brings something; the bytes of two versions never meet in one file, because a part is
//! continued only under the validator that it began with (RFC 9110, 13.1.5).

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail};
use futures_util::StreamExt;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Response, StatusCode, header};
use tokio::io::AsyncWriteExt;

use super::answer::{self, Answer};
use super::folder::{Folder, Pending, Place};
use super::part::{Key, Record, part_path};
use super::progress::Bar;
use crate::cli::gateway::GatewayArgs;

/// How long no byte may come before a connection counts as broken.
const SILENCE: Duration = Duration::from_secs(120);
/// Most times that a transfer is taken up again within one run.
const MAX_ATTEMPTS: u32 = 50;
/// The largest problem document that is read.
const MAX_PROBLEM_BYTES: usize = 64 << 10;
/// What one segment of a path keeps as it is (RFC 3986, unreserved).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What all transfers of a run have in common.
pub(super) struct Transfers {
    pub(super) client: reqwest::Client,
    pub(super) gateway: GatewayArgs,
    pub(super) folder: Arc<Folder>,
    /// What is being downloaded: the same again waits, and then finds it there.
    pub(super) running: Running,
}

/// A lock for each key that is being downloaded.
pub(super) type Running = Mutex<HashMap<Key, Arc<tokio::sync::Mutex<()>>>>;

/// How a transfer ended well.
pub(super) struct Fetched {
    pub(super) file: PathBuf,
    pub(super) bytes: u64,
    /// Whether the file was there before.
    pub(super) there: bool,
    /// Whether a digest of the archive's was right.
    pub(super) verified: bool,
}

/// How one attempt ended.
enum Attempt {
    Done(Fetched),
    /// It broke off; the part can be continued.
    Broken(Box<Pending>, anyhow::Error),
    /// The part is of no use any more.
    Stale,
}

impl Transfers {
    /// Downloads one asset.
    pub(super) async fn fetch(&self, key: &Key, bar: &Bar) -> anyhow::Result<Fetched> {
        let running = || self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let own = Arc::clone(running().entry(key.clone()).or_default());
        let fetched = {
            let _alone = own.lock().await;
            self.fetch_alone(key, bar).await
        };
        let mut running = running();
        // The map's and this one: nobody waits.
        if Arc::strong_count(&own) == 2 {
            running.remove(key);
        }
        fetched
    }

    async fn fetch_alone(&self, key: &Key, bar: &Bar) -> anyhow::Result<Fetched> {
        let (folder, own) = (Arc::clone(&self.folder), key.clone());
        let mut pending = blocking(move || folder.left(&own)).await?;
        for _ in 0..MAX_ATTEMPTS {
            let before = pending.as_ref().map_or(0, |pending| pending.part.bytes);
            pending = match self.attempt(key, pending, bar).await? {
                Attempt::Done(fetched) => return Ok(fetched),
                Attempt::Broken(pending, _) if pending.part.bytes > before => Some(*pending),
                Attempt::Broken(_, error) => return Err(error),
                Attempt::Stale => None,
            };
        }
        bail!("the transfer broke off {MAX_ATTEMPTS} times; run it again to go on")
    }

    async fn attempt(
        &self,
        key: &Key,
        pending: Option<Pending>,
        bar: &Bar,
    ) -> anyhow::Result<Attempt> {
        let mut request = self.client.get(self.url(key)?).header("accept-encoding", "identity");
        if let Some(pending) = &pending
            && let Some(validator) = pending.part.record.validator.as_deref()
            && pending.part.bytes > 0
        {
            let range = format!("bytes={}-", pending.part.bytes);
            request = request.header(header::RANGE, range).header(header::IF_RANGE, validator);
        }
        let response = request.send().await.with_context(|| self.gateway.unreachable())?;
        match (response.status(), pending) {
            (StatusCode::OK, pending) => self.whole(key, response, pending, bar).await,
            (StatusCode::PARTIAL_CONTENT, Some(pending)) => {
                let answer = Answer::new(response.headers(), &key.asset);
                let begun = &pending.part.record;
                if answer.first != pending.part.bytes
                    || differ(answer.total_bytes.as_ref(), begun.total_bytes.as_ref())
                    || differ(answer.validator.as_ref(), begun.validator.as_ref())
                {
                    blocking(move || pending.part.discard()).await?;
                    return Ok(Attempt::Stale);
                }
                self.receive(response, pending, bar).await
            }
            (StatusCode::RANGE_NOT_SATISFIABLE, Some(pending)) => {
                // Everything had come before the file got its name.
                let total = answer::total_of_unsatisfied(response.headers());
                if total.is_some_and(|total| total == pending.part.bytes) {
                    return self.finish(pending).await.map(Attempt::Done);
                }
                blocking(move || pending.part.discard()).await?;
                Ok(Attempt::Stale)
            }
            (status, _) => {
                let body = beginning(response).await;
                Err(self.gateway.refusal(status, &body))
            }
        }
    }

    /// The whole file comes, perhaps instead of the rest that was asked for.
    async fn whole(
        &self,
        key: &Key,
        response: Response,
        pending: Option<Pending>,
        bar: &Bar,
    ) -> anyhow::Result<Attempt> {
        let answer = Answer::new(response.headers(), &key.asset);
        let pending = match pending {
            Some(mut pending) => {
                let record = Record::new(key.clone(), &answer);
                blocking(move || {
                    pending.part = pending.part.again(record)?;
                    Ok(pending)
                })
                .await?
            }
            None => {
                let (folder, own) = (Arc::clone(&self.folder), key.clone());
                let (place, answer) = blocking(move || {
                    let place = folder.place(&own, &answer)?;
                    Ok((place, answer))
                })
                .await?;
                match place {
                    Place::New(pending) => *pending,
                    Place::There(file) => {
                        let bytes = std::fs::metadata(&file)?.len();
                        let verified = answer.digest.is_some();
                        return Ok(Attempt::Done(Fetched { file, bytes, there: true, verified }));
                    }
                }
            }
        };
        self.receive(response, pending, bar).await
    }

    /// Appends the body to the part.
    async fn receive(
        &self,
        response: Response,
        mut pending: Pending,
        bar: &Bar,
    ) -> anyhow::Result<Attempt> {
        let part = &mut pending.part;
        let name = part.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        bar.begin(&name, part.record.total_bytes, part.bytes);
        let cannot_write = || format!("cannot write {}", part_path(&part.file).display());
        let mut file =
            tokio::fs::File::from_std(part.handle.try_clone().with_context(cannot_write)?);
        let mut body = response.bytes_stream();
        let broken = loop {
            match tokio::time::timeout(SILENCE, body.next()).await {
                Ok(Some(Ok(piece))) => {
                    file.write_all(&piece).await.with_context(cannot_write)?;
                    part.bytes += piece.len() as u64;
                    bar.at(part.bytes);
                    if let Some(total) = part.record.total_bytes
                        && part.bytes > total
                    {
                        bail!("more bytes came than the {total} that were announced");
                    }
                }
                Ok(Some(Err(error))) => break Some(anyhow::Error::new(error)),
                Ok(None) => break None,
                Err(_) => break Some(anyhow::anyhow!("nothing came for {} s", SILENCE.as_secs())),
            }
        };
        file.flush().await.with_context(cannot_write)?;
        let (bytes, total) = (part.bytes, part.record.total_bytes);
        let broken = broken.or_else(|| {
            let short = total.is_some_and(|total| bytes < total);
            short.then(|| anyhow::anyhow!("the answer ended early"))
        });
        let Some(error) = broken else { return self.finish(pending).await.map(Attempt::Done) };
        let of = total.map(|total| format!(" of {total}")).unwrap_or_default();
        if part.record.validator.is_none() {
            blocking(move || pending.part.discard()).await?;
            return Err(error.context(format!(
                "broke off after {bytes}{of} bytes; the archive gives nothing to go on by, so the next run begins anew"
            )));
        }
        let error = error.context(format!(
            "broke off after {bytes}{of} bytes; run it again to go on from there"
        ));
        Ok(Attempt::Broken(Box::new(pending), error))
    }

    /// Verifies what lies on disk and gives it its name.
    async fn finish(&self, pending: Pending) -> anyhow::Result<Fetched> {
        let folder = Arc::clone(&self.folder);
        let (bytes, digest) = (pending.part.bytes, pending.part.record.digest.clone());
        let verified = digest.is_some();
        let path = part_path(&pending.part.file);
        let checked = blocking(move || digest.map_or(Ok(Ok(())), |digest| digest.check(&path)));
        if let Err(wrong) = checked.await? {
            blocking(move || pending.part.discard()).await?;
            bail!("the file is damaged and was thrown away: {wrong}");
        }
        let (file, there) = blocking(move || folder.finish(pending)).await?;
        Ok(Fetched { file, bytes, there, verified })
    }

    fn url(&self, key: &Key) -> anyhow::Result<url::Url> {
        let id = utf8_percent_encode(&key.asset, SEGMENT);
        let mut url = self.gateway.url(&format!("/api/v1/assets/{id}/content"))?;
        for (name, value) in [("distribution", &key.distribution), ("decode", &key.decode)] {
            if let Some(value) = value {
                url.query_pairs_mut().append_pair(name, value);
            }
        }
        Ok(url)
    }
}

/// Whether both are known and not the same.
fn differ<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if one != other)
}

/// The beginning of a body, for what it says of an error.
async fn beginning(response: Response) -> Vec<u8> {
    let mut body = response.bytes_stream();
    let mut beginning = Vec::new();
    while let Ok(Some(Ok(piece))) = tokio::time::timeout(SILENCE, body.next()).await {
        let room = MAX_PROBLEM_BYTES - beginning.len();
        beginning.extend(piece.iter().take(room));
        if beginning.len() == MAX_PROBLEM_BYTES {
            break;
        }
    }
    beginning
}

/// Runs what reads or writes files where it holds up nobody.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    Ok(tokio::task::spawn_blocking(work).await??)
}
