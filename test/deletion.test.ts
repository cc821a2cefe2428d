import { describe, expect, it } from '@jest/globals';

import { areDeletions, deletedSubject } from '../src/deletion.ts';
import { webhookTriggers } from '../triggers/index.ts';

describe('areDeletions', () => {
  it.each([
    [['DELETED_A_CLIENT'], true],
    [['DELETED_A_CLIENT', 'DELETED_A_JOB'], true],
    [['DELETED_A_CLIENT', 'EDITED_A_CLIENT'], false],
    [['CREATED_A_CLIENT'], false],
    [['UNDELETED_A_CLIENT'], false],
    [['CLIENT_DELETED_'], false],
    [[], false],
  ])('for %j returns %j', (actions, expected) => {
    expect(areDeletions(actions)).toBe(expected);
  });

  it('returns true for exactly the triggers whose keys end with "_deleted"', () => {
    for (const { definition, isDeletion } of webhookTriggers) {
      expect([definition.key, isDeletion]).toEqual([definition.key, definition.key.endsWith('_deleted')]);
    }
  });
});

describe('deletedSubject', () => {
  it('keeps the model, URL, id and names, in the order of the subject', () => {
    const subject = {
      email: 'leo@example.com',
      topic: 'Maths',
      model: 'Client',
      url: 'https://example.com/1/',
      last_name: 'Raman',
      id: 1,
      name: 'Leo Raman',
      first_name: 'Leo',
      labels: [],
    };
    const kept = Object.entries(subject).filter(([name]) => name !== 'email' && name !== 'labels');
    expect(Object.entries(deletedSubject(subject))).toEqual(kept);
  });

  it('adds no fields that the subject lacks', () => {
    expect(deletedSubject({ id: 1, status: 'live' })).toEqual({ id: 1 });
  });
});
