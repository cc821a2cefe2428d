/** `deploy/caddy-limits.conf`: the limits of Caddy's systemd unit. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { folder, itWith, run } from './deploy-folder.ts';

describe('deploy/caddy-limits.conf', () => {
  const limits = readFileSync('deploy/caddy-limits.conf', 'utf8');

  itWith('systemd-analyze', 'systemd')('is valid beside the unit of the package', () => {
    const units = join(folder, 'units');
    mkdirSync(join(units, 'caddy.service.d'), { recursive: true });
    writeFileSync(join(units, 'caddy.service'), `[Service]\nExecStart=${process.execPath}\n`);
    const verify = (text: string) => {
      writeFileSync(join(units, 'caddy.service.d/tutorcruncher-relay.conf'), text);
      return run('systemd-analyze', ['verify', join(units, 'caddy.service')]);
    };
    expect(verify(limits)).toEqual({ status: 0, output: '' });
    expect(verify(limits.replace('MemoryMax', 'MaxMemory')).output).toContain('MaxMemory');
  });

  it('limits the log to ten lines per second', () => {
    const valueOf = (name: string) => Number(new RegExp(`^LogRateLimit${name}=(\\d+)$`, 'm').exec(limits)?.[1]);
    expect(valueOf('Burst') / valueOf('IntervalSec')).toBe(10);
  });

  it('has the same limit on memory as the Compose file, and restarts Caddy', () => {
    const [, limit = ''] = /^MemoryMax=(.+)M$/m.exec(limits) ?? [];
    const compose = readFileSync('deploy/compose.sqlite.yaml', 'utf8');
    expect(/^ {2}caddy:$[^]*?^ {4}mem_limit: (.+)m$/m.exec(compose)?.[1]).toBe(limit);
    expect(limits).toMatch(/^Restart=always$/m);
  });
});
