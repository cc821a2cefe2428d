/**
 * Reads the private keys of a check. Keys are not passed as command-line arguments, because arguments are visible in
 * process lists.
 */

import { askHidden, HiddenInput } from '../scripts/hidden-input.ts';
import { privateKeyOf, privateKeyProblem } from '../src/api/private-key.ts';
import { CheckFailed } from './check-failed.ts';

function checkedKey(pasted: string): string {
  const privateKey = privateKeyOf({ authData: { private_key: pasted } });
  if (privateKeyProblem(privateKey) === null) return privateKey;
  throw new CheckFailed(
    'This is not a private key. Copy the private key of an integration from Settings > API in TutorCruncher, and run the ' +
      'check again.',
  );
}

/** Reads a private key from the environment variable or the terminal. @throws {CheckFailed} if there is no valid key */
export async function readPrivateKey(): Promise<string> {
  const pasted =
    process.env.TUTORCRUNCHER_PRIVATE_KEY ?? (await askHidden('Private key of the integration (not shown): '));
  if (pasted === null) {
    throw new CheckFailed('No private key was entered. Enter it in a terminal, or set TUTORCRUNCHER_PRIVATE_KEY.');
  }
  return checkedKey(pasted);
}

/**
 * Reads private keys from the terminal, one per line, until a line is empty.
 *
 * @throws {CheckFailed} if no key was entered, if an entry is not a key, or if a key was entered twice
 */
export async function readPrivateKeys(): Promise<string[]> {
  const input = new HiddenInput();
  const keys: string[] = [];
  try {
    for (;;) {
      const end = keys.length === 0 ? '' : ', or Enter to begin';
      const pasted = await input.ask(`Private key of branch ${keys.length + 1} (not shown${end}): `);
      if (pasted === null || pasted === '') break;
      const key = checkedKey(pasted);
      if (keys.includes(key))
        throw new CheckFailed('This key was entered before. Run the check again with a key of each branch.');
      keys.push(key);
    }
  } finally {
    input.close();
  }
  if (keys.length === 0)
    throw new CheckFailed('No private key was entered. Enter the key of each branch in a terminal.');
  return keys;
}
