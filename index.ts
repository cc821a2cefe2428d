import zapier, { defineApp } from 'zapier-platform-core';

import packageJson from './package.json' with { type: 'json' };
import { authentication } from './src/app/authentication.ts';
import { connectionCheck } from './src/app/connection-check.ts';
import { dropdownTriggers } from './src/app/dropdown-triggers.ts';
import { explainErrorResponse } from './src/api/error-response.ts';
import { addPrivateKey } from './src/api/private-key.ts';
import { creates, searchOrCreates } from './creates/index.ts';
import { hydrators } from './src/object/pdf-file.ts';
import { searches } from './searches/index.ts';
import { sharedSteps } from './src/shared-part.ts';
import { triggers } from './triggers/index.ts';

export default defineApp({
  version: packageJson.version,
  platformVersion: zapier.version,
  authentication,
  beforeRequest: [addPrivateKey],
  afterResponse: [explainErrorResponse],
  triggers: sharedSteps({ ...triggers, ...dropdownTriggers, connection_check: connectionCheck }),
  searches: sharedSteps(searches),
  creates: sharedSteps(creates),
  searchOrCreates,
  // Core searches the definition for a hydrator from its end, so the hydrators come last.
  hydrators,
});
