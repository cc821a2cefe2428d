import { describe, expect, it } from '@jest/globals';

import { affiliate } from '../../objects/affiliate.ts';
import { client } from '../../objects/client.ts';
import { objects } from '../../objects/index.ts';
import { job } from '../../objects/job.ts';
import { lesson } from '../../objects/lesson.ts';
import { student } from '../../objects/student.ts';
import { tutor } from '../../objects/tutor.ts';
import { changeChoices } from '../../src/record/change-choices.ts';
import { compareSubjects } from '../../src/record/changes.ts';
import { NEUTRAL_LOCALE } from '../../src/record/locale.ts';
import { asInWebhooks, type TutorCruncherObject } from '../../src/object/tutorcruncher-object.ts';

const choicesOf = (object: TutorCruncherObject) =>
  changeChoices(asInWebhooks(object, object.sample.subject), object.layout);
const labelsOf = (object: TutorCruncherObject): string[] => choicesOf(object).map(({ label }) => label);

describe('the choices of fields that can change', () => {
  it('are one for a name, for an address and for each nested record', () => {
    expect(labelsOf(client).join(', ')).toBe(
      'Client Name, Client Status, Client Email, Client Mobile, Client Phone, Client Student Names, Client Is Taxable, ' +
        'Client Notification Preferences, Client Autocharge, Client Address, Client Time Zone, Client Title, ' +
        'Client Photo, Client Label Names, Client Calendar Colour, Client Manager, Client Affiliate, ' +
        'Client Pipeline Stage',
    );
    expect(labelsOf(lesson).join(', ')).toBe(
      'Lesson Topic, Job, Lesson Location, Lesson Status, Lesson Start, Lesson Finish, Student Names, Tutor Names, ' +
        'Lesson Units, Lesson Repeat Pattern, Lesson Charge Type',
    );
    expect(labelsOf(student)).toEqual(expect.arrayContaining(['Student Name', 'Student Address', 'Client']));
    expect(labelsOf(job)).toEqual(expect.arrayContaining(['Job Name', 'Job Colour', 'Job Default Location']));
  });

  it('contain no computed value, API URL, coordinate, user type or time of creation', () => {
    const labels = [affiliate, client, job, lesson, student, tutor].flatMap(labelsOf);
    const pattern =
      /Amount|Hours$|Number of|Pending|Latest|Total|Balance|URL|Latitude|Longitude|User Type|Stage Colour|Created/;
    expect(labels.filter((label) => pattern.test(label))).toEqual(['Tutor Reviewed Hours']);
  });

  it.each(objects)('of $word cover the changes', (object) => {
    const subject = asInWebhooks(object, object.sample.subject);
    const emptied = Object.fromEntries(Object.keys(subject).map((name) => [name, null]));
    const options = { layout: object.layout, locale: NEUTRAL_LOCALE, hasBalances: false };
    const { changes } = compareSubjects({ ...emptied, id: subject.id }, subject, options);
    const covered = choicesOf(object).flatMap(({ fields }) => fields);
    expect(changes.length).toBeGreaterThan(3);
    const missing = changes.filter(({ key }) => !covered.includes(key) && !key.endsWith('_created'));
    expect(missing).toEqual([]);
    expect(new Set(covered).size).toBe(covered.length);
  });

  it('identify a nested record by its id', () => {
    expect(choicesOf(client).filter(({ identity }) => identity !== null)).toMatchObject([
      { key: 'client_associated_admin', identity: 'client_associated_admin_id' },
      { key: 'client_associated_affiliate', identity: 'client_associated_affiliate_id' },
      { key: 'client_pipeline_stage', identity: 'client_pipeline_stage_id' },
    ]);
  });
});
