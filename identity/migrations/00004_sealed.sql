-- +goose Up
-- What identity knows of a person and the keys of its tokens stand sealed by kit/envelope, each person's record under a key of its
-- own. key_id names the key of the release before: the block seals such rows anew at its first start and deletes those keys.
ALTER TABLE person ALTER COLUMN key_id DROP NOT NULL;
ALTER TABLE signing_key ALTER COLUMN key_id DROP NOT NULL;
CREATE INDEX person_former ON person (id) WHERE key_id IS NOT NULL;
