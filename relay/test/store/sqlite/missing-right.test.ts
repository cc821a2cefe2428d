/** The message about a right that a relay lacks to the files of its store. A stand-in replaces the file system. */

import * as fs from 'node:fs';
import * as os from 'node:os';

import { beforeEach, describe, expect, it, jest } from '@jest/globals';

const { R_OK, W_OK } = fs.constants;

/** The error codes of the file system, by path. The process has all rights to other paths. */
let codes: Readonly<Record<string, string>> = {};
let user = (): { readonly username: string } => ({ username: 'relay' });
const checked: [path: string, rights: number | undefined][] = [];

jest.unstable_mockModule('node:fs', () => ({
  ...fs,
  accessSync: (path: string, rights?: number): void => {
    checked.push([path, rights]);
    const code = codes[path];
    if (code !== undefined) throw Object.assign(new Error('a file system error'), { code });
  },
}));
jest.unstable_mockModule('node:os', () => ({ ...os, userInfo: () => user() }));

const { missingRight } = await import('../../../store/sqlite/missing-right.ts');

const FOLDER = '/srv/data';
const PATH = `${FOLDER}/relay.sqlite`;
/** The folder and the files of a store, in the order in which they are checked. */
const PLACES = [FOLDER, PATH, `${PATH}-lock`, `${PATH}-wal`, `${PATH}-shm`];

const READ_ONLY =
  'the file system that contains /srv/data is read-only. Mount a volume there, or change RELAY_SQLITE_PATH.';
const forbidden = (place: string, name = 'relay'): string =>
  `the user ${name} may not write to ${place}. Make this user the owner of /srv/data and of the files in it.`;

beforeEach(() => {
  codes = {};
  user = () => ({ username: 'relay' });
  checked.length = 0;
});

it('no right is missing if the process may read and change the folder and each file', () => {
  expect(missingRight(PATH)).toBeNull();
  expect(checked).toEqual(PLACES.map((place) => [place, R_OK | W_OK]));
});

describe.each(PLACES)('the right to %s', (place) => {
  it('is missing if the file system denies access', () => {
    codes = { [place]: 'EACCES' };
    expect(missingRight(PATH)).toBe(forbidden(place));
  });

  it('is missing if the file system is read-only', () => {
    codes = { [place]: 'EROFS' };
    expect(missingRight(PATH)).toBe(READ_ONLY);
  });

  it.each(['ENOENT', 'EIO'])('is not missing after the error %s', (code) => {
    codes = { [place]: code };
    expect(missingRight(PATH)).toBeNull();
  });
});

it('a place with another error does not hide a missing right to a later place', () => {
  codes = { [PATH]: 'ENOENT', [`${PATH}-lock`]: 'ENOENT', [`${PATH}-shm`]: 'EACCES' };
  expect(missingRight(PATH)).toBe(forbidden(`${PATH}-shm`));
});

it('the first place without a right determines the message', () => {
  codes = { [FOLDER]: 'EACCES', [PATH]: 'EROFS' };
  expect(missingRight(PATH)).toBe(forbidden(FOLDER));
  codes = { [PATH]: 'EROFS', [`${PATH}-wal`]: 'EACCES' };
  expect(missingRight(PATH)).toBe(READ_ONLY);
});

it('the user is named by a number if the user has no name', () => {
  codes = { [PATH]: 'EACCES' };
  user = () => {
    throw new Error('ENOENT: no such file or directory, uv_os_get_passwd');
  };
  expect(missingRight(PATH)).toBe(forbidden(PATH, String(process.getuid?.())));
});

it('a relative path is in the current folder', () => {
  codes = { '.': 'EROFS' };
  expect(missingRight('relay.sqlite')).toBe(READ_ONLY.replace(FOLDER, '.'));
});
