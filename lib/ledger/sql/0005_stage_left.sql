-- Clients of tracking take versions from the stages of models that are theirs alone.
CREATE TABLE stage_left (
  entry INTEGER PRIMARY KEY REFERENCES entry (number),
  model TEXT NOT NULL,
  number INTEGER NOT NULL,                           -- of the version that held the stage
  stage TEXT NOT NULL,
  FOREIGN KEY (model, number) REFERENCES model_version (model, number)
) STRICT;
CREATE INDEX stage_left_stage ON stage_left (model, stage, entry);

-- The newest move of each stage says who holds it, unless it was left since.
DROP VIEW stage;
CREATE VIEW stage AS
  SELECT model, stage, number, digest, entry FROM stage_move AS newest
  WHERE entry = (SELECT max(entry) FROM stage_move
                 WHERE model = newest.model AND stage = newest.stage)
    AND NOT EXISTS (SELECT 1 FROM stage_left AS later
                    WHERE later.model = newest.model AND later.stage = newest.stage
                      AND later.entry > newest.entry);
