/** The search for tasks. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import type { JsonObject } from '../../wire/json.ts';
import { DirectApi, textOf } from '../support/direct-api.ts';
import { failureOf } from '../support/steps.ts';

let api: DirectApi;
beforeEach(() => {
  api = new DirectApi();
});

const NOW = Date.now();
const DAY = 86_400_000;
const timeAgo = (days: number): string => new Date(NOW - days * DAY).toISOString();

describe('find_tasks', () => {
  const task = (index: number): JsonObject => ({
    description: `Call ${index}`,
    complete: index % 3 === 0,
    due_dt: index === 4 ? null : timeAgo(index - 5.5),
    task_type: 'phone',
  });

  it('lists open tasks that are due in a span, the first due first', async () => {
    api.fill('tasks', 7, task);
    const results = await api.find('find_tasks', { find_status: 'Open', find_due_from: timeAgo(0) });
    expect(results.map(({ task_description: text }) => text)).toEqual(['Call 5', 'Call 2', 'Call 1']);
    expect(results[0]).toMatchObject({ matches: 3, is_complete: true });
    expect(textOf(results[0]).split('\n')[0]).toMatch(/^Call 5: due \w{3} .*, Phone$/);
    expect(await api.find('find_tasks', { find_status: 'complete' })).toHaveLength(3);
  });

  it('puts tasks without a due time last, and lets no span find them', async () => {
    api.fill('tasks', 7, task);
    const open = await api.find('find_tasks', { find_status: 'Open' });
    expect(open.map(({ task_description: text }) => text)).toEqual(['Call 5', 'Call 2', 'Call 1', 'Call 4']);
    expect(textOf(open[0]).split('\n').at(-1)).toBe('Call 4: no due time, Phone');
  });

  it('is not complete, or fails if it finds nothing, if a task may be among those that were not read', async () => {
    api.fill('tasks', 1100, () => ({ description: 'Call', complete: true, due_dt: timeAgo(1), task_type: 'phone' }));
    const [first] = await api.find('find_tasks', { find_status: 'Complete' });
    expect(first).toMatchObject({ matches: 1000, is_complete: false });
    const message = await failureOf(api.find('find_tasks', { find_status: 'Open' }));
    expect(message).toContain('before the newest 1,000');
  });

  it('fails for a task that does not say whether it is complete', async () => {
    api.fill('tasks', 2, (index) => ({ ...task(index), complete: 'yes' }));
    expect(await failureOf(api.find('find_tasks', { find_status: 'Open' }))).toContain('"Complete" in a task');
  });
});
