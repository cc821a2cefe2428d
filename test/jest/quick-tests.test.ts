/** The rule that selects the tests of `npm test`. */

import { globSync } from 'node:fs';

import { expect, it } from '@jest/globals';

import { quickTests } from './quick-tests.ts';

const quick = quickTests();

it.each([
  ['starts a process', 'test/deploy/install.test.ts'],
  ['starts a process in a shared module', 'test/local/stop.test.ts'],
  ['opens the page in a browser', 'test/console/views/app.test.ts'],
  ['needs PostgreSQL', 'relay/test/store/postgres/postgres-store.test.ts'],
  ['runs the stand-in for TutorCruncher', 'test/action/scenarios/traps.test.ts'],
  ['runs a relay', 'test/hooks/scenarios/real-relay.test.ts'],
  ['runs the server of a relay', 'relay/test/http/hook-routes.test.ts'],
  ['lints code', 'test/repository/imports.test.ts'],
  ['plays days in threads', 'test/polled/scenarios/busy-branch.test.ts'],
  ['opens a store in a thread', 'relay/test/store/sqlite/sqlite-thread.test.ts'],
  ['has the tag', 'relay/test/delivery/scenarios/set-aside.test.ts'],
  ['imports a module with the tag: simulated years', 'relay/test/store/problems/silence-rule.test.ts'],
])('leaves out a file that %s: %s', (_reason, path) => {
  expect(globSync(path)).toEqual([path]);
  expect(quick).not.toContain(path);
});

it.each([
  'test/record/changes.test.ts',
  'test/triggers/index.test.ts',
  'test/wire/delivery.test.ts',
  'test/console/session.test.ts',
  'relay/test/store/ingest/ingest-plan.test.ts',
  'relay/test/delivery/retry-policy.test.ts',
  'relay/test/delivery/dispatcher.test.ts',
  'relay/test/store/outcomes/claims.test.ts',
])('contains %s', (path) => {
  expect(quick).toContain(path);
});
