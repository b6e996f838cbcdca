-- Browsers that have entered a lab. The cookie itself is kept nowhere.
CREATE TABLE lab_sessions (
    -- SHA-256 of the cookie, in hexadecimal.
    hash TEXT NOT NULL PRIMARY KEY,
    lab TEXT NOT NULL REFERENCES labs (id) ON DELETE CASCADE,
    owner TEXT NOT NULL,
    opened INTEGER NOT NULL,
    until INTEGER NOT NULL
);
CREATE INDEX lab_sessions_of_lab ON lab_sessions (lab);
CREATE INDEX lab_sessions_of_owner ON lab_sessions (owner);
CREATE INDEX lab_sessions_until ON lab_sessions (until);
