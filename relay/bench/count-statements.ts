/**
 * Module that a relay process loads with `--import`. Counts the statements of each thread, and writes the number to the
 * thread's file in the folder `BENCH_STATEMENTS` twice per second.
 */

import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';

import Database from 'better-sqlite3';
import pg from 'pg';

let count = 0;

function countCalls(object: object, names: readonly string[]): void {
  for (const name of names) {
    const original: unknown = Reflect.get(object, name);
    Reflect.set(object, name, function (this: unknown, ...args: unknown[]): unknown {
      count++;
      return Reflect.apply(original as () => unknown, this, args) as unknown;
    });
  }
}

const memory = new Database(':memory:');
countCalls(Object.getPrototypeOf(memory.prepare('SELECT 1')) as object, ['run', 'get', 'all']);
countCalls(Database.prototype, ['exec']);
countCalls(pg.Client.prototype, ['query']);
memory.close();
setInterval(() => {
  const path = join(process.env.BENCH_STATEMENTS ?? '', `statements-${threadId}`);
  writeFileSync(`${path}.new`, String(count));
  renameSync(`${path}.new`, path);
}, 500).unref();
