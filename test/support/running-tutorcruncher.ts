/**
 * The stand-in for TutorCruncher's API in tests. Each test gets a new stand-in with an integration that receives
 * webhooks.
 */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';

import { afterEach, beforeEach } from '@jest/globals';

import type { ApiRequest } from '../../local/api/behaviour.ts';
import { startTutorCruncher, type TutorCruncher } from '../../local/api/tutorcruncher.ts';
import { bundleOf, PRIVATE_KEY } from '../../local/hook-calls.ts';
import type { SignedRequest } from '../../local/signed-delivery.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import type { JsonObject } from '../../wire/json.ts';
import { perform } from './app-tester.ts';

/** A stand-in that a test file uses. */
export interface TutorCruncherOfTests {
  /** The stand-in of the current test. */
  readonly now: TutorCruncher;
  /** Returns all requests so far, except requests for the branch, which the app usually has in its cache. */
  readonly requests: () => ApiRequest[];
  /** Returns all requests so far, except reads. */
  readonly writes: () => ApiRequest[];
  /** Returns all deliveries so far. */
  readonly deliveries: () => Promise<JsonObject[]>;
  /** Returns the records that a trigger makes from all webhooks so far. */
  readonly triggered: (triggerKey: string) => Promise<FlatRecord[]>;
}

/** Starts a stand-in before each test of a file, and points the app to it. Call it at the top of the file. */
export function useTutorCruncher(): TutorCruncherOfTests {
  let running: TutorCruncher | null = null;
  let receiver: Server;
  let webhooks: SignedRequest[] = [];
  const now = (): TutorCruncher => {
    if (!running) throw new Error('The stand-in runs during tests only.');
    return running;
  };

  beforeEach(async () => {
    webhooks = [];
    receiver = createServer((request, response) => {
      void buffer(request).then((body) => {
        webhooks.push({ body, headers: request.headers as Record<string, string> });
        response.end('{}');
      });
    });
    await once(receiver.listen(0, '127.0.0.1'), 'listening');
    running = await startTutorCruncher(PRIVATE_KEY);
    const webhookUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    running.integrations.push({ privateKey: PRIVATE_KEY, webhookUrl });
    process.env.TUTORCRUNCHER_URL = running.origin;
  });
  afterEach(async () => {
    delete process.env.TUTORCRUNCHER_URL;
    await now().stop();
    running = null;
    receiver.closeAllConnections();
    receiver.close();
  });

  return {
    get now() {
      return now();
    },
    requests: () => now().requests.filter(({ path }) => path !== '/api/branch/'),
    writes: () => now().requests.filter(({ method }) => method === 'POST' || method === 'PUT'),
    deliveries: async () => {
      await now().delivered();
      return webhooks.map(({ body }) => JSON.parse(body.toString()) as JsonObject);
    },
    triggered: async (triggerKey) => {
      await now().delivered();
      const records = await Promise.all(
        webhooks.map((webhook) => perform(triggerKey, { ...bundleOf(webhook), inputData: {} })),
      );
      return records.flat();
    },
  };
}
