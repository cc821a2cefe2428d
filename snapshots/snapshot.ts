/** The snapshots of released versions in `snapshots/releases/`, which `npm run release:snapshot` has written. */

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

import ownPackage from '../package.json' with { type: 'json' };
import type { FlatRecord } from '../src/record/record.ts';
import type { JsonObject } from '../wire/json.ts';
import type { RecordIds } from './record-ids.ts';

/** The folder of the snapshots, relative to the root of the project. */
export const RELEASES = 'snapshots/releases';
/** The folder of the schemas that the migrations of this version produce. */
export const SCHEMAS = 'relay/store/schema';

/** An envelope that a relay sent to a Zap with a trigger. */
export interface SentEnvelope {
  readonly trigger: string;
  readonly text: string;
}

/** An envelope with the records that the app of the same version created from it. */
export interface EnvelopeWithRecords extends SentEnvelope {
  readonly records: readonly FlatRecord[];
}

/** The ids of the deliveries that wait for a Zap. The name of the Zap is the last part of its target URL. */
export interface WaitingForZap {
  readonly zap: string;
  readonly inOrder: readonly string[];
  /** The deliveries that the relay attempts out of order: set aside, or sent again. */
  readonly others: readonly string[];
}

/** The data that a relay of the version shows and delivers from the store of its snapshot. */
export interface ExpectedRelay {
  readonly waiting: readonly WaitingForZap[];
  /** The events as the console shows them, newest first. */
  readonly shown: readonly JsonObject[];
}

/** A snapshot, whose parts are read on demand. */
export type Snapshot = ReturnType<typeof snapshotOf>;

/** Returns the snapshot of a version. */
export function snapshotOf(version: string) {
  const text = (name: string): string => readFileSync(join(RELEASES, version, name), 'utf8');
  const unpacked = (name: string): Buffer => brotliDecompressSync(readFileSync(join(RELEASES, version, `${name}.br`)));
  const json = (name: string): unknown => JSON.parse(unpacked(name).toString());
  return {
    version,
    contract: (): string => unpacked('contract.txt').toString(),
    /** The hash of each migration, by the name of its file. */
    migrations: () => JSON.parse(text('migrations.json')) as Readonly<Record<string, string>>,
    schema: (database: 'sqlite' | 'postgres'): string => text(`schema-${database}.txt`),
    sqlite: (): Buffer => unpacked('store.sqlite'),
    /** Statements that create the store in the schema `relay_snapshot`. */
    postgres: (): string => unpacked('store.sql').toString(),
    expected: () => JSON.parse(text('expected.json')) as ExpectedRelay,
    envelopes: () => json('envelopes.json') as readonly EnvelopeWithRecords[],
    recordIds: () => json('record-ids.json') as RecordIds,
    /** The bundle of the app. The app is built for the relay of the snapshot. */
    app: (): string => unpacked('app.js').toString(),
    /** The files of the built relay, by their paths. */
    relay: () => json('relay.json') as Readonly<Record<string, string>>,
  };
}

/** Returns the schema that the migrations of this version produce. */
export const currentSchema = (database: 'sqlite' | 'postgres'): string =>
  readFileSync(join(SCHEMAS, `${database}.txt`), 'utf8');

const [MAJOR, MINOR] = ownPackage.version.split('.').map(Number);

/** All snapshots. */
export const snapshots = globSync('*', { cwd: RELEASES }).sort().map(snapshotOf);

/** The snapshots of the versions that must work together with this version: at most one minor version apart. */
export const neighbours = snapshots.filter(({ version }) => {
  const [major, minor = 0] = version.split('.').map(Number);
  return major === MAJOR && Math.abs(minor - (MINOR ?? 0)) <= 1;
});

/** The snapshots of the same major version, within which keys and ids stay the same. */
export const sameMajor = snapshots.filter(({ version }) => Number(version.split('.')[0]) === MAJOR);
