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
const GROUPS = 100;
/** The processes to kill one after another: each after it has stored a number of groups, and a few milliseconds later. */
const KILLS = [
  { stored: 1, delayMs: 0 },
  { stored: 3, delayMs: 2 },
  { stored: 14, delayMs: 7 },
  { stored: 7, delayMs: 19 },
];
const T0 = 1_700_000_000_000;

type Groups = readonly (readonly Arrival[])[];

/** A place for a store whose processes are killed. */
export interface KillBed {
  readonly location: StoreLocation;
  /** Resolves once nothing can change the store any more on behalf of processes that were killed. */
  readonly atRest: () => Promise<void>;
}

/** Starts a process and kills it a few milliseconds after it has stored a number of groups. */
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
  });
  await pause(delayMs);
  await killAndWait(child, 'SIGKILL');
}

/** Adds the stored groups to the model. Returns their number. Fails if a group was stored in part. */
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
 * @param newBed - creates an empty store
 */
export function killTest(name: string, newBed: () => Promise<KillBed>): void {
  it(`${name} remembers what the model remembers after processes were killed`, async () => {
    const { location, atRest } = await newBed();
    const store = new RealStore(() => openStore(location, OPTIONS));
    await store.reopen();
    const model = new Model(T0);
    const all = { ...ALL, sends: [] };
    model.subscribers.push(all);
    await store.subscribe(all, null, T0);
    await store.close();

    let [groups = []]: Groups[] = fc.sample(arrivalGroups(GROUPS), 1);
    for (const { stored, delayMs } of KILLS) {
      await storeAndKill({ location, groups, receivedAt: T0 }, stored, delayMs);
      await atRest();
      await store.reopen();
      const contents = await store.contents();
      const added = addStored(model, groups, contents.length);
      expect(added).toBeGreaterThanOrEqual(stored);
      expect(contents).toEqual(model.contents());
      groups = groups.slice(added);
      await store.close();
    }
  });
}
