import { expect, it } from '@jest/globals';

import { readConfig } from '../config.ts';
import { ORIGIN, REGISTRATION_SECRET } from '../harness/sample-delivery.ts';
import { missingOrigin } from '../missing-origin.ts';

const REQUIRED = { RELAY_REGISTRATION_SECRET: REGISTRATION_SECRET };

it.each([
  [{ RENDER_EXTERNAL_URL: 'https://agency.onrender.com' }, 'https://agency.onrender.com', 'Render'],
  [{ RAILWAY_PUBLIC_DOMAIN: 'agency.up.railway.app' }, 'https://agency.up.railway.app', 'Railway'],
  [{ FLY_APP_NAME: 'agency' }, 'https://agency.fly.dev', 'Fly.io'],
])('asks for RELAY_ORIGIN on a platform, and does not derive it: %j', (environment, origin, platform) => {
  const message = missingOrigin(environment);
  expect(message).toContain('Set it to a host name of your own that leads to this service');
  expect(message).toContain(`set it to ${origin}, the name that ${platform} gives this service.`);
  expect(message).not.toContain('\n');
  expect(() => readConfig({ ...REQUIRED, ...environment })).toThrow(message);
  expect(readConfig({ ...REQUIRED, ...environment, RELAY_ORIGIN: ORIGIN }).origin).toBe(ORIGIN);
});

it.each([{ RENDER_EXTERNAL_URL: '' }, { RENDER_EXTERNAL_URL: 'x\ny' }, { FLY_APP_NAME: ' \n' }])(
  'names no origin of a platform that is empty or malformed: %j',
  (environment) => {
    expect(missingOrigin(environment)).toMatch(/^RELAY_ORIGIN is missing\.[^]*such as https:[^ ]+\.$/);
  },
);
