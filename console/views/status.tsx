import type { Health } from '../health.ts';
import { eventsWith } from '../page-state.ts';
import { CopyButton } from './copy-button.tsx';
import { Folded } from './folded.tsx';
import { Icon } from './icon.tsx';
import { PageLink } from './page-link.tsx';

/** The steps that make TutorCruncher send webhooks to the relay. */
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

/** The answer to "Is all well?", with the problems and what to do about them. */
export function Status({ health, webhookUrl }: { readonly health: Health; readonly webhookUrl: string }) {
  const hasSeveral = health.problems.length > 1;
  return (
    <section class={`status ${health.level}`} aria-labelledby="headline">
      <h1 id="headline">
        <span class="state">
          <Icon name={health.level === 'well' ? 'delivered' : health.level === 'new' ? 'waiting' : 'attention'} />
        </span>
        {health.headline}
      </h1>
      <p class="facts">{health.facts.join(' · ')}</p>
      {health.level === 'new' && <FirstSteps url={webhookUrl} />}
      {health.problems.length > 0 && (
        <ul class="problems">
          {health.problems.map(({ id, title, advice, events }) => (
            <li key={id}>
              <Folded heading={hasSeveral && <h2>{title}</h2>} summary={hasSeveral ? title : 'What to do'}>
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
