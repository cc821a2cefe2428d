/** `npm run check:account`: compares an account with the assumptions in docs/tutorcruncher.md, and writes a report. */

import { runCommand } from './command.ts';

process.on('SIGINT', () => {
  console.error('\nInterrupted. No report was written about this branch.');
  process.exit(130);
});
process.exitCode = await runCommand(process.argv.slice(2), '.');
