/** The code that each test file executes, which Jest measures. */

import { appendFileSync, readFileSync } from 'node:fs';
import type { Profiler } from 'node:inspector';
import { relative } from 'node:path';

/** The code of a source file that a test file executes. */
export interface ExecutedSource {
  /** The offsets at which executed code starts and ends, alternating. */
  readonly executed: readonly number[];
}

/** Jest's measurements of a test file. */
export interface TestFile {
  /** In milliseconds since 1970. */
  readonly measuredAt: number;
  readonly hasFailed: boolean;
  /** The executed code by path of the source file. */
  readonly sources: Readonly<Record<string, ExecutedSource>>;
}

/** Test files by path. */
export type TestFiles = Readonly<Record<string, TestFile>>;

/** Returns the executed code of a source file. `functions`: V8's block coverage of the file of this length. */
export function executedCode(functions: readonly Profiler.FunctionCoverage[], length: number): ExecutedSource {
  const isExecuted = new Uint8Array(length);
  // Functions and blocks follow the code that encloses them.
  for (const { startOffset, endOffset, count } of functions.flatMap(({ ranges }) => ranges)) {
    isExecuted.fill(Math.min(count, 1), startOffset, endOffset);
  }
  const executed: number[] = [];
  for (let offset = 0; offset <= length; offset++) {
    if ((isExecuted[offset] ?? 0) !== (isExecuted[offset - 1] ?? 0)) executed.push(offset);
  }
  return { executed };
}

/** Matches modules that are not measured: tests, the modules that they share, and packages. */
const UNMEASURED = /^(?:\.\.|node_modules|test|local|relay\/(?:test|harness)|scripts)\//;

/** The parts of Jest's results that the reporter reads. */
interface Results {
  readonly numFailingTests: number;
  readonly testExecError?: unknown;
  v8Coverage?: readonly { readonly result: Profiler.ScriptCoverage }[];
}

/**
 * Jest reporter that appends a line to a file for each test file, so that nothing is lost if Jest is stopped: a JSON list
 * of the path and the {@link TestFile}. Needs V8's coverage.
 */
export default class ExecutedCodeReporter {
  readonly #rootDir: string;
  readonly #file: string;

  /** @param options - `file`: path of the file */
  constructor({ rootDir }: { readonly rootDir: string }, { file }: { readonly file: string }) {
    this.#rootDir = rootDir;
    this.#file = file;
  }

  onTestResult({ path }: { readonly path: string }, result: Results): void {
    const sources: Record<string, ExecutedSource> = {};
    for (const { result: script } of result.v8Coverage ?? []) {
      const source = relative(this.#rootDir, script.url);
      if (UNMEASURED.test(source)) continue;
      sources[source] = executedCode(script.functions, readFileSync(script.url, 'utf8').length);
    }
    // Without the coverage, Jest does not spend time on a report of its own.
    delete result.v8Coverage;
    const testFile: TestFile = {
      measuredAt: Date.now(),
      hasFailed: result.numFailingTests > 0 || Boolean(result.testExecError),
      sources,
    };
    appendFileSync(this.#file, `${JSON.stringify([relative(this.#rootDir, path), testFile])}\n`);
  }
}
