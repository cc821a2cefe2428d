/** The checks of the SQLite file's volume and of the disks in the `check` command. */

import { describe, expect, it } from '@jest/globals';

import { CheckedInstallation } from '../support/checked-installation.ts';

const installation = new CheckedInstallation();

describe('check', () => {
  const set = (name: string, value: string) => (): void => {
    installation.environment[`RELAY_${name}`] = value;
  };
  const leave = (freeBytes: number, bytes: number) => (): void => {
    installation.disk = { freeBytes, bytes };
  };
  it.each<[mistake: string, make: () => void, message: RegExp]>([
    ['too little disk space', set('MAX_CHANNEL_MB', '1000000'), /less than RELAY_MAX_CHANNEL_MB/],
    ['a disk with less than 1 GB left', leave(0.9e9, 5e9), /900\.0 MB of 5\.0 GB are free in .*at least 10 % and 1 GB/],
    ['a disk with less than 10 % left', leave(9e9, 100e9), /9\.0 GB of 100\.0 GB are free/],
    ['a missing folder', set('SQLITE_PATH', '/no/folder/x'), /cannot use the folder \/no\/folder \(ENOENT\)/],
    [
      'a folder for backups that is a file',
      () => {
        set('BACKUP_FOLDER', installation.backup)();
      },
      /cannot use the folder .*backup-new \(ENOTDIR\)/,
    ],
  ])('says what to do about %s', async (_mistake, make, message) => {
    make();
    const found = await installation.problems();
    expect(found).toMatch(/^PROBLEM {2}disk {9}/);
    expect(found).toMatch(message);
    expect(found).not.toContain('undefined');
    expect(found).not.toContain('\n');
  });

  it('says that the SQLite file is not on a volume', async () => {
    installation.place = { mount: { point: '/', type: 'ext4' }, isContainer: true };
    expect(await installation.problems()).toMatch(
      /^PROBLEM {2}volume {7}.*relay\.sqlite is in the container itself, .*Mount a volume/,
    );
    installation.place = { mount: { point: '/', type: 'ext4' }, isContainer: false };
    expect(await installation.checked()).toMatch(/^ok {7}volume {7}The relay does not run in a container\.$/m);
    installation.place = { mount: null, isContainer: true };
    expect(await installation.checked()).toMatch(/^- {8}volume {7}Not checked/m);
  });

  it('says that the SQLite file is on a network share, even if the share is a volume', async () => {
    installation.fileSystem = { type: 0x6969, mount: { point: '/data', type: 'nfs' } };
    expect(await installation.problems()).toMatch(
      /^PROBLEM {2}volume {7}.*relay\.sqlite is on a network share \(NFS\), /,
    );
    installation.fileSystem = { type: 0xef53, mount: { point: '/data', type: 'ext4' } };
    expect(await installation.checked()).toMatch(/^ok {7}volume {7}The SQLite file is on a volume\.$/m);
  });
});
