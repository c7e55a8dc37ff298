-- Names of dataset versions, paths that are tracked no longer, and content that was given up.

CREATE TABLE tag (                                   -- the newest row of a path and name is in force
  entry INTEGER PRIMARY KEY REFERENCES entry (number),
  path TEXT NOT NULL,
  name TEXT NOT NULL,
  number INTEGER NOT NULL,                           -- dataset_version.number
  digest BLOB NOT NULL,
  removed INTEGER NOT NULL
) STRICT;
CREATE INDEX tag_path ON tag (path, name, entry);

CREATE TABLE untracking (
  entry INTEGER PRIMARY KEY REFERENCES entry (number),
  path TEXT NOT NULL,
  digest BLOB NOT NULL,
  moved_to TEXT NOT NULL                             -- empty: it is tracked nowhere now
) STRICT;
CREATE INDEX untracking_path ON untracking (path, entry);

CREATE TABLE collected_version (                     -- content of old versions that `mlo gc` removed
  entry INTEGER NOT NULL REFERENCES entry (number),
  position INTEGER NOT NULL,
  path TEXT NOT NULL,
  number INTEGER NOT NULL,
  digest BLOB NOT NULL,
  PRIMARY KEY (entry, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX collected_version_digest ON collected_version (digest);
