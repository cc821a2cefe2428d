/** `.ci/release-notes`: the section of CHANGELOG.md about the version of a tag. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { describe, expect, it } from '@jest/globals';

describe('release notes', () => {
  const changelog =
    '# Changelog\n\nIntroduction.\n\n## 1.2.0 - 2026-11-25\n\n### Triggers\n\n- New.\n\n## 1.1.0\n\n- Old.\n\n## 1.0.0\n';

  it.each([
    ['v1.2.0', '1.2.0', /^\n### Triggers\n\n- New\.\n$/],
    ['v1.1.0', '1.1.0', /^\n- Old\.\n$/],
    [
      'v1.1.0',
      '1.2.0',
      /^The tag v1\.1\.0 does not name the version in package\.json, which is 1\.2\.0\. Tag the commit with v1/,
    ],
    ['1.2.0', '1.2.0', /^The tag 1\.2\.0 does not name/],
    ['v1.3.0', '1.3.0', /^CHANGELOG\.md has no entries under "## 1\.3\.0"\./],
    ['v1.0.0', '1.0.0', /^CHANGELOG\.md has no entries under "## 1\.0\.0"\./],
  ])('of the tag %s of version %s are its section, or the reason why there is none', (tag, version, expected) => {
    const project = mkdtempSync(join(tmpdir(), 'tutorcruncher-release-notes-'));
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'a', version, license: 'MIT' }, null, 2));
    writeFileSync(join(project, 'CHANGELOG.md'), changelog);
    const { stdout, stderr } = spawnSync(resolve('.ci/release-notes'), [tag], { cwd: project, encoding: 'utf8' });
    rmSync(project, { recursive: true });
    expect(stdout + stderr).toMatch(expected);
  });
});
