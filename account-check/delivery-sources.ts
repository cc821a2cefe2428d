/** Reads the deliveries to check: from a relay, with the connector's client, or from a folder with saved bodies. */

import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import type { Bundle, ZObject } from 'zapier-platform-core';

import { RelayClient } from '../src/hooks/relay-client.ts';
import type { StoredDelivery } from '../src/hooks/sealed-deliveries.ts';
import { webhookTriggers } from '../triggers/index.ts';
import { listedActions } from '../wire/action-filter.ts';
import { SIGNATURE_HEADER } from '../wire/signature.ts';
import type { ArrivedDelivery } from './deliveries.ts';
import { MAX_REQUESTS, Unfinished, type Reader } from './reader.ts';

/** Maximum number of events in a response of the relay. */
const NEWEST = 50;
/** Number of events that are read for each action that is not among the newest events. */
const PER_ACTION = 10;

interface ZRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Returns a `z` with only the members that the relay's client needs. The reader refuses every request that could change
 * data.
 */
function localZ(reader: Reader): ZObject {
  const errors: unknown = createRequire(import.meta.url)('zapier-platform-core/src/errors');
  const request = ({ method, url, headers }: ZRequest) => reader.send({ method, url, headers });
  return { errors, request } as unknown as ZObject;
}

const arrivedAs = ({ content, headers, isRepeat = false, metadata }: StoredDelivery): ArrivedDelivery => ({
  body: content,
  signature: String(headers[SIGNATURE_HEADER]),
  receivedAt: metadata.receivedAt,
  isRepeat,
});

/** Returns the distinct actions of our triggers: first the main action of each trigger, then all others. */
function actionsInTurn(): string[] {
  const lists = webhookTriggers.map(({ filter }) => listedActions(filter.actions));
  return [...new Set([...lists.flatMap(([first]) => first ?? []), ...lists.flat()])];
}

/** Returns the reason that a connection's events cannot be read from a relay; null if the events can be read. */
async function problemOf(client: RelayClient): Promise<string | null> {
  const answer = await client.state();
  if (answer.kind === 'state') return null;
  if (answer.kind === 'unusable') return answer.advice;
  return answer.kind === 'unavailable'
    ? 'The relay does not respond as expected. Check its address, and run the check again.'
    : 'The relay does not know this private key. Connect it in Zapier first, with an app that is built for this relay.';
}

/**
 * Reads the newest events that a relay has stored for a key. Also reads the newest events of actions that are not among
 * these events, within the limit on the number of requests.
 *
 * @throws {Unfinished} if the relay does not provide the events
 */
export async function deliveriesOfRelay(
  reader: Reader,
  privateKey: string,
  origin: string,
): Promise<ArrivedDelivery[]> {
  const bundle = { authData: { private_key: privateKey } } as unknown as Bundle;
  const client = new RelayClient(localZ(reader), bundle, origin);
  const problem = await problemOf(client);
  if (problem !== null) throw new Unfinished(problem);
  const found = new Map<string, StoredDelivery>();
  const add = (deliveries: readonly StoredDelivery[]): void => {
    for (const delivery of deliveries) found.set(delivery.metadata.id, delivery);
  };
  add(await client.latestDeliveries(NEWEST, { alone: 'true' }));
  // A response with fewer events than requested contains all events.
  const seen = new Set([...found.values()].flatMap(({ metadata }) => metadata.actions ?? []));
  const others = found.size < NEWEST ? [] : actionsInTurn().filter((action) => !seen.has(action));
  for (const action of others) {
    if (reader.requests >= MAX_REQUESTS) break;
    add(await client.latestDeliveries(PER_ACTION, { alone: 'true', action }));
  }
  return [...found.values()].map(arrivedAs);
}

/**
 * Reads the bodies that were saved in a folder as `NAME.json`. The optional file `NAME.signature` contains the header
 * `webhook-signature` of the same request.
 *
 * @throws {Unfinished} if the folder contains no body
 */
export function deliveriesInFolder(folder: string): ArrivedDelivery[] {
  const isFolder = existsSync(folder) && statSync(folder).isDirectory();
  const names = isFolder ? globSync('*.json', { cwd: folder }).sort() : [];
  if (names.length === 0) {
    throw new Unfinished(`The folder ${folder} contains no saved body. Save each body there as a file such as 1.json.`);
  }
  return names.map((name) => {
    const path = join(folder, name);
    const signatureFile = path.replace(/json$/, 'signature');
    return {
      body: readFileSync(path, 'utf8'),
      signature: existsSync(signatureFile) ? readFileSync(signatureFile, 'utf8').trim() : null,
      receivedAt: null,
      isRepeat: false,
    };
  });
}
