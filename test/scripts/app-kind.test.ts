/** The record of an app's kind, with which every build for Zapier is compared. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from '@jest/globals';

import { recordKind, relayOfBuild } from '../../scripts/app-kind.ts';
import { BuildFailed } from '../../scripts/bundle.ts';

const RELAY = 'https://relay.example.com';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-app-kind-test-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const write = (name: string, content: unknown): void => {
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
};

/** Turns the folder into a project with a version that is registered at Zapier. */
function register(version = '1.0.0', id: unknown = 17): void {
  write('package.json', { version });
  write('.zapierapprc', { id, key: 'App17' });
}

it('uses the environment in a project that is not registered', () => {
  expect(relayOfBuild(folder, {})).toBeNull();
  expect(relayOfBuild(folder, { RELAY_URL: '' })).toBeNull();
  expect(relayOfBuild(folder, { RELAY_URL: `${RELAY}/` })).toBe(RELAY);
});

it('refuses to build an app whose kind is not recorded, and explains how to record it', () => {
  register();
  for (const env of [{}, { RELAY_URL: RELAY }]) {
    expect(() => relayOfBuild(folder, env)).toThrow(
      /^app-kinds\.json does not say how Zaps of version 1 of app 17 .*"npm run app-kind -- pasted-url".*"npm run app-kind -- https:/,
    );
  }
});

it('builds for the recorded relay, even without RELAY_URL', () => {
  register();
  expect(recordKind(folder, `${RELAY}/`, {})).toBe(
    `Version 1 of app 17 is built for the relay ${RELAY}. Commit app-kinds.json.`,
  );
  expect(relayOfBuild(folder, {})).toBe(RELAY);
  expect(relayOfBuild(folder, { RELAY_URL: RELAY })).toBe(RELAY);
});

it.each([
  ['pasted-url', 'pasted webhook URLs', RELAY, `the relay ${RELAY}`],
  [RELAY, `the relay ${RELAY}`, 'https://other.example.com', 'the relay https://other.example.com'],
  [RELAY, `the relay ${RELAY}`, 'pasted-url', 'pasted webhook URLs'],
])('refuses to change the kind of an app from %s (%s) to %s', (recorded, is, wanted, wouldBe) => {
  register();
  expect(recordKind(folder, recorded, {})).toContain(`Version 1 of app 17 is built for ${is}.`);
  const before = readFileSync(join(folder, 'app-kinds.json'), 'utf8');
  const message =
    `Version 1 of app 17 is built for ${is}. If it was built for ${wouldBe}, its Zaps would stop ` +
    'working. To keep the kind, unset RELAY_URL. To change it, start a new major version: ' +
    `run "npm version major --no-git-tag-version", then "npm run app-kind -- ${wanted}".`;
  expect(() => recordKind(folder, wanted, {})).toThrow(message);
  if (wanted !== 'pasted-url') expect(() => relayOfBuild(folder, { RELAY_URL: wanted })).toThrow(message);
  expect(relayOfBuild(folder, {})).toBe(recorded === RELAY ? RELAY : null);
  expect(readFileSync(join(folder, 'app-kinds.json'), 'utf8')).toBe(before);
});

it('allows another kind in a new major version, and keeps the kind of the previous version', () => {
  register('1.4.0');
  recordKind(folder, 'pasted-url', {});
  register('2.0.0');
  expect(() => relayOfBuild(folder, { RELAY_URL: RELAY })).toThrow(/version 2 of app 17/);
  recordKind(folder, RELAY, {});
  expect(relayOfBuild(folder, {})).toBe(RELAY);
  register('1.4.1');
  expect(relayOfBuild(folder, {})).toBeNull();
});

it('keeps the kinds of several apps apart', () => {
  register();
  recordKind(folder, RELAY, {});
  write('.staging', { id: '18' });
  const staging = { ZAPIER_CURRENT_APP_FILE: '.staging' };
  expect(() => relayOfBuild(folder, staging)).toThrow(/version 1 of app 18/);
  recordKind(folder, 'pasted-url', staging);
  expect(relayOfBuild(folder, staging)).toBeNull();
  expect(relayOfBuild(folder, {})).toBe(RELAY);
  expect(JSON.parse(readFileSync(join(folder, 'app-kinds.json'), 'utf8'))).toEqual({
    17: { 1: RELAY },
    18: { 1: 'pasted-url' },
  });
});

it('records nothing for a project that is not registered, or for an unknown kind', () => {
  expect(() => recordKind(folder, RELAY, {})).toThrow('Run "npm run zapier -- register" first.');
  register();
  expect(() => recordKind(folder, 'relay', {})).toThrow('The kind of an app is "pasted-url" or the URL of a relay');
  expect(() => recordKind(folder, 'http://relay.example.com', {})).toThrow(
    'The URL of the relay must begin with https://',
  );
  expect(existsSync(join(folder, 'app-kinds.json'))).toBe(false);
});

it.each([
  ['.zapierapprc', '{', /\.zapierapprc cannot be read\. /],
  ['.zapierapprc', {}, /\.zapierapprc contains no app id\. Run "npm run zapier -- link"/],
  ['package.json', { version: 'next' }, /The version in package\.json has no major version/],
  ['app-kinds.json', '[', /app-kinds\.json cannot be read\. /],
  ['app-kinds.json', '[]', /app-kinds\.json is malformed\. Restore it from git\./],
  ['app-kinds.json', { 17: null }, /app-kinds\.json is malformed\./],
  ['app-kinds.json', { 17: { 1: 1 } }, /app-kinds\.json is malformed\./],
  ['app-kinds.json', { 17: { 1: 'relay' } }, /The kind of an app is "pasted-url" or the URL of a relay/],
])('fails with a message if %s contains %j', (name, content, message) => {
  register();
  write(name, content);
  expect(() => relayOfBuild(folder, {})).toThrow(BuildFailed);
  expect(() => relayOfBuild(folder, {})).toThrow(message);
});
