-- Moments are microseconds of TAI since 1970, as the core counts them. Columns that end in
-- `_json` hold a versioned shape of src/shapes.rs.

-- One row for each owner; writing it is how two requests of one owner take turns.
CREATE TABLE owners (
    id TEXT NOT NULL PRIMARY KEY,
    turns INTEGER NOT NULL
);

-- What was made for a request that carried an idempotency key.
CREATE TABLE request_keys (
    owner TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    made TEXT NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (owner, kind, name)
);

CREATE TABLE selections (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    title TEXT NOT NULL,
    members_json TEXT NOT NULL,
    created INTEGER NOT NULL
);
CREATE INDEX selections_of_owner ON selections (owner, created);

CREATE TABLE collections (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    publisher TEXT,
    licence_json TEXT,
    doi TEXT,
    homepage TEXT,
    created INTEGER,
    members_json TEXT NOT NULL
);
CREATE INDEX collections_of_owner ON collections (owner, title);

CREATE TABLE volumes (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    title TEXT NOT NULL,
    source_json TEXT NOT NULL,
    mode TEXT NOT NULL,
    writable INTEGER NOT NULL,
    state TEXT NOT NULL,
    files INTEGER NOT NULL,
    files_total INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    bytes_total INTEGER NOT NULL,
    failure TEXT,
    created INTEGER NOT NULL,
    finished INTEGER,
    revision INTEGER NOT NULL,
    UNIQUE (owner, name)
);
CREATE INDEX volumes_of_owner ON volumes (owner, created);
CREATE INDEX volumes_unfinished ON volumes (created) WHERE state IN ('listing', 'staging');

CREATE TABLE volume_files (
    volume TEXT NOT NULL REFERENCES volumes (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    path TEXT NOT NULL,
    asset TEXT,
    origin TEXT NOT NULL,
    size_bytes INTEGER,
    algorithm TEXT,
    hex TEXT,
    record TEXT NOT NULL,
    state TEXT NOT NULL,
    sha256 TEXT,
    whole_bytes INTEGER,
    fetched INTEGER,
    reason TEXT,
    PRIMARY KEY (volume, number)
);
CREATE INDEX volume_files_planned ON volume_files (volume, number) WHERE state = 'planned';
CREATE INDEX volume_files_digest ON volume_files (sha256) WHERE sha256 IS NOT NULL;

CREATE TABLE labs (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    app TEXT NOT NULL,
    title TEXT NOT NULL,
    backend TEXT NOT NULL,
    size_name TEXT NOT NULL,
    size_title TEXT NOT NULL,
    cores REAL NOT NULL,
    memory_mib INTEGER NOT NULL,
    volumes_json TEXT NOT NULL,
    notebook TEXT,
    network TEXT NOT NULL,
    state TEXT NOT NULL,
    cause_json TEXT,
    handle TEXT,
    endpoint_json TEXT,
    token TEXT NOT NULL,
    base_path TEXT NOT NULL,
    created INTEGER NOT NULL,
    ready INTEGER,
    ended INTEGER,
    deadline INTEGER NOT NULL,
    active INTEGER NOT NULL,
    snoozed INTEGER,
    warned INTEGER NOT NULL,
    -- Number of the last event.
    events INTEGER NOT NULL,
    revision INTEGER NOT NULL
);
CREATE INDEX labs_of_owner ON labs (owner, created);
CREATE INDEX labs_running ON labs (owner, created) WHERE state NOT IN ('stopped', 'failed');

CREATE TABLE lab_events (
    lab TEXT NOT NULL REFERENCES labs (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    moment INTEGER NOT NULL,
    state TEXT NOT NULL,
    words TEXT NOT NULL,
    log TEXT NOT NULL,
    PRIMARY KEY (lab, number)
);

CREATE TABLE charges (
    charged TEXT NOT NULL,
    kind TEXT NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    owner TEXT NOT NULL,
    amount REAL NOT NULL,
    PRIMARY KEY (charged, kind, since)
);
CREATE INDEX charges_of_owner ON charges (owner, since);
