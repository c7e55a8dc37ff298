-- Runs that scripts track themselves, over HTTP or `mlo record`, and what they register.
--
-- A row with an entry says what that entry says and is rebuilt from it. A row whose entry is NULL belongs
-- to something that has not ended yet (a live run, files of a model that is being logged): it is durable,
-- no entry tells it yet, and `mlo audit verify` has nothing to compare it with.

CREATE TABLE experiment (
  number INTEGER PRIMARY KEY,
  entry INTEGER REFERENCES entry (number),            -- the newest that speaks of it
  name TEXT NOT NULL UNIQUE,
  deleted INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  tags TEXT NOT NULL                                 -- JSON
) STRICT;
-- Where runs are that name none: it is there from the start, and no act made it.
INSERT INTO experiment VALUES (0, NULL, 'Default', 0, 0, 0, '{}');

ALTER TABLE run ADD COLUMN experiment INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN user_name TEXT NOT NULL DEFAULT '';  -- as the client said; the actor is who signed
ALTER TABLE run ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;  -- when it was hidden until `mlo gc`; 0: it is not
CREATE INDEX run_started ON run (started_at);

CREATE TABLE live_tracked_run (                      -- begun, or begun again, and not ended
  id TEXT PRIMARY KEY,
  experiment INTEGER NOT NULL,
  name TEXT NOT NULL,
  status TEXT NOT NULL,                              -- running, scheduled
  started_at INTEGER NOT NULL,
  finished_at INTEGER,                               -- as its client said
  user_name TEXT NOT NULL,
  deleted INTEGER NOT NULL,
  told INTEGER                                       -- the entry that told it before it was begun again
) STRICT, WITHOUT ROWID;

CREATE TABLE run_param (                             -- of finished and live runs alike, here and below
  run TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,                               -- as it was spelled
  entry INTEGER,
  PRIMARY KEY (run, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_param_key ON run_param (key, value);

CREATE TABLE run_tag (
  run TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  entry INTEGER,
  PRIMARY KEY (run, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_metric (                            -- the newest value of each
  run TEXT NOT NULL,
  key TEXT NOT NULL,
  value REAL NOT NULL,
  not_a_number INTEGER NOT NULL,                     -- then value is 0
  step INTEGER NOT NULL,
  at INTEGER NOT NULL,
  entry INTEGER,
  PRIMARY KEY (run, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_metric_key ON run_metric (key, value);

CREATE TABLE run_input (                             -- datasets that a client named
  run TEXT NOT NULL,
  name TEXT NOT NULL,
  digest TEXT NOT NULL,                              -- the client's own
  object BLOB NOT NULL,                              -- JSON in the store: source, schema, profile
  context TEXT NOT NULL,                             -- its tag mlflow.data.context
  tags TEXT NOT NULL,                                -- JSON, all of them
  entry INTEGER,
  PRIMARY KEY (run, name, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_model (                             -- logged models that a run read or made
  run TEXT NOT NULL,
  model TEXT NOT NULL,
  direction TEXT NOT NULL,                           -- input, output
  step INTEGER NOT NULL,
  entry INTEGER,
  PRIMARY KEY (run, model, direction)
) STRICT, WITHOUT ROWID;

CREATE TABLE artifact (                              -- files of runs and logged models
  owner TEXT NOT NULL,                               -- id of the run or the logged model
  path TEXT NOT NULL,
  digest BLOB NOT NULL,
  entry INTEGER,
  PRIMARY KEY (owner, path)
) STRICT, WITHOUT ROWID;

-- Points as they arrived. When a run ends they are an object of the store, which its entry names; these
-- rows stay because they answer quicker.
CREATE TABLE metric_series (
  id INTEGER PRIMARY KEY,
  run TEXT NOT NULL,
  key TEXT NOT NULL,
  UNIQUE (run, key)
) STRICT;

CREATE TABLE metric_point (
  series INTEGER NOT NULL REFERENCES metric_series (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  step INTEGER NOT NULL,
  value REAL NOT NULL,
  not_a_number INTEGER NOT NULL,
  PRIMARY KEY (series, at, step, value, not_a_number)
) STRICT, WITHOUT ROWID;

CREATE TABLE logged_model (
  id TEXT PRIMARY KEY,                               -- "m-" and 32 hexadecimal digits
  entry INTEGER NOT NULL REFERENCES entry (number),
  experiment INTEGER NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  run TEXT NOT NULL,                                 -- id of the run that made it; may be empty
  status TEXT NOT NULL,                              -- pending, ready, failed
  message TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  params TEXT NOT NULL,                              -- JSON, as tags
  tags TEXT NOT NULL,
  deleted INTEGER NOT NULL
) STRICT;

CREATE TABLE logged_model_metric (                   -- points of runs that name a model; the runs' entries tell them
  model TEXT NOT NULL,                               -- the key's columns first: quick_check of SQLite 3.40 errs otherwise
  key TEXT NOT NULL,
  dataset_name TEXT NOT NULL,
  dataset_digest TEXT NOT NULL,
  run TEXT NOT NULL,
  value REAL NOT NULL,
  not_a_number INTEGER NOT NULL,
  step INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (model, key, dataset_name, dataset_digest, run)
) STRICT, WITHOUT ROWID;

CREATE TABLE registered_model (                      -- what is said of a model as a whole
  name TEXT PRIMARY KEY,
  entry INTEGER NOT NULL REFERENCES entry (number),
  description TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  tags TEXT NOT NULL,
  aliases TEXT NOT NULL,                             -- JSON: alias → number of a version
  deleted INTEGER NOT NULL
) STRICT;

CREATE TABLE version_note (                          -- what is said of a version beside its release
  model TEXT NOT NULL,
  number INTEGER NOT NULL,
  entry INTEGER NOT NULL REFERENCES entry (number),
  description TEXT NOT NULL,
  source TEXT NOT NULL,                              -- where the client said its files are
  link TEXT NOT NULL,
  logged_model TEXT NOT NULL,
  stage TEXT NOT NULL,                               -- None, Staging, Production, Archived
  updated_at INTEGER NOT NULL,
  tags TEXT NOT NULL,
  deleted INTEGER NOT NULL,
  PRIMARY KEY (model, number)
) STRICT;

-- Runs of before.
INSERT INTO run_param
  SELECT run.id, key, CASE type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'null' THEN 'null'
                      ELSE CAST(value AS TEXT) END, run.entry
  FROM run, json_each(run.params);
INSERT INTO run_tag
  SELECT run.id, key, CASE type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'null' THEN 'null'
                      ELSE CAST(value AS TEXT) END, run.entry
  FROM run, json_each(run.tags);
INSERT INTO run_metric
  SELECT run.id, key, CAST(value AS REAL), 0, 0, run.finished_at, run.entry
  FROM run, json_each(run.metrics) WHERE type IN ('integer', 'real');
INSERT INTO artifact
  SELECT run, substr(path, 11), digest, entry FROM run_file
  WHERE role = 'product' AND path GLOB 'artifacts/?*';

DROP VIEW runs;
CREATE VIEW runs AS
  SELECT run.entry AS entry, id, name, status, started_at, finished_at, trigger_kind, params,
         metrics, tags, git_commit, git_branch, actor, reason
  FROM run JOIN act USING (entry) WHERE deleted = 0;
