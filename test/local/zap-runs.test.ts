import { describe, expect, it } from '@jest/globals';

import type { Outcome } from '../../local/app-runner.ts';
import { changeTexts } from '../../local/zap-runs.ts';
import { outputOf } from '../support/command-output.ts';
import { NOTE, printedRuns, REQUEST, runnerWith } from '../support/zap-runs.ts';

/** Returns the output of a run with an outcome. @param choices - the choices in the fields of the Zap */
async function outputFor(outcome: Outcome, choices?: object): Promise<string> {
  const runs = printedRuns(runnerWith(() => outcome));
  if (choices) runs.choices.set('note_added', { ...choices });
  const task = () => Promise.resolve(runs.receive('note_added', REQUEST));
  const { output } = await outputOf(async () => {
    await runs.runAfter(task, 'note_added');
  });
  return output;
}

describe('a run', () => {
  it.each<[outcome: Outcome, choices: object | undefined, output: RegExp]>([
    [
      { error: 'Wrong signature.', isRefusal: true },
      undefined,
      /^\nNote Added \(note_added\): delivery refused\nWrong signature\.\n$/,
    ],
    [
      { error: 'No record.', isRefusal: false },
      undefined,
      /^\nNote Added \(note_added\): the Zap failed\nNo record\.\n$/,
    ],
    [{ records: [] }, undefined, /: signature valid, no event for this trigger\. The Zap does not run\.\n$/],
    [{ records: [] }, { label: '21' }, /: signature valid, no event for this trigger and its choices\. The Zap does /],
    [
      { records: [NOTE, NOTE] },
      undefined,
      /: the Zap runs with 2 records\n\n {2}Note Text +Prefers calls\.\n\n1 of 2 /,
    ],
    [
      { records: [{ ...NOTE, changes_text: 'Note Text: a → b' }] },
      undefined,
      /with 1 record\n\nChanges since the previous event about the same record:\n {2}Note Text: a → b\n\n {2}Note Text/,
    ],
    [
      { records: [{ ...NOTE, changes_text: '' }] },
      undefined,
      /with 1 record\n\nNothing has changed since the previous event about the same record\.\n\n {2}Note Text/,
    ],
  ])('with the outcome %j and the choices %j is printed', async (outcome, choices, output) => {
    expect(await outputFor(outcome, choices)).toMatch(output);
  });

  it('gets the choices of its Zap, and reads whose paths are kept without the branch', async () => {
    const performed: unknown[] = [];
    const requests: { method: string; path: string; body: null }[] = [{ method: 'GET', path: '/api/old/', body: null }];
    const runs = printedRuns(
      runnerWith((key, inputData) => {
        performed.push([key, inputData]);
        for (const path of ['/api/branch/', '/api/notes/1/']) requests.push({ method: 'GET', path, body: null });
        return { records: [] };
      }),
    );
    runs.isPrinted = false;
    runs.requests = requests;
    runs.choices.set('note_added', { label: '21' });
    const { output } = await outputOf(async () => {
      await runs.runAfter(() => Promise.resolve(runs.receive('note_added', REQUEST)), 'note_added');
    });
    expect(performed).toEqual([['note_added', { label: '21' }]]);
    expect(runs.lastReads).toEqual(['/api/notes/1/']);
    expect(output).toBe('');
  });

  it('does not happen for a Zap that refuses its deliveries', () => {
    const runs = printedRuns(
      runnerWith(() => {
        throw new Error('The Zap runs.');
      }),
    );
    runs.refusing.add('note_added');
    expect(runs.receive('note_added', REQUEST)).toBe(400);
  });
});

describe('runAfter', () => {
  it('resolves with the outcome of the next run of the trigger, after the task has ended', async () => {
    const order: string[] = [];
    const runs = printedRuns(
      runnerWith((key) => {
        order.push(key);
        return { records: [] };
      }),
    );
    await outputOf(async () => {
      const outcome = await runs.runAfter(async () => {
        runs.receive('task_created', REQUEST);
        runs.receive('note_added', REQUEST);
        await Promise.resolve();
        order.push('end of task');
      }, 'note_added');
      expect(outcome).toEqual({ records: [] });
    });
    expect(order).toEqual(['end of task', 'task_created', 'note_added']);
  });

  it('fails if the task fails, and later tasks run', async () => {
    const runs = printedRuns(runnerWith(() => ({ records: [] })));
    await expect(runs.runAfter(() => Promise.reject(new Error('no relay')), 'note_added')).rejects.toThrow('no relay');
    const { output } = await outputOf(async () => {
      await runs.runAfter(() => Promise.resolve(runs.receive('note_added', REQUEST)), 'note_added');
    });
    expect(output).toContain('Note Added (note_added)');
  });
});

it.each([
  [undefined, null],
  ['', []],
  ['a\nb', ['a', 'b']],
])('the changes %j of a record have the texts %j', (changes_text, texts) => {
  expect(changeTexts(changes_text === undefined ? {} : { changes_text })).toEqual(texts);
});
