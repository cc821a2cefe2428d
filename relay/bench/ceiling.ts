/** The ceiling of the bench, in a process of its own: the relay's route, storing nothing. */

import { serveRoute } from './route.ts';

process.on('disconnect', () => process.exit());
process.send?.(await serveRoute(() => Promise.resolve('stored')));
