/**
 * `npm run release:stand-in`: runs the stand-in for Zapier's developer API, so that developers can try out RELEASING.md
 * without a Zapier account. Prints the settings for the CLI, and then each request.
 */

import { join } from 'node:path';

import { createTemporaryFolder } from '../temporary-folder.ts';
import { startDeveloperApi } from './server.ts';

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit());

const { origin, deployKey } = await startDeveloperApi((line) => {
  console.log(line);
});
console.log(`Stand-in for Zapier's developer API. Press Ctrl-C to stop.

In a second terminal, make the CLI use it:

  export ZAPIER_BASE_ENDPOINT=${origin}
  export ZAPIER_AUTH_LOCATION=${join(createTemporaryFolder(), 'zapierrc')}

Then follow RELEASING.md in a fresh clone of the project. The deploy key is ${deployKey}.
`);
