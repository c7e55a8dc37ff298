-- Who may do what: keys that come and go, the policy in force, approvals, reads of protected content.

CREATE TABLE identity_change (                       -- the newest row about a key is in force
  entry INTEGER PRIMARY KEY REFERENCES entry (number),
  change TEXT NOT NULL,                              -- add, rotate, revoke
  name TEXT NOT NULL,
  key BLOB NOT NULL,                                 -- add: that begins; rotate, revoke: that ends
  successor BLOB,                                    -- rotate: the key that begins
  since INTEGER NOT NULL                             -- revoke: from then on its signatures are in doubt
) STRICT;
CREATE INDEX identity_change_key ON identity_change (key, entry);
CREATE INDEX identity_change_successor ON identity_change (successor, entry);

CREATE TABLE policy (                                -- the newest row is in force
  entry INTEGER PRIMARY KEY REFERENCES entry (number),
  digest BLOB NOT NULL,                              -- of the document as canonical JSON
  proposal INTEGER REFERENCES policy_proposal (entry)
) STRICT;

CREATE TABLE policy_proposal (
  entry INTEGER PRIMARY KEY REFERENCES entry (number),
  digest BLOB NOT NULL
) STRICT;

CREATE TABLE policy_consent (
  entry INTEGER PRIMARY KEY REFERENCES entry (number),
  proposal INTEGER NOT NULL REFERENCES policy_proposal (entry),
  digest BLOB NOT NULL
) STRICT;
CREATE INDEX policy_consent_proposal ON policy_consent (proposal);

CREATE TABLE approval (                              -- the newest row of an actor is in force
  entry INTEGER PRIMARY KEY REFERENCES entry (number),
  model TEXT NOT NULL,
  number INTEGER NOT NULL,
  digest BLOB NOT NULL,
  stage TEXT NOT NULL,
  expires_at INTEGER,
  withdrawn INTEGER NOT NULL,
  FOREIGN KEY (model, number) REFERENCES model_version (model, number)
) STRICT;
CREATE INDEX approval_version ON approval (model, number, stage);

CREATE TABLE access (                                -- reads of protected content
  entry INTEGER NOT NULL REFERENCES entry (number),
  position INTEGER NOT NULL,
  how TEXT NOT NULL,                                 -- checkout, export, show, serve, download
  kind TEXT NOT NULL,                                -- dataset, model
  name TEXT NOT NULL,                                -- path, or name of the model
  digest BLOB NOT NULL,
  reads INTEGER NOT NULL,
  PRIMARY KEY (entry, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX access_name ON access (name, entry);

CREATE TABLE exception (                             -- acts that went past their rules, by permission
  entry INTEGER PRIMARY KEY REFERENCES entry (number),
  kind TEXT NOT NULL,                                -- break-glass
  reason TEXT NOT NULL
) STRICT;
