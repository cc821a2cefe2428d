/** Bundling with esbuild, and error handling of scripts. */

import { fileURLToPath } from 'node:url';

import type { BuildOptions, OutputFile } from 'esbuild';

/** The root of the project. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Thrown if a build fails. The message explains how to correct the cause. */
export class BuildFailed extends Error {}

/** Runs a script. If the script throws a {@link BuildFailed}, prints only the message and sets the exit code to 1. */
export async function runScript(script: () => unknown): Promise<void> {
  try {
    await script();
  } catch (error) {
    if (!(error instanceof BuildFailed)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

/** Bundles modules without writing files. @throws {BuildFailed} if there is an error in a source */
export async function bundle(product: string, options: BuildOptions): Promise<OutputFile[]> {
  // Imported on demand, because loading esbuild takes time and most commands find a current build.
  const { build } = await import('esbuild');
  const shared = { absWorkingDir: ROOT, bundle: true, format: 'esm', charset: 'utf8', logLevel: 'silent' } as const;
  try {
    return (await build({ ...shared, ...options, write: false })).outputFiles;
  } catch (error) {
    throw new BuildFailed(
      `The ${product} cannot be bundled. ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Options for modules that run in Node.js with installed packages. */
export const FOR_NODE = { packages: 'external', platform: 'node', target: 'node22' } as const;
