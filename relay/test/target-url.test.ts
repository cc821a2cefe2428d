import { describe, expect, it } from '@jest/globals';

import { allowsPrivateAddresses, BadTarget, isPrivateAddress, parseTarget, ZAPIER_ORIGIN } from '../target-url.ts';

const origins = [ZAPIER_ORIGIN];

describe('parseTarget', () => {
  it('accepts and normalizes the URL of a Zap', () => {
    const path = 'hooks.zapier.com/hooks/standard/1234/abcdef0123/';
    expect(parseTarget(`https://${path.replace('hooks', 'HOOKS')}`, origins)).toBe(`https://${path}`);
  });

  it('accepts URLs of at most 2048 characters, and dots and URLs in a query', () => {
    const start = 'https://hooks.zapier.com/hooks/standard/1/a.b/..c?to=https://example.com:1&x=';
    const longest = start.padEnd(2048, 'x');
    expect(parseTarget(longest, origins)).toBe(longest);
    expect(() => parseTarget(`${longest}x`, origins)).toThrow(BadTarget);
  });

  it.each<[unknown]>([
    ['http://hooks.zapier.com/hooks/standard/1/a/'],
    ['https://hooks.zapier.com.evil.example/hooks/standard/1/a/'],
    ['https://evil.example/hooks/standard/1/a/'],
    ['https://hooks.zapier.com@evil.example/hooks/standard/1/a/'],
    ['https://user:pass@hooks.zapier.com/hooks/standard/1/a/'],
    ['https://@hooks.zapier.com/hooks/standard/1/a/'],
    ['https://hooks.zapier.com:8443/hooks/standard/1/a/'],
    ['https://hooks.zapier.com:443/hooks/standard/1/a/'],
    ['https://hooks.zapier.com/hooks/standard/1/a/#x'],
    ['https://hooks.zapier.com/hooks/standard/1/a/#'],
    ['https://hooks.zapier.com/hooks/standard/../../login'],
    ['https://hooks.zapier.com/hooks/standard/./1/a/'],
    ['https://hooks.zapier.com/hooks/standard/1/a/b/..'],
    ['https://hooks.zapier.com/hooks/standard/1/a/.?x=1'],
    ['https://hooks.zapier.com/hooks/standard/%2e%2e/x'],
    ['https://hooks.zapier.com/hooks/standard/1/%252e/a/'],
    ['https://hooks.zapier.com/hooks/standard/..%2f..%2flogin'],
    ['https://hooks.zapier.com/hooks/standard/a%5cb'],
    ['https://hooks.zapier.com\\@evil.example/hooks/standard/1/a'],
    ['https:\\\\hooks.zapier.com\\hooks\\standard\\1'],
    [' https://hooks.zapier.com/hooks/standard/1/a/'],
    ['https://hooks.zapier.com/hooks/standard/1/\ta/'],
    ['https://hooks.zapier.com/hooks/standard/1/a\n/'],
    ['https://hooks.zapiér.com/hooks/standard/1/a/'],
    ['https://hooks。zapier.com/hooks/standard/1/a/'],
    ['https://hooks.zapier.com/hooks/catch/1/a/'],
    ['https://hooks.zapier.com/hooks/standard/'],
    ['https://hooks.zapier.com/'],
    ['https://127.0.0.1/hooks/standard/1/a/'],
    ['https://[::1]/hooks/standard/1/a/'],
    ['https://2130706433/hooks/standard/1/a/'],
    ['file:///etc/passwd'],
    ['javascript:alert(1)'],
    ['hooks.zapier.com/hooks/standard/1/a/'],
    [''],
    [null],
    [{}],
    [`https://hooks.zapier.com/hooks/standard/${'a'.repeat(3000)}`],
  ])('refuses %j', (url) => {
    expect(() => parseTarget(url, origins)).toThrow(BadTarget);
  });

  it('accepts other origins only if they are configured', () => {
    const local = ['http://127.0.0.1:4000'];
    expect(parseTarget('http://127.0.0.1:4000/hooks/x', local)).toBe('http://127.0.0.1:4000/hooks/x');
    for (const url of ['http://127.0.0.1:4001/hooks/x', 'http://127.0.0.1:4000/a/../b']) {
      expect(() => parseTarget(url, local)).toThrow(BadTarget);
    }
  });
});

describe('private addresses', () => {
  const PRIVATE = `127.0.0.1 10.1.2.3 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1
    255.255.255.255 ::1 :: fe80::1 fd00::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1 64:ff9b:1::7f00:1 2002:7f00:1::1
    ::7f00:1 2001::1 fec0::1 feff:ffff::1 ff02::1 nonsense`;
  const PUBLIC = '8.8.8.8 172.32.0.1 2606:4700::1111 2001:1::1 64:ff9b:2::1 ::ffff:8.8.8.8';

  it('include text that is no address', () => {
    expect(['', ...PRIVATE.split(/\s+/)].filter((address) => !isPrivateAddress(address))).toEqual([]);
    expect(PUBLIC.split(' ').filter(isPrivateAddress)).toEqual([]);
  });

  it('are allowed only for the origins of this machine', () => {
    const own = ['http://127.0.0.1:4000', 'http://[::1]:4000', 'http://localhost:4000'];
    const others = ['https://hooks.zapier.com', 'https://8.8.8.8', 'https://localhost.example'];
    expect([...own, ...others].filter(allowsPrivateAddresses)).toEqual(own);
  });
});
