-- The ledger and its views. `entry`, `node` and `checkpoint` are the record itself; all other tables
-- are filled from the entries alone and can be rebuilt from them (`mlo audit verify` does, in memory).
-- Times are microseconds since 1970 in UTC, digests 32-byte blobs, JSON is canonical (RFC 8785).

CREATE TABLE entry (
  number INTEGER PRIMARY KEY CHECK (number >= 0),    -- its leaf in the Merkle tree
  leaf BLOB NOT NULL CHECK (length(leaf) = 32),      -- RFC 6962: SHA-256(0x00 || envelope)
  envelope TEXT NOT NULL                             -- DSSE around an in-toto Statement v1
) STRICT;

CREATE TABLE node (                                  -- complete inner nodes; level 0 is entry.leaf
  level INTEGER NOT NULL CHECK (level >= 1),
  position INTEGER NOT NULL,                         -- covers entries [position << level, (position + 1) << level)
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (level, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoint (                            -- the newest one only: an older one would excuse a truncation
  only INTEGER PRIMARY KEY CHECK (only = 1),
  size INTEGER NOT NULL,
  root BLOB NOT NULL CHECK (length(root) = 32),
  note TEXT NOT NULL                                 -- C2SP signed note, Ed25519
) STRICT;

CREATE TABLE act (                                   -- who did what and why: one row an entry
  entry INTEGER PRIMARY KEY REFERENCES entry (number),
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  key BLOB NOT NULL,                                 -- SHA-256 of the signer's public key
  command TEXT NOT NULL,
  reason TEXT NOT NULL,
  host TEXT NOT NULL,
  predicate_type TEXT NOT NULL
) STRICT;
CREATE INDEX act_at ON act (at);

CREATE TABLE subject (                               -- the digests that an entry speaks of
  entry INTEGER NOT NULL REFERENCES entry (number),
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  digest BLOB NOT NULL,
  PRIMARY KEY (entry, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX subject_digest ON subject (digest);

CREATE TABLE repository (                            -- one row: the beginning
  entry INTEGER PRIMARY KEY REFERENCES entry (number),
  id TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL,                              -- name of the log and its key
  log_key TEXT NOT NULL                              -- C2SP verifier key
) STRICT;

CREATE TABLE identity (                              -- a name with a key; one name may come to have several
  entry INTEGER PRIMARY KEY REFERENCES entry (number),
  name TEXT NOT NULL,
  key BLOB NOT NULL,
  public_key TEXT NOT NULL,                          -- PEM
  UNIQUE (name, key)
) STRICT;

CREATE TABLE dataset_version (
  entry INTEGER PRIMARY KEY REFERENCES entry (number),
  path TEXT NOT NULL,
  number INTEGER NOT NULL,                           -- 1, 2, … a path
  digest BLOB NOT NULL,
  folder INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  files INTEGER NOT NULL,
  row_count INTEGER,
  column_count INTEGER,
  profile BLOB,
  contract BLOB,
  source TEXT NOT NULL,
  license TEXT NOT NULL,
  parent BLOB,                                       -- the version before, of the same path
  UNIQUE (path, number)
) STRICT;
CREATE INDEX dataset_version_digest ON dataset_version (digest);

CREATE TABLE run (
  entry INTEGER PRIMARY KEY REFERENCES entry (number),
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  status TEXT NOT NULL,                              -- finished, failed, interrupted
  started_at INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  trigger_kind TEXT NOT NULL,                        -- user, drift, decay
  params TEXT NOT NULL,
  metrics TEXT NOT NULL,
  tags TEXT NOT NULL,
  git_commit TEXT NOT NULL,                          -- empty outside git
  git_branch TEXT NOT NULL
) STRICT;

CREATE TABLE run_part (                              -- the entries that together record one run
  entry INTEGER PRIMARY KEY REFERENCES entry (number),
  run TEXT NOT NULL REFERENCES run (id),
  part INTEGER NOT NULL,
  UNIQUE (run, part)
) STRICT;

CREATE TABLE run_step (
  entry INTEGER NOT NULL REFERENCES run_part (entry),
  position INTEGER NOT NULL,
  run TEXT NOT NULL REFERENCES run (id),
  name TEXT NOT NULL,
  status TEXT NOT NULL,                              -- ran, cached, failed, skipped
  fingerprint BLOB,
  duration_ms INTEGER NOT NULL,
  exit_code INTEGER NOT NULL,
  PRIMARY KEY (entry, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_step_fingerprint ON run_step (fingerprint);

CREATE TABLE run_file (
  entry INTEGER NOT NULL REFERENCES run_part (entry),
  position INTEGER NOT NULL,
  run TEXT NOT NULL REFERENCES run (id),
  role TEXT NOT NULL,                                -- material, product, output
  step INTEGER,                                      -- an output's run_step.position
  path TEXT NOT NULL,
  digest BLOB NOT NULL,
  PRIMARY KEY (entry, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_file_digest ON run_file (digest);
CREATE INDEX run_file_path ON run_file (path, entry);

CREATE TABLE model_version (
  entry INTEGER PRIMARY KEY REFERENCES entry (number),
  model TEXT NOT NULL,
  number INTEGER NOT NULL,
  digest BLOB NOT NULL,
  path TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  run TEXT NOT NULL,                                 -- id; empty when it was not trained here
  params TEXT NOT NULL,
  metrics TEXT NOT NULL,
  UNIQUE (model, number)
) STRICT;
CREATE INDEX model_version_digest ON model_version (digest);

CREATE TABLE evidence (
  entry INTEGER PRIMARY KEY REFERENCES entry (number),
  subject_name TEXT NOT NULL,
  subject BLOB NOT NULL,
  target TEXT NOT NULL,                              -- "churn@3", "data/train.csv"
  passed INTEGER NOT NULL
) STRICT;
CREATE INDEX evidence_subject ON evidence (subject);
CREATE INDEX evidence_target ON evidence (target);

CREATE TABLE check_result (
  entry INTEGER NOT NULL REFERENCES evidence (entry),
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  target TEXT NOT NULL,
  severity TEXT NOT NULL,
  passed INTEGER NOT NULL,
  value TEXT NOT NULL,                               -- JSON
  threshold TEXT NOT NULL,                           -- JSON
  failing_rows INTEGER,
  PRIMARY KEY (entry, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE gate_decision (
  entry INTEGER PRIMARY KEY REFERENCES entry (number),
  model TEXT NOT NULL,
  number INTEGER NOT NULL,
  digest BLOB NOT NULL,
  stage TEXT NOT NULL,
  passed INTEGER NOT NULL,
  policy BLOB NOT NULL,
  FOREIGN KEY (model, number) REFERENCES model_version (model, number)
) STRICT;

CREATE TABLE gate_evidence (                         -- what a decision weighed
  entry INTEGER NOT NULL REFERENCES gate_decision (entry),
  position INTEGER NOT NULL,
  weighed INTEGER NOT NULL REFERENCES entry (number),
  PRIMARY KEY (entry, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE stage_move (
  entry INTEGER PRIMARY KEY REFERENCES entry (number),
  model TEXT NOT NULL,
  number INTEGER NOT NULL,
  digest BLOB NOT NULL,
  stage TEXT NOT NULL,
  previous INTEGER,                                  -- number of the version that held the stage before
  rollback INTEGER NOT NULL,
  FOREIGN KEY (model, number) REFERENCES model_version (model, number)
) STRICT;
CREATE INDEX stage_move_stage ON stage_move (model, stage, entry);

CREATE TABLE deployment (
  entry INTEGER PRIMARY KEY REFERENCES entry (number),
  model TEXT NOT NULL,
  number INTEGER NOT NULL,
  digest BLOB NOT NULL,
  stage TEXT NOT NULL,
  target TEXT NOT NULL,                              -- serve, folder
  status TEXT NOT NULL,                              -- live, pending, failed
  detail TEXT NOT NULL,
  FOREIGN KEY (model, number) REFERENCES model_version (model, number)
) STRICT;
CREATE INDEX deployment_model ON deployment (model, entry);

CREATE TABLE monitor_window (
  entry INTEGER PRIMARY KEY REFERENCES entry (number),
  model TEXT NOT NULL,
  number INTEGER NOT NULL,
  digest BLOB NOT NULL,
  stage TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  to_at INTEGER NOT NULL,
  row_count INTEGER NOT NULL,
  drifted INTEGER NOT NULL,
  drifted_share REAL NOT NULL
) STRICT;
CREATE INDEX monitor_window_model ON monitor_window (model, entry);

CREATE TABLE alert (
  entry INTEGER PRIMARY KEY REFERENCES entry (number),
  model TEXT NOT NULL,
  digest BLOB NOT NULL,
  kind TEXT NOT NULL,                                -- drift, decay, error
  message TEXT NOT NULL
) STRICT;
CREATE INDEX alert_model ON alert (model, entry);

CREATE TABLE lineage_edge (                          -- target was made from, or speaks of, source
  entry INTEGER NOT NULL REFERENCES entry (number),
  position INTEGER NOT NULL,
  source BLOB NOT NULL,
  target BLOB NOT NULL,
  relation TEXT NOT NULL,                            -- material, product, version, dataset, delivery
  PRIMARY KEY (entry, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX lineage_edge_source ON lineage_edge (source);
CREATE INDEX lineage_edge_target ON lineage_edge (target);

CREATE TABLE lineage_thing (                         -- nodes that are no file: runs and services
  entry INTEGER NOT NULL REFERENCES entry (number),
  digest BLOB NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (entry, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX lineage_thing_digest ON lineage_thing (digest);

-- The newest move of each stage says who holds it.
CREATE VIEW stage AS
  SELECT model, stage, number, digest, entry FROM stage_move AS newest
  WHERE entry = (SELECT max(entry) FROM stage_move
                 WHERE model = newest.model AND stage = newest.stage);

-- From here on: what people may read with their own SQL. These columns stay.
CREATE VIEW lineage AS
  SELECT 'sha256:' || lower(hex(source)) AS source, 'sha256:' || lower(hex(target)) AS target,
         relation, lineage_edge.entry AS entry, at
  FROM lineage_edge JOIN act USING (entry);

CREATE VIEW runs AS
  SELECT run.entry AS entry, id, name, status, started_at, finished_at, trigger_kind, params,
         metrics, tags, git_commit, git_branch, actor, reason
  FROM run JOIN act USING (entry);

CREATE VIEW models AS
  SELECT model_version.entry AS entry, model, number, 'sha256:' || lower(hex(digest)) AS digest,
         path, size_bytes, run, params, metrics, actor, reason, at,
         (SELECT group_concat(stage, ' ') FROM stage
          WHERE stage.model = model_version.model AND stage.number = model_version.number) AS stages
  FROM model_version JOIN act USING (entry);

CREATE VIEW deployments AS
  SELECT deployment.entry AS entry, model, number, 'sha256:' || lower(hex(digest)) AS digest, stage,
         target, status, detail, actor, reason, at
  FROM deployment JOIN act USING (entry);

CREATE VIEW audit_log AS
  SELECT entry, at, strftime('%Y-%m-%dT%H:%M:%SZ', at / 1000000, 'unixepoch') AS time, actor,
         'sha256:' || lower(hex(key)) AS key, command, reason, host, predicate_type
  FROM act;
