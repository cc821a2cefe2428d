/** TutorCruncher under load: signed events at a steady rate, each with an id, and what was answered. */

import { createHmac } from 'node:crypto';

import { Agent, request } from 'undici';

/** How long TutorCruncher waits for an answer. */
const PATIENCE_MS = 8_000;

/** The id that an event of the load carries. */
export const idOf = (body: string): string => /"id": "([^"]+)"/.exec(body)?.[1] ?? '';

export class Load {
  /** Ids that were answered with 202. */
  readonly acked = new Set<string>();
  readonly statuses = new Map<number | string, number>();
  /** Where to send; as behind a load balancer, to each in turn. */
  urls: readonly string[];
  readonly #channel: string;
  readonly #key: string;
  readonly #agent = new Agent({ connections: 64, headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS });
  #sequence = 0;
  /** What was sent, but not acknowledged: TutorCruncher would send it again. */
  #unacked: string[] = [];

  constructor(urls: readonly string[], channel: string, key: string) {
    this.urls = urls;
    this.#channel = channel;
    this.#key = key;
  }

  #body(padding: number): string {
    const id = `e${++this.#sequence}`;
    return `{"events": [{"action": "A", "subject": {"model": "Lesson", "id": "${id}", "p": "${'x'.repeat(padding)}"}}]}`;
  }

  async #post(url: string, body: string): Promise<number | string> {
    try {
      const response = await request(`${url}/hooks/${this.#channel}`, {
        dispatcher: this.#agent,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'webhook-signature': createHmac('sha256', this.#key).update(body).digest('hex'),
        },
        body,
      });
      await response.body.dump();
      return response.statusCode;
    } catch {
      return 'no answer';
    }
  }

  async #send(body: string, index: number): Promise<void> {
    const status = await this.#post(this.urls[index % this.urls.length] ?? '', body);
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    if (status === 202) this.acked.add(idOf(body));
    else this.#unacked.push(body);
  }

  /** Sends events at a steady rate for a while, and waits for all answers. */
  async run(milliseconds: number, perSecond: number, padding = 0): Promise<void> {
    const sent: Promise<void>[] = [];
    const start = performance.now();
    while (performance.now() - start < milliseconds) {
      while (sent.length < ((performance.now() - start) / 1000) * perSecond) {
        sent.push(this.#send(this.#body(padding), sent.length));
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await Promise.all(sent);
  }

  /** Sends again what was not acknowledged, once. */
  async sendAgain(): Promise<void> {
    const bodies = this.#unacked;
    this.#unacked = [];
    await Promise.all(bodies.map((body, index) => this.#send(body, index)));
  }

  get answers(): string {
    return [...this.statuses].map(([status, count]) => `${status}: ${count}`).join(', ');
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }
}
