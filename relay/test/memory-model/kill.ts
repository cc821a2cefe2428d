/** Comparison of a store with the model after killing a process that was storing deliveries. */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { expect, it } from '@jest/globals';
import fc from 'fast-check';

import { killAndWait } from '../../harness/relay-process.ts';
import { openStore, type StoreLocation } from '../../store/open.ts';
import { ALL, arrivalGroups } from './commands.ts';
import type { IngestPlan } from './ingest-process.ts';
import { Model, type Arrival } from './model.ts';
import { OPTIONS, RealStore } from './real-store.ts';

const PROGRAM = fileURLToPath(new URL('ingest-process.ts', import.meta.url));
/** Number of processes to kill one after another. */
const KILLS = 4;
const GROUPS = 100;
/** Maximum number of groups that a process stores before it is killed. */
const MAX_STORED = 15;
const T0 = 1_700_000_000_000;

type Groups = readonly (readonly Arrival[])[];

/** Starts a process and kills it at a random moment after it has stored a number of groups. */
async function storeAndKill(plan: IngestPlan, stored: number, delayMs: number): Promise<void> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PROGRAM, JSON.stringify(plan)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout);
  let count = 0;
  await new Promise<void>((resolve, reject) => {
    lines.on('line', () => {
      if (++count >= stored) resolve();
    });
    lines.on('close', () => {
      reject(new Error('The process ended by itself.'));
    });
    if (stored === 0) resolve();
  });
  await pause(delayMs);
  await killAndWait(child, 'SIGKILL');
}

/**
 * Returns the contents of a store once they no longer change, because a database completes the last transaction even
 * after its client has been killed.
 */
async function contentsAtRest(store: RealStore): Promise<Awaited<ReturnType<RealStore['contents']>>> {
  for (let last = -1; ;) {
    const contents = await store.contents();
    if (contents.length === last) return contents;
    last = contents.length;
    await pause(50);
  }
}

/** Adds the stored groups to the model. Returns their number. */
function addStored(model: Model, groups: Groups, deliveries: number): number {
  const before = model.entries.length;
  let count = 0;
  for (const group of groups) {
    if (model.entries.length >= deliveries) break;
    for (const arrival of group) model.ingest(arrival);
    count++;
  }
  expect(model.entries.length - before).toBe(deliveries - before);
  return count;
}

/**
 * Defines the test that kills processes with SIGKILL.
 *
 * @param newLocation - creates an empty store
 */
export function killTest(name: string, newLocation: () => Promise<StoreLocation>): void {
  it(`${name} remembers what the model remembers after processes were killed`, async () => {
    const location = await newLocation();
    const store = new RealStore(() => openStore(location, OPTIONS));
    await store.reopen();
    const model = new Model(T0);
    const all = { ...ALL, next: 0, deadLetters: [] };
    model.subscribers.push(all);
    await store.subscribe(all, null, T0);
    await store.close();

    let [groups = []]: Groups[] = fc.sample(arrivalGroups(GROUPS), 1);
    const random = (limit: number): number => Math.floor(Math.random() * limit);
    for (let kill = 0; kill < KILLS; kill++) {
      // The previous processes may have stored nearly all groups.
      const stored = Math.min(random(MAX_STORED), groups.length);
      await storeAndKill({ location, groups, receivedAt: T0 }, stored, random(20));
      await store.reopen();
      const contents = await contentsAtRest(store);
      const added = addStored(model, groups, contents.length);
      expect(added).toBeGreaterThanOrEqual(stored);
      expect(contents).toEqual(model.contents());
      groups = groups.slice(added);
      await store.close();
    }
  }, 60_000);
}
