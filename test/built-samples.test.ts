import { describe, expect, it, jest } from '@jest/globals';

const SAMPLE = { id: 'computed by the build' };
jest.unstable_mockModule('../src/built-samples.ts', () => ({
  BUILT_SAMPLES: {
    triggers: { lesson_completed: SAMPLE, any_event: SAMPLE },
    objects: { lesson: SAMPLE },
  },
}));

const { searches } = await import('../searches/index.ts');
const { triggers } = await import('../triggers/index.ts');

describe('a sample that the build has computed', () => {
  it.each(['lesson_completed', 'any_event'])('is the sample of its trigger: %s', (key) => {
    expect(triggers[key]?.operation.sample).toHaveProperty('id', SAMPLE.id);
  });

  it('is the sample of the searches for its object', () => {
    expect(searches.find_lesson?.operation.sample).toHaveProperty('id', SAMPLE.id);
  });
});
