/**
 * Keeps `node:domain` from following each promise, which takes an eighth of the time of tests that run the app, and up
 * to two thirds in later test files of the worker. zapier-platform-core runs each method of the app in a domain, to
 * report errors that callbacks throw. Without the tracking, such an error is uncaught, and fails the test.
 */

import asyncHooks from 'node:async_hooks';
import { createRequire } from 'node:module';

const { createHook } = asyncHooks;
asyncHooks.createHook = (callbacks) => {
  const hook = createHook(callbacks);
  hook.enable = () => hook;
  return hook;
};
createRequire(import.meta.url)('node:domain');
asyncHooks.createHook = createHook;
