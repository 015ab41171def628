-- The form of the rows in the search index. The column is explained in internal/gormstore/SCHEMA.md; sqlite and postgres have the
-- same. What a site holds already is of no known form.

-- +goose Up

ALTER TABLE counter ADD COLUMN form integer NOT NULL DEFAULT 0;
