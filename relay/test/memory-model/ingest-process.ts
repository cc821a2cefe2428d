/**
 * A process that stores groups of arrivals until it is killed. Its argument is an {@link IngestPlan} as JSON. It prints
 * a line for each stored group.
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
// Keeps the process running until it is killed.
setInterval(() => undefined, 1_000);
