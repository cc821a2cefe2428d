import type { Health } from '../health.ts';
import { eventsWith } from '../page-state.ts';
import type { Trouble } from '../session.ts';
import { CopyButton } from './copy-button.tsx';
import { Folded } from './folded.tsx';
import { Icon } from './icon.tsx';
import { OutdatedText, outdatedTitle } from './outdated.tsx';
import { PageLink } from './page-link.tsx';

/** Instructions for making TutorCruncher send webhooks to the relay. */
const FirstSteps = ({ url }: { readonly url: string }) => (
  <ol class="steps">
    <li>
      Copy the webhook URL:
      <span class="copyable">
        <code>{url}</code>
        <CopyButton text={url} label="Copy URL" />
      </span>
    </li>
    <li>
      In TutorCruncher, open <b>Settings &gt; API</b> and the integration whose private key your connection in Zapier
      uses.
    </li>
    <li>
      Paste the URL into <b>Webhook base URL</b>, check that the integration is active, and save.
    </li>
    <li>Edit a client in TutorCruncher. The event appears on this page within seconds.</li>
  </ol>
);

const LEVEL_ICONS = { well: 'delivered', new: 'waiting', trouble: 'attention' } as const;

interface HealthBannerProps {
  readonly health: Health;
  readonly webhookUrl: string;
  /** The reason that the displayed data might be outdated; null if the data is current. */
  readonly trouble: Trouble | null;
  readonly now: number;
}

/** The answer to "Is all well?", with the problems and advice. The answer is unknown while requests fail. */
export function HealthBanner({ health, webhookUrl, trouble, now }: HealthBannerProps) {
  const hasTitles = health.problems.length > 1 || trouble !== null;
  return (
    <section class={`status ${trouble === null ? health.level : 'outdated'}`} aria-labelledby="headline">
      <h1 id="headline">
        <span class="state">
          <Icon name={trouble === null ? LEVEL_ICONS[health.level] : 'attention'} />
        </span>
        {trouble === null ? health.headline : outdatedTitle(trouble)}
      </h1>
      {trouble === null ? (
        <p class="facts">{health.facts.join(' · ')}</p>
      ) : (
        <p class="facts" role="alert">
          <OutdatedText trouble={trouble} now={now} />
        </p>
      )}
      {health.level === 'new' && <FirstSteps url={webhookUrl} />}
      {health.problems.length > 0 && (
        <ul class="problems">
          {health.problems.map(({ id, title, advice, events }) => (
            <li key={id}>
              <Folded heading={hasTitles && <h2>{title}</h2>} summary={hasTitles ? title : 'What to do'}>
                <p>{advice}</p>
                {events && (
                  <p>
                    <PageLink to={eventsWith(events)}>Show these events</PageLink>
                  </p>
                )}
              </Folded>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
