//! What a lab opens with: folders of its volumes, its user's space, and the notebook.
//!
//! Called by `steps.rs` when everything is there. The home in a lab is `/home/lab`, and each
//! volume is `/data/<name>`.

use std::sync::Arc;

use bytes::Bytes;

use super::engine::{Engine, principal_of};
use super::{App, Lab, LabSpec, Mounted, Placed};
use crate::Error;
use crate::notebook::{NotebookFile, notebook};
use crate::volumes::{FileState, Source, Volume, VolumeState};

/// Files that are read from the store at once.
const WINDOW: u32 = 1_000;
/// Most files that a notebook is told of; it lists a part of them.
const MOST_TOLD: usize = 10_000;

impl Engine {
    /// Everything the backend needs to start a lab whose volumes are ready.
    pub(super) async fn spec(&self, lab: &Lab, app: Arc<App>) -> Result<LabSpec, Error> {
        let principal = principal_of(&lab.owner)?;
        let mut volumes = Vec::new();
        for id in &lab.volumes {
            let volume = self.need.volumes.volume(&principal, id).await?;
            if volume.state != VolumeState::Ready {
                let reason = format!("volume `{}` is {}", volume.name, volume.state.name());
                return Err(Error::Conflict { reason });
            }
            volumes.push(volume);
        }
        let mut mounted = Vec::new();
        for volume in &volumes {
            mounted.push(Mounted {
                name: volume.name.clone(),
                folder: self.need.volumes.folder(&volume.id).await?,
                writable: volume.writable,
            });
        }
        let of_app = |(path, text): (&String, &String)| Placed {
            path: path.clone(),
            bytes: Bytes::from(text.clone()),
        };
        let mut placed: Vec<Placed> = app.home.iter().map(of_app).collect();
        if let Some(path) = &lab.notebook {
            let files = self.files_of(lab, &volumes).await?;
            // What a user wrote is in no list, and the notebook is not about it.
            let listed = volumes.iter().filter(|volume| !volume.writable);
            let all = listed.map(|volume| volume.progress.files).sum();
            let text = notebook(&lab.title, &made_from(&volumes, &files, all), &files);
            placed.push(Placed { path: path.clone(), bytes: Bytes::from(text) });
        }
        Ok(LabSpec {
            id: lab.id.clone(),
            owner: lab.owner.clone(),
            app,
            size: lab.size.clone(),
            token: lab.token.clone(),
            base_path: lab.base_path.clone(),
            space: self.need.volumes.space(&lab.owner).await?,
            volumes: mounted,
            placed,
            network: lab.network,
            deadline: lab.deadline,
        })
    }

    /// The whole files of the volumes, as far as a notebook is told of them.
    async fn files_of(&self, lab: &Lab, volumes: &[Volume]) -> Result<Vec<NotebookFile>, Error> {
        let principal = principal_of(&lab.owner)?;
        let mut files = Vec::new();
        for volume in volumes {
            let mut first = 0;
            while files.len() < MOST_TOLD {
                let listed = self.need.volumes.files(&principal, &volume.id, first, WINDOW).await?;
                let Some(last) = listed.last() else { break };
                first = last.number + 1;
                let whole = listed.iter().filter(|f| matches!(f.state, FileState::Whole { .. }));
                files.extend(whole.map(|file| file.for_notebook(&volume.name)));
            }
        }
        Ok(files)
    }
}

/// What the notebook's files are, in words.
fn made_from(volumes: &[Volume], told: &[NotebookFile], all: u64) -> String {
    let word = |volume: &Volume| match &volume.source {
        Source::Collection(_) => "the collection",
        Source::Selection(_) => "the selection",
        Source::Tree { .. } | Source::Urls(_) | Source::Empty => "the data volume",
    };
    let named = volumes.iter().map(|volume| format!("{} “{}”", word(volume), volume.title));
    let named = named.collect::<Vec<_>>().join(" and ");
    let told = told.len() as u64;
    if told < all { format!("{named} ({all} files, the first {told} of them)") } else { named }
}
