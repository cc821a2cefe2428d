/** The search for reports. */

import { describe, expect, it } from '@jest/globals';

import { report } from '../../objects/report.ts';
import type { JsonObject } from '../../wire/json.ts';
import { detail, search as find } from '../support/steps.ts';
import { expectDetail, expectList, withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

describe('find_report', () => {
  const row = (id: number, appointment: number, student: number) => ({
    url: `https://x/${id}/`,
    appointment: { id: appointment },
    service_recipient: { id: student },
    dt_created: '2026-06-10T18:05:00Z',
  });
  const text = [{ machine_name: 'progress', name: 'Progress', type: 'Long Textbox', value: 'Solved &pound;5 puzzles' }];
  // TutorCruncher might ignore the filters.
  const rows = [row(4, 9107, 504), row(3, 9106, 504), row(2, 9106, 503), row(1, 9105, 503)];

  it.each<[JsonObject, JsonObject, number | null]>([
    [{ find_lesson: '9106' }, { appointment: '9106' }, 3],
    [{ find_student: '503' }, { service_recipient: '503' }, 2],
    [{ find_lesson: '9106', find_student: '503' }, { appointment: '9106', service_recipient: '503' }, 2],
    [{ find_lesson: '9', find_student: '503' }, { appointment: '9', service_recipient: '503' }, null],
  ])('finds the report of %j with its text', async (inputData, query, id) => {
    expectList('reports', query, rows);
    if (id === null) {
      expect(await find('find_report', inputData)).toEqual([]);
      return;
    }
    expectDetail('reports', id, detail(report, { id, extra_attrs: text }));
    expect(await find('find_report', inputData)).toMatchObject([{ id, custom_progress_text: 'Solved £5 puzzles' }]);
  });
});
