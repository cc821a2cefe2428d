/** The checks of the store: its tables and its origin. */

import type { Config } from '../config.ts';
import { differencesText, type CheckedStore } from '../store/schema-check.ts';
import { Trouble, Unchecked } from './check-result.ts';
import { otherOriginProblem } from './other-origin.ts';

export async function checkDatabase(config: Config, store: Promise<CheckedStore>): Promise<string> {
  const { differences } = await store;
  const found =
    config.databaseUrl === null
      ? ''
      : 'The version of PostgreSQL is supported, and its user has the necessary privileges. ';
  if (differences.length === 0) return `${found}The tables are those of this version.`;
  return `${found}The relay works, but the tables differ from those of this version: ${differencesText(differences)}.`;
}

export async function checkOrigin({ origin }: Config, store: Promise<Pick<CheckedStore, 'own'>>): Promise<string> {
  const { own } = await store.catch(() => {
    throw new Unchecked('Not checked, because the store cannot be read.');
  });
  if (own === null) return `The store has no origin yet. The relay saves ${origin} in the store when it starts.`;
  const problem = otherOriginProblem(own, origin);
  if (problem !== null) throw new Trouble(problem);
  return `The store belongs to the relay at ${origin}.`;
}
