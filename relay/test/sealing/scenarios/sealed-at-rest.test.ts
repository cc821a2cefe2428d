/**
 * Checks that neither the files of a relay's store nor its log contain a name, regardless of the deliveries' outcomes.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { deflateRawSync, gzipSync } from 'node:zlib';

import { afterAll, expect, it } from '@jest/globals';
import pg from 'pg';

import { CHANNEL_PATH, EVENTS_PATH, SUBSCRIPTIONS_PATH } from '../../../../wire/relay-api.ts';
import { encodeContent } from '../../../../wire/sealing/seal.ts';
import { sign } from '../../../../wire/signature.ts';
import { sendCommand } from '../../../admin/socket-client.ts';
import { openAttempt, openEnvelope } from '../../../harness/opened-deliveries.ts';
import { findPostgres, startCluster } from '../../../harness/postgres-cluster.ts';
import { startRelayProcess } from '../../../harness/relay-process.ts';
import { callSuccessfully, postWebhook } from '../../../harness/relay-requests.ts';
import { KEY, ORIGIN } from '../../../harness/sample-delivery.ts';
import { startTargetServer } from '../../../harness/target-server.ts';
import { until } from '../../../harness/until.ts';
import { namesIn, needlesOf, search, type Needle } from './needles.ts';
import { whereAvailable } from '../../support/required-tool.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const NAME = 'Quillfeather';
const TEXTS = [NAME, 'Honeysuckle Crescent', 'safeguarding-note-of-a-child'];
const DELIVERIES = 200;
const DEAD_LETTERS = 10;
/** One delivery in this number is large enough to be compressed. */
const LARGE_EVERY = 100;
const CONCERN_EVERY = 50;
const INDICES = Array.from({ length: DELIVERIES }, (_, index) => index);
const CONCERN = 'RAISED_A_WELLBEING_CONCERN';
const TIMEOUT_MS = 240_000;
/**
 * Time limit for the arrival of all deliveries, in milliseconds. Machines that are busy with other tests need this
 * long.
 */
const ARRIVAL_MS = 150_000;

/** Number of clients. Each client has several events, so that the relay remembers previous deliveries. */
const CLIENTS = 50;
const FIRST_EVENT = Date.parse('2026-06-10T12:00:00Z');
const MINUTE_MS = 60_000;

function bodyOf(index: number): Buffer {
  const subject = {
    model: 'Client',
    id: index % CLIENTS,
    first_name: 'Zoë',
    last_name: `${NAME}-${index}`,
    street: `${index} Honeysuckle Crescent`,
    extra_attrs: Array.from({ length: index % LARGE_EVERY === 0 ? 500 : 1 }, (_, row) => ({
      machine_name: `note_${row}`,
      value: `${row}: safeguarding-note-of-a-child ${index * row}`,
    })),
  };
  const action = index % CONCERN_EVERY === 0 ? CONCERN : 'A';
  const timestamp = new Date(FIRST_EVENT + Math.floor(index / CLIENTS) * MINUTE_MS);
  return Buffer.from(JSON.stringify({ request_time: 1781114700, events: [{ action, timestamp, subject }] }));
}

/** Returns a part of each compressed form that a relay could store for a delivery. */
function compressedNeedles(index: number): Needle[] {
  const body = bodyOf(index);
  const content = encodeContent({ signature: sign(body, KEY), contentType: 'application/json', body });
  return [1, 6, 9].flatMap((level) =>
    [deflateRawSync(content, { level }), deflateRawSync(body, { level }), gzipSync(body, { level })].map(
      (compressed, form) => {
        const middle = compressed.length >> 1;
        return { name: `compressed form ${form} at level ${level}`, bytes: compressed.subarray(middle, middle + 24) };
      },
    ),
  );
}

const NEEDLES = [...TEXTS.flatMap(needlesOf), ...compressedNeedles(0), ...compressedNeedles(LARGE_EVERY)];

const isConcern = (index: number): boolean => index % CONCERN_EVERY === 0;

/**
 * The bodies that have arrived at the target's healthy paths, and the bodies that arrived together with a previous
 * delivery.
 */
