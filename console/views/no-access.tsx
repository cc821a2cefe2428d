import type { Access } from '../session.ts';

const TEXTS: Readonly<Record<Exclude<Access, 'open'>, readonly [title: string, text: string]>> = {
  opening: ['Opening …', ''],
  'no-link': ['This page opens with a link', 'A link gives access in the tab in which it is opened, and in no other.'],
  expired: [
    'This link does not work',
    'It has expired, has been replaced by a newer one, or is incomplete. A link lasts for 24 hours, and only the 10 newest links work.',
  ],
  refused: ['The relay does not serve this connection', 'Ask the person who operates the relay to serve it again.'],
};

/** The page without access to a channel. */
export function NoAccess({
  access,
  isUnavailable,
}: {
  readonly access: Exclude<Access, 'open'>;
  readonly isUnavailable: boolean;
}) {
  const [title, text] = TEXTS[access];
  return (
    <>
      <header>
        <span class="brand">TutorCruncher for Zapier</span>
      </header>
      <main class="no-access">
        <h1>{isUnavailable ? 'The relay does not respond' : title}</h1>
        <p>{isUnavailable ? 'The page tries again every few seconds.' : text}</p>
        {(access === 'no-link' || access === 'expired') && (
          <ol class="steps">
            <li>In Zapier, open a Zap with a TutorCruncher trigger in the editor.</li>
            <li>
              Select the trigger. Below <b>Webhook URL for TutorCruncher</b> is a fresh link to this page.
            </li>
            <li>Open that link. It needs no password, so share it only with people who may see your events.</li>
          </ol>
        )}
      </main>
    </>
  );
}
