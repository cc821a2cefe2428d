import { describe, expect, it } from '@jest/globals';

import { isPrivateAddress, mayBePrivate, parseTarget, TargetRefused, ZAPIER_ORIGIN } from '../target-url.ts';

const origins = [ZAPIER_ORIGIN];

describe('targets', () => {
  it.each(['https://hooks.zapier.com/hooks/standard/1234/abcdef0123/', 'https://HOOKS.zapier.com/hooks/standard/1/a'])(
    'may be the URL of a Zap: %s',
    (url) => {
      expect(parseTarget(url, origins)).toBe(new URL(url).href);
    },
  );

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
    ['https://hooks.zapier.com/hooks/standard/%2e%2e/x'],
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
  ])('may not be %j', (url) => {
    expect(() => parseTarget(url, origins)).toThrow(TargetRefused);
  });

  it('may be on other origins that were named, and on those alone', () => {
    expect(parseTarget('http://127.0.0.1:4000/hooks/x', ['http://127.0.0.1:4000'])).toBe(
      'http://127.0.0.1:4000/hooks/x',
    );
    expect(() => parseTarget('http://127.0.0.1:4001/hooks/x', ['http://127.0.0.1:4000'])).toThrow(TargetRefused);
    expect(() => parseTarget('http://127.0.0.1:4000/a/../b', ['http://127.0.0.1:4000'])).toThrow(TargetRefused);
  });
});

describe('addresses', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '::1',
    '::',
  ])('%s is private', (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });
  it.each(['fe80::1', 'fd00::1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '64:ff9b::7f00:1', 'ff02::1', 'nonsense', ''])(
    '%s is private',
    (address) => {
      expect(isPrivateAddress(address)).toBe(true);
    },
  );
  it.each(['8.8.8.8', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])('%s is not', (address) => {
    expect(isPrivateAddress(address)).toBe(false);
  });

  it('may be private where the configuration names such a host', () => {
    expect(mayBePrivate('http://127.0.0.1:4000')).toBe(true);
    expect(mayBePrivate('http://[::1]:4000')).toBe(true);
    expect(mayBePrivate('http://localhost:4000')).toBe(true);
    expect(mayBePrivate('https://hooks.zapier.com')).toBe(false);
    expect(mayBePrivate('https://8.8.8.8')).toBe(false);
  });
});