const arrived = { '/healthy': new Set<string>(), '/concerns': new Set<string>(), withPrevious: new Set<string>() };
const target = await startTargetServer((response, { url, body }) => {
  void openAttempt(body).then((opened) => {
    const text = Buffer.from(opened.body).toString();
    // The response repeats the names, as an error message might do.
    if (url !== '/healthy' && url !== '/concerns') return response.writeHead(500).end(text);
    arrived[url].add(text);
    if (opened.previous !== null) arrived.withPrevious.add(text);
    return response.end();
  });
});
afterAll(() => {
  target.close();
});

/**
 * Takes deliveries through all stages in a relay: delivery, failures, dead letters, redrives and restarts. Returns the
 * running relay, which writes its log to the folder. Also returns a function that sends commands to the relay.
 *
 * @param store - the variables with the location of the store
 */
async function exercise(folder: string, store: Readonly<Record<string, string>>) {
  for (const bodies of Object.values(arrived)) bodies.clear();
  const socket = join(folder, 'socket');
  const environment = {
    LOG_LEVEL: 'trace',
    TMPDIR: folder,
    RELAY_ORIGIN: ORIGIN,
    RELAY_ADMIN_SOCKET: socket,
    RELAY_TARGET_ORIGINS: target.origin,
    RELAY_MAX_EVENTS_PER_MINUTE: '1000000',
    ...store,
  };
  const start = () => startRelayProcess({ environment, logPath: join(folder, 'relay.log'), isUnlimited: true });
  const command = (name: string, values: Record<string, string>) => sendCommand(socket, name, values, 30_000);
  const api = <T>(method: string, path: string, body?: object) => callSuccessfully<T>(relay.url, method, path, body);
  const subscribe = async (path: string, filter: object): Promise<string> => {
    const request = { target_url: `${target.origin}${path}`, ...filter };
    return (await api<{ id: string }>('POST', SUBSCRIPTIONS_PATH, request)).id;
  };
  const post = async (bodies: readonly string[]): Promise<void> => {
    const responses = await Promise.all(bodies.map((body) => postWebhook(relay.url, Buffer.from(body))));
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([202]));
  };

  let relay = await start();
  await api('PUT', CHANNEL_PATH);
  await subscribe('/healthy', { actions: ['A'] });
  await subscribe('/concerns', { actions: [CONCERN] });
  const failing = await subscribe('/failing', { all_except: [] });
  const bodies = INDICES.map((index) => bodyOf(index).toString());
  await post(bodies.slice(0, DELIVERIES / 2));
  // Only the process that has sealed a delivery can seal the response to an attempt. This process saves results before
  // it responds to the request for the state.
  const state = () => api<{ failures: number }>('GET', `${SUBSCRIPTIONS_PATH}/${failing}`);
  await until(async () => (await state()).failures > 0);
  await relay.kill('SIGKILL');
  relay = await start();
  await post(bodies.slice(DELIVERIES / 2));
  for (const noise of ['{}', `{"name": "${NAME}"`, `["${NAME}"]`]) await postWebhook(relay.url, Buffer.from(noise));
  const hasArrived = (body: string, index: number) => arrived[isConcern(index) ? '/concerns' : '/healthy'].has(body);
  await until(() => bodies.every(hasArrived), ARRIVAL_MS);

  for (let count = 0; count < DEAD_LETTERS; count++) await command('skip', { subscription: failing });
  const { events } = await api<{ events: unknown[] }>('GET', `${EVENTS_PATH}?limit=25`);
  expect(Buffer.from((await openEnvelope(events[0])).body).toString()).toContain(NAME);
  await command('dead', { subscription: failing, limit: '1000' });
  await api('POST', `${SUBSCRIPTIONS_PATH}/${failing}/redrive`);
  await relay.kill('SIGTERM');
  relay = await start();
  expect(arrived.withPrevious.size).toBeGreaterThan(CLIENTS);
  return { relay, command };
}

