/** The path of the admin socket. The relay and the commands determine it from the same environment variables. */

/**
 * On Linux, the path of a socket may be up to 107 bytes long. While a new socket is created, its path has the process's
 * id as a suffix.
 */
const MAX_PATH_BYTES = 96;

/** Returns true if a socket can have this path. */
export const isSocketPath = (path: string): boolean => Buffer.byteLength(path) <= MAX_PATH_BYTES;

/**
 * Returns the path of the admin socket: `RELAY_ADMIN_SOCKET`, or else a path beside the SQLite file or, with
 * PostgreSQL, `relay.sock` in the working directory.
 *
 * @returns null if the operator has switched the socket off
 */
export function adminSocketFrom({
  RELAY_ADMIN_SOCKET: given,
  RELAY_DATABASE_URL: databaseUrl,
  RELAY_SQLITE_PATH: sqlitePath,
}: NodeJS.ProcessEnv): string | null {
  if (given === 'off') return null;
  if (given) return given;
  return databaseUrl ? 'relay.sock' : `${sqlitePath ?? 'relay.sqlite'}.sock`;
}
