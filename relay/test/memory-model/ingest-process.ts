/**
 * The program of a process that stores groups of arrivals until it is killed. Its argument is JSON, see {@link IngestPlan}.
 * It prints a line for each group that is stored.
 */

import { openStore, type StoreLocation } from '../../store/open.ts';
import type { Arrival } from './model.ts';
import { OPTIONS, RealStore } from './real-store.ts';

/** The argument of the program. */
export interface IngestPlan {
  readonly location: StoreLocation;
  readonly groups: readonly (readonly Arrival[])[];
  /** Time of arrival of all groups. */
  readonly receivedAt: number;
}

const { location, groups, receivedAt } = JSON.parse(process.argv[2] ?? '') as IngestPlan;
const store = new RealStore(() => openStore(location, OPTIONS));
await store.reopen();
for (const group of groups) {
  await store.ingest(group, receivedAt);
  console.log('stored');
}
// Waits to be killed, also if all groups are stored.
setInterval(() => undefined, 1_000);
