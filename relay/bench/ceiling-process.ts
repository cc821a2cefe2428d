/** A process of the bench: the relay's webhook route without a store, as an upper limit for the measurements. */

import { serveRoute } from './serve-route.ts';

process.on('disconnect', () => process.exit());
process.send?.(await serveRoute(() => Promise.resolve('stored')));
