/** Ends the PostgreSQL server that `shared-postgres.js` has started. */
export default () =>
  /** @type {{ readonly stopSharedPostgres: () => Promise<void> }} */ (
    /** @type {unknown} */ (globalThis)
  ).stopSharedPostgres();
