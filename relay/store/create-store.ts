import { createChannels } from './channels.ts';
import { createClaims } from './claims.ts';
import type { Database } from './database.ts';
import { createDeadLetters } from './dead-letters.ts';
import { createDeliveries } from './deliveries.ts';
import { createEvents } from './events.ts';
import { createIngest } from './ingest.ts';
import { createLinks } from './links.ts';
import { createOperatorStore } from './operator.ts';
import { createResults } from './results.ts';
import { createRetention } from './retention.ts';
import type { Store, StoreOptions } from './store.ts';
import { createSubscriptions } from './subscriptions.ts';
import { createTotals } from './totals.ts';

/** Creates a store in a database that has all migrations. */
export const createStore = (database: Database, options: StoreOptions): Store => ({
  ...createChannels(database),
  ...createIngest(database, options),
  ...createDeliveries(database),
  ...createSubscriptions(database),
  ...createClaims(database),
  ...createResults(database),
  ...createDeadLetters(database),
  ...createRetention(database, options),
  ...createTotals(database),
  ...createOperatorStore(database),
  ...createLinks(database),
  ...createEvents(database),
  listen: (onChange) => database.listen(onChange),
  now: () => database.now(),
  ping: () => database.ping(),
  close: () => database.close(),
});
