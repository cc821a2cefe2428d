-- The origin of the relays that use the database, in one row. The apps derive the tokens and channels of their
-- connections from the origin, so none of them can use its channel at a relay with another origin.
-- Written by: the first start of a relay, and the command "new-origin" (origin.ts).
-- Deleted: never. The move of a SQLite file replaces it.
-- Relays without this migration may use the database.
CREATE TABLE relay_origin (
  -- Always 1, so that there is one row.
  key bigint PRIMARY KEY,
  origin text NOT NULL
);