it.each(['Quillfeather', 'Honeysuckle Crescent', 'safeguarding-note-of-a-child'])(
  'the search finds %s in every encoding and between other bytes',
  (text) => {
    const between = (encoding: BufferEncoding, start = 'a') =>
      Buffer.from(Buffer.from(`${start}${text}..`).toString(encoding));
    const contents = [
      Buffer.from(`a${text}b`),
      Buffer.from(`a${text}b`, 'utf16le'),
      Buffer.from(`a${text}b`, 'utf16le').swap16(),
      between('hex'),
      Buffer.from(between('hex').toString().toUpperCase()),
      Buffer.from(JSON.stringify(Buffer.from(`a${text}b`))),
      ...['a', 'ab', 'abc', 'abcd'].flatMap((start) => [between('base64', start), between('base64url', start)]),
    ];
    expect(contents.filter((content) => namesIn(content, needlesOf(text)).length === 0)).toEqual([]);
  },
);

it('the search finds a compressed delivery', () => {
  expect(namesIn(deflateRawSync(bodyOf(LARGE_EVERY)), NEEDLES)).toContain('compressed form 1 at level 6');
});

const fileFolder = temporaryFolder();
const clusterFolder = temporaryFolder();

it(
  'a relay writes no name to a SQLite file, its WAL, a backup or the log',
  async () => {
    const path = join(fileFolder, 'relay.sqlite');
    const { relay, command } = await exercise(fileFolder, { RELAY_SQLITE_PATH: path });
    await command('backup', { file: join(fileFolder, 'backup.sqlite') });
    // While the relay is running, only the WAL contains the latest changes.
    const running = search([fileFolder], NEEDLES);
    expect(running.found).toEqual([]);
    expect(running.files).toBeGreaterThanOrEqual(4);
    expect(running.bytes).toBeGreaterThan(DELIVERIES * 1000);
    await relay.kill('SIGTERM');
    expect(search([fileFolder], NEEDLES).found).toEqual([]);

    const database = new DatabaseSync(path);
    const responses = database.prepare('SELECT response FROM attempts WHERE response IS NOT NULL');
    expect(responses.all().length).toBeGreaterThan(0);
    database.exec('CREATE TABLE planted (body BLOB)');
    database.prepare('INSERT INTO planted VALUES (?)').run(bodyOf(1));
    database.close();
    expect(search([fileFolder], NEEDLES).found).toContain(`relay.sqlite: UTF-8 of ${NAME}`);
  },
  TIMEOUT_MS,
);

const itWithCluster = whereAvailable(
  it,
  findPostgres() !== null,
  'the search in the files of PostgreSQL',
  'Install PostgreSQL (Debian: apt-get install postgresql).',
);

itWithCluster(
  'a relay writes no name to a file of a PostgreSQL server, its WAL, a dump or the log',
  async () => {
    const cluster = await startCluster();
    const client = new pg.Client(cluster.url);
    try {
      const { relay } = await exercise(clusterFolder, { RELAY_DATABASE_URL: cluster.url });
      await relay.kill('SIGTERM');
      await client.connect();
      const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
      const folders = [clusterFolder, ...rows.map(({ data_directory }) => data_directory)];
      const tables = await client.query<{ name: string }>(
        "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
      );
      expect(tables.rows.length).toBeGreaterThan(3);
      // The dump contains values as the server stores them, compressed or not.
      for (const { name } of tables.rows) {
        const dump = await client.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
        writeFileSync(join(clusterFolder, `${name}.dump`), dump.rows.map(({ row }) => row).join('\n'));
      }
      await client.query('CHECKPOINT');
      const result = search(folders, NEEDLES);
      expect(result.found).toEqual([]);
      expect(result.bytes).toBeGreaterThan(DELIVERIES * 1000);

      await client.query('CREATE TABLE planted (body bytea)');
      // Several rows contain the text, because the header of a database page can split the text in one row.
      await client.query('INSERT INTO planted SELECT $1 FROM generate_series(1, 5)', [bodyOf(1)]);
      await client.query('CHECKPOINT');
      const planted = search(folders, needlesOf(NAME)).found.filter((match) => match.endsWith(`: UTF-8 of ${NAME}`));
      const [table, wal] = [/^\d+:/, /^[\dA-F]{24}:/];
      for (const file of [table, wal]) expect(planted).toContainEqual(expect.stringMatching(file));
    } finally {
      await client.end().catch(() => undefined);
      await cluster.remove();
    }
  },
  TIMEOUT_MS,
);
