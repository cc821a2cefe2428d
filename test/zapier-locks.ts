/**
 * Model of the locks that Zapier holds while it runs an action. zapier-platform-core only declares a lock. According to
 * Zapier's documentation, runs with the same key wait for each other within the scopes that the lock names.
 */

import { app } from './helpers.ts';

/** The context of a run that its locks depend on. */
export interface Owner {
  /** Identifies the connection. */
  readonly auth: string;
}

/** Returns a function that runs actions with the locks that their definitions declare. */
export function createLocks() {
  const held = new Map<string, Promise<unknown>>();
  return <T>(actionKey: string, { auth }: Owner, run: () => Promise<T>): Promise<T> => {
    const lock: { readonly key: string; readonly scope: readonly string[] } | undefined =
      app.creates[actionKey]?.operation.lock;
    if (!lock) return run();
    const name = JSON.stringify([lock.key, lock.scope.includes('auth') ? auth : null]);
    const result = (held.get(name) ?? Promise.resolve()).then(run);
    // A failed run also releases the lock.
    held.set(
      name,
      result.catch(() => undefined),
    );
    return result;
  };
}
