/**
 * Compiles each module of a package once per worker. Jest compiles it for each test file, and V8 then compiles each of
 * its functions again on the first call, which takes a tenth of the tests' time.
 */

import vm from 'node:vm';

const { compileFunction } = vm;

/**
 * The compiled modules of packages, by path.
 *
 * @type {Map<string, { readonly source: string, readonly script: vm.Script }>}
 */
const compiled = new Map();

/**
 * Returns a script that evaluates to a module's wrapper function.
 *
 * @param {string} filename
 * @param {string} source
 * @param {readonly string[]} parameters
 */
function sharedScript(filename, source, parameters) {
  const known = compiled.get(filename);
  if (known?.source === source) return known.script;
  const head = `(function (${parameters.join(', ')}) {`;
  // The offset keeps the head of the function from shifting the positions of the module's code in stack traces.
  const script = new vm.Script(`${head}${source}\n})`, { filename, columnOffset: -head.length });
  compiled.set(filename, { source, script });
  return script;
}

/**
 * Replaces `vm.compileFunction`, which Jest uses to compile CommonJS modules. The modules of this project are not
 * shared, and neither are modules with `import()`, because Jest loads these modules again for each test file.
 *
 * @type {typeof compileFunction}
 */
vm.compileFunction = (source, parameters = [], options = {}) => {
  const { filename, parsingContext } = options;
  const isShared = parsingContext && filename?.includes('/node_modules/') && !/\bimport\s*\(/.test(source);
  if (!isShared) return compileFunction(source, parameters, options);
  return sharedScript(filename, source, parameters).runInContext(parsingContext);
};
