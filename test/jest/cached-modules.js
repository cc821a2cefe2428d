/**
 * Compiles each ECMAScript module once per worker. Jest loads the modules again for each test file, and V8 would parse
 * the 240 modules of the app each time, which takes 35 ms.
 */

import vm from 'node:vm';

const { SourceTextModule } = vm;

/**
 * The compiled modules, by path.
 *
 * @type {Map<string, { readonly source: string, readonly cachedData: Buffer }>}
 */
const compiled = new Map();

/** A module whose compiled code is kept for later test files. Jest makes its modules with this class. */
class CachedModule extends SourceTextModule {
  /**
   * @param {string} source
   * @param {vm.SourceTextModuleOptions} options
   */
  constructor(source, options) {
    const path = options.identifier ?? '';
    const known = compiled.get(path);
    const cachedData = known?.source === source ? known.cachedData : undefined;
    super(source, { ...options, cachedData });
    if (!cachedData) compiled.set(path, { source, cachedData: this.createCachedData() });
  }
}

/**
 * Lets the test files of this worker share compiled modules. Coverage needs modules without a cache, because V8 does
 * not count the blocks of code that comes from a cache.
 */
export function cacheModules() {
  vm.SourceTextModule = CachedModule;
}
