/** The searches for one person. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { client } from '../../objects/client.ts';
import { student } from '../../objects/student.ts';
import { recordWith } from '../support/app-tester.ts';
import { DirectApi } from '../support/direct-api.ts';
import { detail, failureOf, search as find } from '../support/steps.ts';
import { expectDetail, expectList, withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

describe('find_client', () => {
  const row = {
    id: 301,
    first_name: 'Priya',
    last_name: 'Raman',
    email: 'Priya.Raman@example.com',
    url: 'https://x/301/',
  };

  it('finds a client by email address, trimmed and in lower case, with the same fields as in a trigger', async () => {
    const subject = detail(client);
    expectList('clients', { user__email: 'priya.raman@example.com' }, [row]);
    expectDetail('clients', 301, subject);
    const [found = {}] = await find('find_client', { email: ' Priya.Raman@Example.com ', find_last_name: 'Unused' });
    const fromTrigger = await recordWith('client_updated', subject);
    const { id, matches, branch_id, ...fields } = found;
    // The search cannot read the branch in this test. The trigger knows the branch from its event.
    expect([id, matches, branch_id]).toEqual([301, 1, null]);
    expect(fromTrigger).toMatchObject(fields);
  });

  it('finds a client whose email address several line items contain', async () => {
    expectList('clients', { user__email: 'priya.raman@example.com' }, [row]);
    expectDetail('clients', 301, detail(client));
    const email = 'priya.raman@example.com,priya.raman@example.com';
    expect(await find('find_client', { email })).toMatchObject([{ id: 301, matches: 1 }]);
  });

  it('finds a client by names, and skips other clients that the API returns', async () => {
    const other = { ...row, id: 302, first_name: 'Priyanka' };
    expectList('clients', { user__first_name: 'priya', user__last_name: 'RAMAN' }, [other, row]);
    expectDetail('clients', 301, detail(client));
    const [record] = await find('find_client', { find_first_name: ' priya', find_last_name: 'RAMAN' });
    expect(record?.id).toBe(301);
  });

  it.each([
    ['priya raman', ['priya', 'raman'], ['Priya', 'Raman']],
    ["ZOË O'NEILL-smith", ['ZOË', "O'NEILL-smith"], ['Zoë', "O'Neill-Smith"]],
    ['van McDonald', ['van', 'McDonald'], ['Van', 'McDonald']],
  ])('searches for "%s" as typed, and then capitalised', async (_name, typed, capitalised) => {
    const [first = '', last = ''] = capitalised;
    expectList('clients', { user__first_name: typed[0], user__last_name: typed[1] }, []);
    expectList('clients', { user__first_name: first, user__last_name: last }, [
      { ...row, first_name: first, last_name: last },
    ]);
    expectDetail('clients', 301, detail(client, { first_name: first, last_name: last }));
    expect(await find('find_client', { find_first_name: typed[0], find_last_name: typed[1] })).toHaveLength(1);
  });

  it('searches only once for a name that is capitalised', async () => {
    expectList('clients', { user__last_name: 'McDonald' }, []);
    expect(await find('find_client', { find_last_name: 'McDonald' })).toEqual([]);
  });

  it('searches for an email address as typed if it has capital letters and is not found in lower case', async () => {
    expectList('clients', { user__email: 'priya.raman@example.com' }, []);
    expectList('clients', { user__email: 'Priya.Raman@example.com' }, [row]);
    expectDetail('clients', 301, detail(client));
    expect(await find('find_client', { email: 'Priya.Raman@example.com' })).toHaveLength(1);
  });

  it('fails instead of finding nothing if there are more clients than it can check', async () => {
    const stranger = { ...row, email: 'stranger@example.com' };
    for (let number = 1; number <= 5; number++) {
      const page = number > 1 && { page: String(number) };
      expectList('clients', { user__email: 'nobody@example.com', ...page }, [{ ...stranger, id: number }], true);
    }
    expect(await failureOf(find('find_client', { email: 'nobody@example.com' }))).toMatch(
      /too many clients .* cannot tell whether one of them matches\. Search by the whole email address/,
    );
  });

  it('takes the first of several clients with the same name, and counts them', async () => {
    const rows = [{ ...row, id: 303, last_name: 'Rama' }, { ...row, id: 302 }, row];
    expectList('clients', { user__first_name: 'Priya', user__last_name: 'Raman' }, rows);
    expectDetail('clients', 302, detail(client, { id: 302 }));
    const records = await find('find_client', { find_first_name: 'Priya', find_last_name: 'Raman' });
    expect(records).toMatchObject([{ id: 302, matches: 2 }]);
  });

  it('does not count clients that were deleted after they were listed', async () => {
    expectList('clients', { user__last_name: 'Raman' }, [{ ...row, id: 302 }, row]);
    expectDetail('clients', 302, null);
    expectDetail('clients', 301, detail(client));
    expect(await find('find_client', { find_last_name: 'Raman' })).toMatchObject([{ id: 301, matches: 1 }]);
  });
});

describe('find_student', () => {
  const leo = { id: 503, first_name: 'Leo', last_name: 'Raman', email: '' };
  const mia = { id: 504, first_name: 'Mia', last_name: 'Raman', email: 'mia@example.com' };
  const family = detail(client, { paid_recipients: [leo, mia] });

  it('finds a student of a client by name or email address without searching the list', async () => {
    expectDetail('clients', 301, family);
    expectDetail('recipients', 503, detail(student));
    expect((await find('find_student', { client: '301', find_first_name: 'leo' }))[0]?.id).toBe(503);

    expectDetail('clients', 301, family);
    expectDetail('recipients', 504, detail(student, mia));
    expect((await find('find_student', { client: '301', email: 'MIA@example.com' }))[0]?.id).toBe(504);

    expectDetail('clients', 301, family);
    expectDetail('recipients', 503, null);
    expectDetail('recipients', 504, detail(student, mia));
    expect(await find('find_student', { client: '301', find_last_name: 'Raman' })).toMatchObject([
      { id: 504, matches: 1 },
    ]);

    expectDetail('clients', 301, family);
    expect(await find('find_student', { client: '301', find_first_name: 'Ada' })).toEqual([]);
  });

  it('takes the only student of a client, but does not guess among several', async () => {
    expectDetail('clients', 301, detail(client, { paid_recipients: [leo] }));
    expectDetail('recipients', 503, detail(student));
    expect(await find('find_student', { client: '301' })).toHaveLength(1);

    expectDetail('clients', 301, family);
    expect(await failureOf(find('find_student', { client: '301' }))).toMatch(/^This client has several students/);
  });

  it('leaves out a student in the trash', async () => {
    expectDetail('clients', 301, detail(client, { paid_recipients: [leo, { ...mia, is_deleted: true }] }));
    expectDetail('recipients', 503, detail(student));
    expect(await find('find_student', { client: '301' })).toMatchObject([{ id: 503 }]);
  });

  it('fails if the client does not exist', async () => {
    expectDetail('clients', 301, null);
    expect(await failureOf(find('find_student', { client: '301', find_first_name: 'Leo' }))).toMatch(/does not exist/);
  });

  it.each([
    ['do not contain its students', null],
    ['contain a student without an ID', [leo, { first_name: 'Mia' }]],
  ])('searches all students if the details of a client %s', async (_case, paid_recipients) => {
    const silent = detail(client, { paid_recipients });
    expectDetail('clients', 301, silent);
    expectList('recipients', { user__first_name: 'Leo' }, [leo, { ...leo, id: 510 }]);
    expectDetail('recipients', 503, detail(student, { paying_client: { id: 999 } }));
    expectDetail('recipients', 510, detail(student, { id: 510, paying_client: 301 }));
    expect((await find('find_student', { client: '301', find_first_name: 'Leo' }))[0]?.id).toBe(510);

    expectDetail('clients', 301, silent);
    expect(await failureOf(find('find_student', { client: '301' }))).toMatch(/Fill in a name or an email/);
  });
});

describe('a search fails instead of finding nothing', () => {
  let api: DirectApi;
  beforeEach(() => {
    api = new DirectApi();
  });

  it('if the client has another email address than the list shows', async () => {
    api.before = (path) => (path === 'clients/301/' ? [200, { id: 301, email: 'stranger@example.com' }] : null);
    expect(await failureOf(api.find('find_client', { email: 'priya.raman@example.com' }))).toMatch(
      /it contains no person with the email address or name that TutorCruncher lists/,
    );
  });

  it('if a student of a client has another name than the client shows', async () => {
    api.before = (path) =>
      path === 'recipients/503/' ? [200, { id: 503, first_name: 'Mia', last_name: 'Stranger', email: null }] : null;
    expect(await failureOf(api.find('find_student', { client: '301', find_first_name: 'Leo' }))).toMatch(
      /it contains no person with the email address or name that TutorCruncher lists/,
    );
  });

  it('if a client has students of whom only the IDs are known', async () => {
    api.before = (path) => (path === 'clients/301/' ? [200, { id: 301, paid_recipients: [503] }] : null);
    expect(await failureOf(api.find('find_student', { client: '301' }))).toMatch(/does not list the students/);
  });
});

it('a search by a name asks for at most four spellings, each of them once', async () => {
  const spellingsOf = async (name: string) => {
    const api = new DirectApi();
    await api.find('find_client', { find_last_name: name });
    return api.requests.map((path) => new URL(path, 'https://x').searchParams.get('user__last_name'));
  };
  expect(await spellingsOf('Solbakken')).toEqual(['Solbakken']);
  expect(await spellingsOf("O'Neill")).toEqual(["O'Neill", 'O’Neill']);
  expect(await spellingsOf('o’neill-núñez  lee\u200b')).toHaveLength(4);
});
