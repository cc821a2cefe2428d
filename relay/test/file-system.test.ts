/** The refusal of SQLite files on network shares, and the search for the mount of a folder. */

import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { mountOf, networkShareOf, readFileSystem, readMount, type FileSystem } from '../file-system.ts';
import { openSqliteStore } from '../store/sqlite/open-file.ts';
import { StoreUnavailable } from '../store/store.ts';
import { TEST_OPTIONS } from './support/store-context.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const folder = temporaryFolder();
const FUSE = 0x65735546;
const mountedAs = (type: string) => ({ point: '/data', type });

describe('a network share', () => {
  it.each<[share: string | null, file: string, fileSystem: FileSystem]>([
    ['NFS', 'NFS', { type: 0x6969, mount: mountedAs('nfs4') }],
    ['CIFS', 'CIFS', { type: 0xff534d42, mount: null }],
    ['SMB', 'SMB 2', { type: 0xfe534d42, mount: null }],
    ['SMB', 'SMB 1', { type: 0x517b, mount: null }],
    ['Ceph', 'Ceph', { type: 0x00c36400, mount: null }],
    ['AFS', 'AFS', { type: 0x5346414f, mount: null }],
    ['sshfs', 'sshfs', { type: FUSE, mount: mountedAs('fuse.sshfs') }],
    ['rclone', 'rclone', { type: FUSE, mount: mountedAs('fuse.rclone') }],
    [null, 'a FUSE of this machine', { type: FUSE, mount: mountedAs('fuse.mergerfs') }],
    [null, 'an unknown FUSE', { type: FUSE, mount: null }],
    [null, 'virtiofs', { type: FUSE, mount: mountedAs('virtiofs') }],
    [null, 'ext4', { type: 0xef53, mount: mountedAs('ext4') }],
    [null, '9p, which gVisor reports for local disks', { type: 0x01021997, mount: mountedAs('9p') }],
    [null, 'an unknown file system', { type: 0x12345678, mount: null }],
  ])('is %s for %s', (share, _name, fileSystem) => {
    expect(networkShareOf(fileSystem)).toBe(share);
  });

  it('is refused when a store is opened, before a file is created', () => {
    const path = join(folder, 'shared.sqlite');
    const open = (type: number) => openSqliteStore(path, TEST_OPTIONS, Date.now, () => ({ type, mount: null }));
    expect(() => open(0x6969)).toThrow(StoreUnavailable);
    expect(() => open(0x6969)).toThrow(
      /shared\.sqlite is on a network share \(NFS\), .* Set RELAY_SQLITE_PATH to a file on/,
    );
    expect(readMount(path)).toEqual(readFileSystem(folder)?.mount);
    const store = open(0xef53);
    store.database.close();
  });
});

describe('the mount of a folder', () => {
  const MOUNTS = [
    '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
    '30 27 0:26 / /data rw - tmpfs tmpfs rw,size=4k',
    '31 27 254:1 /volumes/x/_data /data rw master:1 shared:2 - xfs /dev/vdb rw',
    '32 27 0:30 / /my\\040files rw - nfs4 server:/x rw',
    'something else',
  ].join('\n');

  it.each([
    ['/data', '/data', 'xfs'],
    ['/data/backups', '/data', 'xfs'],
    ['/database', '/', 'ext4'],
    ['/', '/', 'ext4'],
    ['/my files/x', '/my files', 'nfs4'],
  ])('of %s is at %s', (path, point, type) => {
    expect(mountOf(path, MOUNTS)).toEqual({ point, type });
  });

  it('is unknown without a list of mounts, or for a folder that does not exist', () => {
    expect(mountOf('/data', '')).toBeNull();
    expect(readMount('/no/such/folder/relay.sqlite')).toBeNull();
    expect(readFileSystem('/no/such/folder/relay.sqlite')).toBeNull();
  });
});
