#!/usr/bin/env node
/**
 * Replaces Zapier's CLI at the root of the project, because the CLI would copy and upload the whole repository. `npx
 * zapier-platform` runs this program instead, and so does a CLI that is installed elsewhere, before it copies anything.
 */
import process from 'node:process';

const command = process.argv.slice(2).join(' ') || 'push';
process.stderr.write(`Zapier's CLI would upload the whole repository.\nRun "npm run zapier -- ${command}" instead.\n`);
process.exitCode = 1;
