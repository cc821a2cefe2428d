/**
 * The volume that holds the SQLite file of a relay in a container. Without a volume, the file is lost together with the
 * container.
 */

import { existsSync } from 'node:fs';

import { readMount, type Mount } from '../file-system.ts';

/**
 * Files that show that the process runs in a container. Docker creates the first file (observed), and Podman the second
 * file (documented in podman-run(1)).
 */
const MARKERS = ['/.dockerenv', '/run/.containerenv'];
/**
 * Environment variables that show that the process runs in a container. Kubernetes, Render, Railway, Fly.io, Cloud Run
 * and Heroku document these variables.
 */
const VARIABLES = ['KUBERNETES_SERVICE_HOST', 'RENDER', 'RAILWAY_ENVIRONMENT_ID', 'FLY_APP_NAME', 'K_SERVICE', 'DYNO'];
/** Types of in-memory file systems. */
const IN_MEMORY = ['tmpfs', 'ramfs'];
/** Type of the file system that Docker, Podman and containerd mount over the image of a container (observed). */
const OF_CONTAINER = 'overlay';

/** The mount of a SQLite file, and whether the process runs in a container. */
export interface Place {
  /** The mount that contains the file; null if the mount cannot be determined. */
  readonly mount: Mount | null;
  readonly isContainer: boolean;
}

/** Returns true if a process with these variables runs in a container. */
export const isInContainer = (environment: NodeJS.ProcessEnv, exists = existsSync): boolean =>
  MARKERS.some((path) => exists(path)) || VARIABLES.some((name) => environment[name] !== undefined);

/** Returns the mount of a SQLite file, and whether this process runs in a container. */
export const readPlace = (path: string): Place => ({ mount: readMount(path), isContainer: isInContainer(process.env) });

/**
 * Returns a warning if a restart of the container or of the machine deletes the SQLite file; null if the file is kept,
 * or if the mount is unknown.
 */
export function volumeProblem(path: string, { mount, isContainer }: Place): string | null {
  if (mount === null) return null;
  const isOwn = mount.type === OF_CONTAINER || (isContainer && mount.point === '/');
  if (!isOwn && !IN_MEMORY.includes(mount.type)) return null;
  const where = isOwn ? 'in the container itself, not on a volume' : `in memory (${mount.type})`;
  const lost = isOwn ? 'the next update or restart of the container' : 'the next restart of the machine';
  return (
    `${path} is ${where}, so ${lost} deletes all channels and events. Mount a volume or disk at its folder, or set ` +
    'RELAY_SQLITE_PATH to a file on a volume or disk.'
  );
}
