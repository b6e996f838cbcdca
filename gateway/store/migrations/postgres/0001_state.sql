-- The tables of ../sqlite/0001_state.sql, in the types of PostgreSQL; the tests hold the two together.
-- Moments are microseconds of TAI since 1970, as the core counts them. Columns that end in
-- `_json` hold a versioned shape of src/shapes.rs.

-- One row for each owner; writing it is how two requests of one owner take turns.
CREATE TABLE owners (
    id TEXT NOT NULL PRIMARY KEY,
    turns BIGINT NOT NULL
);

-- What was made for a request that carried an idempotency key.
CREATE TABLE request_keys (
    owner TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    made TEXT NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (owner, kind, name)
);

CREATE TABLE selections (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    members_json TEXT NOT NULL,
    created BIGINT NOT NULL
);
CREATE INDEX selections_of_owner ON selections (owner, created);

CREATE TABLE collections (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    description TEXT NOT NULL,
    publisher TEXT,
    licence_json TEXT,
    doi TEXT,
    homepage TEXT,
    created BIGINT,
    members_json TEXT NOT NULL
);
CREATE INDEX collections_of_owner ON collections (owner, title);

CREATE TABLE volumes (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    source_json TEXT NOT NULL,
    mode TEXT NOT NULL,
    writable BIGINT NOT NULL,
    state TEXT NOT NULL,
    files BIGINT NOT NULL,
    files_total BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    bytes_total BIGINT NOT NULL,
    failure TEXT,
    created BIGINT NOT NULL,
    finished BIGINT,
    revision BIGINT NOT NULL,
    UNIQUE (owner, name)
);
CREATE INDEX volumes_of_owner ON volumes (owner, created);
CREATE INDEX volumes_unfinished ON volumes (created) WHERE state IN ('listing', 'staging');

CREATE TABLE volume_files (
    volume TEXT NOT NULL REFERENCES volumes (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    path TEXT NOT NULL,
    asset TEXT,
    origin TEXT NOT NULL,
    size_bytes BIGINT,
    algorithm TEXT,
    hex TEXT,
    record TEXT NOT NULL,
    state TEXT NOT NULL,
    sha256 TEXT,
    whole_bytes BIGINT,
    fetched BIGINT,
    reason TEXT,
    PRIMARY KEY (volume, number)
);
CREATE INDEX volume_files_planned ON volume_files (volume, number) WHERE state = 'planned';
CREATE INDEX volume_files_digest ON volume_files (sha256) WHERE sha256 IS NOT NULL;

CREATE TABLE labs (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    app TEXT NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    backend TEXT NOT NULL,
    size_name TEXT NOT NULL,
    size_title TEXT NOT NULL,
    cores DOUBLE PRECISION NOT NULL,
    memory_mib BIGINT NOT NULL,
    volumes_json TEXT NOT NULL,
    notebook TEXT,
    network TEXT NOT NULL,
    state TEXT NOT NULL,
    cause_json TEXT,
    handle TEXT,
    endpoint_json TEXT,
    token TEXT NOT NULL,
    base_path TEXT NOT NULL,
    created BIGINT NOT NULL,
    ready BIGINT,
    ended BIGINT,
    deadline BIGINT NOT NULL,
    active BIGINT NOT NULL,
    snoozed BIGINT,
    warned BIGINT NOT NULL,
    -- Number of the last event.
    events BIGINT NOT NULL,
    revision BIGINT NOT NULL
);
CREATE INDEX labs_of_owner ON labs (owner, created);
CREATE INDEX labs_running ON labs (owner, created) WHERE state NOT IN ('stopped', 'failed');

CREATE TABLE lab_events (
    lab TEXT NOT NULL REFERENCES labs (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    moment BIGINT NOT NULL,
    state TEXT NOT NULL,
    words TEXT NOT NULL,
    log TEXT NOT NULL,
    PRIMARY KEY (lab, number)
);

CREATE TABLE charges (
    charged TEXT NOT NULL,
    kind TEXT NOT NULL,
    since BIGINT NOT NULL,
    until BIGINT NOT NULL,
    owner TEXT NOT NULL,
    amount DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (charged, kind, since)
);
CREATE INDEX charges_of_owner ON charges (owner, since);
