import { expect, it } from '@jest/globals';
import zapier from 'zapier-platform-core';

import { app } from './helpers.ts';

const { createAppHandler } = zapier as unknown as {
  createAppHandler: (app: unknown) => (event: unknown) => Promise<{ results: unknown }>;
};

it('tells Zapier how requests are authenticated', async () => {
  const { results } = await createAppHandler(app)({ command: 'getAuthTemplate', bundle: {} });
  expect(results).toMatchObject({
    supported: true,
    template: { headers: { Authorization: 'token {{bundle.authData.private_key}}' } },
  });
});
