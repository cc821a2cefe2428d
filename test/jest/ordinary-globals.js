import vm from 'node:vm';

import { TestEnvironment } from 'jest-environment-node';

import { cacheModules } from './cached-modules.js';
import './continuous-coverage.js';
import './shared-scripts.js';
import './untracked-domains.js';

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
    if (!config.globalConfig.collectCoverage) cacheModules();
    const { createContext } = vm;
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(config, context);
    } finally {
      vm.createContext = createContext;
    }
  }
}
