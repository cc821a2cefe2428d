/** Runs `npm start -- send` in the same process as the test. */

import { send } from '../../local/send.ts';
import { outputOf } from './command-output.ts';

/** Runs the command. Returns its output and its error message. @param port - the port of the stand-in for Zapier */
export async function sendFrom(
  port: string,
  triggerKey: string,
  bodyFile?: string,
  privateKey = '',
  choices: readonly string[] = [],
) {
  Object.assign(process.env, { PORT: port, TUTORCRUNCHER_PRIVATE_KEY: privateKey });
  try {
    return await outputOf(() => send(triggerKey, bodyFile, choices));
  } finally {
    delete process.env.PORT;
    delete process.env.TUTORCRUNCHER_PRIVATE_KEY;
  }
}
