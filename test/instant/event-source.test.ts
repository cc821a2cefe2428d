import { expect, it } from '@jest/globals';

import { webhookTriggers } from '../../triggers/index.ts';

it('the directions of each trigger name the steps of its setup in order', () => {
  const [directions = '', ...others] = new Set(webhookTriggers.map(({ definition }) => definition.display.directions));
  expect(others).toEqual([]);
  expect(directions.length).toBeLessThanOrEqual(1000);
  const steps = [
    'Copy the webhook URL',
    'Settings > API',
    'private key',
    'Add Integration',
    'Webhook base URL',
    'save',
    'Test the trigger',
    'Turn the Zap on',
  ];
  for (const step of steps) expect(directions).toContain(step);
  expect([...steps].sort((a, b) => directions.indexOf(a) - directions.indexOf(b))).toEqual(steps);
});
