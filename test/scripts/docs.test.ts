/** `npm run docs` writes nothing if the contract would lose a line. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { temporaryFolder } from '../../relay/test/support/temporary-folder.ts';

const folder = temporaryFolder();

describe('what "npm run docs" generates', () => {
  it('is not written if the contract would lose a line, which is printed', () => {
    mkdirSync(join(folder, 'docs'));
    const contract = `trigger gone: action GONE\n${readFileSync('docs/contract.txt', 'utf8')}`;
    writeFileSync(join(folder, 'docs/contract.txt'), contract);
    const args = ['--disable-warning=ExperimentalWarning', resolve('scripts/docs.ts')];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^docs\/contract\.txt would lose the lines below, [^]*\n\ntrigger gone: action GONE\n$/);
    expect(readFileSync(join(folder, 'docs/contract.txt'), 'utf8')).toBe(contract);
    expect(readdirSync(folder)).toEqual(['docs']);
  });
});
