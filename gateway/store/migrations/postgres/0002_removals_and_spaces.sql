-- The tables of ../sqlite/0002_removals_and_spaces.sql, in the types of PostgreSQL.

-- Volumes whose record went and whose bytes may still be there.
CREATE TABLE removed_volumes (
    volume TEXT NOT NULL PRIMARY KEY
);

-- Digests of their files that were whole.
CREATE TABLE removed_files (
    volume TEXT NOT NULL REFERENCES removed_volumes (volume) ON DELETE CASCADE,
    sha256 TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (volume, sha256)
);

-- What an owner's own space held when it was last measured, and when it first was.
CREATE TABLE spaces (
    owner TEXT NOT NULL PRIMARY KEY,
    bytes BIGINT NOT NULL,
    since BIGINT NOT NULL
);
