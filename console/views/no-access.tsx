import type { Access, SessionState } from '../session.ts';
import { Brand } from './brand.tsx';
import { useTitle } from './page-title.tsx';

type NoAccessReason = Exclude<Access, 'open'>;

const TEXTS: Readonly<Record<NoAccessReason | 'unavailable', readonly [title: string, text: string]>> = {
  opening: ['Opening …', ''],
  unavailable: ['The relay does not respond', 'The page tries again every few seconds.'],
  'no-link': ['This page opens with a link', 'A link gives access only in the tab in which it is opened.'],
  expired: [
    'This link does not work',
    'It has expired, has been replaced by a newer one, or is incomplete. Links last 24 hours, and only the 10 newest work.',
  ],
  refused: ['The relay does not serve this connection', "Ask the relay's operator to serve it again."],
};

/** The page for a link that gives no access to a channel. */
export function NoAccess({ access, trouble }: Pick<SessionState, 'trouble'> & { readonly access: NoAccessReason }) {
  const [title, text] = TEXTS[access === 'opening' && trouble !== null ? 'unavailable' : access];
  useTitle(title);
  return (
    <>
      <header>
        <Brand />
      </header>
      <main class="no-access">
        <h1>{title}</h1>
        <p>{text}</p>
        {(access === 'no-link' || access === 'expired') && (
          <ol class="steps">
            <li>
              In Zapier's editor, select the TutorCruncher trigger of a Zap, and click <b>Refresh fields</b>.
            </li>
            <li>
              Open the fresh link <b>See what happened to each event</b>. It needs no password, so share it only with
              people who may see your events.
            </li>
          </ol>
        )}
      </main>
    </>
  );
}
