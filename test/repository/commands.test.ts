/**
 * The commands in the documents. A test or CI runs each command, or the list below gives the reason why nothing runs
 * it.
 */

import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { deriveToken } from '../../wire/capability.ts';

/** Files that run commands: the commands, the file, and a text in it that runs them. */
const RUN: readonly (readonly [commands: RegExp, file: string, evidence: string])[] = [
  [/^npm ci$/, '.ci/run', 'npm ci'],
  [/^npm test( |$)/, 'package.json', '--config test/jest/quick.config.js'],
  [/^npm run test:all$/, '.ci/run', 'npm run test:all'],
  [/^npm run package:relay$/, '.ci/run', 'npm run package:relay'],
  [/^npm run chaos( -- --faults 11)?$/, '.ci/run', 'npm run chaos -- --faults 11'],
  [/^npm run (build:relay|jest|relay)$|^npm run jest -- /, 'package.json', 'npm run --silent build:relay'],
  [/^npm run typecheck$/, 'package.json', 'npm run typecheck &'],
  [/^npm run build$/, 'test/scripts/zapier.test.ts', 'npm run build'],
  [/^npm run app-kind\b/, 'test/scripts/app-kind.test.ts', 'recordKind'],
  [/^npm run zapier( -- (COMMAND|push|register|setup .*))?$/, 'test/scripts/zapier.test.ts', 'npm run zapier -- setup'],
  [/^npm run zapier -- promote /, 'test/scripts/zapier.test.ts', 'zapier(`promote'],
  [/^sudo deploy\/install.sh /, '.ci/install', 'deploy/install.sh $NAME'],
  [/^sudo tutorcruncher-relay (restore|check)/, '.ci/install', 'tutorcruncher-relay restore'],
  [/^npm run check:account( |$)/, 'test/account-check/command.test.ts', 'account-check/main.ts'],
  [/^npm start$/, 'test/local/scenarios/npm-start.test.ts', 'start([]'],
  [/^npm start -- send /, 'test/local/scenarios/npm-start.test.ts', "start(['send'"],
  [/^npm start -- help$/, 'test/local/main.test.ts', "['help']"],
  [/^npm start -- do /, 'test/local/run-step.test.ts', "'do'"],
  [/^npm start -- poll /, 'test/local/run-step.test.ts', "'poll'"],
  [/^(npm run relay --|relay) (channels|subscriptions)/, 'relay/test/admin/list-commands.test.ts', "run('channels')"],
  [/^(npm run relay --|relay) check$/, 'relay/test/admin/check.test.ts', "relay.run('check')"],
  [/^relay (dead|redrive|skip|pause|resume) /, 'relay/test/admin/change-commands.test.ts', 'expectOutput(`redrive '],
  [/^relay new-url /, 'relay/test/admin/change-commands.test.ts', 'relay.run(`new-url '],
  [/^relay new-origin /, 'relay/test/admin/new-origin.test.ts', 'relay.run(`new-origin '],
  [/^relay forget /, 'relay/test/admin/change-commands.test.ts', 'forget'],
  [/^relay restore .* --at-restart$/, 'relay/test/admin/restore-command.test.ts', "'--at-restart'"],
  [/^relay (backup|restore)( |$)/, 'relay/test/admin/backup.test.ts', 'restore'],
  [/^pg_restore /, 'relay/test/admin/backup.test.ts', "'pg_restore', args"],
  [/^promtool test rules /, 'test/deploy/alerts.test.ts', 'promtool'],
  [/^TOKEN=/, 'test/repository/commands.test.ts', 'execFileSync'],
];

