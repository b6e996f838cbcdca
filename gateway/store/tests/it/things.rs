//! Volumes, labs and the rest, as the tests write them.

use archway_core::coverage::Instant;
use archway_core::labs::{Lab, LabEvent, LabId, LabState, Network, Size};
use archway_core::owner::{Owner, Quota};
use archway_core::volumes::{
    FileState, Mode, Progress, Source, Volume, VolumeFile, VolumeId, VolumeState,
};

pub(crate) const NOW: Instant = Instant(1_700_000_000_000_000);

pub(crate) fn after_s(seconds: i64) -> Instant {
    Instant(NOW.0 + seconds * 1_000_000)
}

pub(crate) fn owner(name: &str) -> Owner {
    Owner(name.to_owned())
}

pub(crate) fn wide() -> Quota {
    Quota {
        labs: 1_000,
        cores: 1e6,
        memory_mib: 1 << 40,
        volume_bytes: u64::MAX >> 1,
        volumes: 1_000,
    }
}

/// A volume `name` of `ann` with that id, just asked for.
pub(crate) fn volume(id: &str, name: &str) -> Volume {
    Volume {
        id: VolumeId(id.to_owned()),
        owner: owner("ann"),
        name: name.to_owned(),
        title: format!("Volume {name}"),
        source: Source::Urls(vec!["https://archive.example/a.fits".to_owned()]),
        mode: Mode::Copy,
        writable: false,
        state: VolumeState::Listing,
        progress: Progress::default(),
        failure: None,
        created: NOW,
        finished: None,
        revision: 0,
    }
}

pub(crate) fn file(number: u64) -> VolumeFile {
    VolumeFile {
        number,
        path: format!("night/{number}.fits"),
        asset: Some(format!("site/{number}").parse().unwrap()),
        from: format!("https://archive.example/{number}.fits"),
        size_bytes: Some(100 << 10),
        checksum: None,
        record: format!(r#"{{"number":{number}}}"#),
        state: FileState::Planned,
    }
}

/// A lab of `ann` with that id: 2 cores, 2 GiB, just asked for.
pub(crate) fn lab(id: &str) -> Lab {
    Lab {
        id: LabId(id.to_owned()),
        owner: owner("ann"),
        app: "sepp/jupyterlab:v1".parse().unwrap(),
        title: format!("Lab {id}"),
        backend: "process".to_owned(),
        size: Size {
            name: "S".to_owned(),
            title: "Small".to_owned(),
            cores: 2.0,
            memory_mib: 2048,
        },
        volumes: vec![VolumeId("v1".to_owned())],
        notebook: None,
        network: Network::None,
        state: LabState::Reserved,
        cause: None,
        handle: None,
        endpoint: None,
        token: "secret".to_owned(),
        base_path: "/".to_owned(),
        created: NOW,
        ready: None,
        ended: None,
        deadline: after_s(3600),
        active: NOW,
        snoozed: None,
        warned: false,
        revision: 0,
    }
}

pub(crate) fn event(words: &str) -> LabEvent {
    let (words, log) = (words.to_owned(), String::new());
    LabEvent { number: 0, at: NOW, state: LabState::Starting, words, log }
}
