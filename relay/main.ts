/**
 * The relay's command line.
 *
 * - `npm run relay` starts a relay.
 * - `npm run relay -- <command>` sends a command to a running relay; `relay/admin/commands.ts` lists the commands.
 */

import { BadConfig } from './config.ts';
import { nameOf, placeOf } from './log.ts';
import { run } from './run.ts';
import { StoreUnavailable } from './store/store.ts';

function operatorMessage(error: unknown): string {
  if (error instanceof BadConfig || error instanceof StoreUnavailable) return error.message;
  return error instanceof Error && 'syscall' in error && error.syscall === 'listen'
    ? `The relay cannot listen on its port. Choose another RELAY_PORT, which overrides PORT, or stop the process that uses it. ${error.message}`
    : `The relay has a bug: it failed with ${nameOf(error)} (${placeOf(error)}). Report this line to its developers.`;
}

try {
  const [command, ...args] = process.argv.slice(2);
  if (command === undefined) await run(process.env);
  else process.exitCode = await (await import('./admin/run-command.ts')).runCommand([command, ...args], process.env);
} catch (error) {
  console.error(operatorMessage(error));
  process.exit(1);
}
