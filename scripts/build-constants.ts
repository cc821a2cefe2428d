/** Constants that a build sets in the modules that it bundles. In the sources, they are null. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Plugin } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** A constant that a build sets. */
export interface BuildConstant {
  readonly name: string;
  /** Path of the module that declares it, from the root of the project. */
  readonly module: string;
  /** A JavaScript expression. */
  readonly value: string;
}

/** Thrown if a build fails. The message says what to correct. */
export class BuildFailed extends Error {}

/**
 * Sets a constant in the source text of its module.
 *
 * @throws {BuildFailed} if the text does not declare the constant exactly once
 */
export function withConstant(source: string, { name, module, value }: BuildConstant): string {
  const declaration = new RegExp(`^(export const ${name}: .+ = )null;$`, 'gm');
  if (source.match(declaration)?.length !== 1) {
    throw new BuildFailed(
      `${module} does not declare "export const ${name}: ... = null;" exactly once. Correct the constant in the build script.`,
    );
  }
  return source.replace(declaration, (_, start: string) => `${start}${value};`);
}

/** Names of the functions and constants that a module exports. */
const EXPORT = /^export (?:async )?(?:function|const) (\w+)/gm;

/**
 * Excludes modules from a bundle, together with everything that only they import. Their exports are undefined.
 *
 * @param modules - paths from the root of the project
 */
export const leavingOut = (modules: readonly string[]): Plugin => ({
  name: 'leaving-out',
  setup: (esbuild) => {
    esbuild.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      if (!modules.some((module) => join(ROOT, module) === path)) return undefined;
      const names = Array.from(readFileSync(path, 'utf8').matchAll(EXPORT), ([, name]) => name);
      return { contents: names.map((name) => `export const ${name} = undefined;`).join('\n'), loader: 'ts' };
    });
  },
});

/** Reduces the project's package.json in a bundle to the version, the only field that the app reads. */
export const onlyVersion: Plugin = {
  name: 'only-version',
  setup: (esbuild) => {
    esbuild.onLoad({ filter: /[\\/]package\.json$/ }, ({ path }) => {
      const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};

/** Sets constants in the modules that are bundled. */
export const settingConstants = (constants: readonly BuildConstant[]): Plugin => ({
  name: 'constants',
  setup: (esbuild) => {
    esbuild.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const constant = constants.find(({ module }) => join(ROOT, module) === path);
      return constant && { contents: withConstant(readFileSync(path, 'utf8'), constant), loader: 'ts' };
    });
  },
});
