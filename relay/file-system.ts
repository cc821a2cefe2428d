/** Detection of network shares on Linux, from the type of a file system and the table of mounts. */

import { existsSync, readFileSync, realpathSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** A mount, from a line of `/proc/self/mountinfo`. */
export interface Mount {
  /** The folder where the file system is mounted. */
  readonly point: string;
  /** The kind of file system, such as `ext4` or `fuse.sshfs`. */
  readonly type: string;
}

/** Names of network file systems, by the file system type in Linux's `magic.h`. */
const NETWORK_TYPES: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'], // NFS_SUPER_MAGIC
  [0x517b, 'SMB'], // SMB_SUPER_MAGIC
  [0xff534d42, 'CIFS'], // CIFS_SUPER_MAGIC
  [0xfe534d42, 'SMB'], // SMB2_SUPER_MAGIC
  [0x00c36400, 'Ceph'], // CEPH_SUPER_MAGIC
  [0x5346414f, 'AFS'], // AFS_SUPER_MAGIC
  [0x6b414653, 'AFS'], // AFS_FS_MAGIC
  [0x73757245, 'Coda'], // CODA_SUPER_MAGIC
  [0x564c, 'NCP'], // NCP_SUPER_MAGIC
  // V9FS_MAGIC (9p) is missing: the containers of gVisor report it for local disks.
]);
/** FUSE_SUPER_MAGIC. A program serves each such file system, and the type of the mount names the program. */
const FUSE = 0x65735546;
/** FUSE programs that serve files from other machines. */
const NETWORK_PROGRAM = /^fuse\.(sshfs|s3fs|rclone|gcsfuse|glusterfs|juicefs|blobfuse2?|ceph(-fuse)?|curlftpfs)$/;

/** Decodes a path in `/proc/self/mountinfo`, where spaces and some other characters are octal escapes. */
const unescaped = (path: string): string =>
  path.replace(/\\(\d{3})/g, (_match, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** Returns true if `folder` is `other` or is inside it. */
const isWithin = (folder: string, other: string): boolean =>
  folder === other || folder.startsWith(other === '/' ? '/' : `${other}/`);

/** Finds the mount that contains a folder in the text of `/proc/self/mountinfo`; null if no mount does. */
export function mountOf(folder: string, mountinfo: string): Mount | null {
  const mounts = mountinfo.split('\n').flatMap((line) => {
    const [, point, type] = /^\d+ \d+ \S+ \S+ (\S+) .* - (\S+) /.exec(line) ?? [];
    return point !== undefined && type !== undefined ? [{ point: unescaped(point), type }] : [];
  });
  // A later mount at the same folder hides the earlier one.
  return mounts
    .filter(({ point }) => isWithin(folder, point))
    .reduce<Mount | null>((best, mount) => (best && best.point.length > mount.point.length ? best : mount), null);
}

/** Returns the mount that contains a file, which need not exist yet; null if the mount cannot be determined. */
export function readMount(path: string): Mount | null {
  try {
    return mountOf(realpathSync(dirname(resolve(path))), readFileSync('/proc/self/mountinfo', 'utf8'));
  } catch {
    return null;
  }
}

/** The file system of a path: the type that statfs reports, and the mount. */
export interface FileSystem {
  readonly type: number;
  readonly mount: Mount | null;
}

/** Returns the file system of a file, which need not exist yet; null if the file system cannot be determined. */
export function readFileSystem(path: string): FileSystem | null {
  try {
    const { type } = statfsSync(existsSync(path) ? path : dirname(resolve(path)));
    return { type, mount: readMount(path) };
  } catch {
    return null;
  }
}

/** Returns the kind of network share that a file system is on; null if the file system is local or unknown. */
export function networkShareOf({ type, mount }: FileSystem): string | null {
  if (type === FUSE) return NETWORK_PROGRAM.exec(mount?.type ?? '')?.[1] ?? null;
  return NETWORK_TYPES.get(type) ?? null;
}

/** Returns an error message if a file is on a network share; null if it is not, or if its file system is unknown. */
export function networkShareProblem(path: string, fileSystem: FileSystem | null): string | null {
  const share = fileSystem && networkShareOf(fileSystem);
  if (!share) return null;
  return (
    `${path} is on a network share (${share}), on which SQLite can lose or damage events, because locks and shared memory ` +
    'do not work between machines. Set RELAY_SQLITE_PATH to a file on a local disk, and move the file there while no relay ' +
    'runs, or use PostgreSQL (RELAY_DATABASE_URL).'
  );
}
