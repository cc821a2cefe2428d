/** The files that the relay reads or runs. In the build (`relay/dist/`), these files are next to the bundled code. */

const isBuilt = import.meta.url.endsWith('.js');

/** Returns the URL of a file, given its path relative to relay/ and its path relative to relay/dist/. */
const locate = (source: string, built: string): URL => new URL(isBuilt ? built : source, import.meta.url);

/** The folder of the console's page, which only the build creates. */
export const CONSOLE_PAGE = locate('dist/console/', 'console/');
export const MIGRATIONS = locate('store/migrations/', 'migrations/');
/** The schemas that the migrations produce. */
export const SCHEMAS = locate('store/schema/', 'schema/');
/** The module that runs in the SQLite thread. */
export const SQLITE_WORKER = locate('store/sqlite/sqlite-worker.ts', 'sqlite-worker.js');
