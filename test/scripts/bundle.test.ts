import { afterEach, describe, expect, it, jest } from '@jest/globals';

import { bundle, BuildFailed, runScript } from '../../scripts/bundle.ts';

describe('a script', () => {
  const exitCode = process.exitCode;
  afterEach(() => {
    process.exitCode = exitCode;
    jest.restoreAllMocks();
  });

  it('that fails prints only the message, and exits with code 1', async () => {
    const error = jest.spyOn(console, 'error').mockReturnValue();
    await runScript(() => Promise.reject(new BuildFailed('Correct this.')));
    expect(error.mock.calls).toEqual([['Correct this.']]);
    expect(process.exitCode).toBe(1);
  });

  it('with a defect ends with its error', async () => {
    await expect(runScript(() => Promise.reject(new TypeError('defect')))).rejects.toThrow('defect');
    expect(process.exitCode).toBe(exitCode);
  });
});

describe('a bundle', () => {
  const bundled = (contents: string) => bundle('relay', { stdin: { contents, resolveDir: '.' } });

  it('contains the modules that a module imports', async () => {
    const [file] = await bundled("import { MINUTE_MS } from './console/times.ts'; console.log(MINUTE_MS);");
    expect(file?.text).toMatch(/^\/\/ console\/times\.ts$/m);
  });

  it('names the product and the error if a source is wrong', async () => {
    await expect(bundled("import './missing.ts';")).rejects.toThrow(BuildFailed);
    await expect(bundled("import './missing.ts';")).rejects.toThrow(
      /^The relay cannot be bundled\. [^]*Could not resolve "\.\/missing\.ts"/,
    );
  });
});