/** Commands that nothing runs, with the reason. */
const NOT_RUN: readonly (readonly [commands: RegExp, reason: string])[] = [
  [/^(cd|read -rs|export) /, 'belongs to the shell'],
  [/^(sudo|systemctl|journalctl|timedatectl|scp|ssh) /, 'changes or reads a server; .ci/install runs similar commands'],
  [/^rm \/data\//, 'deletes a file on the disk of a platform'],
  [/^fly /, 'needs an account at Fly.io; test/deploy/render.test.ts checks the settings that it reads'],
  [/^docker compose /, 'needs Docker; test/deploy/compose.test.ts checks the files that it reads'],
  [/^\(umask 077|^\(set -a/, 'creates and reads a file with the secrets of a person'],
  [/^curl /, 'calls a relay by the name of a server; relay/test/ calls these paths'],
  [/^psql /, 'renames the schema of a server that a person administers'],
  [/^sqlite3 /, 'needs the program sqlite3; relay/test/admin/move-command.test.ts checks the table that it drops'],
  [
    /^npm run zapier -- (env:(?:un)?set|invoke|push --snapshot|users:add|versions|migrate|jobs|logs|analytics)/,
    'run by hand',
  ],
  [/^npm run release:fake$/, 'runs until it is stopped; test/scripts/zapier.test.ts starts its module'],
  [/^npm run bench( -- --rows scale)?$/, 'needs an idle machine and many minutes'],
  [
    /^npm run pictures$/,
    'changes the checkout in two minutes; test/local/scenarios/npm-start.test.ts starts the same relay',
  ],
  [/^npm run definitions$/, 'takes seconds to build the app; test/local/definitions.test.ts calls its function'],
  [/^npm run office$/, 'runs until it is stopped; test/local/office/tasks.test.ts uses its account'],
  [/^npm run polls$/, 'takes minutes; test/polled/scenarios/busy-branch.test.ts plays some of its days'],
  [/^npm run requests(?: -- KEY)?$/, 'changes the checkout; test/polled/scenarios/simulated-day.test.ts plays its day'],
  [/^npm run release:snapshot( -- --schema)?$/, 'changes the checkout; test/snapshots/ reads what it has written'],
  [/^npm run (docs|format)$/, 'changes the checkout; tests compare what it would write'],
  [/^npm (version|install --package-lock-only|rebuild)|^git |^chmod |^openssl /, 'is a command of another program'],
];

const PROGRAM = /^(npm|npx|git|sudo|docker|curl|systemctl|journalctl|openssl|chmod|sqlite3|relay|read -rs) /;
const FENCE = /^( *)```(\w*)\n([\s\S]*?)^ *```$/gm;

/** Splits a line of shell code at `&&`, unless the line contains parentheses or quotes. */
const split = (line: string): string[] => (/[('"]/.test(line) ? [line] : line.split(' && '));

/** Returns the commands in the shell code and in the inline code of a document. */
function commandsIn(text: string): string[] {
  const fenced = [...text.matchAll(FENCE)].flatMap(([, indent = '', language, content = '']) =>
    language === 'sh'
      ? content
          .replaceAll(/\\\n\s*/g, '')
          .split('\n')
          .map((line) => line.slice(indent.length))
          .join('\n')
          .replaceAll(/\n +/g, ' ')
          .split('\n')
      : [],
  );
  const inline = [...text.replace(FENCE, '').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replace(/\s+/g, ' '));
  return [...fenced, ...inline.filter((code) => PROGRAM.test(code))]
    .map((line) => line.replace(/ +# .*/, '').trim())
    .filter((line) => line !== '')
    .flatMap(split);
}

const documents = globSync('{*,docs/*}.md');
const commands = [...new Set(documents.flatMap((document) => commandsIn(readFileSync(document, 'utf8'))))];
const patterns = [...RUN, ...NOT_RUN].map(([pattern]) => pattern);

describe('the commands in the documents', () => {
  it('are each run by a test, or in the list of those that are not', () => {
    expect(commands.length).toBeGreaterThan(80);
    expect(commands.filter((command) => !patterns.some((pattern) => pattern.test(command)))).toEqual([]);
  });

  it('match each entry of the lists', () => {
    expect(patterns.filter((pattern) => !commands.some((command) => pattern.test(command)))).toEqual([]);
  });

  it.each(RUN)('%s are run by %s', (_commands, file, evidence) => {
    expect(readFileSync(file, 'utf8')).toContain(evidence);
  });

  it('compute the token of a connection', () => {
    const compute = commands.find((command) => command.startsWith('TOKEN=')) ?? '';
    const PRIVATE_KEY = 'a-private-key-of-nobody-0123456789abcdef';
    const output = execFileSync('bash', ['-c', `${compute}; echo "$TOKEN"`], { env: { ...process.env, PRIVATE_KEY } });
    expect(output.toString().trim()).toBe(deriveToken(PRIVATE_KEY, 'https://relay.example.com'));
  });
});
