import asyncHooks from 'node:async_hooks';
import { createRequire } from 'node:module';
import vm from 'node:vm';

import { TestEnvironment } from 'jest-environment-node';

import './continuous-coverage.js';
import './shared-scripts.js';

/**
 * The hook with which `node:domain` follows each promise. It is enabled once zapier-platform-core has called a method of
 * the app, and Node.js never disables it. All later test files of the worker would take up to three times as long.
 *
 * @type {import('node:async_hooks').AsyncHook | undefined}
 */
let domainHook;
const { createHook } = asyncHooks;
asyncHooks.createHook = (callbacks) => (domainHook = createHook(callbacks));
createRequire(import.meta.url)('node:domain');
asyncHooks.createHook = createHook;

/**
 * Jest's environment for Node.js with ordinary global objects. Jest's own environment passes each access to a global
 * through a proxy, which takes a third of the tests' time.
 */
export default class OrdinaryGlobals extends TestEnvironment {
  /**
   * @param {import('@jest/environment').JestEnvironmentConfig} config
   * @param {import('@jest/environment').EnvironmentContext} context
   */
  constructor(config, context) {
    const { createContext } = vm;
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(config, context);
    } finally {
      vm.createContext = createContext;
    }
  }

  /** @override */
  async teardown() {
    domainHook?.disable();
    await super.teardown();
  }
}
